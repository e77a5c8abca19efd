import { DATABASE_PRIVILEGES } from "../../catalogue/mysql-privileges";
import { GRANT_OPTION, type Roster } from "../../roster/roster";
import { isSameDatabase, type NamesInGrants, rowReaches } from "../database-name";
import { effectsOf } from "../effects";
import { expiredAccounts } from "../expired-accounts";
import type { ObservedState } from "../observed-state";
import { quoteAccount } from "../quote";
import { SqlScanner, UnknownSyntaxError } from "../sql-scanner";
import type { StatementsPlan } from "../statements-request";

/** What an open session uses. */
export interface SessionUse {
  /** The database that it uses. Absent: none. */
  readonly database?: string | undefined;
  /** The tables that it keeps open. Undefined: not known. */
  readonly openTables?: readonly UsedTable[] | undefined;
}

export interface UsedTable {
  readonly database: string;
  readonly name: string;
}

/** What statements take from an account that keeps the rest. */
export interface Narrowing {
  /** Whether a table was taken that a session may keep open. Absent: no such table was. */
  readonly takes?: ((table: UsedTable) => boolean) | undefined;
  /** Whether a session goes on with something that was taken. */
  readonly survivesIn: (use: SessionUse) => boolean;
}

/**
 * The accounts whose sessions end only because the account has less than before, by user name: nothing shuts
 * them out, and their login stays as it is.
 *
 * Open sessions go on with global privileges, active roles, and privileges on the database that they use.
 * They are refused at once what was taken on another database, a table, a column or a routine, unless they
 * keep a table open and read it (`HANDLER`; all measured).
 */
export function narrowedAccounts(
  { endSessions, statements }: Pick<StatementsPlan, "endSessions" | "statements">,
  names: NamesInGrants,
): ReadonlyMap<string, Narrowing> {
  const accounts = new Set(endSessions.map(quoteAccount));
  const effects = new Map<string, string[]>();
  for (const { accounts: changed, each } of statements)
    for (const [index, account] of changed.entries()) {
      const name = quoteAccount(account);
      if (!accounts.has(name)) continue;
      effects.set(name, [...(effects.get(name) ?? []), ...(effectsOf(each[index]!) ?? [`unknown|${name}`])]);
    }
  const found = new Map<string, Taken[]>();
  const others = new Set<string>();
  for (const account of endSessions) {
    const taken = takenFrom(quoteAccount(account), effects.get(quoteAccount(account)) ?? []);
    if (taken) found.set(account.user, [...(found.get(account.user) ?? []), taken]);
    else others.add(account.user);
  }
  return new Map(
    [...found]
      .filter(([user]) => !others.has(user))
      .map(([user, taken]) => [user, narrowingOf(taken, names)] as const),
  );
}

/** A plan, and the cluster before it. */
export interface NarrowingPlan {
  readonly plan: Pick<StatementsPlan, "endSessions" | "statements">;
  readonly observed: ObservedState;
  readonly now: Date;
}

/**
 * The same without accounts that lose what has expired: that ends at once, for services too.
 * @param rosters those that the plan is for
 */
export function narrowedWithoutExpired(
  { now, observed, plan }: NarrowingPlan,
  rosters: readonly (Roster | undefined)[],
): ReadonlyMap<string, Narrowing> {
  const narrowed = narrowedAccounts(plan, observed);
  if (narrowed.size === 0) return narrowed;
  const expired = rosters.map(roster =>
    roster ? expiredAccounts(roster, observed, now) : new Set<string>(),
  );
  return new Map([...narrowed].filter(([user]) => !expired.some(users => users.has(user))));
}

interface Taken {
  /** Whether something was taken that goes on in every session. */
  readonly everywhere: boolean;
  /** The rows of `mysql.db` that were taken from. */
  readonly rows: readonly string[];
  /** Those of them that lost SELECT: a session may read a table there that it keeps open. */
  readonly readRows: readonly string[];
  readonly tables: readonly UsedTable[];
}

/** What only adds to an account, or changes what is no access. */
const HARMLESS = [
  "grant",
  "grant-role",
  "default-role",
  "limit",
  "unlock",
  "unblock",
  "one-factor",
  "enable-event",
];

/**
 * What the effects take from an account; undefined if they also shut it out or change its login, or take
 * nothing: its sessions then end for a reason that no effect of its name shows.
 */
function takenFrom(account: string, effects: readonly string[]): Taken | undefined {
  const taking = effects.filter(effect => !HARMLESS.includes(verbOf(effect)));
  if (taking.length === 0) return undefined;
  const [rows, readRows, tables]: [string[], string[], UsedTable[]] = [[], [], []];
  let everywhere = false;
  for (const effect of taking) {
    const verb = verbOf(effect);
    if (verb === "revoke-role" || verb === "revoke-proxy") everywhere = true;
    else if (verb !== "revoke") return undefined;
    else {
      const place = placeOf(effect.slice(`revoke|${account}|`.length));
      if (place === "anywhere") everywhere = true;
      else if (place.kind === "database") {
        rows.push(place.database);
        if (!isNoRead(effect)) readRows.push(place.database);
      } else if (place.kind === "table") tables.push({ database: place.database, name: place.name });
    }
  }
  return { everywhere, readRows, rows, tables };
}

/** Whether an effect on a whole database takes nothing that `HANDLER` needs: SELECT alone (measured). */
const isNoRead = (effect: string): boolean =>
  NOT_SELECT.some(privilege => effect.endsWith(`.*|${privilege}`));
const NOT_SELECT: readonly string[] = [
  GRANT_OPTION,
  ...DATABASE_PRIVILEGES.filter(privilege => privilege !== "SELECT"),
];

const verbOf = (effect: string): string => effect.slice(0, effect.indexOf("|"));

type Place =
  | "anywhere"
  | { readonly kind: "database"; readonly database: string }
  | { readonly kind: "table" | "routine"; readonly database: string; readonly name: string };

const NAME = "`((?:[^`]|``)*)`";
const OBJECT = new RegExp(`^(\\w+ )?${NAME}\\.(?:\\*|${NAME})$`, "s");

/** What an effect is on: the object at the beginning of the text. What is not understood is in doubt. */
function placeOf(text: string): Place {
  try {
    const [, type, database, name] = OBJECT.exec(new SqlScanner(text).object()) ?? [];
    if (database === undefined) return "anywhere";
    const plain = (quoted: string) => quoted.replaceAll("``", "`");
    if (name === undefined) return { kind: "database", database: plain(database) };
    return { kind: type ? "routine" : "table", database: plain(database), name: plain(name) };
  } catch (error) {
    if (error instanceof UnknownSyntaxError) return "anywhere";
    throw error;
  }
}

function narrowingOf(taken: readonly Taken[], names: NamesInGrants): Narrowing {
  const rows = taken.flatMap(one => one.rows);
  const readRows = taken.flatMap(one => one.readRows);
  const tables = taken.flatMap(one => one.tables);
  const takes = (open: UsedTable) =>
    readRows.some(row => rowReaches(row, open.database, names)) ||
    tables.some(
      ({ database, name }) =>
        isSameDatabase(database, open.database, names) && isSameDatabase(name, open.name, names),
    );
  const takesTables = readRows.length + tables.length > 0;
  return {
    takes: takesTables ? takes : undefined,
    survivesIn: ({ database, openTables }) =>
      taken.some(({ everywhere }) => everywhere) ||
      (database !== undefined && rows.some(row => rowReaches(row, database, names))) ||
      (takesTables && (openTables === undefined || openTables.some(takes))),
  };
}
