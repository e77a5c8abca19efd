import type { Row } from "./mysql-session";

/** Columns of `mysql.user` and `mysql.db` whose privilege is not the column's own name. */
const NAMES: Readonly<Record<string, string>> = {
  Create_tmp_table_priv: "CREATE TEMPORARY TABLES",
  Show_db_priv: "SHOW DATABASES",
  Repl_slave_priv: "REPLICATION SLAVE",
  Repl_client_priv: "REPLICATION CLIENT",
};
const GRANT_OPTION = "Grant_priv";

/** The privilege that a column such as `Create_view_priv` stands for. Also right for columns that only Aurora has. */
const privilegeOf = (column: string): string =>
  NAMES[column] ?? column.slice(0, -"_priv".length).replaceAll("_", " ").toUpperCase();

/** The privileges of a row with one `..._priv` column each, in the columns' order, GRANT OPTION left out. */
export function privilegesOfColumns(row: Row): string[] {
  return Object.entries(row)
    .filter(([column, value]) => column.endsWith("_priv") && column !== GRANT_OPTION && value === "Y")
    .map(([column]) => privilegeOf(column));
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
