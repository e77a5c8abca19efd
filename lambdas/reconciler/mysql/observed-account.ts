import { groupBy } from "../../../core/group-by";
import { byCodeUnit } from "../../../core/json";
import {
  type AccountId,
  type DefinedObject,
  isIdle,
  type NamesInGrants,
  type ObservedAccount,
  type ObservedRoutineGrant,
  quoteAccount,
} from "../../../core/mysql";
import { remembered } from "../../../core/remembered";
import type { Row } from "./mysql-session";
import type { ResultName } from "./observe-queries";
import { observedDatabases, observedRoutines, observedTables } from "./observed-grants";
import { hasGrantOption, privilegesOfFlags } from "./privilege-columns";

/** The rows of one observation; `definers` has the views, routines, triggers and events. */
export type Results = Readonly<Record<ResultName | "definers", readonly Row[]>>;
/** Routine grants that replace those of `mysql.procs_priv`, by `quoteAccount`. */
export type Routines = ReadonlyMap<string, readonly ObservedRoutineGrant[]>;

const NONE: readonly never[] = [];

const id = (user: unknown, host: unknown): AccountId => ({ user: String(user), host: String(host) });
/** The account that a row is about. */
export const holder = (row: Row): AccountId => id(row["User"] ?? row["USER"], row["Host"] ?? row["HOST"]);
export const keyOf = ({ user, host }: AccountId): string => `${user}\n${host}`;
export const byAccount = (a: AccountId, b: AccountId) =>
  byCodeUnit(a.user, b.user) || byCodeUnit(a.host, b.host);

interface UserAttributes {
  readonly additional_password?: string;
  readonly Password_locking?: unknown;
  readonly multi_factor_authentication?: readonly unknown[];
  /** COMMENT and ATTRIBUTE, which no login depends on. */
  readonly metadata?: unknown;
  readonly Restrictions?: readonly { readonly Database: string; readonly Privileges: readonly string[] }[];
}

const NO_CERTIFICATE: ObservedAccount["certificate"] = { subject: "", issuer: "", cipher: "" };

function certificateOf({ ssl_cipher, x509_issuer, x509_subject }: Row): ObservedAccount["certificate"] {
  if ((x509_subject ?? x509_issuer ?? ssl_cipher ?? null) === null) return NO_CERTIFICATE;
  return {
    subject: String(x509_subject ?? ""),
    issuer: String(x509_issuer ?? ""),
    cipher: String(ssl_cipher ?? ""),
  };
}

/** One text for the same text of all accounts. Only for what has few values. */
const shared = remembered((text: string) => text);

const limitsOf = (row: Row): ObservedAccount["limits"] => ({
  queriesPerHour: Number(row["max_questions"]),
  updatesPerHour: Number(row["max_updates"]),
  connectionsPerHour: Number(row["max_connections"]),
  connections: Number(row["max_user_connections"]),
});

const NO_ATTRIBUTES = {
  secondPassword: false,
  blocksFailedLogins: false,
  moreFactors: 0,
  strangeAttributes: [],
};

/** What `User_attributes` says about logins. */
function loginAttributes(row: Row) {
  if ((row["User_attributes"] ?? null) === null) return NO_ATTRIBUTES;
  const { Password_locking, Restrictions, additional_password, metadata, ...rest } = attributesOf(row);
  const { multi_factor_authentication: factors = [], ...strange } = rest;
  return {
    secondPassword: additional_password !== undefined,
    blocksFailedLogins: Password_locking !== undefined,
    moreFactors: factors.length,
    strangeAttributes: Object.keys(strange).sort(byCodeUnit),
  };
}

/** The column `User_attributes`, which the driver returns as text or as a value. */
const attributesOf = ({ User_attributes: value }: Row): UserAttributes =>
  ((typeof value === "string" ? JSON.parse(value) : value) as UserAttributes | null | undefined) ?? {};

/** Privileges that are revoked for single databases (partial revokes). */
export const restrictionsOf = (row: Row): ObservedAccount["restrictions"] =>
  attributesOf(row).Restrictions?.map(({ Database: database, Privileges: privileges }) => ({
    database,
    privileges,
  })) ?? NONE;

/** The rows of each account, by result. */
function rowsByAccount(results: Results) {
  const index = (rows: readonly Row[], accountOf: (row: Row) => AccountId = holder) => {
    const groups = groupBy(rows, row => keyOf(accountOf(row)));
    return (key: string): readonly Row[] => groups.get(key) ?? NONE;
  };
  return {
    globalGrants: index(results.globalGrants),
    databases: index(results.databases),
    tables: index(results.tables),
    columns: index(results.columns),
    routines: index(results.routines),
    defaultRoles: index(results.defaultRoles),
    proxies: index(results.proxies),
    roles: index(results.roleEdges, row => id(row["TO_USER"], row["TO_HOST"])),
    members: index(results.roleEdges, row => id(row["FROM_USER"], row["FROM_HOST"])),
  };
}

/**
 * A function that makes an account from its row of `mysql.user`.
 * @param objectsOf the objects that run with the rights of an account
 */
export function accountReader(
  results: Results,
  misencoded: Routines,
  objectsOf: (account: AccountId) => readonly DefinedObject[],
  names: NamesInGrants,
): (row: Row) => ObservedAccount {
  const rows = rowsByAccount(results);
  return row => {
    const own = holder(row);
    const key = keyOf(own);
    const definerOf = objectsOf(own);
    const attributes = loginAttributes(row);
    const garbled = misencoded.get(quoteAccount(own));
    const idleRoutines = garbled?.filter(grant => isIdle(grant, definerOf, names)) ?? [];
    return {
      // Not `...own`: V8 builds a literal that begins with a spread ten times as slowly.
      user: own.user,
      host: own.host,
      plugin: shared(String(row["plugin"] ?? "")),
      authenticationString: String(row["authentication_string"] ?? ""),
      locked: row["account_locked"] === "Y",
      tls: shared(String(row["ssl_type"] ?? "")),
      passwordExpired: row["password_expired"] === "Y",
      passwordChanged: numberOf(row["passwordChanged"]),
      passwordLifetime: numberOf(row["password_lifetime"]),
      certificate: certificateOf(row),
      limits: limitsOf(row),
      secondPassword: attributes.secondPassword,
      blocksFailedLogins: attributes.blocksFailedLogins,
      moreFactors: attributes.moreFactors,
      strangeAttributes: attributes.strangeAttributes,
      restrictions: restrictionsOf(row),
      globalPrivileges: privilegesOfFlags(row, "user"),
      globalGrantOption: hasGrantOption(row),
      dynamicPrivileges: made(rows.globalGrants(key), dynamicPrivilege, byName),
      databases: observedDatabases(rows.databases(key)),
      tables: observedTables(rows.tables(key), rows.columns(key)),
      routines:
        garbled?.filter(grant => !idleRoutines.includes(grant)) ?? observedRoutines(rows.routines(key)),
      roles: made(rows.roles(key), grantedRole, byAccount),
      defaultRoles: made(rows.defaultRoles(key), defaultRole, byAccount),
      members: made(rows.members(key), member, byAccount),
      proxies: made(rows.proxies(key), proxiedAccount, byAccount),
      definerOf,
      idleRoutines: idleRoutines.length > 0 ? idleRoutines : undefined,
    };
  };
}

/** What is made of the rows, in order. Most accounts have no row: these share one list. */
const made = <T>(
  rows: readonly Row[],
  make: (row: Row) => T,
  compare: (a: T, b: T) => number,
): readonly T[] => (rows.length === 0 ? NONE : rows.map(make).sort(compare));

/** A number, without its fraction; undefined for NULL. */
const numberOf = (value: unknown): number | undefined =>
  value === null || value === undefined ? undefined : Math.floor(Number(value));

const byName = (a: { readonly name: string }, b: { readonly name: string }) => byCodeUnit(a.name, b.name);

const dynamicPrivilege = (row: Row) => ({
  name: String(row["PRIV"]),
  grantOption: row["WITH_GRANT_OPTION"] === "Y",
});
const grantedRole = (row: Row) => ({
  ...id(row["FROM_USER"], row["FROM_HOST"]),
  adminOption: row["WITH_ADMIN_OPTION"] === "Y",
});
const defaultRole = (row: Row) => id(row["DEFAULT_ROLE_USER"], row["DEFAULT_ROLE_HOST"]);
const member = (row: Row) => id(row["TO_USER"], row["TO_HOST"]);
const proxiedAccount = (row: Row) => ({
  ...id(row["Proxied_user"], row["Proxied_host"]),
  grantOption: Number(row["With_grant"]) === 1,
});
