import { byCodeUnit } from "../json";
import type { ObservedAccount, ObservedState } from "../mysql";
import { foldDatabase, isSameDatabase, rowReaches } from "../mysql/database-name";
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

/**
 * The rows that count while a role is active: those with the database's own name; if there are none, those
 * with the pattern that is first in the order of its bytes (measured). A name with `_` is a pattern.
 */
export function countingWithRoles(
  rows: readonly DatabaseRow[],
  { database }: Place,
  observed: ObservedState,
): readonly DatabaseRow[] {
  const isName = (name: string) =>
    isSameDatabase(name, database, observed) && (observed.partialRevokes || !/[_%]/.test(name));
  const exact = rows.filter(({ row }) => isName(row.name));
  const [first] = rows.map(({ row }) => foldDatabase(row.name, observed)).sort(byCodeUnit);
  return exact.length > 0 ? exact : rows.filter(({ row }) => foldDatabase(row.name, observed) === first);
}

/** What an account holds by a row. */
export const heldOnDatabase = (
  holder: ObservedAccount,
  { grantOption, name, privileges }: ObservedAccount["databases"][number],
  { database }: Place,
): Held => ({
  level: name === database ? "database" : "pattern",
  privileges,
  on: `${quoteIdentifier(name)}.*`,
  holder,
  grantOption,
});
