import { groupBy } from "../../../core/group-by";
import { byCodeUnit, defined } from "../../../core/json";
import { existence, type NamesInGrants, quoteText } from "../../../core/mysql";
import { foldDatabase } from "../../../core/mysql/database-name";
import type { GrantedObject } from "../../../core/roster/granted-object";
import type { MySqlSession, Row } from "./mysql-session";

/** The most names that are read to find those similar to names that do not exist. */
const MOST_SIMILAR = 1_000;

/**
 * Which of the tables, columns and routines the server has, in at most five queries. For those that it has
 * not, also what else there is in their databases, to find the nearest name.
 */
export async function existingObjects(
  session: MySqlSession,
  named: readonly GrantedObject[],
  names: NamesInGrants,
): Promise<GrantedObject[]> {
  const tables = named.filter(({ kind }) => kind === "TABLE");
  const routines = named.filter(({ kind }) => kind !== "TABLE");
  const read = async (of: readonly GrantedObject[], query: Query) =>
    of.length === 0 ? [] : (await session.query(query(of, names))).map(objectOf);
  const found = [
    ...(await read(tables, tablesQuery)),
    ...(await read(
      tables.filter(({ columns }) => columns),
      columnsQuery,
    )),
    ...(await read(routines, routinesQuery)),
  ];
  const exists = existence({ ...names, objects: found });
  const missing = [...tables.map(({ columns: _, ...table }) => table), ...routines].filter(
    one => !exists(one),
  );
  return [
    ...found,
    ...(await read(
      missing.filter(({ kind }) => kind === "TABLE"),
      similarTables,
    )),
    ...(await read(
      missing.filter(({ kind }) => kind !== "TABLE"),
      similarRoutines,
    )),
  ];
}

/** Which of the native roles the server has. A role is an account of the host `%`. */
export async function existingRoles(session: MySqlSession, names: readonly string[]): Promise<string[]> {
  const rows = await session.query(
    `SELECT User AS name FROM mysql.user WHERE Host = '%' AND User IN (${list(names)})`,
  );
  return rows.map(row => String(row["name"])).sort(byCodeUnit);
}

type Query = (of: readonly GrantedObject[], names: NamesInGrants) => string;

const objectOf = (row: Row): GrantedObject => ({
  kind: String(row["kind"]) as GrantedObject["kind"],
  database: String(row["db"]),
  name: String(row["name"]),
  ...defined({ columns: row["column"] === undefined ? undefined : [String(row["column"])] }),
});

const list = (texts: Iterable<string>): string => [...new Set(texts)].map(quoteText).join(", ");

/** A condition for the objects: by database, so that the server uses its index. */
const among =
  (schema: string, column: string): Query =>
  (of, names) =>
    [...groupBy(of, ({ database }) => foldDatabase(database, names))]
      .map(([database, own]) => {
        const found = own.map(({ kind, name }) => (kind === "TABLE" ? foldDatabase(name, names) : name));
        return `(${schema} = ${quoteText(database)} AND ${column} IN (${list(found)}))`;
      })
      .join(" OR ");

const TABLES =
  "SELECT 'TABLE' AS kind, TABLE_SCHEMA AS db, TABLE_NAME AS name FROM information_schema.TABLES WHERE ";
const ROUTINES =
  "SELECT ROUTINE_TYPE AS kind, ROUTINE_SCHEMA AS db, ROUTINE_NAME AS name FROM information_schema.ROUTINES WHERE ";

const tablesQuery: Query = (of, names) => TABLES + among("TABLE_SCHEMA", "TABLE_NAME")(of, names);
const routinesQuery: Query = (of, names) => ROUTINES + among("ROUTINE_SCHEMA", "ROUTINE_NAME")(of, names);
const columnsQuery: Query = (of, names) =>
  "SELECT 'TABLE' AS kind, TABLE_SCHEMA AS db, TABLE_NAME AS name, COLUMN_NAME AS `column` " +
  `FROM information_schema.COLUMNS WHERE ${among("TABLE_SCHEMA", "TABLE_NAME")(of, names)}`;

const similar =
  (select: string, schema: string): Query =>
  (of, names) =>
    `${select}${schema} IN (${list(of.map(({ database }) => foldDatabase(database, names)))}) LIMIT ${MOST_SIMILAR}`;
const similarTables = similar(TABLES, "TABLE_SCHEMA");
const similarRoutines = similar(ROUTINES, "ROUTINE_SCHEMA");
