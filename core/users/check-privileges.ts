import { type DatabasePrivilege, sortPrivileges } from "../catalogue/mysql-privileges";
import type { Field } from "./field";
import { parsePrivilege } from "./parse-privilege";

/** The privileges in the list, each once and in order. Texts that are no privilege are reported. */
export function checkPrivileges(list: Field): DatabasePrivilege[] {
  const privileges: DatabasePrivilege[] = [];
  for (const item of list.items()) {
    const text = item.text();
    if (text === undefined) continue;
    const parsed = parsePrivilege(text);
    if ("privileges" in parsed) privileges.push(...parsed.privileges);
    else item.error(parsed.message, parsed);
  }
  return sortPrivileges(privileges);
}
