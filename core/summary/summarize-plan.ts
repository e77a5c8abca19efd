import { isMoreNotes, LEFT_OUT, leftOutBegin, statementsOf } from "../contract/change-set";
import { byCodeUnit, defined } from "../json";
import { printable } from "../printable";
import type { AccessChange, Doubt } from "./access-change";
import { accessChanges, compareChanges } from "./access-changes";
import type { AccessPlan, ClusterPlan } from "./cluster-plan";
import { driftChanges, type Explained, endsSessions, explainStatements, isHeld } from "./explain-statements";
import { countChanges, headlineOf, headlineText } from "./headline";
import { ruleWarnings } from "./rule-changes";
import { type ClusterState, type ClusterSummary, SUMMARY_VERSION, type Summary } from "./summary";

/** Who gains and loses access by a plan, with drift. */
export function summarizePlan(plan: AccessPlan): Summary {
  const parts: ClusterPart[] = [...plan.clusters]
    .sort((a, b) => byCodeUnit(a.cluster, b.cluster))
    .map(cluster => summarizeCluster(cluster, plan));
  return summaryOf("plan", plan.now, parts);
}

const PARTIAL =
  "THE PLAN IS NOT COMPLETE: Terraform left something out (`-target`?), and another plan shows the rest";

interface ClusterPart {
  readonly cluster: ClusterSummary;
  readonly changes: readonly AccessChange[];
  /** Accounts whose open sessions end although no row says it: what they had has expired. */
  readonly sessions?: readonly string[];
}

/** A summary of the parts of its clusters, which are in order. */
export function summaryOf(source: Summary["source"], now: Date, parts: readonly ClusterPart[]): Summary {
  const changes = parts.flatMap(part => part.changes).sort(compareChanges);
  const clusters = parts.map(({ cluster }) => cluster);
  const ended = parts.flatMap(({ cluster: { cluster }, sessions = [] }) =>
    sessions.map(account => ({ account, cluster })),
  );
  const sessions = [...changes.filter(change => change.endsSessions), ...ended];
  return {
    version: SUMMARY_VERSION,
    source,
    at: now.toISOString(),
    headline: headlineText(
      headlineOf(changes, clusters),
      name => `\`${name}\``,
      place => place,
    ),
    counts: countChanges(changes),
    sessions: [...new Set(sessions.map(({ account, cluster }) => `${account} on ${cluster}`))].sort(
      byCodeUnit,
    ),
    clusters,
    changes,
  };
}

function summarizeCluster(plan: ClusterPlan, { errored, isPartial, now }: AccessPlan): ClusterPart {
  const { after, before, cluster } = plan;
  const rosters = { cluster, before, after, now };
  const state = errored ? "failed" : stateOf(plan);
  const runs = state === "verified" || state === "unseen";
  const body = plan.changeSet?.body;
  const statements = body && runs && !plan.isRepeated ? statementsOf(body) : [];
  const explained = explainStatements(statements, rosters);
  const declared = plan.isUnknown && after === undefined ? [] : keepsAll(plan) ? [] : accessChanges(rosters);
  const changes = declared.map(change => {
    const isDone = state === "verified" && change.kind !== "terms" && isHeld(change, explained, rosters);
    return judged(change, doubtOf(change, plan, state, explained), isDone);
  });
  return {
    changes: [...changes, ...driftChanges(explained.drift, rosters)],
    sessions: explained.ended.filter(endsSessions).map(({ user }) => user),
    cluster: {
      cluster,
      state,
      warnings: [
        ...(isPartial && !errored ? [PARTIAL] : []),
        ...warningsOf(plan, state, explained),
        ...(plan.entryWarning === undefined ? [] : [plan.entryWarning]),
        ...ruleWarnings(rosters),
      ],
      statements,
      driftStatements: explained.drift.length,
      ended: [...new Set(explained.ended.map(({ user }) => user))].sort(byCodeUnit),
      notes: plan.isRepeated ? [] : (body?.notes ?? []),
      ...defined({
        says: plan.preview?.summary,
        changeSet: plan.isRepeated ? undefined : plan.changeSet?.id,
        plannedAt: body?.plannedAt,
        plannedBy: body?.plannedBy,
        reference: body?.reference,
      }),
    },
  };
}

function stateOf({ action, changeSet, isUnknown, preview }: ClusterPlan): ClusterState {
  if (action === "delete" || action === "forget") return "deleted";
  if (isUnknown) return "unknown";
  const status = changeSet?.body.status;
  if (status === "unverified" || status === "refused" || status === "unseen") return status;
  return preview?.verified === false ? "unverified" : "verified";
}

/** Whether the accounts of a deleted hook stay as they are. */
const keepsAll = ({ action, removalPolicy }: ClusterPlan): boolean =>
  action === "forget" || (action === "delete" && removalPolicy !== "remove");

/** A change of the roster, with what is to be said where the database holds it already or will not get it. */
function judged(change: AccessChange, doubt: Doubt | undefined, isDone: boolean): AccessChange {
  const note = doubt ? DOUBT_NOTES[doubt] : isDone ? "the database has it already" : undefined;
  if (note === undefined) return change;
  const notes = note === "" ? change.notes : [...change.notes, note];
  return { ...change, ...defined({ doubt }), endsSessions: undefined, notes };
}

/** Why the apply does not make the change, or may not. */
function doubtOf(
  { account, kind, place }: AccessChange,
  { changeSet }: ClusterPlan,
  state: ClusterState,
  { already }: Explained,
): Doubt | undefined {
  if (state === "unverified" || state === "refused" || state === "failed" || state === "unknown")
    return state;
  // The end or the reason of a grant needs no SQL.
  if (kind === "terms" && place !== undefined) return undefined;
  if (changeSet?.body.notes.some(note => note.startsWith(leftOutBegin(printable(account)))))
    return "left out";
  return state === "unseen" && already.has(account) ? "unseen" : undefined;
}

const DOUBT_NOTES: Readonly<Record<Doubt, string>> = {
  unverified: "nothing is applied",
  refused: "nothing is applied",
  failed: "nothing is applied",
  unknown: "",
  unseen: "waits for the next plan",
  "left out": "LEFT OUT, see above",
};

const WARNINGS: Readonly<Partial<Record<ClusterState, string>>> = {
  unverified: "NOT VERIFIED: the database could not be looked at, and nothing will be applied",
  refused: "REFUSED: nothing will be applied",
  failed: "THE PLAN FAILED: it is not whole, and Terraform applies nothing of it",
  unknown:
    "NOT KNOWN YET: the plan does not know what the apply will do; the first apply only creates accounts",
  unseen: "NOT REVIEWED: nobody sees this set before it runs; it only creates accounts that do not exist",
};

const DELETIONS = {
  protect: "the hook is deleted; the apply fails while managed accounts remain (`protect`)",
  retain: "the hook is deleted; all accounts stay as they are, and nothing ends them any more (`retain`)",
  remove: "the hook is deleted; all managed accounts are dropped, those of sources, too (`remove`)",
} as const;
const FORGOTTEN =
  "Terraform forgets the hook (`removed`); all accounts stay as they are, and no apply changes them any more";

function warningsOf(plan: ClusterPlan, state: ClusterState, { unread }: Explained): string[] {
  const { preview = {}, removalPolicy } = plan;
  const warning = WARNINGS[state];
  const reason = preview.summary && preview.verified === false ? `: ${preview.summary}` : "";
  const unmanaged = preview.unmanaged ?? [];
  return [
    ...(warning === undefined ? [] : [warning + (reason || notesOf(plan, state))]),
    ...(plan.action === "delete" ? [DELETIONS[removalPolicy ?? "protect"]] : []),
    ...(plan.action === "forget" ? [FORGOTTEN] : []),
    ...(plan.changeSet?.body.notes ?? []).filter(note => note.startsWith(LEFT_OUT)),
    ...(plan.changeSet?.body.notes ?? [])
      .filter(isMoreNotes)
      .map(note => `NOT ALL NOTES ARE THERE (${note}): more accounts may be left out than are named`),
    ...(unread > 0 ? [`${unread} ${unread === 1 ? "statement" : "statements"} could not be read`] : []),
    ...(unmanaged.length > 0 ? [`not declared, and keep their access: ${unmanaged.join(", ")}`] : []),
    ...(preview.applied ? [preview.applied] : []),
    ...(preview.removal ? [preview.removal] : []),
    ...(preview.offboarded ? [preview.offboarded] : []),
    ...(preview.verified === true && plan.isRepeated && (preview.pending ?? 0) > 0
      ? [preview.summary ?? ""]
      : []),
  ];
}

/** Why nothing is applied, where only the change set says so. */
const notesOf = ({ changeSet }: ClusterPlan, state: ClusterState): string =>
  (state === "refused" || state === "unverified") && changeSet && changeSet.body.notes.length > 0
    ? `: ${changeSet.body.notes.slice(0, 3).join(" ")}`
    : "";
