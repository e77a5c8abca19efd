import type { DesiredAccount } from "./desired-account";
import type { ObservedAccount } from "./observed-state";
import { type Operation, Step } from "./operation";
import { lockAccount, planRemoval, type RemovalPlan } from "./plan-removal";
import { quoteAccount } from "./quote";
import type { AccountPlan, StatementsRequest } from "./statements-request";

/**
 * Plans an existing account that the roster does not have.
 * @param namesake the declared account of the same user name at another host, if there is one
 */
export function planUndeclared(
  account: ObservedAccount,
  namesake: DesiredAccount | undefined,
  request: StatementsRequest,
): AccountPlan {
  const { notes, operations } = removeOrReport(account, namesake, request);
  return {
    user: account.user,
    operations: namesake ? operations.map(atOtherHost) : operations,
    notes,
    problems: [],
    endSessions: operations.length > 0 ? [account] : [],
    handled: [account],
    isNew: false,
  };
}

/**
 * Moves an operation to the end: the declared account of the name takes over the logins, and must be complete
 * then.
 */
const atOtherHost = (operation: Operation): Operation => ({
  ...operation,
  step: Step.OtherHosts,
  rank: operation.step * 1_000 + (operation.rank ?? 0),
});

function removeOrReport(
  account: ObservedAccount,
  namesake: DesiredAccount | undefined,
  request: StatementsRequest,
): RemovalPlan {
  const { administrator, definers, previouslyDeclared, observed, roster, unmanaged } = request;
  const rules = { definers, administrator, names: observed };
  const remove = (why: string) => planRemoval(account, rules, why);
  if (!namesake) {
    if (Object.hasOwn(roster.accounts, account.user))
      return remove("its last grant has expired or it has none");
    if (previouslyDeclared.includes(account.user)) return remove("no longer declared");
  }
  const why = namesake ? `only ${quoteAccount(namesake)} is declared` : "never declared";
  if (unmanaged === "remove") return remove(why);
  const unmanagedNote = `${quoteAccount(account)} bears the prefix and is not managed (${why})`;
  if (unmanaged === "lock") {
    const { notes, operations } = lockAccount(account, why);
    const locked = account.locked ? "it stays locked" : "it is locked";
    const shut = namesake ? `, and ${account.user} cannot log in from there until it is dropped` : "";
    return { operations, notes: [`${unmanagedNote}: ${locked}${shut}.`, ...notes] };
  }
  const note =
    `${unmanagedNote}: it keeps its access. ` +
    'Declare it, drop it by hand, or set `unmanaged` to "lock" or "remove".';
  return { operations: [], notes: [note] };
}
