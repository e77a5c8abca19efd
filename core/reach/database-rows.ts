import type { ObservedAccount, ObservedState } from "../mysql";
import { foldDatabase, isSameDatabase, rowReaches, specificity } from "../mysql/database-name";
import { hostRank } from "../mysql/host-order";
import { quoteIdentifier } from "../mysql/quote";
import type { Held, Place } from "./held";

/** A row for a database, and the account that has it. */
export interface DatabaseRow {
  readonly account: ObservedAccount;
  readonly row: ObservedAccount["databases"][number];
}

/** The rows of an account that match the database. */
export const databaseRows = (
  account: ObservedAccount,
  { database }: Place,
  observed: ObservedState,
): DatabaseRow[] =>
  account.databases.filter(({ name }) => rowReaches(name, database, observed)).map(row => ({ account, row }));

/** Rows that count, or might. */
interface Counting {
  readonly rows: readonly DatabaseRow[];
  /** Whether the server takes one of several, which nobody can foretell. */
  readonly isUnsure: boolean;
}

/**
 * The rows that count without active roles: of the nearest host, the most specific one. Of patterns that are
 * equally specific the server takes one or the other, and after FLUSH PRIVILEGES another one (measured).
 */
export function countingAlone(rows: readonly DatabaseRow[], observed: ObservedState): Counting {
  const rank = ({ account, row }: DatabaseRow) => [
    hostRank(account.host),
    specificity(row.name, observed),
    Number(account.user !== ""),
  ];
  const compare = (a: DatabaseRow, b: DatabaseRow) =>
    rank(b)
      .map((value, at) => value - rank(a)[at]!)
      .find(difference => difference !== 0) ?? 0;
  const best = rows.toSorted(compare).filter((one, _, [first]) => compare(one, first!) === 0);
  return { rows: best, isUnsure: best.length > 1 };
}

/**
 * The rows that count while a role is active: those with the database's own name; if there are none, those of
 * one pattern. Which one it is of several was measured for many, and was not always the same.
 */
export function countingWithRoles(
  rows: readonly DatabaseRow[],
  { database }: Place,
  observed: ObservedState,
): Counting {
  const isName = (name: string) =>
    isSameDatabase(name, database, observed) && (observed.partialRevokes || !/[_%]/.test(name));
  const exact = rows.filter(({ row }) => isName(row.name));
  if (exact.length > 0) return { rows: exact, isUnsure: false };
  const names = new Set(rows.map(({ row }) => foldDatabase(row.name, observed)));
  return { rows, isUnsure: names.size > 1 };
}

/** What an account holds by a row. */
export const heldOnDatabase = (
  holder: ObservedAccount,
  { grantOption, name, privileges }: ObservedAccount["databases"][number],
  { database }: Place,
  observed: ObservedState,
): Held => ({
  level: isSameDatabase(name, database, observed) ? "database" : "pattern",
  privileges,
  on: `${quoteIdentifier(name)}.*`,
  holder,
  grantOption,
});
