import type { PreviewRequest } from "../contract/payload";
import { type ObservedState, quoteAccount } from "../mysql";
import { withHosts } from "../mysql/former-hosts";
import { asSentence, nameSome } from "../name-some";
import { mergeSources } from "../source";
import type { RegisteredCluster } from "./known-cluster";
import { isForeign } from "./owner-conflict";
import type { Findings } from "./preview-answer";
import { everDeclared, previouslyDeclared, rostersUntilNextApply } from "./rosters-in-effect";

/** How the list of clusters names one whose name another cluster took. No cluster's own name holds an `@`. */
export const replacedName = (cluster: string, resourceId: string): string => `${cluster}@${resourceId}`;

/**
 * The accounts that stay on a cluster when another takes its name; undefined if it is still the same cluster.
 */
export function leftBehind({ entry, state, states }: RegisteredCluster) {
  const { released, resourceId } = state.head;
  if (resourceId === undefined || resourceId === entry.resourceId || released !== undefined) return undefined;
  const accounts = [...new Set(everDeclared(state, states))].sort();
  return { former: replacedName(entry.cluster, resourceId), accounts };
}

/** The note in the plan about accounts that stay on another cluster. */
export function leftBehindNote(cluster: RegisteredCluster): string[] {
  const { accounts } = leftBehind(cluster) ?? { accounts: [] };
  if (accounts.length === 0) return [];
  const { entry, state } = cluster;
  return [
    `${entry.cluster} is ${entry.resourceId} now and was ${state.head.resourceId}. Nothing is taken away on that ` +
      `cluster: ${accounts.length} accounts stay on it (${nameSome(accounts)}). If it still exists, drop them there.`,
  ];
}

/**
 * The accounts of earlier rosters that nobody declares any more and that can still log in. Terraform shows
 * their records only as long as its state has them. Those at former hosts of a user are named with the host.
 */
export const leaversAmong = (formerly: readonly string[], { accounts }: ObservedState): string[] =>
  formerly.filter(name =>
    accounts.some(account => !account.locked && [account.user, quoteAccount(account)].includes(name)),
  );

/** The same where the database was not observed: as far as the ledger knows, if that is proven. */
export function leaversByLedger(
  { entry, state, states }: RegisteredCluster,
  request: PreviewRequest,
  now: Date,
): string[] {
  const { lingering, resourceId, unproven } = state.head;
  if (unproven || isForeign(state.head, request) || (resourceId ?? entry.resourceId) !== entry.resourceId)
    return [];
  const roster = mergeSources(request.roster, rostersUntilNextApply(states), now);
  const locked = withHosts(lingering);
  return previouslyDeclared(state, roster).filter(name => !locked.includes(name));
}

/** What the change set says about them. */
export const leaversNotes = (names: readonly string[]): string[] =>
  names.length === 0
    ? []
    : [
        `No longer declared, but with access until an apply takes it: ${nameSome(names)}. If a record was ` +
          "destroyed without the hook (-target, state rm), that took no access.",
      ];

/** The findings of a set that permits nothing, with the names of those who leave. */
export const namingLeavers = (findings: Findings, names: readonly string[], known = ""): Findings =>
  names.length === 0
    ? findings
    : {
        ...findings,
        notes: [...findings.notes, ...leaversNotes(names)],
        summary: `${asSentence(findings.summary)} No longer declared, but with access${known}: ${nameSome(names)}.`,
      };

/** For `namingLeavers`, if the names are those of `leaversByLedger`. */
export const AS_THE_LEDGER_KNOWS = " as far as the ledger knows";
