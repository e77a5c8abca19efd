import type {
  AccessEvent,
  Cause,
  EventChange,
  EventDetail,
  EventOwner,
  RunAction,
} from "../../../core/events/events";
import { accessLines, endingLines } from "./access-lines";
import { termsOf, whatOf } from "./account-texts";
import { NOTHING, type OwnerView, type PersonView } from "./empty-view";
import { loginHelp } from "./login-help";
import { count, momentText, oneLine } from "./plain-text";

/**
 * What templates see. Every text is one line without control characters. Nothing is missing: what an event
 * does not have is an empty string, an empty list, 0 or false.
 *
 * Every event: `event`, `cluster`, `time` (`2026-11-20 11:07 UTC`), `correlationId`, `why` (what caused it, a
 * part of a sentence), `plannedBy`, `reference`.
 *
 * `access.*`: `account`, `formerly` (its name before, if this run renamed it), `user`, `name` (both empty if
 * `source` is not), `source` (the source in Parameter Store that declares the account, or empty), `email`,
 * `isService`, `isSuspended` (nobody can log in; `lines` is what the account keeps), `isReinstated` (it was
 * suspended before), `terms` and `hasTerms` (limits, hosts, and a login's certificate), `lines` (what
 * the account can reach, and could before), `hasLines`, `ending` (grants that end or have ended), `objects`
 * and `hasObjects` (what runs with the rights of an account that is locked, not gone), `days`, `inDays` (`in
 * 7 days`), `hasAccess` (whether any access remains), `owners`, `hasOwners`, `login`.
 *
 * `reconcile.succeeded`: `action`, `statements`, `statementsText`, `sessionsEnded`, `sessionsText`, `people`,
 * `peopleCount` (`2 accounts`), `changesOmitted`, `forOwner` (whether this is an owner's part of the run).
 * `reconcile.failed`: `action`, `code`, `message`, `ran`, `of`, `accounts`. `drift.detected`: `repaired`,
 * `accounts`, `sql` (at most 100 statements), `statements` (how many there are), `undeclared`, `holders`
 * (accounts without the prefix that reach a managed database or can hand on access now).
 *
 * `password.*`: `account`, `user`, `name`, `source`, `email` and `isService` as above, `secret` (its name),
 * `oldUntil` (until when the old password works), `step`, `code`, `message` (of a rotation that failed).
 */
export type View = Readonly<typeof NOTHING> & Readonly<ReturnType<typeof commonOf>>;

const WHY: Readonly<Record<Cause | "rotation", string>> = {
  grant: "reviewed changes in the access files",
  expiry: "a date in the access files has passed",
  drift: "the cluster was not as declared",
  offboarding: "somebody was offboarded, or is back",
  parameter: "a change of the access list in Parameter Store",
  rotation: "Secrets Manager rotates the password",
};
const ACTIONS: Readonly<Record<RunAction, string>> = {
  apply: "apply",
  delete: "removal",
  enforce: "scheduled check",
  parameter: "change in Parameter Store",
};

/** @param forOwner whether `event` is one owner's part of a run */
export const viewOf = (event: AccessEvent, forOwner = false): View => ({
  ...NOTHING,
  ...commonOf(event, forOwner),
  ...detailsOf(event),
});

const commonOf = ({ detail, type }: AccessEvent, forOwner: boolean) => ({
  event: type,
  cluster: oneLine(detail.cluster),
  time: momentText(detail.time),
  correlationId: oneLine(detail.correlationId),
  why: WHY[detail.cause],
  plannedBy: oneLine(detail.plannedBy ?? ""),
  reference: oneLine(detail.reference ?? ""),
  forOwner,
});

function detailsOf(event: AccessEvent): Partial<View> {
  switch (event.type) {
    case "reconcile.succeeded":
      return succeeded(event.detail);
    case "reconcile.failed":
      return failed(event.detail);
    case "drift.detected":
      return drifted(event.detail);
    case "password.rotated":
    case "password.rotation-failed":
      return password(event);
    default:
      return access(event);
  }
}

type Person = Pick<
  EventDetail<"password.rotated">,
  "account" | "email" | "kind" | "name" | "source" | "user"
>;

function access(event: Extract<AccessEvent, { type: `access.${string}` }>) {
  const { account, before, after, owners, login } = event.detail;
  const { formerly = "", suspended } = event.detail;
  const terms = termsOf(event.detail);
  const ended =
    "ending" in event.detail ? event.detail.ending : event.type === "access.revoked" ? before : [];
  const objects = ("objects" in event.detail && event.detail.objects) || [];
  const days = "days" in event.detail ? event.detail.days : 0;
  const lines = accessLines(before, after);
  return {
    ...holderOf(event.detail),
    formerly: oneLine(formerly),
    isSuspended: suspended === true,
    isReinstated: suspended === false,
    terms,
    hasTerms: terms.length > 0,
    lines,
    hasLines: lines.length > 0,
    hasAccess: after.length > 0,
    ending: endingLines(ended),
    objects: objects.map(oneLine),
    hasObjects: objects.length > 0,
    days,
    inDays: `in ${count(days, "day")}`,
    owners: owners.map(ownerView),
    hasOwners: owners.length > 0,
    login: suspended || event.detail.authentication ? (false as const) : loginHelp(account, login),
  };
}

const holderOf = ({ account, email, kind, name, source, user }: Person) => ({
  account: oneLine(account),
  user: source === undefined ? oneLine(user) : "",
  name: source === undefined ? nameOf(name, user) : "",
  source: oneLine(source ?? ""),
  email: oneLine(email ?? ""),
  isService: kind !== "person",
});

function password({ detail, type }: Extract<AccessEvent, { type: `password.${string}` }>) {
  const about = { ...holderOf(detail), secret: oneLine(detail.secret) };
  if (type === "password.rotated") return { ...about, oldUntil: momentText(detail.oldUntil) };
  const { code, message, step } = detail;
  return { ...about, step, code: oneLine(code), message: oneLine(message) };
}

function succeeded(detail: EventDetail<"reconcile.succeeded">) {
  const { action, changes, changesOmitted, owners, sessionsEnded, statements } = detail;
  return {
    action: ACTIONS[action],
    statements,
    statementsText: count(statements, "statement"),
    sessionsEnded,
    sessionsText: count(sessionsEnded, "session"),
    people: changes.map(personView),
    peopleCount: count(changes.length + changesOmitted, "account"),
    changesOmitted,
    owners: owners.map(ownerView),
    hasOwners: owners.length > 0,
  };
}

const failed = ({ accounts, action, code, message, of, ran }: EventDetail<"reconcile.failed">) => ({
  action: ACTIONS[action],
  code: oneLine(code),
  message: oneLine(message),
  ran,
  of,
  accounts: accounts.map(oneLine),
  hasAccounts: accounts.length > 0,
});

function drifted(detail: EventDetail<"drift.detected">) {
  const { accounts, holders = [], repaired, statementCount, statements, undeclared } = detail;
  return {
    repaired,
    statements: statementCount,
    statementsText: count(statementCount, "statement"),
    accounts: accounts.map(oneLine),
    hasAccounts: accounts.length > 0,
    undeclared: undeclared.map(oneLine),
    hasUndeclared: undeclared.length > 0,
    holders: holders.map(oneLine),
    hasHolders: holders.length > 0,
    sql: statements.map(oneLine),
    hasSql: statements.length > 0,
  };
}

function personView(detail: EventChange): PersonView {
  const { account, after, before, change, ending, name, user } = detail;
  return {
    account: oneLine(account),
    name: nameOf(name, user),
    what: whatOf(detail),
    lines:
      change === "expiring"
        ? endingLines(ending ?? [])
        : accessLines(before, after).filter(line => !line.isSame),
  };
}

const ownerView = ({ project, name, email }: EventOwner): OwnerView => ({
  project: oneLine(project),
  name: nameOf(name, email),
  email: oneLine(email),
});

const nameOf = (name: string | undefined, instead: string): string => oneLine(name ?? "") || oneLine(instead);
