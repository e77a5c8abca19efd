import { decideEnforcement } from "../../../../../core/decisions/decide-enforcement";
import { enforcementOutcome } from "../../../../../core/decisions/enforcement-outcome";
import type { KnownSource } from "../../../../../core/decisions/known-cluster";
import { EMPTY_ROSTER } from "../../../../../core/roster/roster";
import { observedAccount, observedState, rosterOf } from "../../../../support/observed";
import { headOf, NOW, registered, runOf, settledOn, sourceOf, versionOf } from "../known";

const row = (name: string) => ({ name, privileges: ["SELECT"], grantOption: false });
const holding = (...databases: string[]) => observedAccount("sl_c", { databases: databases.map(row) });
const granting = (database: string) => rosterOf({ sl_c: { [database]: "read" } });

/** A source that the registry names no longer. */
const gone = (overrides: Partial<KnownSource> = {}) =>
  sourceOf(EMPTY_ROSTER, {
    name: "gone",
    own: { sl_c: "0" },
    formerly: ["sl_c"],
    effective: EMPTY_ROSTER,
    withdrawn: true,
    ...overrides,
  });
/** A source whose document names the account no longer. */
const dropping = (overrides: Partial<KnownSource> = {}) =>
  sourceOf(EMPTY_ROSTER, { formerly: ["sl_c"], effective: granting("stock"), ...overrides });

const decide = (states: KnownSource[], account = holding("stock"), state = settledOn(EMPTY_ROSTER)) => {
  const decision = decideEnforcement({
    ...registered(state, {}, states),
    observation: { observed: observedState([account]) },
    now: NOW,
  });
  const { plan, unresolved } = decision.enforceable;
  const { events } = enforcementOutcome({
    run: runOf("enforce"),
    entry: registered(state).entry,
    record: {},
    decision,
    statements: plan.statements,
    ran: plan.statements.length,
    sessionsEnded: 0,
    holdsExpired: new Set(),
    goesOn: new Set(),
    touched: new Set(plan.statements.flatMap(({ accounts }) => accounts.map(({ user }) => user))),
    unresolved,
  });
  return {
    sql: plan.statements.map(({ sql }) => sql),
    unresolved: [...unresolved],
    events: events.flatMap(({ type }) => (type.startsWith("access.") ? [type] : [])),
  };
};

describe("an account that a source drops, and that was a withdrawn source's too", () => {
  it.each<[string, KnownSource[]]>([
    ["as the release before recorded it", [dropping(), gone()]],
    ["with the withdrawn one first", [gone(), dropping()]],
    ["with two withdrawn ones", [gone(), dropping(), gone({ name: "gone/too" })]],
  ])("goes with the next run once the withdrawal is applied: %s", (_, states) =>
    expect(decide(states)).toEqual({
      sql: ["DROP USER 'sl_c'@'%'"],
      unresolved: [],
      events: ["access.revoked"],
    }),
  );

  it("keeps what the withdrawn source gave until the withdrawal is applied", () => {
    const states = [dropping(), gone({ effective: granting("shop") })];
    const { sql } = decide(states, holding("shop", "stock"));
    expect(sql).toEqual(["REVOKE SELECT ON `stock`.* FROM 'sl_c'@'%'"]);
  });

  it.each<[string, ReturnType<typeof settledOn>]>([
    ["no apply ever succeeded", { head: headOf({ target: "1" }), target: versionOf(EMPTY_ROSTER) }],
    ["another cluster took the name", settledOn(EMPTY_ROSTER, { resourceId: "cluster-B" })],
  ])("waits for the apply, and nothing is claimed, if %s", (_, state) => {
    const states = [dropping(), gone({ effective: granting("shop") })];
    expect(decide(states, holding("shop", "stock"), state)).toEqual({
      sql: [],
      unresolved: ["sl_c"],
      events: [],
    });
  });

  it.each<[string, Partial<KnownSource>]>([
    ["whose withdrawal is not applied", { effective: granting("stock") }],
    ["that could not be dropped", {}],
  ])("stays for the next apply if it is only a withdrawn source's: %s", (_, overrides) =>
    expect(decide([gone(overrides)])).toMatchObject({ sql: [], events: [] }),
  );
});
