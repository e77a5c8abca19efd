import type { Row } from "./mysql-session";

/** Columns of `mysql.user` and `mysql.db` whose privilege is not the column's own name. */
const NAMES: Readonly<Record<string, string>> = {
  Create_tmp_table_priv: "CREATE TEMPORARY TABLES",
  Show_db_priv: "SHOW DATABASES",
  Repl_slave_priv: "REPLICATION SLAVE",
  Repl_client_priv: "REPLICATION CLIENT",
};
const GRANT_OPTION = "Grant_priv";

const known = new Map<string, string | undefined>();

/** The privilege that a column such as `Create_view_priv` stands for, if any. Also right for columns that only Aurora has. */
function privilegeOf(column: string): string | undefined {
  if (!known.has(column)) {
    const name = NAMES[column] ?? column.slice(0, -"_priv".length).replaceAll("_", " ").toUpperCase();
    known.set(column, column.endsWith("_priv") && column !== GRANT_OPTION ? name : undefined);
  }
  return known.get(column);
}

/** The privileges of a row with one `..._priv` column each, in the columns' order, GRANT OPTION left out. */
export function privilegesOfColumns(row: Row): string[] {
  const privileges: string[] = [];
  // The value first, and no list of entries: with thousands of rows of fifty columns each this is most of reading them.
  for (const column in row) {
    const privilege = row[column] === "Y" ? privilegeOf(column) : undefined;
    if (privilege !== undefined) privileges.push(privilege);
  }
  return privileges;
}

export const hasGrantOption = (row: Row): boolean => row[GRANT_OPTION] === "Y";

/** The privileges of a column of type SET, such as `Table_priv`: `Select,Create View,Grant`. */
export function privilegesOfSet(value: unknown): { readonly privileges: readonly string[]; readonly grantOption: boolean } {
  const names = String(value ?? "")
    .split(",")
    .filter(name => name !== "")
    .map(name => name.toUpperCase());
  return { privileges: names.filter(name => name !== "GRANT"), grantOption: names.includes("GRANT") };
}
