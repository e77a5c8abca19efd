import { Fn, TerraformVariable, Testing, Token } from "cdktf";
import { escapeData, escapeText } from "../../../../constructs/terraform/escape";
import { stackOf } from "../synth";

const scope = stackOf();

describe("escapeText", () => {
  test.each([
    ["${path.root}", "$${path.root}"],
    ["%{if}", "%%{if}"],
    ["$${x}", "$$${x}"],
    ['x", "role" = "admin', 'x", "role" = "admin'],
    ["$ { }", "$ { }"],
  ])("%s becomes %s", (given, expected) => expect(escapeText(given, "reason", scope)).toBe(expected));

  test.each([
    ["a token", Token.asString({ resolve: () => "x" })],
    ["text that looks like one", "TfToken[TOKEN.0]"],
    ["a number that cdktf reads as one", `${Token.asNumber({ resolve: () => 1 })}`],
    ["such a number within a word", `x${Token.asNumber({ resolve: () => 1 })}y`],
    ["half a character", "\ud83d"],
    ["a NUL", "a\0b"],
    ["a byte order mark, which Terraform drops", "\ufeffa"],
  ])("refuses %s, with the construct's path", (_, text) =>
    expect(() => escapeText(text, "reason", scope)).toThrow(/^\[stack\] `reason` must be plain text/),
  );
});

describe("escapeData", () => {
  it("escapes every text and every name in the data", () => {
    const data = { "${a}": ["%{b}", 1, true, null, { c: "${d}", left: undefined }] };
    expect(escapeData(data, "grants", scope)).toEqual({ "$${a}": ["%%{b}", 1, true, null, { c: "$${d}" }] });
  });

  test.each<[string, unknown]>([
    ["a function's result", { reason: Fn.upper("x") }],
    [
      "a sensitive variable",
      { reason: new TerraformVariable(stackOf(Testing.app(), "other"), "v", { sensitive: true }).value },
    ],
    ["a date", { when: new Date(0) }],
    ["a number token", { port: Token.asNumber({ resolve: () => 1 }) }],
  ])("refuses %s", (_, data) =>
    expect(() => escapeData(data as never, "grants", scope)).toThrow(/`grants\.?\w*` must be/),
  );

  it("refuses names that Terraform would merge", () => {
    expect(() => escapeData({ "e\u0301": 1 }, "databases", scope)).toThrow(/composed form/);
    expect(() => escapeData(JSON.parse('{"__proto__": {"polluted": "x"}}'), "databases", scope)).toThrow(
      /__proto__/,
    );
    expect(escapeData({ name: "e\u0301" }, "name", scope)).toEqual({ name: "\u00e9" });
  });
});
