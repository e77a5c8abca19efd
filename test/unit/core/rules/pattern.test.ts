import fc from "fast-check";
import { matchesName, parsePattern } from "../../../../core/rules";

const PIECES = [
  "a",
  "b",
  "[ab]",
  "[^a]",
  "\\d",
  ".",
  "a*",
  "b+",
  "a?",
  "b{2}",
  "a{1,2}",
  "(?:ab|b)",
  "(a|)+",
  "^",
  "$",
  "-",
];
const patterns = fc
  .array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 6 })
  .map(pieces => pieces.join(""))
  .chain(text => fc.constantFrom(text, `^${text}$`, `${text}|b1`));

describe("a pattern", () => {
  it("finds what a regular expression finds", () => {
    fc.assert(
      fc.property(patterns, fc.stringMatching(/^[ab1-]{0,8}$/), (source, text) => {
        expect(parsePattern(source).test(text)).toBe(new RegExp(source, "u").test(text));
      }),
      { numRuns: 500 },
    );
  });

  it.each<[string, string, string]>([
    ["a repetition in a repeated group", "(a+)+$", "which can take very long"],
    ["a repetition of a repetition", "a+*", "which can take very long"],
    ["a lazy repetition", "a+?", "which can take very long"],
    ["look-around", "(?=a)b", "has a group `(?...`"],
    ["a back-reference", "(a)\\1", "has `\\1`"],
    ["a group that stays open", "(a", "has a `(` without a `)`"],
    ["a bracket too many", "a)", "has a `)` too many"],
    ["a set that stays open", "[a", "ends too early"],
    ["a set from z to a", "[z-a]", "ends before it begins"],
    ["many repetitions", "a{500}", "at most 20"],
    ["nothing to repeat", "*a", "where nothing can be repeated"],
    ["a name of Unicode", "\\p{L}", "has `\\p`"],
  ])("with %s is refused", (_, source, problem) => {
    expect(() => parsePattern(source)).toThrow(problem);
  });

  it.each([
    ["(?:a|a)*(?:a|a)*(?:a|a)*(?:a|a)*$", "a"],
    ["a?".repeat(60) + "a".repeat(60), "a"],
    [".*.*.*.*.*.*.*.*.*.*=", "x"],
    ["(?:a|b|ab){20}".repeat(10), "ab"],
  ])("that makes others hang takes no time: %s", (source, text) => {
    const pattern = parsePattern(source);
    const begin = performance.now();
    pattern.test(`${text.repeat(1_024 / text.length)}!`);
    expect(performance.now() - begin).toBeLessThan(2_000);
  });
});

it.each<[string, string, boolean]>([
  ["ext-*", "ext-ann", true],
  ["ext-*", "next-ann", false],
  ["*.ext", "ann.ext", true],
  ["a*b*c", "a1b2c", true],
  ["a*a", "a", false],
  ["ann", "ann", true],
  ["ann", "anne", false],
  ["a.n", "ann", false],
])("the name %s matches %s: %s", (wildcard, name, expected) => {
  expect(matchesName(wildcard, name)).toBe(expected);
});
