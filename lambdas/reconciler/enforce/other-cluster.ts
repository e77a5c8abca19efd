import type { RegistryEntry } from "../../../core/contract/registry-entry";
import { ClusterReplacedError } from "../runtime/errors";
import type { Services } from "../services/services";

/**
 * Why nobody can log in, although every account is right: another cluster has the registered endpoint, as
 * after a blue/green switchover or a restore. Policies to log in name a cluster by its resource id. Never
 * fails.
 * @returns undefined if it is the same cluster, one that was named beforehand, or if nobody can say
 */
export async function otherCluster(
  { identity, log }: Pick<Services, "identity" | "log">,
  entry: RegistryEntry,
): Promise<ClusterReplacedError | undefined> {
  const { cluster, host, nextResourceIds = [], resourceId } = entry;
  const found = await identity.resourceIdAt(entry).catch((error: Error) => {
    log.info("resource id not known", { reason: error.message });
    return undefined;
  });
  if (found === undefined || found === resourceId || nextResourceIds.includes(found)) return undefined;
  return new ClusterReplacedError(
    `${cluster}: ${host} is the cluster ${found} now, and ${resourceId} is registered. Nobody can log in whose ` +
      `policy names ${resourceId}. Plan and apply. Before the next switchover, name the id in \`nextResourceIds\`.`,
  );
}
