import { lowerName } from "../catalogue/lower-case";
import { reachesSystemDatabase, SYSTEM_DATABASES } from "../roster/ceiling";
import { databaseNameSchema, MAX_DATABASE_LENGTH } from "../roster/roster";
import type { Field } from "./field";
import { type Fault, fault } from "./problem";

/** Why no grant may name the database; undefined if one may. */
export function databaseFault(name: string): Fault | undefined {
  if (/[%*]/.test(name))
    return fault(`"${name}" looks like a pattern`, "names are literal; list each database");
  if (reachesSystemDatabase(name)) {
    const own = SYSTEM_DATABASES.join(", ");
    const message = `"${name}" reaches one of the server's own databases (${own}), which are never granted`;
    return fault(message, "leave it out");
  }
  if (!databaseNameSchema.safeParse(name).success || name === "__proto__" || /[\n\r\t]/.test(name))
    return fault(
      `${JSON.stringify(name)} cannot be the name of a database here`,
      "at most 64 characters; no line break, tab, backslash, slash, trailing space or character beyond U+FFFF",
    );
  return undefined;
}

/** The names in the list that can be granted, in the order written. The others are reported. */
export function checkDatabases(list: Field): string[] {
  const names = new Map<string, { name: string; item: Field }>();
  for (const item of list.items()) {
    const name = item.text();
    if (name === undefined || [...name].length > MAX_DATABASE_LENGTH) continue;
    const found = databaseFault(name);
    const before = names.get(lowerName(name));
    if (found) item.error(found.message, found);
    else if (before?.name === name)
      item.error(`"${name}" is already in this list, at ${before.item.place()}`, { hint: "leave one out" });
    else if (before) reportCaseClash(item, name, before.name, before.item.place());
    else names.set(lowerName(name), { name, item });
  }
  return [...names.values()].map(({ name }) => name);
}

/** Reports two spellings of a name that are one database on servers that compare names without case. */
export function reportCaseClash(field: Field, name: string, other: string, place: string): void {
  const { message, hint } = caseClash(`"${name}" and "${other}" (${place})`);
  field.error(message, { hint });
}

/** What is wrong with two spellings of one name. */
export const caseClash = (both: string): Fault =>
  fault(
    `${both} are the same database on servers with lower_case_table_names`,
    "write one of them, as the server spells it",
  );
