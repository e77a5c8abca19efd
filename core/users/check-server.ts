import { isDatabasePrivilege } from "../catalogue/mysql-privileges";
import {
  AURORA_ROLES,
  isServerPrivilege,
  NEVER_GRANTED,
  NOT_ON_AURORA,
  SERVER_PRIVILEGES,
  type ServerPrivilege,
} from "../catalogue/server-privileges";
import { isNeverRole, reachesSystemDatabase, SYSTEM_DATABASES } from "../roster/ceiling";
import { accountNameSchema, databasePatternSchema } from "../roster/roster";
import type { Field } from "./field";
import { nearest } from "./nearest";
import { type Fault, fault } from "./problem";

/** A privilege as MySQL writes it. */
export const privilegeName = (text: string): string => text.trim().replace(/\s+/g, " ").toUpperCase();

/** Why no grant may name the global privilege; undefined if one may. @param name by `privilegeName` */
export function globalFault(name: string): Fault | undefined {
  if (isServerPrivilege(name)) return undefined;
  const role = AURORA_ROLES[name];
  if (role !== undefined)
    return fault(
      `${name} is no privilege since Aurora MySQL 3, but the role ${role}`,
      `write \`nativeRoles: [${role}]\``,
    );
  if (name === "ALL" || name === "ALL PRIVILEGES")
    return fault(`${name} on the whole server reaches the server's own databases`, "name each privilege");
  if (name === "GRANT OPTION")
    return fault(
      "GRANT OPTION is not granted on the whole server",
      "write `grantOption: true` at a grant on databases",
    );
  if (NEVER_GRANTED.includes(name))
    return fault(
      `${name} is never granted: its holder could get any access, or harm the server`,
      "leave it out",
    );
  if (NOT_ON_AURORA.includes(name))
    return fault(`${name} cannot be granted: Aurora's administrator does not hold it`, "leave it out");
  if (isDatabasePrivilege(name))
    return fault(
      `${name} on the whole server reaches the server's own databases`,
      "grant it on `databases`, or on a `pattern`",
    );
  const near = nearest(name, SERVER_PRIVILEGES) ?? nearest(name.replace(/ /g, "_"), SERVER_PRIVILEGES);
  const known = `there are: ${SERVER_PRIVILEGES.join(", ")}`;
  return fault(`MySQL has no global privilege "${name}"`, near ? `did you mean "${near}"?` : known);
}

/** Why no grant may name the native role; undefined if one may. @param prefixes those of managed accounts */
export function nativeRoleFault(name: string, prefixes: readonly string[]): Fault | undefined {
  if (prefixes.some(prefix => isNeverRole(name, { prefix })))
    return fault(
      `"${name}" is a managed account, or an account of the server or of AWS, which is never granted as a role`,
      "leave it out",
    );
  if (!accountNameSchema.safeParse(name).success || name === "__proto__")
    return fault(
      `${JSON.stringify(name)} cannot be the name of a role`,
      "at most 32 characters, without control characters, trailing spaces and characters beyond U+FFFF",
    );
  return undefined;
}

/** Why no grant may name the pattern; undefined if one may. */
export function patternFault(pattern: string): Fault | undefined {
  if (!databasePatternSchema.safeParse(pattern).success || /[\n\r\t*]/.test(pattern))
    return fault(
      `${JSON.stringify(pattern)} cannot be a pattern of databases`,
      "`%` is any characters, and `_` one; a pattern holds one of them, and no `*`, line break, tab, " +
        "slash, trailing space or other backslash. List a database by its name in `databases`",
    );
  if (!reachesSystemDatabase(pattern)) return undefined;
  return fault(
    `"${pattern}" reaches one of the server's own databases (${SYSTEM_DATABASES.join(", ")}), which are never granted`,
    "write a longer beginning",
  );
}

/** The texts of a list, each once; what cannot be granted is reported. */
function checkList<T extends string>(
  list: Field,
  read: (text: string) => T,
  faultOf: (text: T) => Fault | undefined,
) {
  const names = new Map<T, Field>();
  for (const item of list.items()) {
    const text = item.text();
    if (text === undefined) continue;
    const name = read(text);
    const found = faultOf(name);
    const before = names.get(name);
    if (found) item.error(found.message, found);
    else if (before)
      item.error(`"${name}" is already in this list, at ${before.place()}`, { hint: "leave one out" });
    else names.set(name, item);
  }
  return [...names.keys()];
}

/** The global privileges in the list. */
export const checkGlobal = (list: Field): ServerPrivilege[] =>
  checkList(list, privilegeName, globalFault).filter(isServerPrivilege);

/** The native roles in the list. */
export const checkNativeRoles = (list: Field, prefixes: readonly string[]): string[] =>
  checkList(list, String, name => nativeRoleFault(name, prefixes));

/** The pattern in the field. */
export function checkPattern(field: Field): string | undefined {
  const pattern = field.text();
  if (pattern === undefined) return undefined;
  const found = patternFault(pattern);
  if (!found) return pattern;
  field.error(found.message, found);
  return undefined;
}
