import type { DefinedObject, ObservedAccount, ObservedState } from "../../core/mysql";
import type { DatabaseGrant, Roster, RosterAccount } from "../../core/roster/roster";

export const NO_LIMITS = { queriesPerHour: 0, updatesPerHour: 0, connectionsPerHour: 0, connections: 0 };

/** A managed account without grants, with a test's overrides. */
export const observedAccount = (user: string, overrides: Partial<ObservedAccount> = {}): ObservedAccount => ({
  user,
  host: "%",
  plugin: "AWSAuthenticationPlugin",
  authenticationString: "RDS",
  locked: false,
  tls: "ANY",
  passwordExpired: false,
  certificate: { subject: "", issuer: "", cipher: "" },
  limits: NO_LIMITS,
  secondPassword: false,
  blocksFailedLogins: false,
  moreFactors: 0,
  strangeAttributes: [],
  restrictions: [],
  globalPrivileges: [],
  globalGrantOption: false,
  dynamicPrivileges: [],
  databases: [],
  tables: [],
  routines: [],
  roles: [],
  defaultRoles: [],
  members: [],
  proxies: [],
  definerOf: [],
  ...overrides,
});

/** `VIEW orders.v` as an object that exists. */
export const definedObject = (text: string): DefinedObject => {
  const [, kind, database, name] = /^(\w+) (\w+)\.(\w+)$/.exec(text)!;
  return { kind: kind as DefinedObject["kind"], database: database!, name: name! };
};

export const observedState = (
  accounts: readonly ObservedAccount[],
  overrides: Partial<ObservedState> = {},
): ObservedState => ({
  version: "8.0.39",
  partialRevokes: true,
  lowerCaseTableNames: 0,
  self: { user: "admin", host: "%" },
  iamLogins: true,
  lacks: [],
  inactiveRoles: [],
  accounts,
  anonymousHosts: [],
  outside: { grants: [], roles: [], proxies: [] },
  setsDefiners: true,
  mandatoryRoles: [],
  revocableRoles: "all",
  orphanedDefiners: [],
  ...overrides,
});

/** Grants from `{ orders: "read" }`. */
const grantsFrom = (grants: Readonly<Record<string, string | DatabaseGrant>>) =>
  Object.fromEntries(
    Object.entries(grants).map(([key, grant]) => [key, typeof grant === "string" ? { role: grant } : grant]),
  );

/** A roster from `{ "sl_jane": { orders: "read" } }`. */
export const rosterOf = (
  accounts: Record<string, Record<string, string | { role: string; expires?: string }>>,
  roles: Roster["roles"] = { read: ["SELECT"], write: ["SELECT", "INSERT", "UPDATE"] },
): Roster => ({
  roles,
  accounts: Object.fromEntries(
    Object.entries(accounts).map(([account, databases]) => [
      account,
      {
        kind: "person" as const,
        user: account.slice(3),
        databases: grantsFrom(databases),
      },
    ]),
  ),
});

/** The roster with grants on tables, columns and routines, from `{ sl_jane: { "`orders`.`t`": "read" } }`. */
export const withObjects = (
  roster: Roster,
  objects: Readonly<Record<string, Readonly<Record<string, string | DatabaseGrant>>>>,
): Roster => ({
  ...roster,
  accounts: {
    ...roster.accounts,
    ...Object.fromEntries(
      Object.entries(objects).map(([account, grants]) => [
        account,
        {
          ...(roster.accounts[account] ?? { kind: "person", user: account.slice(3), databases: {} }),
          objects: grantsFrom(grants),
        },
      ]),
    ),
  },
});

/** The roster with options of one of its accounts. */
export const withOptions = (
  roster: Roster,
  account: string,
  options: Pick<RosterAccount, "formerly" | "suspended" | "limits" | "tls" | "hosts" | "login" | "password">,
): Roster => ({
  ...roster,
  accounts: { ...roster.accounts, [account]: { ...roster.accounts[account]!, ...options } },
});
