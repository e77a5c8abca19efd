import { groupBy } from "../../../core/group-by";
import { byCodeUnit, defined } from "../../../core/json";
import {
  type AccountId,
  type AdministratorPrivileges,
  administratorLacks,
  type DefinedObject,
  type NamesInGrants,
  type ObservedState,
  type OwnPrivileges,
  objectName,
} from "../../../core/mysql";
import { hasPrefix } from "../../../core/roster/account-name";
import { DatabaseError } from "../runtime/errors";
import { misencodedRoutines } from "./misencoded-routines";
import type { MySqlSession, Row } from "./mysql-session";
import { LEADING, observeQueries, RESULTS, strangeQuery } from "./observe-queries";
import {
  accountReader,
  byAccount,
  holder,
  keyOf,
  type Results,
  type Routines,
  restrictionsOf,
} from "./observed-account";
import { outsideGrants } from "./outside-grants";
import { ownPrivileges } from "./own-privileges";
import { hasGrantOption, privilegesOfColumns } from "./privilege-columns";
import { roleRules } from "./role-rules";

export interface Observation {
  readonly observed: ObservedState;
  /**
   * Absent if the administrator has rights at database level: a statement that it may not run is then found
   * when it fails.
   */
  readonly administrator?: AdministratorPrivileges | undefined;
  /** How long the server waits for each message of a login. */
  readonly connectTimeoutMs: number;
}

/** Reads what the cluster holds now about accounts with the prefix. Changes nothing. */
export async function observe(session: MySqlSession, prefix: string): Promise<Observation> {
  const sets = await readAll(session, observeQueries(prefix));
  const results = Object.fromEntries(
    RESULTS.map((name, index) => [name, sets[LEADING + index] ?? []]),
  ) as Record<string, readonly Row[]> as Results;
  await addStrangeColumns(session, results, prefix);
  const names = namesOf(results);
  const users = results.users.map(holder);
  const misencoded = await misencodedRoutines(session, results.routines, users, names);
  return {
    observed: observedState(results, prefix, misencoded, names),
    administrator: administratorOf(results),
    connectTimeoutMs: Number(results.server[0]!["connectTimeout"]) * 1000,
  };
}

/** Adds to each row the values of columns that only this server has. Most servers have none. */
async function addStrangeColumns(session: MySqlSession, results: Results, prefix: string): Promise<void> {
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
      (await session.query(strangeQuery(table, columns, prefix))).map(row => [keyOfRow(row), row]),
    );
    for (const row of rows) Object.assign(row, found.get(keyOfRow(row)));
  }
}

async function readAll(session: MySqlSession, queries: readonly string[]) {
  try {
    return await session.queryAll(queries);
  } catch (error) {
    if (error instanceof DatabaseError) await session.query("ROLLBACK").catch(() => {});
    throw error;
  }
}

/** An account as `information_schema` writes it: `user@host`. A host holds no `@`, a user may. */
function parseAccount(text: string): AccountId {
  const at = text.lastIndexOf("@");
  return { user: text.slice(0, at), host: text.slice(at + 1) };
}

function namesOf({ server }: Results): NamesInGrants {
  const { lowerCase, partialRevokes } = server[0]!;
  return { partialRevokes: Number(partialRevokes) === 1, lowerCaseTableNames: Number(lowerCase) };
}

function observedState(
  results: Results,
  prefix: string,
  misencoded: Routines,
  names: NamesInGrants,
): ObservedState {
  const server = results.server[0]!;
  const own = ownPrivileges(results.ownGrants, results.rdsKill.length > 0);
  const definers = definersOf(results);
  const objectsOf = (account: AccountId) => definers.get(keyOf(account))?.objects ?? [];
  const read = accountReader(results, misencoded, objectsOf, names);
  const accounts = results.users
    .filter(row => hasPrefix(prefix, String(row["User"])))
    .map(read)
    .sort(byAccount);
  const existing = new Set(accounts.map(keyOf));
  return {
    version: String(server["version"]),
    ...names,
    self: parseAccount(String(server["self"])),
    iamLogins: results.iamPlugin.length > 0,
    lacks: administratorLacks(own),
    ...roleRules(results, own),
    setsDefiners: DEFINER_PRIVILEGES.some(privilege => own.global.has(privilege)),
    databases: seesDatabases(own) ? results.databaseNames.map(row => String(row["name"])) : undefined,
    distrustsCreators: distrustsCreators(results),
    accounts,
    anonymousHosts: results.anonymous.map(row => String(row["Host"])).sort(byCodeUnit),
    outside: outsideGrants(results),
    orphanedDefiners: [...definers.values()]
      .filter(definer => !existing.has(keyOf(definer)) && hasPrefix(prefix, definer.user))
      .sort(byAccount),
  };
}

const seesDatabases = ({ global }: OwnPrivileges): boolean =>
  global.has("SHOW DATABASES") || global.has("SELECT");

function distrustsCreators({ creatorSettings }: Results): boolean {
  const settings = new Map(creatorSettings.map(row => [row["Variable_name"], row["Value"]]));
  return settings.get("log_bin") === "ON" && settings.get("log_bin_trust_function_creators") === "OFF";
}

/** By account: the objects that run with its rights, in order. */
function definersOf({ events, storedRoutines, triggers, views }: Results) {
  const rows = groupBy([...views, ...storedRoutines, ...triggers, ...events], row =>
    keyOf(parseAccount(String(row["definer"]))),
  );
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

/** The privileges that the administrator and its active roles can grant at the global level. */
function administratorOf(results: Results): AdministratorPrivileges | undefined {
  if (results.administratorDatabases.length > 0) return undefined;
  const fixed = results.administrator.filter(hasGrantOption).flatMap(privilegesOfColumns);
  const dynamic = results.administratorDynamic.map(row => String(row["PRIV"]));
  return {
    grantable: [...new Set([...fixed, ...dynamic])].sort(byCodeUnit),
    restrictions: results.administrator.flatMap(restrictionsOf),
    // Aurora MySQL 3 calls itself 8.0.mysql_aurora.3.x. What 8.4 does was not measured.
    revokesRestricted: Number.parseInt(String(results.server[0]!["version"]), 10) >= 9,
    revokesProxies: results.administratorProxies.length > 0,
  };
}
