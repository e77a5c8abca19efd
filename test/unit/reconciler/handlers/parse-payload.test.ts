import { previewRequestSchema } from "../../../../core/contract/payload";
import { parsePayload } from "../../../../lambdas/reconciler/handlers/parse-payload";

describe("payloads", () => {
  it("are refused with the path of what is wrong, five problems at most, in a message of bounded length", () => {
    const payload = {
      protocol: 1,
      action: "preview",
      cluster: "x y",
      roster: { roles: {}, accounts: { ["k".repeat(100_000)]: 1 } },
    };
    const refuse = () => parsePayload(payload, previewRequestSchema);
    expect(refuse).toThrow(/^the payload is not valid: .*cluster: letters, digits.*; and \d more$/s);
    try {
      refuse();
    } catch (error) {
      expect((error as Error).message.length).toBeLessThan(2_500);
    }
  });

  it("of an unknown protocol name both numbers", () => {
    expect(() => parsePayload({ protocol: 2 }, previewRequestSchema)).toThrow(
      /protocol 2.*protocol 1.*Upgrade first/,
    );
    expect(() => parsePayload({ protocol: "1" }, previewRequestSchema)).toThrow(/not valid: protocol/);
  });
});
