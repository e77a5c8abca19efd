/**
 * All privileges that MySQL can hold on a database (a row of `mysql.db`) except GRANT OPTION, in the order of
 * SHOW GRANTS.
 * @see https://dev.mysql.com/doc/refman/8.0/en/privileges-provided.html
 */
export const DATABASE_PRIVILEGES = [
  "SELECT",
  "INSERT",
  "UPDATE",
  "DELETE",
  "CREATE",
  "DROP",
  "REFERENCES",
  "INDEX",
  "ALTER",
  "CREATE TEMPORARY TABLES",
  "LOCK TABLES",
  "EXECUTE",
  "CREATE VIEW",
  "SHOW VIEW",
  "CREATE ROUTINE",
  "ALTER ROUTINE",
  "EVENT",
  "TRIGGER",
] as const;

export type DatabasePrivilege = (typeof DATABASE_PRIVILEGES)[number];

const order = new Map<string, number>(DATABASE_PRIVILEGES.map((privilege, index) => [privilege, index]));

/** Whether MySQL can hold the privilege on a database. Exact: upper case, single spaces. */
export const isDatabasePrivilege = (name: string): name is DatabasePrivilege => order.has(name);

/** What a grant of a roster can be on. */
export type PrivilegeLevel = "database" | "table" | "column" | "routine";

/**
 * The privileges that MySQL can hold at each level, except GRANT OPTION. A view is granted as a table.
 * @see https://dev.mysql.com/doc/refman/8.0/en/grant.html
 */
export const PRIVILEGES_AT: Readonly<Record<PrivilegeLevel, readonly DatabasePrivilege[]>> = {
  database: DATABASE_PRIVILEGES,
  table: [
    "SELECT",
    "INSERT",
    "UPDATE",
    "DELETE",
    "CREATE",
    "DROP",
    "REFERENCES",
    "INDEX",
    "ALTER",
    "CREATE VIEW",
    "SHOW VIEW",
    "TRIGGER",
  ],
  column: ["SELECT", "INSERT", "UPDATE", "REFERENCES"],
  routine: ["EXECUTE", "ALTER ROUTINE"],
};

/** The privileges in the order of SHOW GRANTS, each once. */
export function sortPrivileges<P extends string>(privileges: Iterable<P>): P[] {
  const rank = (privilege: string) => order.get(privilege) ?? order.size;
  return [...new Set(privileges)].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : a > b ? 1 : 0));
}
