import type { ClustersRequest, ClustersResponse } from "../../../core/contract/payload";
import { PROTOCOL } from "../../../core/contract/protocol";
import { printable } from "../../../core/printable";
import { LedgerError } from "../runtime/errors";
import type { Ledger } from "../store/ledger";

/**
 * Lists the clusters that the ledger knows and that no stack declares, such as those of a stack that was
 * taken out of the app and whose accounts still exist. Clusters with nothing but a failed attempt count. A
 * cluster whose hook was deleted with no account left does not count.
 */
export async function undeclaredClusters(
  request: ClustersRequest,
  ledger: Ledger,
): Promise<ClustersResponse> {
  const known = await ledger.clusters().catch((error: unknown) => {
    if (error instanceof LedgerError) return error;
    throw error;
  });
  // A plan that repairs the ledger's policies must go through, so this is an answer.
  if (known instanceof LedgerError)
    return { protocol: PROTOCOL, undeclared: [printable(`(not known: ${known.message})`)] };
  const undeclared = known
    // Another reconciler that uses the ledger has a check of its own.
    .filter(({ reconciler }) => reconciler === ledger.reconciler)
    .filter(({ cluster }) => !request.declared.includes(cluster))
    .filter(({ released: unmanagedSince, accountsLeft }) => !(unmanagedSince && accountsLeft === 0))
    .map(({ cluster }) => printable(cluster));
  return { protocol: PROTOCOL, undeclared };
}
