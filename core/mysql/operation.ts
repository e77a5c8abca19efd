import { byCodeUnit } from "../json";
import type { AccountId } from "./observed-state";
import { quoteAccount } from "./quote";
import type { Statement } from "./statement";

/** The most accounts that share a statement: an old set is then not a thousand lines in the next plan. */
export const ACCOUNTS_PER_STATEMENT = 200;

/**
 * When an operation runs. For one account every prefix of its operations is safe: what it effectively has already is given
 * first, then the rest is taken away, then what is new is given. A rename lets it in from elsewhere, so it waits for the takings.
 * Database and table rows count for every account of the user name whose host fits them, also for one of a nearer host (measured).
 */
export enum Step {
  GiveHeld,
  Lock,
  Drop,
  ChangeLogin,
  RevokeRole,
  RevokeDynamic,
  RevokeGlobal,
  RevokeProxy,
  RevokeDatabase,
  RevokeTable,
  RevokeRoutine,
  Rename,
  Create,
  GiveNew,
  Unlock,
  /** What becomes of other accounts of a declared name: as long as one of a nearer host is there, it is the one that logs in. */
  Beside,
}

const REVOKES: ReadonlySet<Step> = new Set([
  Step.Lock,
  Step.Drop,
  Step.ChangeLogin,
  Step.RevokeRole,
  Step.RevokeDynamic,
  Step.RevokeGlobal,
  Step.RevokeProxy,
  Step.RevokeDatabase,
  Step.RevokeTable,
  Step.RevokeRoutine,
  Step.Beside,
]);

/** What one account needs, before accounts that need the same are put into one statement. */
export interface Operation {
  readonly step: Step;
  /** Order within the step: lower first. */
  readonly rank?: number;
  readonly account: AccountId;
  /** The statement is `before`, the accounts (each followed by `each`) with commas between, and `after`. */
  readonly before: string;
  readonly each?: string;
  readonly after?: string;
  readonly why: string;
}

const compare = (a: Operation, b: Operation): number =>
  a.step - b.step ||
  (a.rank ?? 0) - (b.rank ?? 0) ||
  byCodeUnit(a.before, b.before) ||
  byCodeUnit(a.each ?? "", b.each ?? "") ||
  byCodeUnit(a.after ?? "", b.after ?? "") ||
  byCodeUnit(a.account.user, b.account.user) ||
  byCodeUnit(a.account.host, b.account.host);

const alike = (a: Operation, b: Operation): boolean =>
  a.step === b.step &&
  (a.rank ?? 0) === (b.rank ?? 0) &&
  a.before === b.before &&
  a.each === b.each &&
  a.after === b.after &&
  a.step !== Step.Rename;

const render = (operations: readonly Operation[]): string => {
  const { before, each = "", after = "" } = operations[0]!;
  return `${before} ${operations.map(o => quoteAccount(o.account) + each).join(", ")}${after}`;
};

/** The operations as statements, in the one order in which they are safe; accounts that need the same share a statement. */
export function groupOperations(operations: readonly Operation[]): Statement[] {
  const groups: Operation[][] = [];
  for (const operation of [...operations].sort(compare)) {
    const last = groups.at(-1);
    if (last && last.length < ACCOUNTS_PER_STATEMENT && alike(last[0]!, operation)) last.push(operation);
    else groups.push([operation]);
  }
  return groups.map(group => ({
    sql: render(group),
    accounts: group.map(o => o.account),
    why: [...new Set(group.map(o => o.why))].join("; "),
    removes: REVOKES.has(group[0]!.step),
    each: group.map(o => render([o])),
  }));
}
