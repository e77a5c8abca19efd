import type {
  AccessEvent,
  Cause,
  EventChange,
  EventDetail,
  EventOwner,
  EventType,
  RunAction,
} from "../../../core/events/events";
import { type AccessLine, accessLines, endingLines } from "./access-lines";
import { type LoginHelp, loginHelp } from "./login-help";
import { count, momentText, oneLine } from "./plain-text";

/** Who answers for a project. */
export interface OwnerView {
  readonly project: string;
  /** Or the address, where there is no name. */
  readonly name: string;
  readonly email: string;
}

/** What happened to one account, in a digest. */
export interface PersonView {
  readonly account: string;
  /** Or the name in the identity provider. */
  readonly name: string;
  /** `can log in now`, `has other access`, ... */
  readonly what: string;
  readonly lines: readonly AccessLine[];
}

/**
 * What templates see. All text is one line, without control characters; nothing is missing: what an event does not have is
 * an empty string, an empty list, 0 or false.
 *
 * Of every event: `event`, `cluster`, `time` (`2026-11-20 11:07 UTC`), `correlationId`, `why` (what made it happen, a part of a
 * sentence), `plannedBy`, `reference`.
 *
 * Of `access.*`: `account`, `user`, `name`, `email`, `isService`, `lines` (what can be reached now and could be before), `hasLines`,
 * `ending` (grants that end, or have ended), `days`, `inDays` (`in 7 days`), `hasAccess` (whether something is left), `owners`,
 * `hasOwners`, `login`.
 *
 * Of `reconcile.succeeded`: `action`, `statements`, `statementsText`, `sessionsEnded`, `sessionsText`, `people`, `peopleCount` (`2 accounts`), `changesOmitted`,
 * `forOwner` (whether this is an owner's part of it). Of `reconcile.failed`: `action`, `code`, `message`, `ran`, `of`, `accounts`. Of `drift.detected`:
 * `repaired`, `accounts`, `sql` (up to 100 statements), `statements` (how many there are), `undeclared`.
 */
export interface View {
  readonly event: EventType;
  readonly cluster: string;
  readonly time: string;
  readonly correlationId: string;
  readonly why: string;
  readonly plannedBy: string;
  readonly reference: string;
  readonly account: string;
  readonly user: string;
  readonly name: string;
  readonly email: string;
  readonly isService: boolean;
  readonly lines: readonly AccessLine[];
  readonly hasLines: boolean;
  readonly ending: readonly AccessLine[];
  readonly days: number;
  readonly inDays: string;
  readonly hasAccess: boolean;
  readonly owners: readonly OwnerView[];
  readonly hasOwners: boolean;
  readonly login: LoginHelp | false;
  readonly action: string;
  readonly statements: number;
  readonly statementsText: string;
  readonly sessionsEnded: number;
  readonly sessionsText: string;
  readonly people: readonly PersonView[];
  readonly peopleCount: string;
  readonly changesOmitted: number;
  readonly forOwner: boolean;
  readonly code: string;
  readonly message: string;
  readonly ran: number;
  readonly of: number;
  readonly accounts: readonly string[];
  readonly hasAccounts: boolean;
  readonly repaired: boolean;
  readonly sql: readonly string[];
  readonly hasSql: boolean;
  readonly undeclared: readonly string[];
  readonly hasUndeclared: boolean;
}

const WHY: Readonly<Record<Cause, string>> = {
  grant: "reviewed changes in the access files",
  expiry: "a date in the access files has passed",
  drift: "the cluster was not as declared",
  parameter: "a change of the access list in Parameter Store",
};
const ACTIONS: Readonly<Record<RunAction, string>> = {
  apply: "apply",
  delete: "removal",
  enforce: "scheduled check",
  parameter: "change in Parameter Store",
};
const WHAT: Readonly<Record<EventChange["change"], string>> = {
  granted: "can log in now",
  changed: "has other access",
  revoked: "can no longer log in",
  expired: "has lost what expired",
  expiring: "has access that ends soon",
};

const NOTHING = {
  ...{ account: "", user: "", name: "", email: "", isService: false, lines: [], hasLines: false, ending: [] },
  ...{ days: 0, inDays: "", hasAccess: false, owners: [], hasOwners: false, login: false as const },
  ...{
    action: "",
    statements: 0,
    statementsText: "",
    sessionsEnded: 0,
    sessionsText: "",
    people: [],
    peopleCount: "",
    changesOmitted: 0,
  },
  ...{
    forOwner: false,
    code: "",
    message: "",
    ran: 0,
    of: 0,
    accounts: [],
    hasAccounts: false,
    repaired: false,
  },
  ...{ sql: [], hasSql: false, undeclared: [], hasUndeclared: false },
};

/** @param forOwner whether `event` is the part of a digest that concerns one owner */
export function viewOf(event: AccessEvent, forOwner = false): View {
  const { cluster, time, correlationId, cause, plannedBy, reference } = event.detail;
  const common = {
    ...NOTHING,
    ...{
      event: event.type,
      cluster: oneLine(cluster),
      time: momentText(time),
      correlationId: oneLine(correlationId),
    },
    ...{
      why: WHY[cause],
      plannedBy: oneLine(plannedBy ?? ""),
      reference: oneLine(reference ?? ""),
      forOwner,
    },
  };
  switch (event.type) {
    case "reconcile.succeeded":
      return { ...common, ...succeeded(event.detail) };
    case "reconcile.failed": {
      const { action, code, message, ran, of, accounts } = event.detail;
      const text = { code: oneLine(code), message: oneLine(message), action: ACTIONS[action] };
      return {
        ...common,
        ...text,
        ran,
        of,
        accounts: accounts.map(oneLine),
        hasAccounts: accounts.length > 0,
      };
    }
    case "drift.detected": {
      const { repaired, accounts, statements, statementCount, undeclared } = event.detail;
      return {
        ...{
          ...common,
          repaired,
          statements: statementCount,
          statementsText: count(statementCount, "statement"),
        },
        ...{ accounts: accounts.map(oneLine), hasAccounts: accounts.length > 0 },
        ...{ undeclared: undeclared.map(oneLine), hasUndeclared: undeclared.length > 0 },
        ...{ sql: statements.map(oneLine), hasSql: statements.length > 0 },
      };
    }
    default:
      return { ...common, ...access(event) };
  }
}

function access(event: Extract<AccessEvent, { type: `access.${string}` }>) {
  const { account, kind, user, name, email, before, after, owners, login } = event.detail;
  const ended =
    "ending" in event.detail ? event.detail.ending : event.type === "access.revoked" ? before : [];
  const days = "days" in event.detail ? event.detail.days : 0;
  const lines = accessLines(before, after);
  return {
    ...{
      account: oneLine(account),
      user: oneLine(user),
      name: nameOf(name, user),
      email: oneLine(email ?? ""),
    },
    ...{ isService: kind === "service", lines, hasLines: lines.length > 0, hasAccess: after.length > 0 },
    ...{ ending: endingLines(ended), days, inDays: `in ${count(days, "day")}` },
    ...{ owners: owners.map(ownerView), hasOwners: owners.length > 0, login: loginHelp(account, login) },
  };
}

function succeeded(detail: EventDetail<"reconcile.succeeded">) {
  const { action, changes, changesOmitted, owners, sessionsEnded, statements } = detail;
  const people = changes.map(
    ({ account, name, user, change, before, after, ending }): PersonView => ({
      ...{ account: oneLine(account), name: nameOf(name, user), what: WHAT[change] },
      lines:
        change === "expiring"
          ? endingLines(ending ?? [])
          : accessLines(before, after).filter(line => !line.isSame),
    }),
  );
  return {
    ...{
      action: ACTIONS[action],
      statements,
      statementsText: count(statements, "statement"),
      sessionsEnded,
      people,
    },
    ...{ sessionsText: count(sessionsEnded, "session") },
    ...{ peopleCount: count(people.length + changesOmitted, "account"), changesOmitted },
    ...{ owners: owners.map(ownerView), hasOwners: owners.length > 0 },
  };
}

const nameOf = (name: string | undefined, user: string): string => oneLine(name ?? "") || oneLine(user);

const ownerView = ({ project, name, email }: EventOwner): OwnerView => ({
  ...{ project: oneLine(project), name: oneLine(name ?? "") || oneLine(email), email: oneLine(email) },
});
