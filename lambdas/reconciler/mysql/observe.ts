import { groupBy } from "../../../core/group-by";
import { byCodeUnit, defined } from "../../../core/json";
import {
  type AccountId,
  type AdministratorPrivileges,
  administratorLacks,
  type DefinedObject,
  inactiveRolesHint,
  type NamesInGrants,
  namedObjects,
  namedRoles,
  type ObservedState,
  type OwnPrivileges,
  objectName,
  quoteAccount,
} from "../../../core/mysql";
import { passwordRules } from "../../../core/mysql/password-rules";
import { isManaged, takenOver } from "../../../core/roster/managed-names";
import type { Roster } from "../../../core/roster/roster";
import { DatabaseError } from "../runtime/errors";
import { existingObjects, existingRoles } from "./existing-objects";
import { misencodedRoutines } from "./misencoded-routines";
import type { MySqlSession, Row } from "./mysql-session";
import {
  COMMIT,
  definerQueries,
  EVERYONE,
  LEADING,
  type ObservedNames,
  observeQueries,
  RESULTS,
  strangeQuery,
} from "./observe-queries";
import { accountReader, byAccount, holder, keyOf, type Results, type Routines } from "./observed-account";
import { outsideGrants } from "./outside-grants";
import { administratorOf, type OwnGrants, ownPrivileges } from "./own-privileges";
import { inactiveRoles, roleRules } from "./role-rules";

export interface Observation {
  readonly observed: ObservedState;
  readonly administrator: AdministratorPrivileges;
  /** How long the server waits for each message of a login. */
  readonly connectTimeoutMs: number;
}

/** Called before each step of an observation with what it reads, in words. */
export type OnStep = (reads: string) => void;

export interface ObserveOptions {
  readonly onStep?: OnStep;
  /**
   * The rosters whose tables, columns, routines and native roles are looked for. Default: none is, and each
   * counts as there.
   */
  readonly rosters?: Iterable<Roster | undefined>;
}

/**
 * Reads what the cluster holds now about managed accounts, and those to take over, or about everyone. Changes
 * nothing.
 */
export async function observe(
  session: MySqlSession,
  managed: ObservedNames,
  { onStep = () => {}, rosters = [] }: ObserveOptions = {},
): Promise<Observation> {
  const results = await readAll(session, managed, onStep);
  onStep("privileges that only this server has, and grants on routines");
  await addStrangeColumns(session, results, managed);
  const own = ownPrivileges(results.ownGrants, results.rdsKill.length > 0);
  const names = namesOf(results);
  const users = results.users.map(holder);
  const misencoded = await misencodedRoutines(session, results.routines, users, names);
  const named = namedObjects(rosters);
  if (named.length > 0) onStep("which tables, columns and routines exist");
  const objects = named.length > 0 ? await existingObjects(session, named, names) : undefined;
  const roles = namedRoles(rosters);
  if (roles.length > 0) onStep("which native roles exist");
  const nativeRoles = roles.length > 0 ? await existingRoles(session, roles) : undefined;
  const looked = defined({ objects, nativeRoles });
  return {
    observed: { ...observedState(results, managed, { misencoded, names, own }), ...looked },
    administrator: administratorOf(own, String(results.server[0]!["version"])),
    connectTimeoutMs: Number(results.server[0]!["connectTimeout"]) * 1000,
  };
}

/** Adds to each row the values of columns that only this server has. Most servers have none. */
async function addStrangeColumns(
  session: MySqlSession,
  results: Results,
  managed: ObservedNames,
): Promise<void> {
  for (const [table, rows] of [
    ["user", results.users],
    ["db", results.databases],
  ] as const) {
    const columns = results.strangeColumns
      .filter(row => row["tableName"] === table)
      .map(row => String(row["columnName"]));
    if (columns.length === 0) continue;
    const keyOfRow = (row: Row) => JSON.stringify([row["User"], row["Host"], row["Db"]]);
    const found = new Map(
      (await session.query(strangeQuery(table, columns, managed))).map(row => [keyOfRow(row), row]),
    );
    for (const row of rows) Object.assign(row, found.get(keyOfRow(row)));
  }
}

/**
 * Reads in one snapshot: grants in one round trip, then each kind of object on its own, so that `onStep` can
 * name it.
 */
async function readAll(session: MySqlSession, managed: ObservedNames, onStep: OnStep): Promise<Results> {
  try {
    onStep("accounts and their grants");
    const sets = await session.queryAll(observeQueries(managed));
    const results = Object.fromEntries(RESULTS.map((name, index) => [name, sets[LEADING + index] ?? []]));
    const definers: Row[] = [];
    for (const [kind, sql] of definerQueries(managed)) {
      onStep(`the definers of ${kind}`);
      definers.push(...(await session.query(sql)));
    }
    await session.query(COMMIT);
    return { ...results, definers } as Record<string, readonly Row[]> as Results;
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    await session.query("ROLLBACK").catch(() => {});
    throw new DatabaseError(
      error.number,
      error.symbol,
      error.serverMessage + (await hintFor(error, session)),
    );
  }
}

const LOCK_WAIT_TIMEOUT = 1205;
const LOCKED_HINT = ". Another session has locked what is read here: end that session";

async function hintFor({ number }: DatabaseError, session: MySqlSession): Promise<string> {
  if (number === LOCK_WAIT_TIMEOUT) return LOCKED_HINT;
  return DENIED.has(number) ? grantHint(session).catch(() => "") : "";
}

/** The server's numbers for a missing privilege: on a database, table, column, the server, a routine. */
const DENIED: ReadonlySet<number> = new Set([1044, 1142, 1143, 1227, 1370]);

/** What gives the administrator what it lacks, which it may also have by a role that is not active. */
async function grantHint(session: MySqlSession): Promise<string> {
  const own = ownPrivileges(await session.query("SHOW GRANTS"), false);
  const [row] = await session.query("SELECT CURRENT_USER() AS self, CURRENT_ROLE() AS active");
  const roles = inactiveRoles(own, row!["active"]);
  const self = parseAccount(String(row!["self"]));
  const grant = `GRANT SELECT ON mysql.* TO ${quoteAccount(self)}`;
  return `. As an account that may grant it, run: ${grant}.${inactiveRolesHint({ self, inactiveRoles: roles })}`;
}

/** An account as `information_schema` writes it: `user@host`. A host holds no `@`, a user may. */
function parseAccount(text: string): AccountId {
  const at = text.lastIndexOf("@");
  return { user: text.slice(0, at), host: text.slice(at + 1) };
}

/** What is read out of the results first. */
interface Read {
  readonly misencoded: Routines;
  readonly names: NamesInGrants;
  readonly own: OwnGrants;
}

function namesOf({ server }: Results): NamesInGrants {
  const { lowerCase, partialRevokes } = server[0]!;
  return { partialRevokes: Number(partialRevokes) === 1, lowerCaseTableNames: Number(lowerCase) };
}

const NO_OBJECTS: readonly DefinedObject[] = [];

function observedState(
  results: Results,
  managed: ObservedNames,
  { misencoded, names, own }: Read,
): ObservedState {
  const server = results.server[0]!;
  const definers = definersOf(results);
  const objectsOf = (account: AccountId) => definers.get(keyOf(account))?.objects ?? NO_OBJECTS;
  const read = accountReader(results, misencoded, objectsOf, names);
  const readThose = (isWanted: (account: AccountId) => boolean) =>
    results.users
      .filter(row => isWanted(holder(row)))
      .map(read)
      .sort(byAccount);
  const isMeant = (account: AccountId) => managed === EVERYONE || isManaged(managed, account);
  const accounts = readThose(isMeant);
  const others = new Set(managed === EVERYONE ? [] : [...takenOver(managed).values()].map(keyOf));
  const toTakeOver = others.size > 0 ? readThose(account => others.has(keyOf(account))) : [];
  const existing = new Set(accounts.map(keyOf));
  return {
    version: String(server["version"]),
    ...names,
    self: parseAccount(String(server["self"])),
    iamLogins: results.iamPlugin.length > 0,
    lacks: administratorLacks(own),
    inactiveRoles: inactiveRoles(own, server["activeRoles"]),
    ...roleRules(results, own),
    setsDefiners: DEFINER_PRIVILEGES.some(privilege => own.global.has(privilege)),
    databases: seesDatabases(own) ? results.databaseNames.map(row => String(row["name"])) : undefined,
    distrustsCreators: distrustsCreators(settingsOf(results)),
    ...defined({ passwordRules: passwordRules(settingsOf(results)) }),
    accounts,
    ...defined({ toTakeOver: toTakeOver.length > 0 ? toTakeOver : undefined }),
    anonymousHosts: results.anonymous.map(row => String(row["Host"])).sort(byCodeUnit),
    outside: outsideGrants(results),
    orphanedDefiners: [...definers.values()]
      .filter(definer => !existing.has(keyOf(definer)) && isMeant(definer))
      .sort(byAccount),
  };
}

const seesDatabases = ({ global }: OwnPrivileges): boolean =>
  global.has("SHOW DATABASES") || global.has("SELECT");

const settingsOf = ({ settings }: Results): ReadonlyMap<string, string> =>
  new Map(settings.map(row => [String(row["Variable_name"]), String(row["Value"])]));

const distrustsCreators = (settings: ReadonlyMap<string, string>): boolean =>
  settings.get("log_bin") === "ON" && settings.get("log_bin_trust_function_creators") === "OFF";

/** By account: the objects that run with its rights, in order. */
function definersOf({ definers }: Results) {
  const rows = groupBy(definers, row => keyOf(parseAccount(String(row["definer"]))));
  const objects = (of: readonly Row[]) =>
    of.map(definedObject).sort((a, b) => byCodeUnit(objectName(a), objectName(b)));
  return new Map(
    [...rows].map(([key, of]) => [key, { ...parseAccount(String(of[0]!["definer"])), objects: objects(of) }]),
  );
}

/** With one of these an administrator may name another account as definer: before 8.2, since then, both. */
const DEFINER_PRIVILEGES = ["SET_USER_ID", "SET_ANY_DEFINER", "SUPER"];

const definedObject = (row: Row): DefinedObject => ({
  kind: String(row["kind"]) as DefinedObject["kind"],
  database: String(row["db"]),
  name: String(row["name"]),
  ...defined({ enabled: row["enabled"] === "ENABLED" ? (true as const) : undefined }),
});
