import {
  type AuditItem,
  auditItemSchema,
  isRefusals,
  joinedChanges,
  type RosterChange,
} from "../../../core/audit";
import { plannedWhen } from "../../../core/contract/change-set";
import { canonicalJson, type Json, own } from "../../../core/json";
import { UsageError } from "../../terminal/errors";
import type { AuditTable } from "../audit/audit-table";

/** What the audit trail says of one change set. */
export interface RecordedSet {
  readonly cluster: string;
  /** The changes of declared accounts that took effect. */
  readonly changes: readonly RosterChange[];
  /** What an undo does not take back, and why, one line each. */
  readonly left: readonly string[];
}

/**
 * Reads a change set from the audit trail.
 * @param clusters only the chains of these; none: all
 * @throws UsageError if the trail does not know the set, or not what it changed
 */
export async function readSet(
  table: AuditTable,
  id: string,
  clusters: readonly string[],
): Promise<RecordedSet> {
  const planned = plannedWhen(id);
  // An id without a date has the year 1970, one with an impossible date has NaN.
  if (!(planned.getTime() > 0) || !/^[\w-]{1,64}$/.test(id)) {
    const shown = id.length > 64 ? `${id.slice(0, 64)}...` : id;
    throw new UsageError(`"${shown}" is no change set; one is named like cs-20270331T120000Z-1a2b3c4d`);
  }
  const chains = clusters.length > 0 ? clusters : (await table.chains()).filter(chain => !isRefusals(chain));
  const found: AuditItem[][] = [];
  for (const chain of chains) {
    const items = (await table.itemsSince(chain, planned)).flatMap(item => {
      const { data } = auditItemSchema.safeParse(item);
      return data?.changeSet === id ? [data] : [];
    });
    if (items.length > 0) found.push(items);
  }
  const [items, ...others] = found;
  if (items && others.length > 0) {
    const names = found.map(([item]) => item!.cluster).join(", ");
    throw new UsageError(
      `${id} is in the audit trail of several clusters: choose one of ${names} with --cluster`,
    );
  }
  if (items) return recordedSet(id, items);
  throw new UsageError(`the audit trail holds nothing of ${id}; was it applied?`);
}

/**
 * What a set's items say. An account counts if all its statements ran; one without statements, as after a new
 * end or reason, if the run succeeded. A set that was sent again has several runs.
 * @throws UsageError
 */
export function recordedSet(id: string, items: readonly AuditItem[]): RecordedSet {
  const done = items.filter(({ kind }) => kind === "result" || kind === "intent");
  const { cluster = "" } = items[0] ?? {};
  if (done.length > 0 && !done.some(({ kind }) => kind === "result"))
    throw new UsageError(
      `${id}: the run has no result yet, or its function died: what it changed is unknown`,
    );
  if (done.length === 0) throw new UsageError(`${id} on ${cluster} ran nothing`);
  const runs = runsOf(done).map(readRun);
  if (!runs.some(run => run.isRecorded) || runs.some(run => run.didRun && !run.isRecorded))
    throw new UsageError(unknown(id, items));
  const changes = new Map<string, RosterChange>();
  for (const change of runs.flatMap(run => run.changes.filter(run.tookEffect))) {
    const { account } = change;
    const earlier = changes.get(account);
    if (earlier && canonicalJson(earlier as Json) !== canonicalJson(change as Json))
      throw new UsageError(`${id} on ${cluster} ran several times, and did not do the same to ${account}`);
    changes.set(account, change);
  }
  const declared = new Set(runs.flatMap(run => run.changes.map(({ account }) => account)));
  const unfinished = [...declared].filter(account => !changes.has(account));
  const others = new Map(runs.flatMap(({ ran }) => [...ran].filter(([account]) => !declared.has(account))));
  const isFound = ({ account, isNew, formerly }: RosterChange) =>
    isNew && !changes.has(formerly ?? "") && runs.some(({ found }) => found.has(account));
  const all = [...changes.values()];
  return {
    cluster,
    changes: all.filter(change => !isFound(change) && isForFiles(change)),
    left: [
      ...unfinished.map(account => `${account}: it did not run to its end`),
      ...all
        .filter(isFound)
        .map(({ account }) => `${account}: it was there before, and what it held is not recorded`),
      ...[...others].map(([account, cause]) => `${account}: ${own(CAUSES, cause) ?? CAUSES["grant"]}`),
      ...all.flatMap(leftOf),
    ],
  };
}

/** What changes an account that no grant of the set is about. */
const CAUSES: Readonly<Record<string, string>> = {
  drift: "drift, which was put right",
  expiry: "an end that had passed",
  parameter: "a source in Parameter Store, which is in no file here",
  offboarding: "offboarding, or its end",
  grant: "a role, a setting or drift, which no grant says",
};

/** What of a change is in no file of a user or a team. */
const leftOf = ({ from, roles = [], user }: RosterChange): string[] => [
  ...roles.map(role => `${user}: the role ${role}, which gives something else: change it in roles.yaml`),
  ...(from?.user === undefined ? [] : [`${user}: the user name, which was ${from.user}`]),
];

const isForFiles = ({ from, gave = [], isNew, to, took = [], was }: RosterChange): boolean =>
  gave.length + took.length > 0 || isNew === true || [from, to, was].some(fields => fields !== undefined);

/** The items of each run: an intent and its results, or results alone. */
function runsOf(items: readonly AuditItem[]): AuditItem[][] {
  const runs: AuditItem[][] = [];
  for (const item of items) {
    const isFirst = (item.part ?? 1) === 1;
    const hasResult = runs.at(-1)?.some(({ kind }) => kind === "result") ?? true;
    if (isFirst && (hasResult || item.kind === "intent")) runs.push([]);
    runs.at(-1)?.push(item);
  }
  return runs;
}

/** What one run did. */
function readRun(items: readonly AuditItem[]) {
  const ran = new Map<string, boolean>();
  const causes = new Map<string, string>();
  const created = new Set<string>();
  for (const { accounts = [], cause, outcome, sql } of items.flatMap(({ results = [] }) => results))
    for (const { account } of accounts) {
      const isDone = outcome === "done" || outcome === "gone";
      ran.set(account, (ran.get(account) ?? true) && isDone);
      causes.set(account, String(cause));
      if (sql.startsWith("CREATE USER")) created.add(account);
    }
  const succeeded = items.some(({ outcome }) => outcome === "succeeded");
  const names = [...ran].flatMap(([account, isDone]) => (isDone ? [account] : []));
  return {
    changes: joinedChanges(items.flatMap(({ accountChanges = [] }) => accountChanges)),
    isRecorded: items.some(({ accountChanges }) => accountChanges !== undefined),
    didRun: succeeded || items.some(({ kind }) => kind === "intent"),
    tookEffect: ({ account }: RosterChange) => ran.get(account) ?? succeeded,
    ran: new Map(names.map(account => [account, causes.get(account) ?? ""])),
    /** Those that it did not create. */
    found: new Set(names.filter(account => !created.has(account))),
  };
}

function unknown(id: string, items: readonly AuditItem[]): string {
  const { action, cluster } = items[0]!;
  const statements = items.flatMap(({ statements: all = [] }) => all);
  if (action === "enforce" || statements.some(({ cause }) => cause?.includes("parameter")))
    return `${id} on ${cluster} was no apply of users/: an expiry, drift, or a source in Parameter Store`;
  const sql = "`aurora-users audit` lists the statements: take them back by hand";
  return `${id} on ${cluster}: an earlier release applied it, and did not record all that it changed; ${sql}`;
}
