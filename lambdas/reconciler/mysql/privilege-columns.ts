import { remembered } from "../../../core/remembered";
import type { Row } from "./mysql-session";

/** Columns of `mysql.user` and `mysql.db` whose name differs from the privilege. */
const NAMES: Readonly<Record<string, string>> = {
  Create_tmp_table_priv: "CREATE TEMPORARY TABLES",
  Show_db_priv: "SHOW DATABASES",
  Repl_slave_priv: "REPLICATION SLAVE",
  Repl_client_priv: "REPLICATION CLIENT",
};
const GRANT_OPTION = "Grant_priv";

const DATA = ["Select", "Insert", "Update", "Delete", "Create", "Drop"];
const SCHEMA = "References Index Alter Create_tmp_table Lock_tables Execute Create_view Show_view".split(" ");
const CODE = ["Create_routine", "Alter_routine", "Event", "Trigger"];
const SERVER = "Reload Shutdown Process File Show_db Super Repl_slave Repl_client Create_user".split(" ");
const ROLES = ["Create_tablespace", "Create_role", "Drop_role"];
const columns = (...names: readonly string[]) => [GRANT_OPTION, ...names.map(name => `${name}_priv`)];

/** The privilege columns of `mysql.user` and `mysql.db` from 8.0.28 to 9.x, GRANT OPTION first. */
export const FLAG_COLUMNS = {
  user: columns(...DATA, ...SCHEMA, ...CODE, ...SERVER, ...ROLES),
  db: columns(...DATA, ...SCHEMA, ...CODE),
} as const;

/**
 * All of them as one text, `YNNY...`: rows of fifty columns would take most of the time for thousands of
 * accounts. The columns of `mysql.db` are in `mysql.user`, too: there they hold for every database.
 */
export const flagsExpression = (table: keyof typeof FLAG_COLUMNS): string =>
  `CONCAT(${FLAG_COLUMNS[table].join(", ")}) AS flags`;

const known = new Map<string, string | undefined>();

/**
 * The privilege of a column such as `Create_view_priv`, if it is one. Also correct for columns that only
 * Aurora has.
 */
function privilegeOf(column: string): string | undefined {
  if (!known.has(column)) {
    const name = NAMES[column] ?? column.slice(0, -"_priv".length).replaceAll("_", " ").toUpperCase();
    known.set(column, column.endsWith("_priv") && column !== GRANT_OPTION ? name : undefined);
  }
  return known.get(column);
}

const flagged = (table: keyof typeof FLAG_COLUMNS) =>
  remembered((flags: string): readonly string[] =>
    FLAG_COLUMNS[table].flatMap((column, at) => (at > 0 && flags[at] === "Y" ? [privilegeOf(column)!] : [])),
  );
const FLAGGED = { user: flagged("user"), db: flagged("db") } as const;

/** The privileges of a row with `flags`, and with columns for privileges that only this server has. */
export function privilegesOfFlags(row: Row, table: keyof typeof FLAG_COLUMNS): readonly string[] {
  const privileges = FLAGGED[table](String(row["flags"]));
  const more = privilegesOfColumns(row);
  return more.length === 0 ? privileges : [...privileges, ...more];
}

/** The privileges of a row with one `..._priv` column each, in the columns' order, GRANT OPTION left out. */
export function privilegesOfColumns(row: Row): string[] {
  const privileges: string[] = [];
  for (const column in row) {
    const privilege = row[column] === "Y" ? privilegeOf(column) : undefined;
    if (privilege !== undefined) privileges.push(privilege);
  }
  return privileges;
}

export const hasGrantOption = (row: Row): boolean =>
  row["flags"] === undefined ? row[GRANT_OPTION] === "Y" : String(row["flags"]).startsWith("Y");

/** The privileges of a column of type SET, such as `Table_priv`: `Select,Create View,Grant`. */
export const privilegesOfSet = (value: unknown): SetOfPrivileges => readSet(String(value ?? ""));

interface SetOfPrivileges {
  readonly privileges: readonly string[];
  readonly grantOption: boolean;
}

const readSet = remembered((set: string): SetOfPrivileges => {
  const names = set
    .split(",")
    .filter(name => name !== "")
    .map(name => name.toUpperCase());
  return { privileges: names.filter(name => name !== "GRANT"), grantOption: names.includes("GRANT") };
});
