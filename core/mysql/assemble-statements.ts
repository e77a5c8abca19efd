import { byCodeUnit } from "../json";
import { hasPrefix, isSystemAccount } from "../roster/account-name";
import { desiredAccounts } from "./desired-account";
import type { AccountId, ObservedAccount } from "./observed-state";
import { groupOperations } from "./operation";
import { planDeclared } from "./plan-declared";
import { planUndeclared } from "./plan-undeclared";
import { quoteAccount } from "./quote";
import type { StatementsPlan, StatementsRequest } from "./statements-request";
import { isOutOfReach } from "./unrevocable-grants";

const compareAccounts = (a: AccountId, b: AccountId) =>
  byCodeUnit(a.user, b.user) || byCodeUnit(a.host, b.host);

/** The ordered statements that turn the observed state into the roster. None when they are the same. Pure. */
export function assembleStatements(request: StatementsRequest): StatementsPlan {
  const { administrator, onlyUsers = () => true, observed, onlyCreate } = request;
  const all = desiredAccounts(request.roster, request.now, observed);
  const desired = new Map([...all].filter(([user]) => onlyUsers(user)));
  const accounts = managedAccounts(request).filter(({ user }) => onlyUsers(user));
  const byUser = new Map<string, ObservedAccount[]>();
  for (const account of accounts) byUser.set(account.user, [...(byUser.get(account.user) ?? []), account]);

  const problemsByUser = new Map<string, string[]>();
  const note = (user: string, problems: readonly string[]) => {
    if (problems.length > 0) problemsByUser.set(user, [...(problemsByUser.get(user) ?? []), ...problems]);
  };
  const declared = [...desired.values()].map(account => {
    const plan = planDeclared(account, byUser.get(account.user) ?? [], request);
    note(account.user, plan.problems);
    return plan;
  });
  const settled = new Set(declared.flatMap(plan => plan.settled));
  const undeclared = accounts
    .filter(account => !settled.has(account))
    .map(account => planUndeclared(account, desired.get(account.user), request));
  const outOfReach = accounts
    .filter(account => isOutOfReach(account, administrator))
    .map(account => {
      const problem = `${quoteAccount(account)} holds SYSTEM_USER: the administrator ${quoteAccount(observed.self)} may neither alter nor drop it.`;
      note(account.user, [problem]);
      return problem;
    });

  const plans = [...declared, ...undeclared];
  const creates = plans.filter(plan => plan.isNew).flatMap(plan => plan.operations);
  const changes = plans.filter(plan => !plan.isNew).flatMap(plan => plan.operations);
  return {
    statements: groupOperations(onlyCreate ? creates : [...creates, ...changes]),
    notes: [...new Set(plans.flatMap(plan => plan.notes))].sort(byCodeUnit),
    waiting: onlyCreate ? groupOperations(changes).length : 0,
    endSessions: onlyCreate ? [] : plans.flatMap(plan => plan.ended).sort(compareAccounts),
    problems: [...plans.flatMap(plan => plan.problems), ...outOfReach],
    problemsByUser: problemsByUser,
  };
}

/** The accounts that may be touched at all. */
const managedAccounts = ({ observed, prefix }: StatementsRequest): ObservedAccount[] =>
  observed.accounts
    .filter(
      ({ user, host }) =>
        hasPrefix(prefix, user) &&
        !isSystemAccount(user) &&
        !(user === observed.self.user && host === observed.self.host),
    )
    .sort(compareAccounts);
