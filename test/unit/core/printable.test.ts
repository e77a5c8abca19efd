import { newAnswer, sameAnswer } from "../../../core/decisions/preview-answer";
import { printable, printableColumns, printableJson, printableLines } from "../../../core/printable";
import { problemLine } from "../../../core/users";
import { problemText } from "../../../reader/users-error";

const ESC = "\u001b";
const BIDI = "\u202e";
/** What must reach no terminal and no log: it colours, turns, hides, and commands a workflow. */
const HOSTILE = `x${ESC}[2J\n::set-output name=a::b\r\u0007${BIDI}\u200b\u009b`;
const NEVER = /[\p{Cc}\p{Cf}\u2028\u2029]/u;

describe("printable", () => {
  test.each([
    ["an escape sequence", `a${ESC}[31mb`, "a\\u{1b}[31mb"],
    ["a line break", "a\r\n::error::b", "a ::error::b"],
    ["separators of lines and paragraphs", "a\u2028b\u2029c", "a b c"],
    ["a change of direction", `a${BIDI}b\u2066c`, "a\\u{202e}b\\u{2066}c"],
    ["half a character", "a\ud800b", "a\\u{d800}b"],
    ["what people write", "Zoë 😀 `a_b` 100 %", "Zoë 😀 `a_b` 100 %"],
  ])("writes %s", (_, text, expected) => expect(printable(text)).toBe(expected));

  test.each([
    ["a text for a terminal", `one${ESC}[2J\n::error::two\n  three${BIDI}`],
    ["a table", `ACCOUNT  REASON\nsl_jane  ${BIDI}x\u009b`],
    ["a file's name", `::set-output name=a::\u200b`],
  ])("keeps the lines of %s, and none is a command of a workflow", (_what, text) => {
    const shown = printableLines(text);
    expect(shown.split("\n")).toHaveLength(text.split("\n").length);
    for (const line of shown.split("\n")) expect(line).not.toMatch(NEVER);
    expect(shown).not.toMatch(/^::/m);
    expect(printableLines(shown)).toBe(shown);
  });

  test.each([[{ name: HOSTILE }], [[`tag \u{e0041}`, "half \ud800"]], [{ emoji: "👩‍💻", plain: "Zoë" }]])(
    "writes JSON that means the same: %j",
    value => {
      const text = printableJson(value);
      expect(JSON.parse(text)).toEqual(value);
      for (const line of text.replaceAll("👩‍💻", "").split("\n")) expect(line).not.toMatch(NEVER);
    },
  );

  test("keeps the columns of a quoted line", () => {
    expect(printableColumns(`ab${ESC}c\td`)).toBe("ab c d");
  });
});

describe("no control character and no second line reaches a terminal", () => {
  const problem = { file: `users/${HOSTILE}.yaml`, line: 1, column: 3, path: HOSTILE, message: HOSTILE };

  test("in a problem of a file, and in the line that it quotes", () => {
    expect(problemLine({ ...problem, hint: HOSTILE })).not.toMatch(NEVER);
    const lines = problemText(problem, () => `role: ${HOSTILE.replace(/[\r\n]/g, "")}`).split("\n");
    expect(lines).toHaveLength(3);
    for (const line of lines) expect(line).not.toMatch(NEVER);
    for (const line of lines) expect(line).not.toMatch(/^::/);
  });

  test("in the notes of a plan, and in what its check says", () => {
    const findings = {
      status: "none" as const,
      notes: [`EVENT orders.${HOSTILE}`],
      unmanaged: [`sl_${HOSTILE}`],
      summary: `orders: not declared: sl_${HOSTILE}`,
    };
    const planner = { now: new Date(0), randomId: "00000000", plannedBy: "me" };
    const { changeSet, summary, unmanaged } = newAnswer(findings, planner);
    const same = sameAnswer("orders", { changeSet, appliedAt: HOSTILE }, findings);
    const shown = [same.summary, ...same.unmanaged, same.applied];
    for (const text of [summary, ...unmanaged, ...shown, JSON.stringify(changeSet)])
      expect(text).not.toMatch(NEVER);
    expect(summary).toContain("sl_x\\u{1b}[2J ::set-output");
  });
});
