import type { DesiredAccount } from "./desired-account";
import type { ObservedAccount } from "./observed-state";
import { type Operation, Step } from "./operation";
import { lockAccount, planRemoval, type RemovalPlan } from "./plan-removal";
import { quoteAccount } from "./quote";
import type { AccountPlan, StatementsRequest } from "./statements-request";

/**
 * What becomes of an account that the roster does not hold.
 * @param namesake the declared account of the same name at another host, if there is one
 */
export function planUndeclared(
  account: ObservedAccount,
  namesake: DesiredAccount | undefined,
  request: StatementsRequest,
): AccountPlan {
  const { notes, ...leaving } = leave(account, namesake, request);
  const operations = namesake ? leaving.operations.map(afterTheDeclared) : leaving.operations;
  return {
    operations,
    notes,
    problems: [],
    ended: operations.length > 0 ? [account] : [],
    settled: [account],
    isNew: false,
  };
}

/** The last of all: a declared account of the same name then takes its place, and must be as declared. */
const afterTheDeclared = (operation: Operation): Operation => ({
  ...operation,
  step: Step.Beside,
  rank: operation.step * 1_000 + (operation.rank ?? 0),
});

function leave(
  account: ObservedAccount,
  namesake: DesiredAccount | undefined,
  request: StatementsRequest,
): RemovalPlan {
  const { administrator, definers, previouslyDeclared, observed, roster, unmanaged } = request;
  const rules = { definers, administrator, names: observed };
  const name = quoteAccount(account);
  if (!namesake) {
    if (Object.hasOwn(roster.accounts, account.user))
      return planRemoval(account, rules, "its last grant has expired or it has none");
    if (previouslyDeclared.includes(account.user)) return planRemoval(account, rules, "no longer declared");
  }
  const why = namesake ? `only ${quoteAccount(namesake)} is declared` : "never declared";
  if (unmanaged === "remove") return planRemoval(account, rules, why);
  const note = `${name} bears the prefix and is not managed (${why})`;
  if (unmanaged === "lock") {
    const locking = lockAccount(account, why);
    const shut = namesake ? `, and ${account.user} cannot log in from there until it is dropped` : "";
    return {
      ...locking,
      notes: [`${note}: ${account.locked ? "it stays locked" : "it is locked"}${shut}.`, ...locking.notes],
    };
  }
  return {
    operations: [],
    notes: [
      `${note}: it keeps its access. Declare it, drop it by hand, or set \`unmanaged\` to "lock" or "remove".`,
    ],
  };
}
