import { lowerName } from "../catalogue/lower-case";
import { quoteIdentifier } from "../catalogue/quote-identifier";
import { type GrantedObject, isInner } from "../roster/granted-object";
import { foldDatabase, type NamesInGrants } from "./database-name";
import type { ObservedRoutineGrant, ObservedTableGrant } from "./observed-state";

const textOf = (kind: string, database: string, name: string): string =>
  `${kind} ${quoteIdentifier(database)}.${quoteIdentifier(name)}`;

/** The same text for the same table. */
export const tableKey = (
  { database, table }: Pick<ObservedTableGrant, "database" | "table">,
  names: NamesInGrants,
): string => textOf("TABLE", foldDatabase(database, names), foldDatabase(table, names));

/**
 * The same text for the same routine. The server compares names of routines without case, whatever it does
 * with those of databases.
 */
export const routineKey = (
  {
    database,
    routine,
    type,
  }: { readonly [part in keyof Pick<ObservedRoutineGrant, "database" | "routine" | "type">]: string },
  names: NamesInGrants,
): string => textOf(type, foldDatabase(database, names), lowerName(routine));

/** The same text for the table or routine of a grant, whatever its columns, or what else the grant is on. */
export function keyOfObject(object: GrantedObject, names: NamesInGrants): string {
  const { database, kind, name } = object;
  if (kind === "TABLE") return tableKey({ database, table: name }, names);
  if (isInner(object)) return routineKey({ database, routine: name, type: kind }, names);
  return JSON.stringify([kind, kind === "PATTERN" ? foldDatabase(name, names) : name]);
}

/** The same text for the same objects and columns. */
export const placeKey = (object: GrantedObject, names: NamesInGrants): string =>
  JSON.stringify([keyOfObject(object, names), object.columns?.map(lowerName) ?? null]);
