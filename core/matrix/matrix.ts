import { groupBy } from "../group-by";
import { byCodeUnit, defined } from "../json";
import type { AccessRow } from "../roster/access-rows";
import { EVERYWHERE } from "../roster/granted-object";

/** Whether a grant ends soon, has ended, or neither. */
export type Ending = "soon" | "ended";

/** One grant of a person on a database. */
export interface MatrixGrant {
  readonly account: string;
  readonly role: string;
  /** What in the database, or on the server; absent: the whole database. */
  readonly object?: string | undefined;
  readonly expires?: string | undefined;
  readonly ending?: Ending | undefined;
  readonly reason?: string | undefined;
  readonly team?: string | undefined;
  /** Set if the account is locked. */
  readonly suspended?: true | undefined;
}

/** A database of a cluster, or `EVERYWHERE`: all of its server. */
export interface MatrixColumn {
  readonly cluster: string;
  readonly database: string;
}

export interface MatrixPerson {
  readonly user: string;
  readonly email?: string | undefined;
  /** The grants by the index of their column. */
  readonly cells: ReadonlyMap<number, readonly MatrixGrant[]>;
}

/** People by databases. A cell is a list: a person and their teams may have a grant on one database. */
export interface Matrix {
  readonly columns: readonly MatrixColumn[];
  readonly people: readonly MatrixPerson[];
}

/** When a grant counts as about to end. */
export interface EndingTimes {
  readonly now: Date;
  /** What ends before this moment ends soon. */
  readonly soon: Date;
}

export function endingOf(expires: string | undefined, { now, soon }: EndingTimes): Ending | undefined {
  if (expires === undefined) return undefined;
  const end = new Date(expires);
  return end <= now ? "ended" : end < soon ? "soon" : undefined;
}

/** The matrix of the rows, people and columns in the order of their names. */
export function matrixOf(rows: readonly AccessRow[], times: EndingTimes): Matrix {
  const byColumn = new Map(
    rows.map(({ cluster, database }) => [columnKey({ cluster, database }), { cluster, database }]),
  );
  const columns = [...byColumn.values()].sort(
    (a, b) =>
      byCodeUnit(a.cluster, b.cluster) ||
      Number(a.database === EVERYWHERE) - Number(b.database === EVERYWHERE) ||
      byCodeUnit(a.database, b.database),
  );
  const indexes = new Map(columns.map((column, index) => [columnKey(column), index]));
  const people = [...groupBy(rows, ({ user }) => user)].map(([user, own]) => ({
    user,
    ...defined({ email: own.find(({ email }) => email !== undefined)?.email }),
    cells: new Map(
      [...groupBy(own, row => indexes.get(columnKey(row))!)].map(
        ([index, of]) => [index, of.map(row => grantOf(row, times))] as const,
      ),
    ),
  }));
  return { columns, people: people.sort((a, b) => byCodeUnit(a.user, b.user)) };
}

const columnKey = ({ cluster, database }: MatrixColumn): string => JSON.stringify([cluster, database]);

const grantOf = (row: AccessRow, times: EndingTimes): MatrixGrant => ({
  account: row.account,
  role: row.role,
  ...defined({
    object: row.object,
    expires: row.expires,
    ending: endingOf(row.expires, times),
    reason: row.reason,
    team: row.team,
    suspended: row.suspended,
  }),
});

/** How people name a column: `orders`, or `all of payments`. */
export const columnText = ({ cluster, database }: MatrixColumn): string =>
  database === EVERYWHERE ? `all of ${cluster}` : database;

/** A day, or the moment if it is none: `2027-03-31` is the last day with access. */
export function lastDay(expires: string): string {
  const end = new Date(expires);
  const isMidnight = end.getTime() % 86_400_000 === 0;
  return isMidnight
    ? new Date(end.getTime() - 1).toISOString().slice(0, 10)
    : expires.replace(/:00(\.000)?Z$/, "Z");
}

/** `read on customers (id), until 2027-03-31, ends soon, by team dba`. */
export function grantText({ ending, expires, object, role, suspended, team }: MatrixGrant): string {
  return [
    // A global privilege or a native role gives itself, and the role says no more.
    object === undefined ? role : /^(global|native role) /.test(object) ? object : `${role} on ${object}`,
    ...(expires === undefined ? [] : [`${ending === "ended" ? "ended" : "until"} ${lastDay(expires)}`]),
    ...(ending === "soon" ? ["ends soon"] : []),
    ...(suspended ? ["suspended"] : []),
    ...(team === undefined ? [] : [`by team ${team}`]),
  ].join(", ");
}

/** The grid as cells of text under a heading, for spreadsheets. */
export const matrixCells = ({ columns, people }: Matrix): string[][] => [
  ["user", "email", ...columns.map(({ cluster, database }) => `${cluster}/${database}`)],
  ...people.map(({ cells, email = "", user }) => [
    user,
    email,
    ...columns.map((_, index) => (cells.get(index) ?? []).map(grantText).join("; ")),
  ]),
];
