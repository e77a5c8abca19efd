import { groupBy } from "../group-by";
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

/** Rows that count together. Of several such groups the server takes one, and which nobody can foretell. */
type Alternatives = readonly (readonly DatabaseRow[])[];

/**
 * The row that counts without active roles: of the nearest host, the most specific one. Of patterns that are
 * equally specific the server takes one or the other, and after FLUSH PRIVILEGES another one (measured).
 */
function countingAlone(rows: readonly DatabaseRow[], observed: ObservedState): Alternatives {
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
  return best.map(row => [row]);
}

/**
 * The rows that count while a role is active: those with the database's own name; if there are none, those of
 * one pattern. Which one it is of several was measured for many, and was not always the same.
 */
function countingWithRoles(
  rows: readonly DatabaseRow[],
  { database }: Place,
  observed: ObservedState,
): Alternatives {
  const isName = (name: string) =>
    isSameDatabase(name, database, observed) && (observed.partialRevokes || !/[_%]/.test(name));
  const exact = rows.filter(({ row }) => isName(row.name));
  if (exact.length > 0) return [exact];
  return [...groupBy(rows, ({ row }) => foldDatabase(row.name, observed)).values()];
}

/** What somebody holds on a database by its rows. What only some of the alternatives give is unsure. */
export function heldOnDatabase(
  rows: readonly DatabaseRow[],
  hasRoles: boolean,
  place: Place,
  observed: ObservedState,
): Held[] {
  const alternatives = hasRoles ? countingWithRoles(rows, place, observed) : countingAlone(rows, observed);
  const given = alternatives.map(group => new Set(group.flatMap(({ row }) => row.privileges)));
  const isSure = (privilege: string) => given.every(privileges => privileges.has(privilege));
  return alternatives.flat().flatMap(({ account, row: { grantOption, name, privileges } }): Held[] => {
    const held = {
      level: isSameDatabase(name, place.database, observed) ? ("database" as const) : ("pattern" as const),
      on: `${quoteIdentifier(name)}.*`,
      holder: account,
      grantOption,
    };
    return [
      { ...held, privileges: privileges.filter(isSure) },
      { ...held, privileges: privileges.filter(one => !isSure(one)), isUnsure: true },
    ];
  });
}
