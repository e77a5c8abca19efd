import { Annotations } from "cdktf";
import { problemLine } from "../../core/users";
import { readUsers, type UsersFolder } from "../../reader";
import { ValidationError } from "../terraform/validation-error";
import type { AuroraCluster } from "./aurora-cluster";
import { addRules } from "./checks/rule-faults";

/**
 * Adds all grants of a `users/` folder to its clusters. Call it once per app with every cluster that the
 * folder names: a grant on another cluster is a problem of the folder. Warnings (about an expired grant, for
 * example) become annotations of the first cluster.
 *
 * @param folder a folder's path, relative to the working directory, or a folder that was already read
 * @throws UsersError with all problems of all files, each with file, line and field
 * @throws ValidationError if a cluster and the folder's settings have different prefixes
 *
 * @example
 * addUsers("users", [orders, payments]);
 */
export function addUsers(folder: string | UsersFolder, clusters: readonly AuroraCluster[]): void {
  const users = typeof folder === "string" ? readUsers(folder) : folder;
  const options = clusters.map(
    ({ name, alsoManages, ceiling, prefix }) => [name, { alsoManages, ceiling, prefix }] as const,
  );
  const { rosters, settings, warnings } = users.assemble({ clusters: Object.fromEntries(options) });
  for (const cluster of clusters) {
    if (!cluster.prefixGiven && cluster.prefix !== settings.prefix)
      throw new ValidationError(
        `\`prefix\` must be given: the settings of ${users.folder} name \`${settings.prefix}\`, ` +
          `and the default is \`${cluster.prefix}\``,
        cluster,
      );
    const { roles = {}, accounts = {}, projects = {}, rules = {}, teams = {} } = rosters[cluster.name] ?? {};
    for (const [account, details] of Object.entries(accounts))
      cluster.addAccount({ account, details, roles, origin: `the folder ${users.folder}` });
    cluster.addProjects(projects, teams);
    addRules(cluster, rules);
    cluster.addMailDomains(settings.emailDomains);
  }
  const [first] = clusters;
  if (first) for (const warning of warnings) Annotations.of(first).addWarning(problemLine(warning));
}
