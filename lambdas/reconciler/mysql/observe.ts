import { byCodeUnit } from "../../../core/json";
import {
  type AccountId,
  type AdministratorPrivileges,
  type ObservedAccount,
  type ObservedRoutineGrant,
  type ObservedState,
  quoteAccount,
} from "../../../core/mysql";
import { hasPrefix } from "../../../core/roster/account-name";
import { DatabaseError } from "../runtime/errors";
import { misencodedRoutines } from "./misencoded-routines";
import type { MySqlSession, Row } from "./mysql-session";
import { LEADING, observeQueries, RESULTS, type ResultName, strangeQuery } from "./observe-queries";
import { observedDatabases, observedRoutines, observedTables } from "./observed-grants";
import { hasGrantOption, privilegesOfColumns, privilegesOfFlags } from "./privilege-columns";

export interface Observation {
  readonly observed: ObservedState;
  /** Absent where the administrator's rights stand at database level: what the server refuses is then found when it runs. */
  readonly administrator?: AdministratorPrivileges | undefined;
}

type Results = Readonly<Record<ResultName, readonly Row[]>>;

/** Reads what the cluster holds now about accounts with the prefix. Changes nothing. */
export async function observe(session: MySqlSession, prefix: string): Promise<Observation> {
  const sets = await readAll(session, observeQueries(prefix));
  const results = Object.fromEntries(
    RESULTS.map((name, index) => [name, sets[LEADING + index] ?? []]),
  ) as unknown as Results;
  await addStrangeColumns(session, results, prefix);
  const garbled = await misencodedRoutines(session, results.routines, results.users.map(holder));
  return { observed: observedState(results, prefix, garbled), administrator: administratorOf(results) };
}

/** Adds to each row what the server has columns of its own for: rarely anything. */
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

type Routines = ReadonlyMap<string, readonly ObservedRoutineGrant[]>;

const id = (user: unknown, host: unknown): AccountId => ({ user: String(user), host: String(host) });
const holder = (row: Row): AccountId => id(row["User"] ?? row["USER"], row["Host"] ?? row["HOST"]);
const keyOf = ({ user, host }: AccountId): string => `${user}\n${host}`;
const byAccount = (a: AccountId, b: AccountId) => byCodeUnit(a.user, b.user) || byCodeUnit(a.host, b.host);

/** An account as `information_schema` writes it: `user@host`. A host holds no `@`, a user may. */
function parseAccount(text: string): AccountId {
  const at = text.lastIndexOf("@");
  return { user: text.slice(0, at), host: text.slice(at + 1) };
}

/** Rows by account. */
function index(
  rows: readonly Row[],
  accountOf: (row: Row) => AccountId,
): (account: AccountId) => readonly Row[] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const key = keyOf(accountOf(row));
    const group = groups.get(key);
    if (group) group.push(row);
    else groups.set(key, [row]);
  }
  return account => groups.get(keyOf(account)) ?? [];
}

function observedState(results: Results, prefix: string, garbled: Routines): ObservedState {
  const server = results.server[0]!;
  const of = {
    globalGrants: index(results.globalGrants, holder),
    databases: index(results.databases, holder),
    tables: index(results.tables, holder),
    columns: index(results.columns, holder),
    routines: index(results.routines, holder),
    defaultRoles: index(results.defaultRoles, holder),
    proxies: index(results.proxies, holder),
    roles: index(results.roleEdges, row => id(row["TO_USER"], row["TO_HOST"])),
    members: index(results.roleEdges, row => id(row["FROM_USER"], row["FROM_HOST"])),
  };
  const definers = definersOf(results);

  const account = (row: Row): ObservedAccount => {
    const own = holder(row);
    const attributes = jsonOf(row["User_attributes"]);
    return {
      // Not `...own`: a literal that begins with a spread is built property by property, ten times as slowly.
      user: own.user,
      host: own.host,
      plugin: String(row["plugin"] ?? ""),
      authenticationString: String(row["authentication_string"] ?? ""),
      locked: row["account_locked"] === "Y",
      tls: String(row["ssl_type"] ?? ""),
      passwordExpired: row["password_expired"] === "Y",
      limited: Number(row["limits"]) > 0,
      secondPassword: attributes.additional_password !== undefined,
      restrictions: (attributes.Restrictions ?? []).map(r => ({
        database: r.Database,
        privileges: r.Privileges,
      })),
      globalPrivileges: privilegesOfFlags(row, "user"),
      globalGrantOption: hasGrantOption(row),
      dynamicPrivileges: of
        .globalGrants(own)
        .map(grant => ({ name: String(grant["PRIV"]), grantOption: grant["WITH_GRANT_OPTION"] === "Y" }))
        .sort((a, b) => byCodeUnit(a.name, b.name)),
      databases: observedDatabases(of.databases(own)),
      tables: observedTables(of.tables(own), of.columns(own)),
      routines: garbled.get(quoteAccount(own)) ?? observedRoutines(of.routines(own)),
      roles: of
        .roles(own)
        .map(edge => ({
          ...id(edge["FROM_USER"], edge["FROM_HOST"]),
          adminOption: edge["WITH_ADMIN_OPTION"] === "Y",
        }))
        .sort(byAccount),
      defaultRoles: of
        .defaultRoles(own)
        .map(role => id(role["DEFAULT_ROLE_USER"], role["DEFAULT_ROLE_HOST"]))
        .sort(byAccount),
      members: of
        .members(own)
        .map(edge => id(edge["TO_USER"], edge["TO_HOST"]))
        .sort(byAccount),
      proxies: of
        .proxies(own)
        .map(proxy => ({
          ...id(proxy["Proxied_user"], proxy["Proxied_host"]),
          grantOption: Number(proxy["With_grant"]) === 1,
        }))
        .sort(byAccount),
      definerOf: definers.get(keyOf(own))?.objects ?? [],
    };
  };

  const accounts = results.users
    .filter(row => hasPrefix(prefix, String(row["User"])))
    .map(account)
    .sort(byAccount);
  const existing = new Set(accounts.map(keyOf));
  return {
    version: String(server["version"]),
    partialRevokes: Number(server["partialRevokes"]) === 1,
    lowerCaseTableNames: Number(server["lowerCase"]),
    self: parseAccount(String(server["self"])),
    accounts,
    orphanedDefiners: [...definers.values()]
      .filter(definer => !existing.has(keyOf(definer)) && hasPrefix(prefix, definer.user))
      .sort(byAccount),
  };
}

/** By account: the objects that run with its rights, in order. */
function definersOf(results: Results) {
  const definers = new Map<string, AccountId & { objects: string[] }>();
  for (const row of [...results.views, ...results.storedRoutines, ...results.triggers, ...results.events]) {
    const account = parseAccount(String(row["definer"]));
    const entry = definers.get(keyOf(account)) ?? { ...account, objects: [] };
    entry.objects.push(`${row["kind"]} ${row["db"]}.${row["name"]}`);
    definers.set(keyOf(account), entry);
  }
  for (const definer of definers.values()) definer.objects.sort(byCodeUnit);
  return definers;
}

interface UserAttributes {
  readonly additional_password?: string;
  readonly Restrictions?: readonly { readonly Database: string; readonly Privileges: readonly string[] }[];
}

const jsonOf = (value: unknown): UserAttributes =>
  value === null || value === undefined
    ? {}
    : ((typeof value === "string" ? JSON.parse(value) : value) as UserAttributes);

/** What the administrator and its active roles may hand on at the global level. */
function administratorOf(results: Results): AdministratorPrivileges | undefined {
  if (results.administratorDatabases.length > 0) return undefined;
  const fixed = results.administrator.filter(hasGrantOption).flatMap(privilegesOfColumns);
  const dynamic = results.administratorDynamic.map(row => String(row["PRIV"]));
  const restrictions = results.administrator
    .flatMap(row => jsonOf(row["User_attributes"]).Restrictions ?? [])
    .map(restriction => ({ database: restriction.Database, privileges: restriction.Privileges }));
  return { grantable: [...new Set([...fixed, ...dynamic])].sort(byCodeUnit), restrictions };
}
