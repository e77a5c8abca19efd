import { type DatabasePrivilege, sortPrivileges } from "../catalogue/mysql-privileges";
import { checkPrivileges } from "./check-privileges";
import { checkShape } from "./check-shape";
import { defaultRoles } from "./default-roles";
import { keysAt, type LocatedNode, lengthAt, nodeAt, textAt, type UsersFile } from "./located-node";
import { nearestHint } from "./nearest";
import { type Problem, problemAt } from "./problem";
import { rolesFileSchema } from "./roles-file-schema";

/** The roles by name, in the order written, with what they inherit; undefined where they could not be read. */
export type Roles = ReadonlyMap<string, readonly DatabasePrivilege[]> | undefined;

interface WrittenRole {
  readonly privileges: readonly DatabasePrivilege[];
  readonly inherits: readonly { readonly name: string; readonly index: number }[];
}

/** What roles.yaml says, or the default roles where there is none. */
export function resolveRoles(source: UsersFile | undefined, problems: Problem[]): Roles {
  if (!source)
    return resolveRoles({ file: "roles.yaml", name: "roles.yaml", tree: neutral(defaultRoles) }, problems);
  if (!source.tree) return undefined;
  problems.push(...checkShape(source, rolesFileSchema));
  const names = keysAt(source.tree, []);
  const roles = new Map(names.map(name => [name, writtenRole(source, name, names, problems)]));
  reportCycles(source, roles, problems);
  return new Map(names.map(name => [name, sortPrivileges(inherited(name, roles, new Set()))]));
}

function writtenRole(
  source: UsersFile,
  name: string,
  names: readonly string[],
  problems: Problem[],
): WrittenRole {
  const privileges = checkPrivileges(source, [name, "privileges"], problems);
  const inherits: { name: string; index: number }[] = [];
  for (let index = 0; index < lengthAt(source.tree, [name, "inherits"]); index++) {
    const parent = textAt(source.tree, [name, "inherits", index]);
    if (parent === undefined) continue;
    if (names.includes(parent)) inherits.push({ name: parent, index });
    else {
      const hint = nearestHint(
        parent,
        names.filter(other => other !== name),
        "there is no other role",
      );
      problems.push(problemAt(source, [name, "inherits", index], `unknown role "${parent}"`, hint));
    }
  }
  const role = nodeAt(source.tree, [name]);
  if (role?.kind === "map" && !nodeAt(role, ["privileges"]) && !nodeAt(role, ["inherits"]))
    problems.push(
      problemAt(
        source,
        [name],
        `the role "${name}" gives nothing`,
        "write `privileges`, `inherits` or both",
        "key",
      ),
    );
  return { privileges, inherits };
}

/** Each cycle once, at the entry that closes it, named from its first role on. */
function reportCycles(source: UsersFile, roles: ReadonlyMap<string, WrittenRole>, problems: Problem[]): void {
  const done = new Set<string>();
  const visit = (name: string, way: readonly string[]): void => {
    for (const parent of roles.get(name)?.inherits ?? []) {
      const start = [...way, name].indexOf(parent.name);
      if (start >= 0) {
        const cycle = [...[...way, name].slice(start), parent.name].join(" -> ");
        problems.push(
          problemAt(
            source,
            [name, "inherits", parent.index],
            `roles inherit in a cycle: ${cycle}`,
            "leave one of them out",
          ),
        );
      } else if (!done.has(parent.name)) visit(parent.name, [...way, name]);
    }
    done.add(name);
  };
  for (const name of roles.keys()) if (!done.has(name)) visit(name, []);
}

function inherited(
  name: string,
  roles: ReadonlyMap<string, WrittenRole>,
  seen: Set<string>,
): DatabasePrivilege[] {
  if (seen.has(name)) return [];
  seen.add(name);
  const role = roles.get(name);
  return [
    ...(role?.privileges ?? []),
    ...(role?.inherits ?? []).flatMap(parent => inherited(parent.name, roles, seen)),
  ];
}

/** Data of our own as a tree; it stands nowhere. */
function neutral(value: unknown): LocatedNode {
  const at = { line: 1, column: 1 };
  if (Array.isArray(value)) return { kind: "list", at, items: value.map(neutral) };
  if (typeof value !== "object" || value === null) return { kind: "scalar", at, value: String(value) };
  return {
    kind: "map",
    at,
    entries: Object.entries(value).map(([key, member]) => ({ key, keyAt: at, value: neutral(member) })),
  };
}
