import { splitList } from "../split-list";
import { bytesOf, compare, isUnlimited, type Operation } from "./operation";
import { quoteAccount } from "./quote";
import type { AccountPlan } from "./statements-request";

/** The most bytes of all statements whose number is up to the accounts: a payload has room for these. */
const UNLIMITED_BYTES = 1_500_000;

/**
 * Shortens the plans of accounts that need too many statements for one change set, so that they hold up
 * nobody: accounts that need little come first. Such an account is left out, and the next plan or run has its
 * remaining statements.
 */
export function fitStatements(plans: readonly AccountPlan[]): readonly AccountPlan[] {
  const queue = plans.flatMap(queueOf).sort((a, b) => a.upTo - b.upTo);
  const [first = []] = splitList(queue, { bytes: UNLIMITED_BYTES }, ({ bytes }) => bytes);
  if (first.length === queue.length) return plans;
  const fits = new Set(first.map(({ operation }) => operation));
  return plans.map(plan => shortened(plan, operation => !isUnlimited(operation) || fits.has(operation)));
}

/** The operations whose number is up to the account, and how many bytes it needs up to each of them. */
function queueOf({ operations }: AccountPlan) {
  let upTo = 0;
  return operations
    .filter(isUnlimited)
    .sort(compare)
    .map(operation => {
      const bytes = bytesOf(operation);
      upTo += bytes;
      return { operation, bytes, upTo };
    });
}

function shortened(plan: AccountPlan, fits: (operation: Operation) => boolean): AccountPlan {
  const { handled, leftOut } = plan;
  const operations = plan.operations.filter(fits);
  const rest = plan.operations.length - operations.length;
  if (rest === 0) return plan;
  const reason =
    `${quoteAccount(handled[0]!)} needs so many statements about single tables, routines or events that ` +
    `${rest} of them do not fit into this change set. The next plan or run has them.`;
  return { ...plan, operations, leftOut: [...leftOut, reason] };
}
