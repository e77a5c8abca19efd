import {
  type AuditItem,
  auditItemSchema,
  isRefusals,
  joinedChanges,
  type PlacedTerms,
  type RosterChange,
} from "../../../core/audit";
import { plannedWhen } from "../../../core/contract/change-set";
import { UsageError } from "../../terminal/errors";
import type { AuditTable } from "../audit/audit-table";
import { termsOnText } from "./file-terms";

/** What the audit trail says of one change set. */
export interface RecordedSet {
  readonly cluster: string;
  /** The changes of declared accounts that took effect, without the grants of teams. */
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
  if (planned.getTime() === 0)
    throw new UsageError(`"${id}" is no change set; one is named like cs-20270331T120000Z-1a2b3c4d`);
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
 * end or reason, if the run succeeded.
 * @throws UsageError
 */
export function recordedSet(id: string, items: readonly AuditItem[]): RecordedSet {
  const results = items.filter(({ kind }) => kind === "result");
  const intents = items.filter(({ kind }) => kind === "intent");
  const { cluster = "" } = items[0] ?? {};
  if (results.length === 0 && intents.length > 0)
    throw new UsageError(
      `${id}: the run has no result yet, or its function died: what it changed is unknown`,
    );
  if (results.length === 0) throw new UsageError(`${id} on ${cluster} ran nothing`);
  const changes = joinedChanges([...intents, ...results].flatMap(({ rosterChange }) => rosterChange ?? []));
  if (![...intents, ...results].some(({ rosterChange }) => rosterChange))
    throw new UsageError(unknown(id, items));
  const outcomes = new Map<string, boolean>();
  for (const { accounts = [], outcome } of results.flatMap(({ results: all = [] }) => all))
    for (const { account } of accounts) {
      const isDone = outcome === "done" || outcome === "gone";
      outcomes.set(account, (outcomes.get(account) ?? true) && isDone);
    }
  const succeeded = results.some(({ outcome }) => outcome === "succeeded");
  const tookEffect = ({ account }: RosterChange) => outcomes.get(account) ?? succeeded;
  const declared = new Set(changes.map(({ account }) => account));
  const others = [...outcomes].filter(([account, ran]) => ran && !declared.has(account));
  return {
    cluster,
    changes: changes.filter(tookEffect).flatMap(ownChange),
    left: [
      ...changes
        .filter(change => !tookEffect(change))
        .map(({ account }) => `${account}: it did not run to its end`),
      ...others.map(([account]) => `${account}: drift, an expiry, a role or a setting, which no grant says`),
      ...changes.filter(tookEffect).flatMap(change => teamLines(change, cluster)),
      ...changes.flatMap(({ account, other = [] }) => other.map(field => `${account}: its field ${field}`)),
    ],
  };
}

const isOwn = ({ team }: PlacedTerms): boolean => team === undefined;

/** The change without the grants of teams, which are in no user's file; none if nothing else changed. */
function ownChange(change: RosterChange): RosterChange[] {
  const { gave = [], took = [], was, wasSuspended } = change;
  const own = { ...change, gave: gave.filter(isOwn), took: took.filter(isOwn) };
  const isLeft = own.gave.length + own.took.length > 0 || gave.length + took.length === 0;
  return isLeft || was || wasSuspended !== undefined ? [own] : [];
}

/** What teams gave and took: teams.yaml says that, and the trail does not know what changed there. */
const teamLines = ({ gave = [], took = [], user }: RosterChange, cluster: string): string[] =>
  [...gave.map(terms => ["gave", terms] as const), ...took.map(terms => ["took", terms] as const)]
    .filter(([, terms]) => !isOwn(terms))
    .map(
      ([verb, terms]) =>
        `${user}: ${termsOnText(cluster, terms)}, which the set ${verb} by the team ${terms.team}: ` +
        "change its members or grants in teams.yaml",
    );

function unknown(id: string, items: readonly AuditItem[]): string {
  const { action, cluster } = items[0]!;
  const statements = items.flatMap(({ statements: all = [] }) => all);
  if (action === "enforce" || statements.some(({ cause }) => cause?.includes("parameter")))
    return `${id} on ${cluster} was no apply of users/: an expiry, drift, or a source in Parameter Store`;
  const sql = "`aurora-users audit` lists the statements: take them back by hand";
  return `${id} on ${cluster}: the audit trail does not say which grants it changed, only its SQL; ${sql}`;
}
