import {
  databasePattern,
  type GrantedObject,
  globalPrivilege,
  nativeRole,
  objectKey,
} from "../core/roster/granted-object";
import type { Roster, RosterAccount } from "../core/roster/roster";

export const TABLES = 40;
export const ROUTINES = 10;
const TENANTS = 20;
const DATABASE = "orders";

const table = (name: number, columns?: readonly string[]): GrantedObject => ({
  kind: "TABLE",
  database: DATABASE,
  name: `table_${name % TABLES}`,
  columns,
});
const routine = (name: number): GrantedObject => ({
  kind: "PROCEDURE",
  database: DATABASE,
  name: `routine_${name % ROUTINES}`,
});

type Grant = NonNullable<RosterAccount["objects"]>[string];
const on = (object: GrantedObject, ...privileges: NonNullable<Grant["privileges"]>) =>
  [objectKey(object), { role: "listed", privileges }] as const;
const given = (object: GrantedObject) => [objectKey(object), { role: object.name }] as const;
const objects = (...grants: readonly (readonly [string, Grant])[]) => ({
  objects: Object.fromEntries(grants),
});
const read: RosterAccount["databases"] = { orders: { role: "read", reason: "INC-1000" } };

/** What accounts have, one after the other: each level of grants, and each option. */
const LEVELS: readonly ((index: number) => Partial<RosterAccount>)[] = [
  () => ({ databases: { ...read, app_prod: { role: "admin", expires: "2099-01-01T00:00:00Z" } } }),
  index => objects(on(table(index), "SELECT", "INSERT"), on(table(index + 1), "SELECT")),
  index => objects(on(table(index, ["id", "total"]), "SELECT"), on(table(index, ["note"]), "UPDATE")),
  index => ({ databases: read, ...objects(on(routine(index), "EXECUTE")) }),
  index => objects(on(databasePattern(`tenant\\_${index % TENANTS}\\_%`), "SELECT", "INSERT")),
  () => ({
    databases: read,
    ...objects(given(globalPrivilege("PROCESS")), given(globalPrivilege("SHOW_ROUTINE"))),
  }),
  () => ({ databases: read, ...objects(given(nativeRole("AWS_LAMBDA_ACCESS"))) }),
  index => ({ databases: read, limits: { connections: 1 + (index % 5) }, tls: "x509" }),
  () => ({ databases: { ...read, app_prod: { role: "write" } }, suspended: true }),
  () => ({ databases: read, kind: "service", login: "password" }),
];

/** A roster of accounts, each with what the next of `LEVELS` says. */
export function mixedRoster(count: number): Roster {
  const accounts = Array.from({ length: count }, (_, index): [string, RosterAccount] => {
    const user = `user.${String(index).padStart(5, "0")}`;
    const own = LEVELS[index % LEVELS.length]!(index);
    return [`sl_${user}`, { kind: "person", user, name: `User ${index}`, databases: {}, ...own }];
  });
  return {
    roles: {
      read: ["SELECT"],
      write: ["SELECT", "INSERT", "UPDATE"],
      admin: ["SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "ALTER", "INDEX", "CREATE VIEW"],
    },
    accounts: Object.fromEntries(accounts),
  };
}

/** The same roster in which each eleventh account has one grant more, or another one. */
export function changedRoster(roster: Roster): Roster {
  const accounts = Object.entries(roster.accounts).map(([name, account], index): [string, RosterAccount] =>
    index % 11 === 0 ? [name, { ...account, databases: { orders: { role: "write" } } }] : [name, account],
  );
  return { ...roster, accounts: Object.fromEntries(accounts) };
}
