import { existsSync } from "node:fs";
import { parsePlace } from "../../../core/reach/place";
import type { ReachTarget } from "../../../core/reach/reach-facts";
import { isInner } from "../../../core/roster/granted-object";
import { grantsOf, type Roster } from "../../../core/roster/roster";
import { type AssembleOptions, readUsers } from "../../../reader";
import type { Arguments, CommandOption } from "../../terminal/command";
import { UsageError } from "../../terminal/errors";

type AssembledUsers = ReturnType<ReturnType<typeof readUsers>["assemble"]>;

export const placePositional = {
  shown: "<database[.table]>",
  summary: "orders, or orders.customers; a name with a dot in backticks",
} as const;
export const clusterOption: CommandOption = {
  kind: "text",
  value: "<name>",
  summary: "the cluster, if the users folder names the database on several or on none",
};
export const usersOption: CommandOption = {
  kind: "text",
  value: "<folder>",
  summary: "the users folder (default: users)",
};

/** @throws UsageError */
export function placeOf(text: string): ReachTarget {
  const place = parsePlace(text);
  if (place) return place;
  throw new UsageError(`"${text}" is no database and no table: write \`orders\` or \`orders.customers\``);
}

/** What the folder of `--users` declares; undefined if there is no such folder, and nobody named one. */
export function declaredUsers(args: Arguments, options: AssembleOptions): AssembledUsers | undefined {
  const folder = args.text("users");
  if (folder === undefined && !existsSync("users")) return undefined;
  return readUsers(folder ?? "users").assemble(options);
}

/**
 * The cluster of `--cluster`, or the only one where somebody has a grant in the database.
 * @throws UsageError
 */
export function clusterOf(
  args: Arguments,
  { database }: ReachTarget,
  users: AssembledUsers | undefined,
): string {
  const given = args.text("cluster");
  if (given !== undefined) return given;
  const found = Object.entries(users?.rosters ?? {}).filter(([, roster]) => names(roster, database));
  if (found.length === 1) return found[0]![0];
  const why =
    found.length === 0
      ? `no grant in the users folder names the database "${database}"`
      : `"${database}" is on ${found.map(([cluster]) => cluster).join(", ")}`;
  throw new UsageError(`\`--cluster\` is missing: ${why}`);
}

const names = (roster: Roster, database: string): boolean =>
  Object.values(roster.accounts).some(account =>
    grantsOf(account).some(
      placed => placed.database === database && (!placed.object || isInner(placed.object)),
    ),
  );
