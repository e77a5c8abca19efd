import type { ObservedAccount, ObservedState } from "../../../../core/mysql";
import { reach } from "../../../../core/reach/reach";
import type { ReachFacts } from "../../../../core/reach/reach-facts";
import { wayText } from "../../../../core/reach/way";
import { row } from "../../../support/assemble";
import { observedAccount, observedState } from "../../../support/observed";

const TARGET = { database: "orders", table: "customers" };
/** Objects run as this account, which reads and writes the target. */
export const definer = observedAccount("owner", { databases: [row("orders", "SELECT", "INSERT")] });

/** Who reaches the target, by user name, with the ways as people read them. */
export function reached(
  accounts: readonly ObservedAccount[],
  facts: Partial<ReachFacts> = {},
  overrides: Partial<ObservedState> = {},
  target: { database: string; table?: string } = TARGET,
) {
  const observed = observedState(accounts, overrides);
  const none = { activatesAllRoles: false, views: [], routines: [], triggers: [], events: [] };
  return Object.fromEntries(
    reach({ observed, ...none, ...facts }, target).map(({ user, ways, ...rest }) => [
      user,
      { ...rest, ways: ways.map(wayText) },
    ]),
  );
}
/** The ways of the account `sl_jane`. The owner of the objects exists, too. */
export const waysOf = (jane: Partial<ObservedAccount>, facts: Partial<ReachFacts> = {}) =>
  reached([definer, observedAccount("sl_jane", jane)], facts)["sl_jane"]?.ways ?? [];

export const code = (name: string, body?: string) => ({
  database: "jobs",
  name,
  definer: "owner@%",
  isInvoker: false,
  ...(body !== undefined && { body }),
});
export const executes = { databases: [row("jobs", "EXECUTE")] };

export const customers = { database: "orders", name: "customers" };

/** A view that reads the table `customers`. */
export const view = (name: string, more: object = {}) => ({
  ...code(name),
  isUpdatable: true,
  calls: [],
  reads: [customers],
  ...more,
});
