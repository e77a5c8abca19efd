import { byCodeUnit, defined } from "../json";
import { jsonBytes } from "../split-list";
import { hostRank } from "./host-order";
import type { AccountId } from "./observed-state";
import { quoteAccount } from "./quote";
import type { Statement } from "./statement";
import type { StatementText } from "./statement-forms";

/**
 * The most accounts that share a statement. Keeps a change set of thousands of accounts readable in a plan.
 */
const ACCOUNTS_PER_STATEMENT = 200;

/**
 * The most bytes of a statement as JSON, unless it names one account. A change set accepts 65,536 characters,
 * and an item of the audit trail 400 KB.
 */
export const STATEMENT_BYTES = 30_000;

/**
 * When an operation runs. For one account every prefix of its operations is safe:
 * - first its logins get a stricter TLS requirement,
 * - then it is granted what it already has by other means, so that it never lacks it,
 * - then come the revocations,
 * - then a rename, which lets it log in from other hosts,
 * - then it is granted what is new.
 *
 * The server applies rows of a database or table to each account of the user name whose host they match, even
 * to one with a more specific host (measured).
 */
export enum Step {
  /** First: what is granted next must not reach a login that the stricter requirement shuts out. */
  Require,
  GrantHeld,
  Lock,
  /** Before drops: a managed account may be the role, and no REVOKE names one that is gone (3523). */
  RevokeRole,
  Drop,
  RevokeDynamic,
  RevokeGlobal,
  /** At once: a role or privilege goes with its option, since no REVOKE takes the option alone. */
  RegrantServer,
  RevokeProxy,
  RevokeDatabase,
  RevokeTable,
  /** At once: REVOKE of a privilege on a table takes the same on its columns, too (measured). */
  RegrantColumns,
  RevokeRoutine,
  /** Narrows limits. Open sessions go on: a limit is no access. */
  Limit,
  /** After the revocations: who is let in by it must not find what nobody declared. */
  ChangeLogin,
  /**
   * Ends a second password once the first one is set. It does not count as taking away: without the statement
   * before, the second one may be the only one that clients have.
   */
  DiscardPassword,
  Rename,
  Create,
  GrantNew,
  Unlock,
  /** Gives a complete account its host, so that logins from there use it from then on. */
  TakePlace,
  /**
   * Removes or locks accounts of a declared user name at other hosts. While one with a more specific host
   * exists, logins use it, so the declared account must be complete before.
   */
  OtherHosts,
  /**
   * One statement for each event, so the number is up to the account that has to go. It delays nobody else.
   * By then the account is locked and has lost what its events must not use.
   */
  DisableEvent,
  /** Last: another session can hold up the database's lock, and nothing may wait for that. */
  EnableEvent,
}

const REVOCATIONS: ReadonlySet<Step> = new Set([
  Step.RevokeRole,
  Step.RevokeDynamic,
  Step.RevokeGlobal,
  Step.RevokeProxy,
  Step.RevokeDatabase,
  Step.RevokeTable,
  Step.RevokeRoutine,
]);

/** Whether it takes a part of what the account holds, by REVOKE. */
export const isRevocation = ({ step }: Operation): boolean => REVOCATIONS.has(step);

/** The steps that take away access that open sessions keep until they end. */
const ENDS_SESSIONS: ReadonlySet<Step> = new Set([
  ...REVOCATIONS,
  Step.Lock,
  Step.Drop,
  Step.Require,
  Step.ChangeLogin,
]);

/**
 * Whether an open session keeps what the account could do before: privileges that the server looked up for
 * the whole session, or a table that stays open (`HANDLER`) and is not checked again.
 */
export const endsSessions = ({ step }: Operation): boolean => ENDS_SESSIONS.has(step);

/** The steps that take access away: they alone run while the audit trail cannot be written. */
const REVOKES: ReadonlySet<Step> = new Set([
  ...ENDS_SESSIONS,
  Step.Limit,
  Step.DisableEvent,
  Step.OtherHosts,
]);

/** Whether the operation takes access away and gives none. */
export const takesAway = ({ step }: Operation): boolean => REVOKES.has(step);

/** The steps without which the account would lack declared access once the others have run. */
const NEEDED: ReadonlySet<Step> = new Set([
  Step.GrantHeld,
  Step.RegrantServer,
  Step.RegrantColumns,
  Step.Rename,
  Step.Create,
  Step.TakePlace,
]);

/** Whether the account would lack declared access if only the operations that take away ran. */
export const isNeeded = ({ step }: Operation): boolean => NEEDED.has(step);

export const isCreation = ({ step }: Operation): boolean => step === Step.Create;

/** The steps that need one statement for each table, routine or event: an account can make any number. */
const UNLIMITED: ReadonlySet<Step> = new Set([
  Step.RevokeTable,
  Step.RevokeRoutine,
  Step.DisableEvent,
  Step.EnableEvent,
]);

/** Whether it is up to the account how many operations of this kind it needs. */
export const isUnlimited = ({ step }: Operation): boolean => UNLIMITED.has(step);

/** What one account needs, before accounts that need the same share a statement. */
export interface Operation {
  readonly step: Step;
  /** Order within the step: lower first. Default: 0. */
  readonly rank?: number;
  readonly account: AccountId;
  /** The account's name after it. Default: the same. */
  readonly becomes?: AccountId;
  /** See `Statement.successor`. */
  readonly successor?: string;
  readonly text: StatementText;
  readonly why: string;
}

export const operation = (step: Step, account: AccountId, text: StatementText, why: string): Operation => ({
  step,
  account,
  text,
  why,
});

/** The steps whose statement is about one account. */
const CHANGES_ONE: ReadonlySet<Step> = new Set([Step.Rename, Step.DisableEvent, Step.EnableEvent]);

/** More than any rank within a step. */
export const RANKS = 100_000;

/**
 * The rank of an operation on what accounts of other hosts of the name use, too: rows of databases, tables
 * and routines. The server uses the row of the nearest host, so that is revoked last: else the next one would
 * apply.
 */
export const rankAt = ({ host }: AccountId, rank = 0): number => hostRank(host) * 256 + rank;

const rankOf = ({ rank = 0 }: Operation): number => rank;

/** The order in which operations run. */
export const compare = (a: Operation, b: Operation): number =>
  a.step - b.step ||
  rankOf(a) - rankOf(b) ||
  byCodeUnit(a.text.before, b.text.before) ||
  byCodeUnit(a.text.each ?? "", b.text.each ?? "") ||
  byCodeUnit(a.text.after ?? "", b.text.after ?? "") ||
  byCodeUnit(a.account.user, b.account.user) ||
  byCodeUnit(a.account.host, b.account.host);

const alike = (a: Operation, b: Operation): boolean =>
  a.step === b.step &&
  !CHANGES_ONE.has(a.step) &&
  rankOf(a) === rankOf(b) &&
  a.successor === b.successor &&
  a.text.before === b.text.before &&
  a.text.each === b.text.each &&
  a.text.after === b.text.after;

/** The operations, which are alike, as one statement. */
export const render = (operations: readonly Operation[]): string => {
  const { before, each = "", after = "" } = operations[0]!.text;
  return `${before} ${operations.map(o => quoteAccount(o.account) + each).join(", ")}${after}`;
};

/** The size of the statement for this account alone, in bytes of JSON. */
export const bytesOf = (operation: Operation): number => jsonBytes(render([operation]));

/** The operations as statements, in their one safe order. Accounts that need the same share a statement. */
export function groupOperations(operations: readonly Operation[]): Statement[] {
  const groups: Operation[][] = [];
  let room = 0;
  for (const operation of [...operations].sort(compare)) {
    const last = groups.at(-1);
    room -= jsonBytes(`, ${quoteAccount(operation.account)}${operation.text.each ?? ""}`);
    if (last && last.length < ACCOUNTS_PER_STATEMENT && room >= 0 && alike(last[0]!, operation))
      last.push(operation);
    else {
      groups.push([operation]);
      room = STATEMENT_BYTES - bytesOf(operation);
    }
  }
  return groups.map(group => ({
    sql: render(group),
    accounts: group.map(o => o.account),
    ...defined({ becomes: group[0]!.becomes, successor: group[0]!.successor }),
    why: [...new Set(group.map(o => o.why))].join("; "),
    removes: takesAway(group[0]!),
    isNeeded: isNeeded(group[0]!),
    each: group.map(o => render([o])),
  }));
}
