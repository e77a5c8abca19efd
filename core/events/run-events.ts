import type { RegistryEntry } from "../contract/registry-entry";
import type { Roster } from "../roster/roster";
import { accessOf, fitting, LIST_BYTES, ownersOf, sameAccess } from "./access-lists";
import {
  type Access,
  type AccessEvent,
  type Cause,
  EVENT_VERSION,
  type EventChange,
  type EventDetail,
  type RunAction,
} from "./events";

/** The run that events tell of. */
export interface Run {
  /** The correlation id: the change set of a plan, or the run's own. */
  readonly id: string;
  readonly cluster: string;
  readonly action: RunAction;
  readonly at: Date;
  readonly plannedBy?: string | undefined;
  readonly reference?: string | undefined;
  /** The SHA-256 of a text, as hexadecimal digits. Core has no cryptography of its own. */
  readonly sha256: (text: string) => string;
}

/** What a run came to, from which its events are made. */
export interface RunOutcome {
  readonly run: Run;
  readonly entry: Pick<RegistryEntry, "host" | "port" | "region" | "prefix">;
  /** What was in force before, and is now. */
  readonly before: Roster | undefined;
  readonly after: Roster;
  /** Accounts that statements touched. */
  readonly touched: ReadonlySet<string>;
  /** Accounts that lost what had expired, each with those grants. */
  readonly expired: ReadonlyMap<string, readonly Access[]>;
  /** Why an account was touched. */
  readonly causeOf: (account: string) => Cause;
  readonly statements: number;
  readonly sessionsEnded: number;
}

/** The same id for the same event, so that a receiver recognizes one that it gets twice. */
export const eventId = ({ sha256 }: Pick<Run, "sha256">, ...parts: readonly (string | number)[]): string =>
  sha256(JSON.stringify(parts)).slice(0, 32);

/** What every event of a run says. */
export const commonDetail = (run: Run, cause: Cause, ...about: readonly string[]) => ({
  version: EVENT_VERSION as typeof EVENT_VERSION,
  id: eventId(run, run.cluster, run.id, ...about),
  time: run.at.toISOString(),
  cluster: run.cluster,
  correlationId: run.id,
  cause,
  ...(run.plannedBy === undefined ? {} : { plannedBy: run.plannedBy }),
  ...(run.reference === undefined ? {} : { reference: run.reference }),
});

/** Who an account is for, by the rosters; an account that nobody declared is its own name. */
export function personOf(account: string, ...rosters: readonly (Roster | undefined)[]) {
  for (const roster of rosters) {
    if (!roster || !Object.hasOwn(roster.accounts, account)) continue;
    const { kind, user, name, email } = roster.accounts[account]!;
    return {
      account,
      kind,
      user,
      ...(name === undefined ? {} : { name }),
      ...(email === undefined ? {} : { email }),
    };
  }
  return { account, kind: "service" as const, user: account };
}

/** The events of a run that succeeded: one for each account that it is about, then one for the run. None where nothing changed. */
export function runEvents(outcome: RunOutcome): AccessEvent[] {
  const { run, before, after, touched, expired } = outcome;
  const names = new Set([
    ...touched,
    ...expired.keys(),
    ...Object.keys(before?.accounts ?? {}),
    ...Object.keys(after.accounts),
  ]);
  const events: AccessEvent[] = [];
  const changes: EventChange[] = [];
  for (const account of [...names].sort()) {
    const event = accessEvent(outcome, account);
    if (!event) continue;
    events.push(event);
    const { detail, type } = event;
    changes.push({
      ...personOf(account, after, before),
      change: type.slice("access.".length) as EventChange["change"],
      before: detail.before,
      after: detail.after,
      ...("ending" in detail ? { ending: detail.ending } : {}),
    });
  }
  if (changes.length === 0 && outcome.statements === 0) return [];
  return [...events, summary(outcome, changes, run)];
}

type ChangeEvent = Extract<AccessEvent, { type: `access.${string}` }>;

function accessEvent(outcome: RunOutcome, account: string): ChangeEvent | undefined {
  const { after, before, causeOf, entry, expired, run, touched } = outcome;
  const ending = expired.get(account) ?? [];
  const now = accessOf(after, account, run.at);
  const then = ending.length > 0 ? [...now, ...ending] : accessOf(before, account, run.at);
  const told = { now: fitting(now, LIST_BYTES.access), ending: fitting(ending, LIST_BYTES.ending) };
  const isExpiry = ending.length > 0;
  if (!isExpiry && !touched.has(account) && sameAccess(then, now)) return undefined;
  const { host, port, region } = entry;
  const detail = {
    ...commonDetail(run, isExpiry ? "expiry" : causeOf(account), account),
    ...personOf(account, after, before),
    before: isExpiry ? [...told.now, ...told.ending] : fitting(then, LIST_BYTES.access),
    after: told.now,
    owners: fitting(
      ownersOf(after, [...then, ...now])
        .concat(ownersOf(before, then))
        .filter(distinct),
      LIST_BYTES.owners,
    ),
    login: { host, port, region },
  };
  if (isExpiry) return { type: "access.expired", detail: { ...detail, ending: told.ending } };
  if (now.length === 0) return { type: "access.revoked", detail };
  return { type: then.length === 0 ? "access.granted" : "access.changed", detail };
}

const distinct = <T extends { project: string }>(owner: T, index: number, all: readonly T[]) =>
  all.findIndex(({ project }) => project === owner.project) === index;

/** EventBridge takes 256 KB an event. */
const CHANGES_BYTES = 180_000;

function summary(outcome: RunOutcome, changes: readonly EventChange[], run: Run): AccessEvent {
  const told = fitting(changes, CHANGES_BYTES);
  const entries = changes.flatMap(change => [...change.before, ...change.after]);
  const owners = [...ownersOf(outcome.after, entries), ...ownersOf(outcome.before, entries)].filter(distinct);
  const [first] = changes;
  const cause = first ? outcome.causeOf(first.account) : "drift";
  const detail: EventDetail<"reconcile.succeeded"> = {
    ...commonDetail(run, run.action === "apply" ? "grant" : cause, "succeeded"),
    ...{ action: run.action, statements: outcome.statements, sessionsEnded: outcome.sessionsEnded },
    ...{
      changes: told,
      changesOmitted: changes.length - told.length,
      owners: fitting(owners.slice(0, 100), LIST_BYTES.owners),
    },
  };
  return { type: "reconcile.succeeded", detail };
}
