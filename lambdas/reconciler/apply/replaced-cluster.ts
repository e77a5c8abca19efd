import type { RegistryEntry } from "../../../core/contract/registry-entry";
import { nameSome } from "../../../core/name-some";
import { accountNames } from "../../../core/roster/roster";
import type { AuditSubject } from "../execute/audit-run";
import type { Call } from "../services/services";
import type { LedgerState } from "../store/ledger";
import type { SourceState } from "../store/source-ledger";

/** How the list of clusters names one whose name another cluster took. No cluster's own name holds an `@`. */
const nameOf = (cluster: string, resourceId: string): string => `${cluster}@${resourceId}`;

/** What is known of a cluster, and its registry entry. */
export interface RegisteredCluster {
  readonly state: LedgerState;
  readonly entry: RegistryEntry;
  readonly states: readonly SourceState[];
}

/** The accounts that stay on a cluster when another takes its name; undefined if it is still the same cluster. */
export function leftBehind({
  entry,
  state,
  states,
}: RegisteredCluster): { readonly former: string; readonly accounts: string[] } | undefined {
  const { head, applied, target } = state;
  if (head.resourceId === undefined || head.resourceId === entry.resourceId || head.released !== undefined)
    return undefined;
  const declaring = [applied, target, ...states].filter(version => version !== undefined);
  const names = declaring.flatMap(({ formerly, roster }) => [...accountNames(roster), ...formerly]);
  return { former: nameOf(entry.cluster, head.resourceId), accounts: [...new Set(names)].sort() };
}

/** The note in the plan about accounts that stay on another cluster. */
export function leftBehindNote(cluster: RegisteredCluster): string[] {
  const left = leftBehind(cluster);
  if (!left || left.accounts.length === 0) return [];
  const { entry, state } = cluster;
  return [
    `${entry.cluster} is ${entry.resourceId} now and was ${state.head.resourceId}: nothing is taken away on that cluster. ` +
      `${left.accounts.length} accounts stay on it (${nameSome(left.accounts)}). If it still exists, drop them there.`,
  ];
}

/**
 * Records a cluster whose name another took, and lists it as undeclared, so that its accounts are not forgotten. Done before
 * the ledger's head forgets the cluster. Doing it twice changes nothing.
 */
export async function recordReplacedCluster(
  call: Call,
  { subject, ...cluster }: RegisteredCluster & { readonly subject: AuditSubject },
): Promise<void> {
  const { audit, ledger, now } = call.services;
  const { entry, state } = cluster;
  const left = leftBehind(cluster);
  if (!left) return;
  const when = now().toISOString();
  if (left.accounts.length > 0) {
    await audit.append({
      ...subject,
      kind: "cluster-replaced",
      when,
      former: left.former,
      accounts: left.accounts,
    });
    await ledger.listCluster({
      cluster: left.former,
      owner: state.head.owner ?? "",
      since: when,
      accountsLeft: left.accounts.length,
    });
  }
  // The earlier cluster may have got its name back.
  await ledger.unlistCluster(nameOf(entry.cluster, entry.resourceId));
}
