import { accountNames, type Roster } from "../roster/roster";
import { iamLoginProblems } from "./administrator-needs";
import type { ObservedAccount, ObservedState } from "./observed-state";
import { endsSoon } from "./password-end";
import type { StatementsPlan } from "./statements-request";

/** Whether the plan has a statement about an account of the name. */
export const isTouched = ({ statements }: StatementsPlan, user: string): boolean =>
  statements.some(({ accounts }) => accounts.some(account => account.user === user));

/** The declared accounts that log in by IAM token. */
export const tokenAccounts = (roster: Roster): string[] =>
  accountNames(roster).filter(name => roster.accounts[name]!.login === undefined);

interface Warned {
  readonly roster: Roster;
  /** Accounts that still hold something that expired. */
  readonly expired: ReadonlySet<string>;
  /** The statements that run. */
  readonly plan: StatementsPlan;
  readonly now: Date;
}

/** The drift, and the accounts that cannot log in, or soon cannot, which no statement of it repairs. */
export function withWarned(drift: StatementsPlan, observed: ObservedState, facts: Warned): StatementsPlan {
  const { expired, now, plan, roster } = facts;
  const [noTokens] = iamLoginProblems(observed);
  const tokens = new Set(noTokens === undefined ? [] : tokenAccounts(roster));
  const ending = (account: ObservedAccount) =>
    roster.accounts[account.user]?.login === "password" &&
    ![drift, plan].some(p => isTouched(p, account.user))
      ? endsSoon(account, now)
      : undefined;
  const warned = observed.accounts
    .filter(({ user }) => Object.hasOwn(roster.accounts, user) && !expired.has(user))
    .map(account => [account.user, tokens.has(account.user) ? noTokens : ending(account)] as const)
    .flatMap(([user, why]) => (why === undefined ? [] : [[user, why] as const]));
  return { ...drift, leftOut: new Map([...drift.leftOut, ...warned]) };
}
