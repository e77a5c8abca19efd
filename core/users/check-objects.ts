import { lowerName } from "../catalogue/lower-case";
import { type GrantedObject, MAX_OBJECT_LENGTH, objectKey } from "../roster/granted-object";
import { objectNameSchema } from "../roster/roster";
import type { Field } from "./field";
import { type Fault, fault } from "./problem";

/** What a name in a grant is the name of. */
export type NamedKind = "table" | "column" | "procedure" | "function";

/** Why no grant may name the table, column or routine; undefined if one may. */
export function objectFault(name: string, kind: NamedKind): Fault | undefined {
  if (/[%*]/.test(name))
    return fault(`"${name}" looks like a pattern`, `names are literal; list each ${kind}`);
  if (!objectNameSchema.safeParse(name).success || name === "__proto__" || /[\n\r\t]/.test(name))
    return fault(
      `${JSON.stringify(name)} cannot be the name of a ${kind} here`,
      "at most 64 characters; no line break, tab, trailing space or character beyond U+FFFF",
    );
  return undefined;
}

/** The names in the list that can be granted, in the order written. The others are reported. */
function checkNames(list: Field, kind: NamedKind): string[] {
  const names = new Map<string, { name: string; item: Field }>();
  for (const item of list.items()) {
    const name = item.text();
    if (name === undefined || [...name].length > MAX_OBJECT_LENGTH) continue;
    const found = objectFault(name, kind);
    const before = names.get(lowerName(name));
    if (found) item.error(found.message, found);
    else if (before)
      item.error(`"${name}" is already in this list, at ${before.item.place()}`, { hint: "leave one out" });
    else names.set(lowerName(name), { name, item });
  }
  return [...names.values()].map(({ name }) => name);
}

/**
 * The tables, columns and routines that a grant names, by `objectKey`. What cannot be granted is reported.
 */
export function checkObjects(grant: Field, database: string): string[] {
  const named = (key: string, kind: NamedKind, type: GrantedObject["kind"]) =>
    checkNames(grant.at(key), kind).map(name => objectKey({ kind: type, database, name }));
  const columns = grant.at("columns");
  const ofColumns = columns.keys().flatMap(table => {
    const list = columns.at(table);
    const found = objectFault(table, "table");
    if (found) list.error(found.message, { ...found, of: "key" });
    const names = checkNames(list, "column");
    return found || names.length === 0
      ? []
      : [objectKey({ kind: "TABLE", database, name: table, columns: names })];
  });
  return [
    ...named("tables", "table", "TABLE"),
    ...ofColumns,
    ...named("procedures", "procedure", "PROCEDURE"),
    ...named("functions", "function", "FUNCTION"),
  ];
}
