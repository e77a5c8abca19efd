import { describeError, LedgerError } from "../../../../lambdas/reconciler/runtime/errors";

it("a bug of ours is described differently from a mistake of the user's", () => {
  expect(describeError(new TypeError("x is undefined"))).toEqual({
    code: "Internal",
    message: expect.stringContaining("This is a bug"),
  });
  expect(describeError(new LedgerError("gone"))).toEqual({ code: "LedgerUnusable", message: "gone" });
});
