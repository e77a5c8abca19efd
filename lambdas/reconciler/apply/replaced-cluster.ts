import type { RegisteredCluster } from "../../../core/decisions/known-cluster";
import { leftBehind, replacedName } from "../../../core/decisions/left-behind";
import type { AuditSubject } from "../execute/audit-run";
import type { Call } from "../services/services";

/**
 * Records a cluster whose name another took, and lists it as undeclared, so that its accounts are not
 * forgotten. Done before the ledger's head forgets the cluster. Doing it twice changes nothing.
 */
export async function recordReplacedCluster(
  call: Call,
  { subject, ...cluster }: RegisteredCluster & { readonly subject: AuditSubject },
): Promise<void> {
  const { audit, ledger, now } = call.services;
  const { entry, state } = cluster;
  const { owner = "" } = state.head;
  const left = leftBehind(cluster);
  if (!left) return;
  const { accounts, former } = left;
  const when = now().toISOString();
  if (accounts.length > 0) {
    await audit.append({ ...subject, kind: "cluster-replaced", when, former, accounts });
    await ledger.listCluster({ cluster: former, owner, since: when, accountsLeft: accounts.length });
  }
  // The earlier cluster may have got its name back.
  await ledger.unlistCluster(replacedName(entry.cluster, entry.resourceId));
}
