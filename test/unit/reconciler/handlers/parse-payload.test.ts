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

  it("with the key `__proto__` are refused anywhere but in what the provider adds", () => {
    const payload = (inner: string, tf = "null") =>
      JSON.parse(
        `{"protocol":1,"action":"preview","cluster":"orders","owner":"o","adopt":false,"gate":"g","plannedBy":"p","roster":${inner},"tf":${tf}}`,
      ) as object;
    const parse = (inner: string, tf?: string) => () =>
      parsePayload(payload(inner, tf), previewRequestSchema);
    // A schema alone would read a roster without the account, and the plan would show nothing of it.
    const account = '{"kind":"service","user":"x","databases":{}}';
    expect(parse(`{"roles":{},"accounts":{"__proto__":${account}}}`)).toThrow(
      "the payload is not valid: (payload).roster.accounts: `__proto__` cannot be a key",
    );
    expect(parse('{"roles":{},"accounts":{},"__proto__":{}}')).toThrow("(payload).roster: `__proto__`");
    expect(parse('{"roles":{},"accounts":{}}', '{"__proto__":1}')).toThrow('Unrecognized key: "tf"');
  });

  it("of an unknown protocol name both numbers", () => {
    expect(() => parsePayload({ protocol: 2 }, previewRequestSchema)).toThrow(
      /protocol 2.*protocol 1.*Upgrade first/,
    );
    expect(() => parsePayload({ protocol: "1" }, previewRequestSchema)).toThrow(/not valid: protocol/);
  });
});
