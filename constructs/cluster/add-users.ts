import { Annotations } from "cdktf";
import { problemLine } from "../../core/users";
import { readUsers, type UsersFolder } from "../../reader";
import { ValidationError } from "../terraform/validation-error";
import type { AuroraCluster } from "./aurora-cluster";

/**
 * Adds all grants of a `users/` folder to its clusters. Call it once an app, with all clusters that the folder names: a grant on any
 * other is a problem of the folder's. What it warns of (a grant that has expired, say) becomes a warning of the first cluster's.
 *
 * @param folder The folder, relative to where the process runs, or one that was read already.
 * @throws UsersError with all problems of all files, each with file, line and field
 *
 * @example
 * addUsers("users", [orders, payments]);
 */
export function addUsers(folder: string | UsersFolder, clusters: readonly AuroraCluster[]): void {
  const users = typeof folder === "string" ? readUsers(folder) : folder;
  const options = clusters.map(({ name, ceiling, prefix }) => [name, { ceiling, prefix }] as const);
  const { rosters, settings, warnings } = users.assemble({ clusters: Object.fromEntries(options) });
  for (const cluster of clusters) {
    if (!cluster.prefixGiven && cluster.prefix !== settings.prefix)
      throw new ValidationError(
        `\`prefix\` must say which accounts are managed: it is \`${cluster.prefix}\` by default, and \`${settings.prefix}\` in the settings of ${users.folder}`,
        cluster,
      );
    const { roles = {}, accounts = {}, projects = {} } = rosters[cluster.name] ?? {};
    for (const [account, details] of Object.entries(accounts))
      cluster.addAccount({ account, details, roles, origin: `the folder ${users.folder}` });
    cluster.addProjects(projects);
  }
  const [first] = clusters;
  if (first) for (const warning of warnings) Annotations.of(first).addWarning(problemLine(warning));
}
