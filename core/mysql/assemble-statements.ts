import { groupBy } from "../group-by";
import { byCodeUnit } from "../json";
import { hasPrefix, isSystemAccount } from "../roster/account-name";
import { administratorProblems } from "./administrator-needs";
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

/**
 * The ordered statements that turn the observed state into the roster; none if the cluster already holds it.
 */
export function assembleStatements(request: StatementsRequest): StatementsPlan {
  const { administrator, onlyUsers = () => true, observed, onlyCreate } = request;
  const all = desiredAccounts(request.roster, request.now, observed);
  const desired = new Map([...all].filter(([user]) => onlyUsers(user)));
  const accounts = managedAccounts(request).filter(({ user }) => onlyUsers(user));
  const byUser = groupBy(accounts, ({ user }) => user);

  const declared = [...desired.values()].map(account =>
    planDeclared(account, byUser.get(account.user) ?? [], request),
  );
  const handled = new Set(declared.flatMap(plan => plan.handled));
  const undeclared = accounts
    .filter(account => !handled.has(account))
    .map(account => planUndeclared(account, desired.get(account.user), request));
  const outOfReach = accounts
    .filter(account => isOutOfReach(account, administrator))
    .map(account => ({
      user: account.user,
      problem:
        `${quoteAccount(account)} holds SYSTEM_USER: the administrator ` +
        `${quoteAccount(observed.self)} may neither alter nor drop it.`,
    }));

  const plans = [...declared, ...undeclared];
  const problems = [
    ...plans.flatMap(plan => plan.problems.map(problem => ({ user: plan.user, problem }))),
    ...outOfReach,
  ];
  const byUserProblems = groupBy(problems, ({ user }) => user);
  const creates = plans.filter(plan => plan.isNew).flatMap(plan => plan.operations);
  const changes = plans.filter(plan => !plan.isNew).flatMap(plan => plan.operations);
  return {
    statements: groupOperations(onlyCreate ? creates : [...creates, ...changes]),
    notes: [...new Set(plans.flatMap(plan => plan.notes))].sort(byCodeUnit),
    waiting: onlyCreate ? groupOperations(changes).length : 0,
    endSessions: onlyCreate ? [] : plans.flatMap(plan => plan.endSessions).sort(compareAccounts),
    problems: [...administratorProblems(observed), ...problems.map(({ problem }) => problem)],
    problemsByUser: new Map(
      [...byUserProblems].map(([user, own]) => [user, own.map(({ problem }) => problem)]),
    ),
  };
}

/**
 * The accounts that may be changed: those with the prefix, except accounts of the server and the
 * administrator itself.
 */
const managedAccounts = ({ observed, prefix }: StatementsRequest): ObservedAccount[] =>
  observed.accounts
    .filter(
      ({ user, host }) =>
        hasPrefix(prefix, user) &&
        !isSystemAccount(user) &&
        !(user === observed.self.user && host === observed.self.host),
    )
    .sort(compareAccounts);
