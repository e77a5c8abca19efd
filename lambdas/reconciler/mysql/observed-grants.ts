import { groupBy } from "../../../core/group-by";
import { byCodeUnit } from "../../../core/json";
import {
  type ObservedDatabaseGrant,
  type ObservedRoutineGrant,
  type ObservedTableGrant,
  sortedPrivileges,
} from "../../../core/mysql";
import type { Row } from "./mysql-session";
import { hasGrantOption, privilegesOfFlags, privilegesOfSet } from "./privilege-columns";

/** Most accounts have no grant of a kind: these share one list. */
const NONE: readonly never[] = [];

const text = (value: unknown): string => String(value);

/** Rows of `mysql.db` of one account; names as they are stored, with their escapes. */
export const observedDatabases = (rows: readonly Row[]): readonly ObservedDatabaseGrant[] =>
  rows
    .map(row => ({
      name: text(row["Db"]),
      privileges: sortedPrivileges(privilegesOfFlags(row, "db")),
      grantOption: hasGrantOption(row),
    }))
    .filter(grant => grant.privileges.length > 0 || grant.grantOption)
    .sort((a, b) => byCodeUnit(a.name, b.name));

/** Rows of `mysql.tables_priv` and `mysql.columns_priv` of one account, by table. */
export function observedTables(
  tableRows: readonly Row[],
  columnRows: readonly Row[],
): readonly ObservedTableGrant[] {
  if (tableRows.length + columnRows.length === 0) return NONE;
  const keyOf = (row: Row) => `${row["Db"]}\n${row["Table_name"]}`;
  const tables = groupBy([...tableRows, ...columnRows], keyOf);
  const ofTable = new Map(tableRows.map(row => [keyOf(row), row]));
  const ofColumns = groupBy(columnRows, keyOf);
  return [...tables]
    .map(([key, [row]]) => ({
      database: text(row!["Db"]),
      table: text(row!["Table_name"]),
      ...privilegesOfSet(ofTable.get(key)?.["Table_priv"]),
      columns: observedColumns(ofColumns.get(key) ?? []),
    }))
    .filter(grant => grant.privileges.length > 0 || grant.grantOption || grant.columns.length > 0)
    .sort((a, b) => byCodeUnit(a.database, b.database) || byCodeUnit(a.table, b.table));
}

/** Rows of `mysql.columns_priv` of one table, by privilege. */
function observedColumns(rows: readonly Row[]): ObservedTableGrant["columns"] {
  const held = rows.flatMap(row =>
    privilegesOfSet(row["Column_priv"]).privileges.map(privilege => ({
      privilege,
      column: row["Column_name"],
    })),
  );
  return [...groupBy(held, ({ privilege }) => privilege)]
    .map(([privilege, of]) => ({ privilege, columns: of.map(({ column }) => text(column)).sort(byCodeUnit) }))
    .sort((a, b) => byCodeUnit(a.privilege, b.privilege));
}

/** Rows of `mysql.procs_priv` of one account. */
export const observedRoutines = (rows: readonly Row[]): ObservedRoutineGrant[] =>
  rows
    .map(row => ({
      database: text(row["Db"]),
      routine: text(row["Routine_name"]),
      type: text(row["Routine_type"]) as ObservedRoutineGrant["type"],
      ...privilegesOfSet(row["Proc_priv"]),
    }))
    .filter(grant => grant.privileges.length > 0 || grant.grantOption)
    .sort(byRoutine);

export const byRoutine = (a: ObservedRoutineGrant, b: ObservedRoutineGrant): number =>
  byCodeUnit(a.database, b.database) || byCodeUnit(a.routine, b.routine) || byCodeUnit(a.type, b.type);
