import { type DatabasePrivilege, sortPrivileges } from "../catalogue/mysql-privileges";
import { checkPrivileges } from "./check-privileges";
import { checkShape } from "./check-shape";
import { defaultRoles } from "./default-roles";
import { Field } from "./field";
import type { LocatedNode, UsersFile } from "./located-node";
import { nearestHint } from "./nearest";
import type { Problems } from "./problem";
import { rolesFileSchema } from "./roles-file-schema";

/**
 * The roles by name, in the order written, with the privileges that they inherit; undefined if they could not
 * be read.
 */
export type Roles = ReadonlyMap<string, readonly DatabasePrivilege[]> | undefined;

interface WrittenRole {
  readonly privileges: readonly DatabasePrivilege[];
  readonly inherits: readonly { readonly name: string; readonly field: Field }[];
}

/** The roles of roles.yaml, or the default roles if there is no such file. */
export function resolveRoles(written: UsersFile | undefined, problems: Problems): Roles {
  const file = written ?? { file: "roles.yaml", name: "roles.yaml", tree: withoutPositions(defaultRoles) };
  if (!file.tree) return undefined;
  const root = new Field(file, problems);
  checkShape(root, rolesFileSchema);
  const names = root.keys();
  const roles = new Map(names.map(name => [name, writtenRole(root.at(name), name, names)]));
  reportCycles(roles);
  if (file.broken) return undefined;
  return new Map(names.map(name => [name, sortPrivileges(inherited(name, roles, new Set()))]));
}

function writtenRole(role: Field, name: string, names: readonly string[]): WrittenRole {
  const privileges = checkPrivileges(role.at("privileges"));
  const inherits = role
    .at("inherits")
    .items()
    .flatMap(field => {
      const parent = field.text();
      if (parent === undefined) return [];
      if (names.includes(parent)) return [{ name: parent, field }];
      const others = names.filter(other => other !== name);
      field.error(`unknown role "${parent}"`, {
        hint: nearestHint(parent, others, "there is no other role"),
      });
      return [];
    });
  if (role.node()?.kind === "map" && !role.at("privileges").node() && !role.at("inherits").node())
    role.error(`the role "${name}" gives nothing`, {
      hint: "write `privileges`, `inherits` or both",
      of: "key",
    });
  return { privileges, inherits };
}

/** Reports each cycle once, at the entry that closes it, from its first role on. */
function reportCycles(roles: ReadonlyMap<string, WrittenRole>): void {
  const done = new Set<string>();
  const visit = (name: string, before: readonly string[]): void => {
    const way = [...before, name];
    for (const parent of roles.get(name)?.inherits ?? []) {
      const start = way.indexOf(parent.name);
      if (start >= 0) {
        const cycle = [...way.slice(start), parent.name].join(" -> ");
        parent.field.error(`roles inherit in a cycle: ${cycle}`, { hint: "leave one of them out" });
      } else if (!done.has(parent.name)) visit(parent.name, way);
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

/** Data of our own as a tree. Its positions mean nothing. */
function withoutPositions(value: unknown): LocatedNode {
  const at = { line: 1, column: 1 };
  if (Array.isArray(value)) return { kind: "list", at, items: value.map(withoutPositions) };
  if (typeof value !== "object" || value === null) return { kind: "scalar", at, value: String(value) };
  const entries = Object.entries(value).map(([key, member]) => ({
    key,
    keyAt: at,
    value: withoutPositions(member),
  }));
  return { kind: "map", at, entries };
}
