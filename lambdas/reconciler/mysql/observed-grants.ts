import { byCodeUnit } from "../../../core/json";
import {
  type ObservedDatabaseGrant,
  type ObservedRoutineGrant,
  type ObservedTableGrant,
  sortPrivileges,
} from "../../../core/mysql";
import type { Row } from "./mysql-session";
import { hasGrantOption, privilegesOfFlags, privilegesOfSet } from "./privilege-columns";

/** Rows of `mysql.db` of one account; names as they are stored, with their escapes. */
export function observedDatabases(rows: readonly Row[]): ObservedDatabaseGrant[] {
  return rows
    .map(row => ({
      name: String(row["Db"]),
      privileges: sortPrivileges(privilegesOfFlags(row, "db")),
      grantOption: hasGrantOption(row),
    }))
    .filter(grant => grant.privileges.length > 0 || grant.grantOption)
    .sort((a, b) => byCodeUnit(a.name, b.name));
}

/** Rows of `mysql.tables_priv` and `mysql.columns_priv` of one account, by table. */
export function observedTables(tableRows: readonly Row[], columnRows: readonly Row[]): ObservedTableGrant[] {
  const tables = new Map<
    string,
    { database: string; table: string; row?: Row; columns: Map<string, string[]> }
  >();
  const at = (row: Row) => {
    const database = String(row["Db"]);
    const table = String(row["Table_name"]);
    const key = `${database}\n${table}`;
    const known = tables.get(key) ?? { database, table, columns: new Map<string, string[]>() };
    tables.set(key, known);
    return known;
  };
  for (const row of tableRows) at(row).row = row;
  for (const row of columnRows) {
    const { columns } = at(row);
    for (const privilege of privilegesOfSet(row["Column_priv"]).privileges)
      columns.set(privilege, [...(columns.get(privilege) ?? []), String(row["Column_name"])]);
  }
  return [...tables.values()]
    .map(({ database, table, row, columns }) => ({
      database,
      table,
      ...privilegesOfSet(row?.["Table_priv"]),
      columns: [...columns]
        .map(([privilege, names]) => ({ privilege, columns: names.sort(byCodeUnit) }))
        .sort((a, b) => byCodeUnit(a.privilege, b.privilege)),
    }))
    .filter(grant => grant.privileges.length > 0 || grant.grantOption || grant.columns.length > 0)
    .sort((a, b) => byCodeUnit(a.database, b.database) || byCodeUnit(a.table, b.table));
}

/** Rows of `mysql.procs_priv` of one account. */
export function observedRoutines(rows: readonly Row[]): ObservedRoutineGrant[] {
  return rows
    .map(row => ({
      database: String(row["Db"]),
      routine: String(row["Routine_name"]),
      type: String(row["Routine_type"]) as ObservedRoutineGrant["type"],
      ...privilegesOfSet(row["Proc_priv"]),
    }))
    .filter(grant => grant.privileges.length > 0 || grant.grantOption)
    .sort(
      (a, b) =>
        byCodeUnit(a.database, b.database) || byCodeUnit(a.routine, b.routine) || byCodeUnit(a.type, b.type),
    );
}
