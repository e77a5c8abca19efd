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
}

const DOCUMENT = join(__dirname, "../../docs/reliability.md");
const literal = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** `…` is for what differs from run to run. */
const patternOf = (text: string) => new RegExp(text.split("…").map(literal).join(".*"), "s");

/** The rows of all tables that say when there is which fault. */
export const reliabilityRows = (text = readFileSync(DOCUMENT, "utf8")): ReliabilityRow[] =>
  text
    .split("\n\n")
    .filter(block => block.startsWith("| when | fault |"))
    .flatMap(block => block.trim().split("\n").slice(2).map(rowOf));

function rowOf(line: string): ReliabilityRow {
  const [, when, fault, outcome = ""] = line.split(/(?<!\\)\|/).map(cell => cell.trim());
  const [, message] = /^`(.*)`$/.exec(outcome) ?? [];
  return { name: `${when}: ${fault}`, outcome, says: message === undefined ? undefined : patternOf(message) };
}

/** What the error says by the row of the test that runs now. */
export function documentedError(): RegExp {
  const { currentTestName = "" } = expect.getState();
  const row = reliabilityRows().find(({ name }) => currentTestName.endsWith(name));
  if (!row?.says) throw new Error(`docs/reliability.md has no error for ${currentTestName}`);
  return row.says;
}
