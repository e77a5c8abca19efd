import { findUndeclared } from "../../../../core/mysql";
import { observedAccount, observedState } from "../../../support/observed";

describe("accounts that nobody declared", () => {
  it("are named once, with their host if a declared account has the same name", () => {
    const accounts = [
      observedAccount("sl_bob"),
      observedAccount("sl_bob", { host: "10.%" }),
      observedAccount("sl_eve", { host: "10.%" }),
      observedAccount("sl_mallory"),
      observedAccount("sl_mallory", { host: "10.%" }),
    ];
    expect(findUndeclared(observedState(accounts), user => user !== "sl_mallory")).toEqual([
      "sl_bob@10.%",
      "sl_mallory",
    ]);
  });
});
