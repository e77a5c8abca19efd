import { UnregisteredError } from "../runtime/errors";
import { asRunOf, type Call } from "../services/services";

/**
 * The call with the services of a run about the cluster; undefined if no stack declares it and the ledger
 * does not list it as managed. Then there is no run role, and the function's own role cannot read the
 * cluster's part.
 */
export async function callAbout(cluster: string, received: Call): Promise<Call | undefined> {
  try {
    return await asRunOf(cluster, received);
  } catch (error) {
    if (!(error instanceof UnregisteredError)) throw error;
    const listed = await received.services.ledger.clusters();
    const isManaged = listed.some(known => known.cluster === cluster && known.released === undefined);
    if (isManaged) throw error;
    return undefined;
  }
}
