import { decideEnforcement } from "../../../../core/decisions/decide-enforcement";
import { type EnforcementRun, enforcementOutcome } from "../../../../core/decisions/enforcement-outcome";
import type { KnownCluster } from "../../../../core/decisions/known-cluster";
import type { Observed } from "../../../../core/decisions/plan-enforcement";
import type { ObservedAccount } from "../../../../core/mysql";
import type { Roster } from "../../../../core/roster/roster";
import { definedObject, observedAccount, observedState, rosterOf } from "../../../support/observed";
import { EARLIER, entryOf, NOW, registered, runOf, settledOn } from "./known";

const option = { name: "payroll", privileges: [], grantOption: true };
const row = (name: string, ...privileges: string[]) => ({ name, privileges, grantOption: false });
const reader = (user: string) => observedAccount(user, { databases: [row("orders", "SELECT")] });
const roster = rosterOf({ sl_a: { orders: "read" } });
const ended = rosterOf({ sl_a: { orders: { role: "read", expires: EARLIER } }, sl_b: { orders: "read" } });

/** An administrator that may grant SELECT alone. */
const LIMITED = { grantable: ["SELECT"], restrictions: [], revokesRestricted: true, revokesProxies: false };

/** The outcome of a run that executes all statements. */
function outcomeOf(
  declared: Roster | KnownCluster,
  accounts: readonly ObservedAccount[],
  overrides: Partial<EnforcementRun> = {},
  { administrator, drift = "report" }: Pick<Observed, "administrator"> & { drift?: "report" | "repair" } = {},
) {
  const decision = decideEnforcement({
    ...registered("head" in declared ? declared : settledOn(declared), { drift }),
    observation: { observed: observedState(accounts), administrator },
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
    goesOn: new Set(),
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
      { drift: "repair" },
    );
    expect([drift, driftFingerprint]).toEqual([0, undefined]);
    // What its holder was given has not changed, so there is nothing to say to the holder.
    expect(types).toEqual(["reconcile.succeeded", "drift.detected"]);
    expect(events.at(-1)!.detail).toMatchObject({ repaired: true, accounts: ["sl_a"], undeclared: [] });
  });

  it.each<[string, Partial<ObservedAccount>]>([
    ["GRANT OPTION on everything", { globalGrantOption: true }],
    ["GRANT OPTION on a database", { databases: [{ ...row("orders", "SELECT"), grantOption: true }] }],
    ["GRANT OPTION on a database that it does not have", { databases: [row("orders", "SELECT"), option] }],
  ])("does not tell a holder who only loses %s that its access has changed", (_, found) => {
    const { events, types } = outcomeOf(roster, [{ ...reader("sl_a"), ...found }]);
    expect(types).toEqual(["reconcile.succeeded", "drift.detected"]);
    expect(events[0]!.detail).toMatchObject({ statements: 1, changes: [] });
    expect(events[1]!.detail).toMatchObject({ repaired: true, accounts: ["sl_a"] });
  });

  it.each<[string, Partial<ObservedAccount>, Partial<EnforcementRun>, string[]]>([
    ["that only lost GRANT OPTION", { globalGrantOption: true }, { shut: new Set() }, []],
    ["that was dropped", {}, { touched: new Set(["sl_old"]), shut: new Set(["sl_old"]) }, ["access.revoked"]],
    ["of which that is not known", {}, { touched: new Set(["sl_old"]) }, ["access.revoked"]],
  ])("says that an account without access can no longer log in only if that is so: one %s", (...given) => {
    const [, found, overrides, expected] = given;
    const accounts = [reader("sl_a"), { ...reader("sl_old"), ...found }];
    const known = settledOn(roster, { lingering: ["sl_old"] });
    const { types } = outcomeOf(known, accounts, overrides);
    expect(types.filter(type => type.startsWith("access."))).toEqual(expected);
  });

  const view = definedObject("VIEW orders.v");
  const systemUser = { name: "SYSTEM_USER", grantOption: false };

  it.each<[string, Partial<ObservedAccount>, number]>([
    ["holds SYSTEM_USER", { dynamicPrivileges: [systemUser] }, 1],
    ["holds FILE and owns a view", { globalPrivileges: ["FILE"], definerOf: [view] }, 1],
    [
      "holds SYSTEM_USER, and PROXY with it",
      { dynamicPrivileges: [systemUser], proxies: [{ user: "root", host: "%", grantOption: true }] },
      1,
    ],
    [
      "holds FILE and owns a view, and lost what can be given back",
      { globalPrivileges: ["FILE"], definerOf: [view], databases: [] },
      2,
    ],
  ])("counts and reports drift that it cannot repair: an account that %s", (_, found, drift) => {
    const accounts = [{ ...reader("sl_a"), ...found }];
    const first = outcomeOf(roster, accounts, {}, { administrator: LIMITED });
    expect([first.drift, first.types]).toEqual([drift, ["drift.detected"]]);
    expect(first.events[0]!.detail).toMatchObject({ repaired: false, accounts: ["sl_a"] });
    const record = { lastSuccess: "2026-11-18T00:00:00Z", drift: first.driftFingerprint };
    expect(outcomeOf(roster, accounts, { record }, { administrator: LIMITED }).types).toEqual([]);
    const more = [...accounts, { ...reader("sl_b"), dynamicPrivileges: [systemUser] }];
    const both = rosterOf({ sl_a: { orders: "read" }, sl_b: { orders: "read" } });
    const second = outcomeOf(both, more, { record }, { administrator: LIMITED });
    expect([second.drift, second.types]).toEqual([drift + 1, ["drift.detected"]]);
  });

  it("counts an undeclared account once, also one that it could not even lock", () => {
    const eve = { ...reader("sl_eve"), dynamicPrivileges: [systemUser] };
    const { drift, events } = outcomeOf(roster, [reader("sl_a"), eve], {}, { administrator: LIMITED });
    expect(drift).toBe(1);
    expect(events[0]!.detail).toMatchObject({ accounts: [], undeclared: ["sl_eve"] });
  });
});
