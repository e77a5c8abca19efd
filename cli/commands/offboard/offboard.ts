import { type OffboardResponse, offboardResponseSchema } from "../../../core/contract/offboarding";
import { PROTOCOL } from "../../../core/contract/protocol";
import { defined } from "../../../core/json";
import { printable } from "../../../core/printable";
import { callerIdentity } from "../../login/caller";
import { type Arguments, type Command, type Io, jsonOption, printJson } from "../../terminal/command";
import { AwsProblemError, UsageError } from "../../terminal/errors";
import {
  FunctionFailedError,
  type FunctionTarget,
  invokeFunction,
  regionOf,
} from "../../terminal/invoke-function";
import { counted, tableText } from "../../terminal/table";
import { type ClusterOutcome, runOnClusters } from "./run-on-clusters";

const ENFORCE = "aurora-users-enforce";
const APPLY = "aurora-users-apply";

/** `aurora-users offboard`: locks all accounts of a person on every cluster, or undoes that. */
export const offboard: Command = {
  name: "offboard",
  summary: "lock all accounts of a person on every cluster, and end their sessions",
  details: [
    "A mark in the ledger keeps the accounts locked through every plan, apply and source, until --undo. Grants and files",
    "stay as they are: the next plan says what to take out. An agent of which the person is the owner is locked, too.",
    "It needs lambda:InvokeFunction on the enforcement function; --undo also on the apply function.",
    "Exit code 1 while a cluster is not done. Its next run does it: each run tries again.",
  ].join("\n"),
  positionals: [{ shown: "<person>", summary: "the name in the identity provider: jane.doe" }],
  options: {
    reason: { kind: "text", value: "<text>", summary: "why, for the audit trail" },
    undo: { kind: "flag", summary: "let them in again, with what the files say" },
    "dry-run": { kind: "flag", summary: "say which accounts are known, and change nothing" },
    cluster: {
      kind: "texts",
      value: "<name>",
      summary: "run at once on this cluster only; the others follow in their next runs",
    },
    unknown: { kind: "flag", summary: "mark a name that no cluster knows, too" },
    yes: { kind: "flag", summary: "do not ask" },
    function: {
      kind: "text",
      value: "<name>",
      summary: `the enforcement function (default: ${ENFORCE})`,
    },
    "apply-function": {
      kind: "text",
      value: "<name>",
      summary: `--undo: the apply function (default: ${APPLY})`,
    },
    region: {
      kind: "text",
      value: "<name>",
      summary: "their region (default: that of the environment or profile)",
    },
    json: jsonOption,
  },
  async run(args, io) {
    const person = args.at(0) as string;
    const region = await regionOf(args.text("region"), io);
    const enforce = { name: args.text("function") ?? ENFORCE, region };
    const known = await ask(enforce, { action: "offboard", person, dryRun: true }, io);
    assertClusters(args.texts("cluster"), known);
    const refusal = refusalOf(known, args);
    if (refusal !== undefined) {
      io.err(refusal);
      return 1;
    }
    if (args.flag("dry-run")) return report(known, dryOutcomes(known), args, io);
    if (!(await isConfirmed(known, args, io))) {
      io.err("Nothing was changed.");
      return 1;
    }
    const by = await callerIdentity(region, io).then(
      ({ arn }) => arn,
      () => undefined,
    );
    const said = defined({ person, by, reason: args.text("reason") });
    const marked = args.flag("undo")
      ? await ask(
          { name: args.text("apply-function") ?? APPLY, region },
          { action: "reinstate", ...said },
          io,
        )
      : await ask(enforce, { action: "offboard", ...said }, io);
    const only = args.texts("cluster");
    const isNow = (cluster: string) => only.length === 0 || only.includes(cluster);
    const now = marked.clusters.filter(({ cluster }) => isNow(cluster));
    const done = await runOnClusters(enforce, { ...marked, clusters: now }, io);
    const later = marked.clusters
      .filter(({ cluster }) => !isNow(cluster))
      .map(({ accounts, cluster }): ClusterOutcome => {
        return { cluster, accounts, state: "open", sessionsEnded: 0, problem: "left to its next run" };
      });
    return report(marked, [...done, ...later], args, io);
  },
};

async function ask(target: FunctionTarget, request: object, io: Io): Promise<OffboardResponse> {
  const answer = await invokeFunction(target, { protocol: PROTOCOL, ...request }, io).catch(
    (error: unknown) => {
      // How a function of an older release refuses an action that it does not know.
      if (!(error instanceof FunctionFailedError && error.code === "InvalidInput")) throw error;
      throw new AwsProblemError(
        `${target.name} does not know this action: is it the right function, and is the reconciler of this release deployed?`,
        { cause: error },
      );
    },
  );
  const { data } = offboardResponseSchema.safeParse(answer);
  if (data) return data;
  throw new AwsProblemError(`${target.name} does not answer as expected: is it the right function?`);
}

/** Why nothing is to be done: most probably the name is not the person's. */
function refusalOf({ clusters, didYouMean, person, state }: OffboardResponse, args: Arguments) {
  const shown = printable(person);
  const hint = didYouMean === undefined ? "" : ` Did you mean ${printable(didYouMean)}?`;
  if (args.flag("undo"))
    return state === "unmarked" ? `${shown} was never offboarded: nothing is to undo.${hint}` : undefined;
  const isKnown = clusters.some(({ accounts, unknown }) => accounts.length > 0 || unknown === "unreadable");
  if (isKnown || state === "offboarded" || args.flag("unknown")) return undefined;
  return `No cluster knows accounts of ${shown}, and nothing was marked.${hint} To mark the name all the same: --unknown`;
}

function assertClusters(given: readonly string[], { clusters }: OffboardResponse): void {
  const unknown = given.find(name => !clusters.some(({ cluster }) => cluster === name));
  if (unknown === undefined) return;
  const names = clusters.map(({ cluster }) => cluster).join(", ");
  throw new UsageError(`\`--cluster\`: there is no cluster "${unknown}"; there are: ${names}`);
}

/** Asks at a terminal only: a script says what it means. */
async function isConfirmed(
  { clusters, person }: OffboardResponse,
  args: Arguments,
  io: Io,
): Promise<boolean> {
  if (args.flag("yes") || !io.ask) return true;
  const where = clusters.filter(({ accounts }) => accounts.length > 0).length;
  const does = args.flag("undo") ? "Let them in again" : "Lock them and end their sessions";
  return io.ask(`${person} has accounts on ${counted(where, "cluster")}. ${does}? [y/N] `);
}

const dryOutcomes = ({ already, clusters }: OffboardResponse): ClusterOutcome[] =>
  clusters.map(({ accounts, cluster, unknown }) => {
    if (unknown)
      return {
        cluster,
        accounts,
        state: "open",
        sessionsEnded: 0,
        problem: "the accounts there are not known",
      };
    const state = accounts.length === 0 ? "no account" : already ? "locked" : "unlocked";
    return { cluster, accounts, state, sessionsEnded: 0 };
  });

function report(
  { already, person, state }: OffboardResponse,
  clusters: readonly ClusterOutcome[],
  args: Arguments,
  io: Io,
): number {
  const open = clusters.filter(one => one.state === "open");
  if (args.flag("json")) printJson(io, { person, state, already, clusters, open: open.length });
  else {
    const rows = clusters.map(one => [
      one.cluster,
      one.state === "open" ? "NOT DONE" : one.state,
      one.accounts.join(", "),
      one.sessionsEnded === 0 ? "" : `${counted(one.sessionsEnded, "session")} ended`,
    ]);
    io.out(tableText(["cluster", "", "accounts", ""], rows));
    io.out(
      `${person} ${already ? "was already" : "is"} ${state === "offboarded" ? "offboarded" : "not offboarded"}`,
    );
    for (const { cluster, problem } of clusters) if (problem) io.err(`${cluster}: ${problem}`);
    if (open.length > 0)
      io.err(
        `${counted(open.length, "cluster is", "clusters are")} not done: each of their next runs tries again.`,
      );
  }
  return open.length > 0 ? 1 : 0;
}
