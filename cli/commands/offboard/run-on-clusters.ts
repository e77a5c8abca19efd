import { enforceResponseSchema } from "../../../core/contract/enforcement";
import type { OffboardResponse } from "../../../core/contract/offboarding";
import { PROTOCOL } from "../../../core/contract/protocol";
import { samePerson } from "../../../core/roster/offboarded";
import type { Io } from "../../terminal/command";
import { type FunctionTarget, invokeFunction } from "../../terminal/invoke-function";

/** How many clusters runs are started on at once. */
const AT_ONCE = 8;

const GONE = "its registry entry is gone, so no run reaches it: lock the person's accounts there by hand";
const ACTIVE = "not locked, or an event that runs with its rights could not be disabled";
const STILL_LOCKED =
  "the files suspend it, nobody declares it, an apply failed half-way, or another mark locks it: see the next plan";

/** What is so on a cluster after a run there. */
export interface ClusterOutcome {
  readonly cluster: string;
  /** `open`: the person may still have access there, or not have it back. */
  readonly state: "locked" | "unlocked" | "still locked" | "no account" | "open";
  /** The person's accounts. */
  readonly accounts: readonly string[];
  readonly sessionsEnded: number;
  /** Why it is not done, or why an account is still locked. */
  readonly problem?: string;
}

type Wanted = Pick<OffboardResponse, "clusters" | "person" | "state">;

/** Starts a run on each cluster, and says what is so then. Never fails: a failure is an outcome. */
export async function runOnClusters(
  enforce: FunctionTarget,
  wanted: Wanted,
  io: Io,
): Promise<readonly ClusterOutcome[]> {
  const waiting = [...wanted.clusters];
  const done: ClusterOutcome[] = [];
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      io.progress?.(`${done.length} of ${wanted.clusters.length} clusters`);
      done.push(await runOn(enforce, wanted, next, io));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  io.progress?.("");
  return done.sort((a, b) => (a.cluster < b.cluster ? -1 : 1));
}

async function runOn(
  enforce: FunctionTarget,
  { person, state }: Wanted,
  { accounts: known, cluster, unknown }: Wanted["clusters"][number],
  io: Io,
): Promise<ClusterOutcome> {
  const request = { protocol: PROTOCOL, action: "enforce", cluster, trigger: "manual" };
  const open = (problem: string): ClusterOutcome => ({
    cluster,
    accounts: known,
    sessionsEnded: 0,
    state: "open",
    problem,
  });
  if (unknown === "gone") return open(GONE);
  const answer = await invokeFunction(enforce, request, io).catch((error: Error) => error);
  if (answer instanceof Error) return open(answer.message);
  const { data } = enforceResponseSchema.safeParse(answer);
  if (!data) return open(`${enforce.name} answers in a form that is not known`);
  const { offboarded, sessionsEnded, stillLocked = [] } = data;
  // No run looked at the cluster.
  const isUnseen = data.outcome !== "enforced" || offboarded === undefined;
  if (isUnseen && known.length === 0 && !unknown)
    return { cluster, accounts: known, sessionsEnded, state: "no account" };
  if (isUnseen) return open(`no run looked at the accounts: ${data.message}`);
  const isOwn = (one: { readonly person: string }) => samePerson(one.person, person);
  const own = offboarded.filter(isOwn);
  const accounts = [...new Set([...own.map(({ account }) => account), ...known])].sort();
  const outcome = { cluster, accounts, sessionsEnded };
  if (state === "reinstated") {
    if (own.length > 0) return { ...outcome, state: "open", problem: data.message };
    const locked = stillLocked.filter(isOwn).map(({ account }) => account);
    if (locked.length > 0)
      return { ...outcome, state: "still locked", problem: `${locked.join(", ")}: ${STILL_LOCKED}` };
    return { ...outcome, state: accounts.length === 0 ? "no account" : "unlocked" };
  }
  const active = own.filter(({ locked }) => !locked).map(({ account }) => account);
  if (active.length > 0)
    return { ...outcome, state: "open", problem: `${active.join(", ")}: ${ACTIVE} (${data.message})` };
  return { ...outcome, state: own.length === 0 ? "no account" : "locked" };
}
