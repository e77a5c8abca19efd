import { AURORA_ROLES, type ServerVersion, unknownTo } from "../catalogue/server-privileges";
import { privilegeName } from "./check-server";
import { Field } from "./field";
import type { UsersFile } from "./located-node";
import { type Problem, Problems, sortProblems } from "./problem";

/** What an upgrade of the server means for a users folder. */
export interface UpgradeFindings {
  /** What the new server refuses. */
  readonly breaks: readonly Problem[];
  /** What it still takes, and a later one may not. */
  readonly warnings: readonly Problem[];
}

/** The keys whose lists name privileges, in every kind of file. */
const PRIVILEGE_KEYS = ["privileges", "global"];

/**
 * What in the files a server of the version does not take, by the files alone:
 * - privileges that it does not have
 * - privileges of Aurora MySQL 2 that are native roles since Aurora MySQL 3
 * - patterns of databases, which MySQL deprecates since 8.2 (a warning)
 */
export function upgradeFindings(files: readonly UsersFile[], to: ServerVersion): UpgradeFindings {
  const problems = new Problems();
  for (const file of files) walk(new Field(file, problems), to);
  return { breaks: sortProblems(problems.errors), warnings: sortProblems(problems.warnings) };
}

function walk(field: Field, to: ServerVersion): void {
  const key = field.path.at(-1);
  if (PRIVILEGE_KEYS.includes(String(key))) for (const item of field.items()) checkPrivilege(item, to);
  if (key === "pattern" && field.text() !== undefined && isAfter(to, DEPRECATED_PATTERNS))
    field.warn("MySQL deprecates patterns of databases since 8.2, and a later release may refuse them", {
      hint: "list the databases",
    });
  for (const member of field.keys()) walk(field.at(member), to);
  for (const item of field.items()) walk(item, to);
}

const DEPRECATED_PATTERNS = { major: 8, minor: 2 };
const isAfter = (version: ServerVersion, { major, minor }: { major: number; minor: number }): boolean =>
  version.major > major || (version.major === major && version.minor >= minor);

function checkPrivilege(item: Field, to: ServerVersion): void {
  const name = privilegeName(item.text() ?? "");
  const role = AURORA_ROLES[name];
  if (role !== undefined)
    item.error(`${name} is no privilege since Aurora MySQL 3, but the role ${role}`, {
      hint: `write \`nativeRoles: [${role}]\` in a grant of its own`,
    });
  const reason = unknownTo(name, to);
  if (reason !== undefined) item.error(reason, { hint: "leave it out" });
}
