import { AccessError } from "../errors";
import { USER_KINDS, type UserKind } from "../roster/roster";
import { emailSchema } from "../users/field-schemas";
import { nearest } from "../users/nearest";
import { parseCsv } from "./csv";

/** What no server knows of an account, from one row of the table. */
export interface Person {
  readonly account: string;
  readonly kind: UserKind;
  readonly name?: string;
  readonly email?: string;
  readonly username?: string;
  readonly owner?: string;
  readonly expires?: string;
}

const COLUMNS = ["account", "kind", "email", "name", "username", "owner", "expires"] as const;
type Column = (typeof COLUMNS)[number];

/** The table of people cannot be used. */
export class PeopleError extends AccessError {
  readonly code = "InvalidInput";
}

/**
 * Reads the table of people: CSV whose first line names the columns.
 * @param file its name in messages
 * @param known the user names that the server has
 * @throws PeopleError with every mistake and its line
 */
export function parsePeople(text: string, file: string, known: readonly string[]): Map<string, Person> {
  const [header, ...records] = parseCsv(text.replace(/^\ufeff/, ""));
  const faults: string[] = [];
  const report = (line: number, message: string) => faults.push(`${file}:${line}: ${message}`);
  const names = header?.cells.map(cell => cell.trim().toLowerCase()) ?? [];
  for (const name of names.filter(one => !isColumn(one))) {
    const near = nearest(name, COLUMNS);
    const hint = near ? `did you mean "${near}"?` : `there are: ${COLUMNS.join(", ")}, with commas between`;
    report(1, `unknown column ${JSON.stringify(name)}; ${hint}`);
  }
  if (!names.includes("account")) report(1, "the column `account` is missing: it has the account's name");
  const people = new Map<string, Person>();
  for (const { cells, line } of faults.length > 0 ? [] : records) {
    if (cells.length !== names.length) {
      report(
        line,
        `has ${cells.length} cells, and the first line ${names.length}: quote a cell with a comma`,
      );
      continue;
    }
    const row = Object.fromEntries(
      cells.flatMap((cell, at) => (cell.trim() === "" ? [] : [[names[at]!, cell.trim()]])),
    ) as Partial<Record<Column, string>>;
    if (row.account !== undefined) row.account = row.account.replace(ESCAPED, "");
    const found = faultsOf(row, known, people);
    for (const message of found) report(line, message);
    const kind = row.kind ?? "person";
    if (found.length === 0 && row.account !== undefined && isKind(kind))
      people.set(row.account, { ...row, account: row.account, kind });
  }
  if (faults.length > 0) throw new PeopleError(faults.join("\n"));
  return people;
}

const isColumn = (name: string): name is Column => COLUMNS.some(column => column === name);
const isKind = (text: string): text is UserKind => USER_KINDS.some(kind => kind === text);

function faultsOf(
  row: Partial<Record<Column, string>>,
  known: readonly string[],
  people: ReadonlyMap<string, Person>,
): string[] {
  const { account, email, expires, kind = "person", owner } = row;
  if (account === undefined) return ["`account` is empty"];
  const faults: string[] = [];
  const name = JSON.stringify(account);
  if (!known.includes(account)) {
    const near = nearest(account, known);
    faults.push(`the server has no account ${name}${near ? `; did you mean ${JSON.stringify(near)}?` : ""}`);
  }
  if (people.has(account)) faults.push(`${name} has a row already`);
  if (!isKind(kind)) faults.push(`\`kind\` must be ${USER_KINDS.join(", ")}, but is ${JSON.stringify(kind)}`);
  if (email !== undefined && !emailSchema.safeParse(email).success)
    faults.push(`${JSON.stringify(email)} is not an e-mail address`);
  if (kind === "person" && email === undefined)
    faults.push(`${name} has no \`email\`: a person needs one. For a program, \`kind\` is service`);
  if (kind === "agent" && (owner === undefined || expires === undefined))
    faults.push(`${name} is an agent, which needs \`owner\` and \`expires\``);
  if (kind !== "agent" && owner !== undefined)
    faults.push(`${name} has an \`owner\`, which only an agent has: write the team's address as \`email\``);
  return faults;
}

const quoted = (cell: string): string => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);

/** A spreadsheet runs a cell that begins with one of these, and not one with an apostrophe before it. */
const FORMULA = /^(?='*[=+\-@])/;
const ESCAPED = /^'(?='*[=+\-@])/;

/** A table to be filled in, with a row for each account. */
export const peopleTemplate = (
  accounts: readonly { readonly user: string; readonly kind: UserKind }[],
): string =>
  [
    COLUMNS.join(","),
    ...accounts.map(({ kind, user }) => `${quoted(user.replace(FORMULA, "'"))},${kind},,,,,`),
  ].join("\n");
