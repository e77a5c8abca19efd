import { decideEnforcement } from "../../../../core/decisions/decide-enforcement";
import { type EnforcementRun, enforcementOutcome } from "../../../../core/decisions/enforcement-outcome";
import type { ObservedAccount } from "../../../../core/mysql";
import type { Roster } from "../../../../core/roster/roster";
import { observedAccount, observedState, rosterOf } from "../../../support/observed";
import { EARLIER, entryOf, NOW, registered, runOf, settledOn } from "./known";

const row = (name: string, ...privileges: string[]) => ({ name, privileges, grantOption: false });
const reader = (user: string) => observedAccount(user, { databases: [row("orders", "SELECT")] });
const roster = rosterOf({ sl_a: { orders: "read" } });
const ended = rosterOf({ sl_a: { orders: { role: "read", expires: EARLIER } }, sl_b: { orders: "read" } });

/** The outcome of a run that executes all statements. */
function outcomeOf(
  declared: Roster,
  accounts: readonly ObservedAccount[],
  overrides: Partial<EnforcementRun> = {},
  drift: "report" | "repair" = "report",
) {
  const decision = decideEnforcement({
    ...registered(settledOn(declared), { drift }),
    observation: { observed: observedState(accounts) },
    now: NOW,
  });
  const { statements } = decision.enforceable.plan;
  const outcome = enforcementOutcome({
    run: runOf("enforce"),
    entry: entryOf(),
    record: { lastSuccess: "2026-11-18T00:00:00Z" },
    decision,
    statements,
    ran: statements.length,
    touched: new Set(statements.flatMap(statement => statement.accounts.map(({ user }) => user))),
    sessionsEnded: 0,
    unresolved: decision.enforceable.unresolved,
    holdsExpired: new Set(),
    ...overrides,
  });
  return { ...outcome, types: outcome.events.map(({ type }) => type) };
}

describe("a scheduled run", () => {
  it("has no events and no drift if the cluster is as declared", () => {
    expect(outcomeOf(roster, [reader("sl_a")])).toEqual({
      events: [],
      types: [],
      drift: 0,
      driftFingerprint: undefined,
    });
  });

  it("reports access that ended", () => {
    const { events, types } = outcomeOf(ended, [reader("sl_a"), reader("sl_b")]);
    expect(types).toEqual(["access.expired", "reconcile.succeeded"]);
    expect(events[0]!.detail).toMatchObject({
      account: "sl_a",
      cause: "expiry",
      ending: [{ database: "orders", role: "read", expires: EARLIER }],
      after: [],
    });
  });

  it("reports the ended access of an account that a run before it took, and died", () => {
    const open = { expired: ["sl_a"] };
    const { types } = outcomeOf(ended, [reader("sl_b")], { record: { open } });
    expect(types).toEqual(["access.expired", "reconcile.succeeded"]);
  });

  it("reports drift once, and again when it changes", () => {
    const accounts = [observedAccount("sl_a"), reader("sl_eve")];
    const first = outcomeOf(roster, accounts);
    expect([first.drift, first.types]).toEqual([2, ["drift.detected"]]);
    expect(first.events[0]!.detail).toMatchObject({
      repaired: false,
      accounts: ["sl_a"],
      undeclared: ["sl_eve"],
    });
    const record = { lastSuccess: "2026-11-18T00:00:00Z", drift: first.driftFingerprint };
    const second = outcomeOf(roster, accounts, { record });
    expect([second.driftFingerprint, second.drift, second.types]).toEqual([first.driftFingerprint, 2, []]);
    const third = outcomeOf(roster, [reader("sl_a"), reader("sl_eve")], { record });
    expect([third.drift, third.types]).toEqual([1, ["drift.detected"]]);
    expect(third.driftFingerprint).not.toBe(first.driftFingerprint);
  });

  it("reports drift that it repaired, which then does not remain", () => {
    const { drift, driftFingerprint, events, types } = outcomeOf(
      roster,
      [observedAccount("sl_a")],
      {},
      "repair",
    );
    expect([drift, driftFingerprint]).toEqual([0, undefined]);
    expect(types).toEqual(["access.changed", "reconcile.succeeded", "drift.detected"]);
    expect(events.at(-1)!.detail).toMatchObject({ repaired: true, accounts: ["sl_a"], undeclared: [] });
  });
});
