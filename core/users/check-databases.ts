import { reachesSystemDatabase, SYSTEM_DATABASES } from "../roster/ceiling";
import { databaseNameSchema } from "../roster/roster";
import { lengthAt, type NodePath, textAt, type UsersFile } from "./located-node";
import { type Problem, placeOf, problemAt } from "./problem";

const LITERAL = "names are literal; list each database";

function fault(name: string): { message: string; hint: string } | undefined {
  if (/[%*]/.test(name)) return { message: `"${name}" reads like a pattern`, hint: LITERAL };
  if (reachesSystemDatabase(name))
    return {
      message: `"${name}" reaches one of the server's own databases (${SYSTEM_DATABASES.join(", ")}), which are never granted`,
      hint: "leave it out",
    };
  const parsed = databaseNameSchema.safeParse(name);
  if (!parsed.success || name === "__proto__" || /[\n\r\t]/.test(name) || name.length > 64)
    return {
      message: `${JSON.stringify(name)} cannot be the name of a database here`,
      hint: "at most 64 characters; no line break, tab, backslash, slash, trailing space or character beyond U+FFFF",
    };
  return undefined;
}

/** The names in the list at a path that can be granted, in the order written. The others go to `problems`. */
export function checkDatabases(source: UsersFile, path: NodePath, problems: Problem[]): string[] {
  const names = new Map<string, { name: string; path: NodePath }>();
  for (let index = 0; index < lengthAt(source.tree, path); index++) {
    const itemPath = [...path, index];
    const name = textAt(source.tree, itemPath);
    if (name === undefined || name.length > 64) continue;
    const wrong = fault(name);
    const before = names.get(name.toLowerCase());
    if (wrong) {
      problems.push(problemAt(source, itemPath, wrong.message, wrong.hint));
    } else if (before?.name === name) {
      problems.push(
        problemAt(
          source,
          itemPath,
          `"${name}" stands in this list already, at ${placeOf(source, before.path)}`,
          "leave one out",
        ),
      );
    } else if (before) {
      problems.push(
        problemAt(source, itemPath, ...caseClash(name, before.name, placeOf(source, before.path))),
      );
    } else {
      names.set(name.toLowerCase(), { name, path: itemPath });
    }
  }
  return [...names.values()].map(({ name }) => name);
}

/** Message and hint for two spellings of a name that are one database on servers that do not tell case apart. */
export const caseClash = (name: string, other: string, place: string): [message: string, hint: string] => [
  `"${name}" and "${other}" (${place}) are the same database on servers with lower_case_table_names`,
  "write one of them, as the server spells it",
];
