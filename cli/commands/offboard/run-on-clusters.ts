import { enforceResponseSchema } from "../../../core/contract/enforcement";
import { PROTOCOL } from "../../../core/contract/protocol";
import type { Io } from "../../terminal/command";
import { type FunctionTarget, invokeFunction } from "../../terminal/invoke-function";

/** How many clusters runs are started on at once. */
const AT_ONCE = 8;

/** What is so on a cluster after a run there. */
export interface ClusterOutcome {
  readonly cluster: string;
  /** `open`: the person may still have access there, or not have it back. */
  readonly state: "locked" | "unlocked" | "no account" | "open";
  /** The person's accounts. */
  readonly accounts: readonly string[];
  readonly sessionsEnded: number;
  /** Why it is not done. */
  readonly problem?: string;
}

interface Wanted {
  readonly person: string;
  readonly state: "offboarded" | "reinstated";
  readonly clusters: readonly { readonly cluster: string; readonly accounts: readonly string[] }[];
}

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
  { accounts: known, cluster }: Wanted["clusters"][number],
  io: Io,
): Promise<ClusterOutcome> {
  const request = { protocol: PROTOCOL, action: "enforce", cluster, trigger: "manual" };
  const nothing = { cluster, accounts: known, sessionsEnded: 0 };
  const answer = await invokeFunction(enforce, request, io).catch((error: Error) => error);
  if (answer instanceof Error) return { ...nothing, state: "open", problem: answer.message };
  const { data } = enforceResponseSchema.safeParse(answer);
  if (!data)
    return { ...nothing, state: "open", problem: `${enforce.name} answers in a form that is not known` };
  const { offboarded = [], sessionsEnded } = data;
  const own = offboarded.filter(one => one.person.toLowerCase() === person.toLowerCase());
  const accounts = [...new Set([...own.map(({ account }) => account), ...known])].sort();
  const outcome = { cluster, accounts, sessionsEnded };
  if (state === "reinstated") {
    if (own.length > 0) return { ...outcome, state: "open", problem: data.message };
    return { ...outcome, state: accounts.length === 0 ? "no account" : "unlocked" };
  }
  if (own.some(({ locked }) => !locked)) return { ...outcome, state: "open", problem: data.message };
  return { ...outcome, state: own.length === 0 ? "no account" : "locked" };
}
