import type { RegistryEntry } from "../contract/registry-entry";
import { defined } from "../json";
import type { Roster } from "../roster/roster";
import { accessOf, fitting, LIST_BYTES, ownersOf, sameAccess } from "./access-lists";
import {
  type Access,
  type AccessEvent,
  type Cause,
  EVENT_VERSION,
  type EventChange,
  type EventDetail,
  type EventOwner,
  type RunAction,
} from "./events";
import { loginPlace } from "./login-place";
import { oneMailEach } from "./one-mail-each";
import { renamedAccounts } from "./renamed-accounts";

/** The run that causes events. */
export interface Run {
  /** The correlation id: the change set of a plan, or the run's own id. */
  readonly id: string;
  readonly cluster: string;
  readonly action: RunAction;
  readonly at: Date;
  readonly plannedBy?: string | undefined;
  readonly reference?: string | undefined;
  /** The SHA-256 of a text, as hexadecimal digits. Core has no cryptography of its own. */
  readonly sha256: (text: string) => string;
}

/** What a run did, from which its events are made. */
export interface RunOutcome {
  readonly run: Run;
  readonly entry: Pick<RegistryEntry, "host" | "port" | "region" | "prefix">;
  /** The roster in effect before the run. Absent: none. */
  readonly before: Roster | undefined;
  /** The roster in effect after it. */
  readonly after: Roster;
  /** Accounts that statements changed. */
  readonly touched: ReadonlySet<string>;
  /** Those of them that statements dropped or locked. Absent: not known, and each could be. */
  readonly shut?: ReadonlySet<string>;
  /** The grants that expired and were revoked by the run, by account. */
  readonly expired: ReadonlyMap<string, readonly Access[]>;
  /** Why an account was changed. */
  readonly causeOf: (account: string) => Cause;
  readonly statements: number;
  readonly sessionsEnded: number;
  /** Accounts that had to go and are locked only, with the objects that run with their rights. */
  readonly notGone?: ReadonlyMap<string, readonly string[]>;
}

/** The same id for the same event, so that a receiver recognizes one that it gets twice. */
export const eventId = ({ sha256 }: Pick<Run, "sha256">, ...parts: readonly (string | number)[]): string =>
  sha256(JSON.stringify(parts)).slice(0, 32);

/** The members that all events of a run have. @param about distinguishes the events of one run */
export const commonDetail = <C extends Cause | "rotation">(
  run: Omit<Run, "action">,
  cause: C,
  ...about: readonly string[]
) => ({
  version: EVENT_VERSION as typeof EVENT_VERSION,
  id: eventId(run, run.cluster, run.id, ...about),
  time: run.at.toISOString(),
  cluster: run.cluster,
  correlationId: run.id,
  cause,
  ...defined({ plannedBy: run.plannedBy, reference: run.reference }),
});

/**
 * The user of an account by the first roster that has it. An account that no roster has counts as a service.
 */
export function personOf(account: string, ...rosters: readonly (Roster | undefined)[]) {
  for (const roster of rosters) {
    if (!roster || !Object.hasOwn(roster.accounts, account)) continue;
    const { kind, user, name, email, hosts, limits, login, source, tls } = roster.accounts[account]!;
    const suspended = suspendedIn(account, rosters);
    return {
      account,
      kind,
      user,
      ...defined({ name, email, suspended, authentication: login, limits }),
      ...defined({ tls: tls === "ssl" ? undefined : tls, hosts: hosts && [...hosts], source }),
    };
  }
  return { account, kind: "service" as const, user: account };
}

/** Whether the first roster suspends the account; false if it does not, and the next one does. */
function suspendedIn(account: string, [after, before]: readonly (Roster | undefined)[]): boolean | undefined {
  const [is, was] = [after, before].map(roster => roster?.accounts[account]);
  return is?.suspended ?? (is && was?.suspended ? false : undefined);
}

/**
 * The events of a run that succeeded: one for each account concerned, then one for the run. None if nothing
 * changed.
 */
export function runEvents(outcome: RunOutcome): AccessEvent[] {
  const { before, after, touched, expired } = outcome;
  const renamed = renamedAccounts(before, after);
  const names = new Set([
    ...touched,
    ...expired.keys(),
    ...Object.keys(before?.accounts ?? {}),
    ...Object.keys(after.accounts),
  ]);
  const former = new Map([...renamed].map(([from, to]) => [to, from]));
  const events = [...names]
    .filter(account => !renamed.has(account))
    .sort()
    .flatMap(account => accessEvent(outcome, account, former.get(account)) ?? []);
  if (events.length === 0 && outcome.statements === 0) return [];
  const changes = events.map(event => changeOf(event, outcome));
  return [...oneMailEach(events), summary(outcome, changes)];
}

const MAX_OBJECTS = 100;

type ChangeEvent = Extract<AccessEvent, { type: `access.${string}` }>;

/** @param formerly the account's name before, if the run renamed it */
function accessEvent(outcome: RunOutcome, account: string, formerly?: string): ChangeEvent | undefined {
  const { after, before, causeOf, entry, expired, run } = outcome;
  const ending = expired.get(account) ?? [];
  const isExpiry = ending.length > 0;
  const now = accessOf(after, account, run.at);
  const then = isExpiry ? [...now, ...ending] : accessOf(before, formerly ?? account, run.at);
  const isNewName = formerly !== undefined && now.length > 0;
  if (!isExpiry && !isNewName && sameAccess(then, now) && !isNews(outcome, account, now)) return undefined;
  const fittingNow = fitting(now, LIST_BYTES.access);
  const fittingEnding = fitting(ending, LIST_BYTES.ending);
  const owners = distinct([...ownersOf(after, [...then, ...now]), ...ownersOf(before, then)]);
  const detail = {
    ...commonDetail(run, isExpiry ? "expiry" : causeOf(account), account),
    ...personOf(account, after, before),
    ...defined({ formerly }),
    before: isExpiry ? [...fittingNow, ...fittingEnding] : fitting(then, LIST_BYTES.access),
    after: fittingNow,
    owners: fitting(owners, LIST_BYTES.owners),
    login: loginPlace(entry, account, after, run.at),
  };
  const objects = now.length === 0 ? outcome.notGone?.get(account) : undefined;
  const locked = defined({ objects: objects && fitting(objects.slice(0, MAX_OBJECTS), LIST_BYTES.names) });
  if (isExpiry) return { type: "access.expired", detail: { ...detail, ...locked, ending: fittingEnding } };
  if (now.length === 0) return { type: "access.revoked", detail: { ...detail, ...locked } };
  return { type: then.length === 0 ? "access.granted" : "access.changed", detail };
}

/**
 * Whether statements changed something for the holder of an account that reaches the same as before: not if
 * they only put right what others had changed. What the first apply takes over has a new login.
 */
function isNews({ causeOf, shut, touched }: RunOutcome, account: string, now: readonly Access[]): boolean {
  if (!touched.has(account)) return false;
  return now.length === 0
    ? (shut ?? touched).has(account)
    : ["grant", "offboarding"].includes(causeOf(account));
}

const distinct = (owners: readonly EventOwner[]): EventOwner[] =>
  owners.filter((owner, index) => owners.findIndex(({ project }) => project === owner.project) === index);

/** An event about one account, as the run's event lists it. */
const changeOf = ({ type, detail }: ChangeEvent, { after, before }: RunOutcome): EventChange => ({
  ...personOf(detail.account, after, before),
  ...defined({ formerly: detail.formerly }),
  change: type.slice("access.".length) as EventChange["change"],
  before: detail.before,
  after: detail.after,
  ...defined({ ending: "ending" in detail ? detail.ending : undefined }),
});

/** The most bytes of JSON for the changes of a run's event. EventBridge accepts 256 KB an event. */
const CHANGES_BYTES = 180_000;
const MAX_OWNERS = 100;

function summary(outcome: RunOutcome, all: readonly EventChange[]): AccessEvent {
  const { run, statements, sessionsEnded } = outcome;
  const changes = fitting(all, CHANGES_BYTES);
  const entries = all.flatMap(change => [...change.before, ...change.after]);
  const owners = distinct([...ownersOf(outcome.after, entries), ...ownersOf(outcome.before, entries)]);
  const [first] = all;
  const cause = first ? outcome.causeOf(first.account) : "drift";
  const detail: EventDetail<"reconcile.succeeded"> = {
    ...commonDetail(run, run.action === "apply" ? "grant" : cause, "succeeded"),
    action: run.action,
    statements,
    sessionsEnded,
    changes,
    changesOmitted: all.length - changes.length,
    owners: fitting(owners.slice(0, MAX_OWNERS), LIST_BYTES.owners),
  };
  return { type: "reconcile.succeeded", detail };
}
