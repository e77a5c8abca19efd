import { type DatabasePrivilege, sortPrivileges } from "../catalogue/mysql-privileges";
import { lengthAt, type NodePath, textAt, type UsersFile } from "./located-node";
import { parsePrivilege } from "./parse-privilege";
import { type Problem, problemAt } from "./problem";

/** The privileges of the list at a path, each once and in order. What is none goes to `problems`. */
export function checkPrivileges(source: UsersFile, path: NodePath, problems: Problem[]): DatabasePrivilege[] {
  const privileges: DatabasePrivilege[] = [];
  for (let index = 0; index < lengthAt(source.tree, path); index++) {
    const text = textAt(source.tree, [...path, index]);
    if (text === undefined) continue;
    const parsed = parsePrivilege(text);
    if ("privileges" in parsed) privileges.push(...parsed.privileges);
    else problems.push(problemAt(source, [...path, index], parsed.message, parsed.hint));
  }
  return sortPrivileges(privileges);
}
