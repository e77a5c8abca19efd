import { nameSome } from "../../../core/contract/change-set";
import type { RegistryEntry } from "../../../core/contract/registry-entry";
import { accountNames } from "../../../core/roster/roster";
import type { AuditSubject } from "../execute/execute-plan";
import type { Call } from "../services/services";
import type { LedgerState } from "../store/ledger";
import type { SourceState } from "../store/source-ledger";

/** How the list of clusters names one that another took the name of. No cluster's own name holds an `@`. */
const nameOf = (cluster: string, resourceId: string): string => `${cluster}@${resourceId}`;

/** The accounts that stay behind on a cluster when another takes its name; undefined where it is still the same one. */
export function leftBehind(
  state: LedgerState,
  entry: RegistryEntry,
  sources: readonly SourceState[],
): { readonly former: string; readonly accounts: string[] } | undefined {
  const { head, applied, target } = state;
  if (head.resourceId === undefined || head.resourceId === entry.resourceId || head.released !== undefined)
    return undefined;
  const names = [
    ...[applied, target].flatMap(version =>
      version ? [...accountNames(version.roster), ...version.formerly] : [],
    ),
    ...sources.flatMap(({ roster, formerly }) => [...accountNames(roster), ...formerly]),
  ];
  return { former: nameOf(entry.cluster, head.resourceId), accounts: [...new Set(names)].sort() };
}

/** What a reviewer is told of it. */
export function leftBehindNote(
  state: LedgerState,
  entry: RegistryEntry,
  sources: readonly SourceState[],
): string[] {
  const left = leftBehind(state, entry, sources);
  if (!left || left.accounts.length === 0) return [];
  return [
    `${entry.cluster} is ${entry.resourceId} now and was ${state.head.resourceId}: nothing is taken away there, where ` +
      `${left.accounts.length} accounts stay (${nameSome(left.accounts)}). Where that cluster lives on, drop them there.`,
  ];
}

/**
 * Records, and lists as undeclared, a cluster that another took the name of: nobody is left on it in silence. Done before the
 * ledger's head forgets it; done twice it is the same.
 */
export async function recordReplacedCluster(
  call: Call,
  state: LedgerState,
  entry: RegistryEntry,
  subject: AuditSubject,
  sources: readonly SourceState[],
): Promise<void> {
  const { audit, ledger, now } = call.services;
  const { head } = state;
  const left = leftBehind(state, entry, sources);
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
      owner: head.owner ?? "",
      since: when,
      accountsLeft: left.accounts.length,
    });
  }
  // The cluster of before came back under its name.
  await ledger.unlistCluster(nameOf(entry.cluster, entry.resourceId));
}
