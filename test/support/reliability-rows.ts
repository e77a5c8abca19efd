import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A row of docs/reliability.md: a fault that a test makes. */
export interface ReliabilityRow {
  /** The test's title. */
  readonly name: string;
  /** The cell that says what the error says, or that there is none. */
  readonly outcome: string;
  /** What the error says; undefined if the run succeeds. */
  readonly says: RegExp | undefined;
  /** The file of the test, if it is not in `test/mysql/reconciler/faults`. */
  readonly file: string | undefined;
}

const DOCUMENT = join(__dirname, "../../docs/reliability.md");
const literal = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** `…` is for what differs from run to run. */
const patternOf = (text: string) => new RegExp(text.split("…").map(literal).join(".*"), "s");

/** The rows of all tables whose first column says when. */
export const reliabilityRows = (text = readFileSync(DOCUMENT, "utf8")): ReliabilityRow[] =>
  text.split("\n").flatMap(line => {
    const [, when, fault, says, , test] = line.split(/(?<!\\)\|/).map(cell => cell.trim());
    if (!line.startsWith("| ") || when === "when" || fault === undefined || says === undefined) return [];
    const [, message] = /^`(.*)`$/.exec(says) ?? [];
    const [, file] = /\]\(\.\.\/(.*)\)/.exec(test ?? "") ?? [];
    const pattern = message === undefined ? undefined : patternOf(message);
    return [{ name: `${when}: ${fault}`, outcome: says, says: pattern, file }];
  });

/** What the error says by the row of the test that runs now. */
export function documentedError(): RegExp {
  const { currentTestName = "" } = expect.getState();
  const row = reliabilityRows().find(({ name }) => currentTestName.endsWith(name));
  if (!row?.says) throw new Error(`docs/reliability.md has no error for ${currentTestName}`);
  return row.says;
}
