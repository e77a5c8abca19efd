import type { ClustersRequest, ClustersResponse } from "../../../core/contract/payload";
import { PROTOCOL } from "../../../core/contract/protocol";
import { LedgerError } from "../runtime/errors";
import type { Ledger } from "../store/ledger";

/**
 * Clusters that the ledger knows, also from an attempt that only failed, and that no stack declares. A stack taken out of
 * the app leaves its accounts behind without a word; one that was destroyed with nothing left behind is not named.
 */
export async function undeclaredClusters(
  request: ClustersRequest,
  ledger: Ledger,
): Promise<ClustersResponse> {
  try {
    const known = await ledger.clusters();
    const undeclared = known
      .filter(
        ({ cluster, released, accountsLeft }) =>
          !request.declared.includes(cluster) && !(released && accountsLeft === 0),
      )
      .map(({ cluster }) => cluster);
    return { protocol: PROTOCOL, undeclared };
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    // A plan that repairs the ledger's policies must go through.
    return { protocol: PROTOCOL, undeclared: [`(not known: ${error.message})`] };
  }
}
