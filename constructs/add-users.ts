import type { Ceiling } from "../core/ceiling";
import type { Roster } from "../core/roster";
import { readUsers } from "../reader";
import type { AuroraCluster } from "./aurora-cluster";

/** A `users/` folder that was read: what every cluster should have. */
export interface UsersFolder {
  /** @throws InvalidUsersError with all problems of all files, each with its file, line and field */
  assemble(options: { clusters: Record<string, { ceiling: Ceiling; prefix: string }> }): {
    readonly rosters: Readonly<Record<string, Roster>>;
  };
}

/**
 * Adds all grants of a `users/` folder to its clusters. Call it once an app with all clusters that the folder names: a grant on any
 * other is a problem of the folder's.
 *
 * @param folder The folder, relative to where the process runs, or one that was read already.
 * @throws an error with all problems of all files
 *
 * @example
 * addUsers("users", [orders, payments]);
 */
export function addUsers(folder: string | UsersFolder, clusters: readonly AuroraCluster[]): void {
  const users = typeof folder === "string" ? readUsers(folder) : folder;
  const options = clusters.map(cluster => [cluster.name, { ceiling: cluster.ceiling, prefix: cluster.prefix }] as const);
  const { rosters } = users.assemble({ clusters: Object.fromEntries(options) });
  const origin = typeof folder === "string" ? `the folder ${folder}` : "a users folder";
  for (const cluster of clusters) {
    const roster = rosters[cluster.name];
    for (const [account, details] of Object.entries(roster?.accounts ?? {}))
      cluster.addAccount({ account, details, roles: roster!.roles, origin });
  }
}
