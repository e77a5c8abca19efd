import { isDatabasePrivilege, sortPrivileges } from "../catalogue/mysql-privileges";
import { groupBy } from "../group-by";
import { byCodeUnit, defined } from "../json";
import type { NamesInGrants, ObservedAccount } from "../mysql";
import type { ObservedState } from "../mysql/observed-state";
import { ownRoutines } from "../mysql/own-routines";
import { isMandatory } from "../mysql/role-rules";
import { databaseFault } from "../users/check-databases";
import { objectFault } from "../users/check-objects";
import { globalFault, nativeRoleFault, patternFault } from "../users/check-server";
import type { UserFile } from "../users/user-file-schema";

export type FileGrant = UserFile["grants"][number];

/** How one account's privileges are written in a user file, and why some cannot be. */
export interface DeclaredGrants {
  readonly grants: readonly FileGrant[];
  readonly reasons: readonly string[];
}

/** What the grants of one account are written by. */
export interface GrantContext {
  readonly cluster: string;
  readonly prefix: string;
  readonly observed: Omit<ObservedState, "accounts">;
  /** The role of roles.yaml with exactly these privileges. */
  readonly roleOf: (privileges: readonly string[]) => string;
}

type Held = Pick<
  ObservedAccount,
  | "databases"
  | "defaultRoles"
  | "definerOf"
  | "dynamicPrivileges"
  | "globalGrantOption"
  | "globalPrivileges"
  | "roles"
  | "routines"
  | "tables"
>;

/** Collects what cannot be declared, each reason once. */
class Reasons {
  readonly all = new Set<string>();

  /** @returns whether there is no fault */
  none(fault: { readonly message: string } | undefined): boolean {
    if (fault) this.add(fault.message, "revoke it");
    return fault === undefined;
  }

  /** @param todo what a person does on the server, so that a file can say what the account is */
  add(message: string, todo: string): void {
    this.all.add(`${message} (${todo})`);
  }
}

/** The grants of a user file that give the account exactly what it holds on the server. */
export function declaredGrants(account: Held, context: GrantContext): DeclaredGrants {
  const reasons = new Reasons();
  const grants = [databaseGrants, tableGrants, routineGrants, serverGrants].flatMap(write =>
    // By their texts: the same in whatever order the server's rows are.
    write(account, context, reasons).sort((a, b) => byCodeUnit(JSON.stringify(a), JSON.stringify(b))),
  );
  return { grants, reasons: [...reasons.all] };
}

/** A row of `mysql.db` as a user file names it. */
function nameOfRow(row: string, { partialRevokes }: NamesInGrants) {
  if (partialRevokes) return { name: row, isPattern: false };
  const isPattern = /[%_]/.test(row.replace(/\\[_%]/g, ""));
  return { name: isPattern ? row : row.replace(/\\([_%])/g, "$1"), isPattern };
}

/** Whether the privileges can be declared at all, and are not GRANT OPTION alone. */
function arePossible(privileges: readonly string[], on: string, reasons: Reasons): boolean {
  const strange = privileges.filter(name => !isDatabasePrivilege(name));
  if (strange.length > 0)
    reasons.add(`${strange.join(", ")} on ${on} is no privilege that can be declared`, "revoke it");
  if (privileges.length === 0) reasons.add(`GRANT OPTION alone on ${on} cannot be declared`, "revoke it");
  return strange.length === 0 && privileges.length > 0;
}

function databaseGrants(account: Held, context: GrantContext, reasons: Reasons): FileGrant[] {
  const { cluster, observed, roleOf } = context;
  const rows = account.databases.flatMap(({ grantOption, name: row, privileges }) => {
    const { isPattern, name } = nameOfRow(row, observed);
    const fault = isPattern ? patternFault(name) : databaseFault(name);
    const isPossible = reasons.none(fault) && arePossible(privileges, JSON.stringify(row), reasons);
    const terms = { role: roleOf(privileges), ...(grantOption && { grantOption }) };
    return isPossible ? [{ name, isPattern, terms }] : [];
  });
  const named = rows.filter(({ isPattern }) => !isPattern);
  const patterns = rows.filter(({ isPattern }) => isPattern);
  return [
    ...[...groupBy(named, ({ terms }) => JSON.stringify(terms)).values()].map(of => ({
      cluster,
      databases: namesIn(of),
      ...of[0]!.terms,
    })),
    ...patterns.map(({ name, terms }) => ({ cluster, pattern: name, ...terms })),
  ];
}

const namesIn = (of: readonly { readonly name: string }[]): string[] =>
  of.map(({ name }) => name).sort(byCodeUnit);

/** Privileges on a table, or on some of its columns. */
interface OnTable {
  readonly name: string;
  readonly database: string;
  readonly columns?: readonly string[];
  readonly terms: { readonly privileges: string[]; readonly grantOption?: true };
}

function tableGrants(account: Held, { cluster }: GrantContext, reasons: Reasons): FileGrant[] {
  const parts = account.tables.flatMap(table => partsOf(table, reasons));
  const whole = parts.filter(({ columns }) => columns === undefined);
  const some = parts.filter(({ columns }) => columns !== undefined);
  const key = ({ database, terms }: OnTable) => JSON.stringify([database, terms]);
  return [
    ...[...groupBy(whole, key).values()].map(of => ({
      cluster,
      database: of[0]!.database,
      tables: namesIn(of),
      ...of[0]!.terms,
    })),
    ...some.map(({ columns, database, name, terms }) => ({
      cluster,
      database,
      columns: { [name]: [...columns!] },
      ...terms,
    })),
  ];
}

/** The parts of one table: the whole, and its columns by what is granted on them. A column has one grant. */
function partsOf(table: Held["tables"][number], reasons: Reasons): OnTable[] {
  const { database, grantOption, privileges, table: name } = table;
  const on = `${database}.${name}`;
  const byColumn = new Map<string, string[]>();
  for (const { columns, privilege } of table.columns)
    for (const column of columns) byColumn.set(column, [...(byColumn.get(column) ?? []), privilege]);
  const columns = [...byColumn].map(([column, of]) => ({ column, privileges: sortPrivileges(of) }));
  const faults = [databaseFault(database), objectFault(name, "table")];
  const isNamed = [...faults, ...columns.map(({ column }) => objectFault(column, "column"))]
    .map(fault => reasons.none(fault))
    .every(Boolean);
  const all = [...privileges, ...columns.flatMap(one => one.privileges)];
  if (!arePossible(all, on, reasons) || !isNamed) return [];
  const groups = groupBy(columns, one => one.privileges.join());
  // The option is of the whole table, and written once.
  const option = (isFirst: boolean) => (grantOption && isFirst ? { grantOption } : {});
  const hasWhole = privileges.length > 0;
  return [
    ...(hasWhole
      ? [{ name, database, terms: { privileges: sortPrivileges(privileges), ...option(true) } }]
      : []),
    ...[...groups.values()]
      .map(of => ({ columns: of.map(({ column }) => column).sort(byCodeUnit), of: of[0]!.privileges }))
      .sort((a, b) => byCodeUnit(a.columns[0]!, b.columns[0]!))
      .map((one, at) => ({
        name,
        database,
        columns: one.columns,
        terms: { privileges: one.of, ...option(!hasWhole && at === 0) },
      })),
  ];
}

function routineGrants(account: Held, { cluster, observed }: GrantContext, reasons: Reasons): FileGrant[] {
  const rows = account.databases.map(({ name, privileges }) => ({ spelled: name, privileges }));
  const own = ownRoutines({ databases: rows }, account, observed);
  const found = account.routines
    .filter(grant => !own.includes(grant))
    .flatMap(({ database, grantOption, misencoded, privileges, routine: name, type }) => {
      const on = `${type} ${database}.${name}`;
      if (misencoded)
        reasons.add(
          `the server stored the name of ${on} wrongly, and no REVOKE finds it`,
          "create the account again",
        );
      if (type === "LIBRARY") reasons.add(`a grant on ${on} cannot be declared`, "revoke it");
      const kind = type === "FUNCTION" ? "functions" : "procedures";
      const fault =
        databaseFault(database) ?? objectFault(name, kind === "functions" ? "function" : "procedure");
      const isPossible = reasons.none(fault) && arePossible(privileges, on, reasons);
      const terms = { privileges: sortPrivileges(privileges), ...(grantOption && { grantOption }) };
      return isPossible && type !== "LIBRARY" && !misencoded ? [{ name, database, kind, terms }] : [];
    });
  const groups = groupBy(found, ({ database, kind, terms }) => JSON.stringify([database, kind, terms]));
  return [...groups.values()].map(of => ({
    cluster,
    database: of[0]!.database,
    [of[0]!.kind]: namesIn(of),
    ...of[0]!.terms,
  }));
}

function serverGrants(account: Held, context: GrantContext, reasons: Reasons): FileGrant[] {
  const { dynamicPrivileges, globalGrantOption, globalPrivileges } = account;
  const privileges = [...globalPrivileges, ...dynamicPrivileges.map(({ name }) => name)];
  const global = privileges.filter(name => reasons.none(globalFault(name))).sort(byCodeUnit);
  if (globalGrantOption || dynamicPrivileges.some(({ grantOption }) => grantOption))
    reasons.add("GRANT OPTION on the whole server cannot be declared", "revoke it");
  const nativeRoles = rolesOf(account, context, reasons);
  const both = defined({
    global: global.length > 0 ? global : undefined,
    nativeRoles: nativeRoles.length > 0 ? nativeRoles : undefined,
  });
  return global.length + nativeRoles.length === 0 ? [] : [{ cluster: context.cluster, ...both } as FileGrant];
}

/** A declared role is granted and active after each login, so one that is not active would become wider. */
function rolesOf(
  { defaultRoles, roles }: Held,
  { observed, prefix }: GrantContext,
  reasons: Reasons,
): string[] {
  const own = roles.filter(role => !isMandatory(role, observed));
  const active = defaultRoles.filter(role => !isMandatory(role, observed));
  const isIn = (list: Held["defaultRoles"], { host, user }: Held["defaultRoles"][number]) =>
    list.some(one => one.user === user && one.host === host);
  for (const { adminOption, host, user } of own) {
    if (host !== "%")
      reasons.add(`the role ${user}@${host} has another host than \`%\``, "make a role at `%`");
    if (adminOption) reasons.add(`the role ${user} is held with ADMIN OPTION`, "grant it without");
    if (!isIn(active, { host, user }))
      reasons.add(
        `the role ${user} is granted and not active after a login, which a declared one is`,
        "SET DEFAULT ROLE, or revoke it",
      );
    reasons.none(nativeRoleFault(user, [prefix]));
  }
  if (active.some(role => !isIn(own, role)))
    reasons.add("a role is active that is not granted", "SET DEFAULT ROLE again");
  return own.map(({ user }) => user).sort(byCodeUnit);
}
