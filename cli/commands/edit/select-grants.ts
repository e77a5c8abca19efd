import type { FileGrant, User } from "../../../core/users";
import { type GrantItem, grantItems, grantText } from "../../../reader";
import type { Arguments, CommandOption } from "../../terminal/command";
import { UsageError } from "../../terminal/errors";
import { type FolderEdit, fileOf } from "./folder-edit";
import { placeOf, placeOptions } from "./grant-terms";
import { teamHint } from "./team-notes";

/** How a command names the grants of a user that it is about. */
export const selectOptions: Readonly<Record<string, CommandOption>> = {
  ...placeOptions,
  line: { kind: "text", value: "<n>", summary: "the line of the grant, if several match" },
};

/** A grant of a user's file with the cluster and databases that it is on. */
export interface PlacedItem extends GrantItem {
  readonly cluster: string | undefined;
  readonly databases: readonly string[];
}

/**
 * The grants of a user's file, or of a team in teams.yaml. The cluster and databases of a project's grant are
 * those of projects.yaml.
 */
export function placedItems(
  text: string,
  user: { readonly grants: readonly FileGrant[] },
  team?: string,
): PlacedItem[] {
  return grantItems(text, team).map(item => {
    const { cluster, database, databases, environment, project } = item.grant;
    const resolved = user.grants.filter(grant => grant.project === `${project}/${environment}`);
    const own = [...(Array.isArray(databases) ? databases : []), database].filter(
      (name): name is string => typeof name === "string",
    );
    return {
      ...item,
      cluster: typeof cluster === "string" ? cluster : resolved[0]?.cluster,
      databases: own.length > 0 ? own : resolved.flatMap(grant => grant.databases),
    };
  });
}

/** `line 7: read on orders: a, b, until 2027-03-31` */
export const itemText = ({ grant, line }: GrantItem): string => {
  const end = grant["expires"] === undefined ? "" : `, until ${grant["expires"]}`;
  return `line ${line}: ${grantText(grant)}${end}`;
};

/**
 * The grants that the options name.
 * @param role only those with this role
 * @throws UsageError if none matches
 */
export function matching(edit: FolderEdit, user: User, args: Arguments, role?: string): PlacedItem[] {
  const items = placedItems(edit.textOf(fileOf(user)), user);
  const { cluster, databases, environment, project, tables } = placeOf(args);
  const line = args.text("line");
  const found = items.filter(
    item =>
      (line === undefined || item.line === Number(line)) &&
      (cluster === undefined || item.cluster === cluster) &&
      (project === undefined || item.grant["project"] === project) &&
      (environment === undefined || item.grant["environment"] === environment) &&
      (databases.length === 0 || databases.some(name => item.databases.includes(name))) &&
      (tables.length === 0 || tables.some(name => listOf(item.grant["tables"]).includes(name))) &&
      (role === undefined || item.grant["role"] === role),
  );
  if (found.length > 0) return found;
  const has = items.length === 0 ? "no grant at all" : items.map(itemText).join("; ");
  const ofTeams = teamHint(edit.before, user, { cluster, databases, project, role }, edit.now);
  throw new UsageError(`${user.username} has no such grant in ${user.file}; there is: ${has}${ofTeams}`);
}

/**
 * The one grant that the options name.
 * @throws UsageError if none or several match
 */
export function oneMatching(edit: FolderEdit, user: User, args: Arguments, role?: string): PlacedItem {
  const found = matching(edit, user, args, role);
  if (found.length > 1) throw new UsageError(several(found, user));
  const [item] = found;
  const others = item!.databases.filter(name => !args.texts("database").includes(name));
  if (args.texts("database").length > 0 && others.length > 0)
    throw new UsageError(
      `${itemText(item!)}: it is also on ${others.join(", ")}. Name all its databases or none; ` +
        "for one of them only, revoke it there and grant it again",
    );
  return item!;
}

export const several = (found: readonly GrantItem[], user: User): string =>
  `several grants of ${user.file} match; choose one with --line: ${found.map(itemText).join("; ")}`;

export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
