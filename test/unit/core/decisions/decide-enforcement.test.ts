import { decideEnforcement, type EnforcementDecision } from "../../../../core/decisions/decide-enforcement";
import type { KnownCluster, KnownSource } from "../../../../core/decisions/known-cluster";
import type { ObservedAccount } from "../../../../core/mysql";
import { observedAccount, observedState, rosterOf, withOptions } from "../../../support/observed";
import { EARLIER, halfWay, headOf, NOW, registered, settledOn, sourceOf, versionOf } from "./known";

const row = (name: string, ...privileges: string[]) => ({ name, privileges, grantOption: false });
const reader = (user: string) => observedAccount(user, { databases: [row("orders", "SELECT")] });
const roster = rosterOf({ sl_a: { orders: "read" } });
const over = { role: "read", expires: EARLIER };

const ONLY_SELECT = {
  grantable: ["SELECT"],
  restrictions: [],
  revokesRestricted: true,
  revokesProxies: false,
};

interface Case {
  readonly state?: KnownCluster;
  readonly accounts?: readonly ObservedAccount[];
  readonly entry?: Parameters<typeof registered>[1];
  readonly sources?: readonly KnownSource[];
}
const decide = ({ accounts = [], entry, sources, state = settledOn(roster) }: Case): EnforcementDecision =>
  decideEnforcement({
    ...registered(state, entry, sources),
    observation: { observed: observedState(accounts) },
    now: NOW,
  });
const planned = ({ enforceable }: EnforcementDecision) => enforceable.plan.statements.map(({ sql }) => sql);
const drift = ({ enforceable }: EnforcementDecision) => enforceable.drift.statements.map(({ sql }) => sql);

describe("a scheduled run", () => {
  it("does nothing if the cluster is as declared", () => {
    const decision = decide({ accounts: [reader("sl_a")] });
    expect([planned(decision), drift(decision), decision.enforceable.undeclared]).toEqual([[], [], []]);
  });

  it("takes expired access away, and says that this is why", () => {
    const ended = rosterOf({ sl_a: { orders: over, payments: "read" } });
    const account = observedAccount("sl_a", {
      databases: [row("orders", "SELECT"), row("payments", "SELECT")],
    });
    const decision = decide({ state: settledOn(ended), accounts: [account] });
    expect(planned(decision)).toEqual(["REVOKE SELECT ON `orders`.* FROM 'sl_a'@'%'"]);
    expect(decision.about("sl_a")).toEqual({ user: "a", cause: "expiry" });
  });

  it("reports other drift, and repairs it only if the cluster asks for that", () => {
    const accounts = [observedAccount("sl_a"), reader("sl_eve")];
    const GRANT = ["GRANT SELECT ON `orders`.* TO 'sl_a'@'%'"];
    const reported = decide({ accounts });
    expect([planned(reported), drift(reported)]).toEqual([[], GRANT]);
    expect(reported.enforceable.undeclared).toEqual(["sl_eve"]);
    expect(reported.about("sl_a").cause).toBe("drift");
    const repaired = decide({ accounts, entry: { drift: "repair" } });
    expect([planned(repaired), drift(repaired)]).toEqual([GRANT, []]);
  });

  it("locks a suspended account again that somebody unlocked, also where drift is only reported", () => {
    const suspended = withOptions(roster, "sl_a", { suspended: true });
    const LOCK = "ALTER USER 'sl_a'@'%' ACCOUNT LOCK";
    const locked = { ...reader("sl_a"), locked: true };
    const event = { kind: "EVENT", database: "orders", name: "e", enabled: true } as const;
    const of = (state: KnownCluster, account: ObservedAccount) => {
      const decision = decide({ state, accounts: [account] });
      return [planned(decision), drift(decision)];
    };
    expect(of(settledOn(suspended), reader("sl_a"))).toEqual([[LOCK], []]);
    expect(of(settledOn(suspended), locked)).toEqual([[], []]);
    expect(of(settledOn(suspended), { ...locked, definerOf: [event] })[0]).toHaveLength(1);
    expect(of(settledOn(roster), locked)).toEqual([[], [LOCK.replace("LOCK", "UNLOCK")]]);
    for (const state of [halfWay(suspended, roster), halfWay(roster, suspended)])
      for (const account of [reader("sl_a"), locked]) expect(of(state, account)).toEqual([[], []]);
  });

  it("puts a changed entry of Parameter Store into effect, and drops the accounts that it no longer names", () => {
    const source = sourceOf(rosterOf({ sl_b: { orders: "read" } }), {
      pending: ["sl_b"],
      formerly: ["sl_c"],
      effective: rosterOf({ sl_c: { orders: "read" } }),
    });
    const decision = decide({ accounts: [reader("sl_a"), reader("sl_c")], sources: [source] });
    expect(planned(decision)).toEqual([
      "DROP USER 'sl_c'@'%'",
      expect.stringMatching(/^CREATE USER 'sl_b'@'%' /),
      "GRANT SELECT ON `orders`.* TO 'sl_b'@'%'",
    ]);
    expect([...decision.pending].sort()).toEqual(["sl_b", "sl_c"]);
    for (const account of ["sl_b", "sl_c"])
      expect(decision.about(account)).toMatchObject({ cause: "parameter", sources: [source.name] });
    expect(decision.about("sl_a").sources).toBeUndefined();
    expect(Object.keys(decision.before.accounts)).toEqual(["sl_a", "sl_c"]);
  });

  it("leaves the accounts of a withdrawn source to the next apply", () => {
    const source = sourceOf(rosterOf({}), {
      formerly: ["sl_c"],
      effective: rosterOf({ sl_c: { orders: "read" } }),
      withdrawn: true,
    });
    const decision = decide({ accounts: [reader("sl_a"), reader("sl_c")], sources: [source] });
    expect([planned(decision), drift(decision)]).toEqual([[], []]);
  });

  it("neither completes nor undoes an apply that failed half-way", () => {
    const target = rosterOf({ sl_a: { orders: "write" }, sl_new: { orders: "read" } });
    const decision = decide({
      state: halfWay(target, roster),
      accounts: [reader("sl_a"), observedAccount("sl_new")],
      entry: { drift: "repair" },
    });
    expect([planned(decision), drift(decision)]).toEqual([[], []]);
    expect([...decision.enforceable.unresolved]).toEqual(["sl_new"]);
  });

  it("gives nobody access while a removal is under way", () => {
    const state = settledOn(roster, { removing: "cs-3" });
    const decision = decide({ state, accounts: [], entry: { drift: "repair" } });
    expect(planned(decision)).toEqual([]);
    expect(drift(decision)).toEqual([]);
  });

  it("gives nothing above a ceiling that was lowered since", () => {
    const entry = { drift: "repair" as const, ceiling: { privileges: ["INSERT" as const] } };
    expect(planned(decide({ accounts: [observedAccount("sl_a")], entry })).join()).not.toContain("GRANT");
  });

  it("before the first success takes only what ended after the plan", () => {
    const before = { role: "read", expires: "2026-10-01T00:00:00Z" };
    const target = rosterOf({ sl_a: { orders: before }, sl_b: { orders: over } });
    const state = { head: headOf({ target: "1", attempt: "cs-1" }), target: versionOf(target) };
    const decision = decide({ state, accounts: [reader("sl_a"), reader("sl_b")] });
    expect([...decision.enforceable.expired]).toEqual(["sl_b"]);
    expect(planned(decision)).toEqual(["DROP USER 'sl_b'@'%'"]);
    expect(drift(decision)).toEqual([]);
  });

  it("processes the other accounts if one is blocked, and says why", () => {
    const ended = rosterOf({ sl_a: { orders: over }, sl_b: { orders: over } });
    const powerful = { dynamicPrivileges: [{ name: "SYSTEM_USER", grantOption: false }] };
    const decision = decideEnforcement({
      ...registered(settledOn(ended)),
      observation: {
        observed: observedState([observedAccount("sl_a", powerful), reader("sl_b")]),
        administrator: ONLY_SELECT,
      },
      now: NOW,
    });
    expect(planned(decision)).toEqual(["DROP USER 'sl_b'@'%'"]);
    expect([...decision.leftOut]).toEqual([["sl_a", expect.stringMatching(/'sl_a'@'%' holds SYSTEM_USER/)]]);
    expect([...decision.enforceable.unresolved]).toEqual(["sl_a"]);
  });

  it.each([
    ["what ended", { a: over }, ["REVOKE SELECT ON `a`.* FROM 'sl_a'@'%'"]],
    ["nothing that has not ended", { a: "read" }, []],
    [
      "what ended, also by halves",
      { a: { ...over, role: "write" } },
      ["REVOKE SELECT ON `a`.* FROM 'sl_a'@'%'"],
    ],
  ])("takes from an account that cannot be given what is declared %s", (_what, ended, expected) => {
    const declared = rosterOf({ sl_a: { ...ended, b: "write" } });
    const decision = decideEnforcement({
      ...registered(settledOn(declared)),
      observation: {
        observed: observedState([
          observedAccount("sl_a", { databases: [row("a", "SELECT"), row("b", "SELECT")] }),
        ]),
        administrator: ONLY_SELECT,
      },
      now: NOW,
    });
    expect(planned(decision)).toEqual(expected);
    expect(decision.problems).toEqual(
      expected.map(() => expect.stringMatching(/lacks INSERT.* and cannot give it to 'sl_a'/)),
    );
  });

  it("names accounts of a former prefix, which it cannot manage", () => {
    const decision = decide({ entry: { prefix: "ab" } });
    expect(decision.problems).toEqual([
      "sl_a: applied with another prefix than `ab_` or another `alsoManages`, and not managed until the cluster is applied again.",
    ]);
  });
});
