import { decidePreview } from "../../../../core/decisions/decide-preview";
import type { KnownCluster, KnownSource } from "../../../../core/decisions/known-cluster";
import { AS_THE_LEDGER_KNOWS, leaversByLedger, namingLeavers } from "../../../../core/decisions/left-behind";
import type { Roster } from "../../../../core/roster/roster";
import { observedAccount, observedState, rosterOf, withOptions } from "../../../support/observed";
import { halfWay, NOW, registered, requestOf, settledOn, sourceOf } from "./known";

const both = rosterOf({ sl_a: { orders: "read" }, sl_b: { orders: "read" } });
const onlyA = rosterOf({ sl_a: { orders: "read" } });
const none = rosterOf({});
const reader = (user: string, more: object = {}) =>
  observedAccount(user, {
    databases: [{ name: "orders", privileges: ["SELECT"], grantOption: false }],
    ...more,
  });

describe("who is no longer declared and can still log in", () => {
  const summaryOf = (state: KnownCluster, wanted: Roster, accounts: ReturnType<typeof reader>[]) => {
    const observation = { observed: observedState(accounts) };
    const facts = { ...registered(state), request: requestOf(wanted), observation, now: NOW };
    return decidePreview(facts, false);
  };

  it.each<[string, KnownCluster, Roster, string]>([
    ["after an apply", settledOn(both), onlyA, "sl_b"],
    ["all of them", settledOn(both), none, "sl_a, sl_b"],
    ["after an apply that failed half-way", halfWay(onlyA, both), onlyA, "sl_b"],
    ["where no plan was seen", settledOn(both, { gates: [] }), onlyA, "sl_b"],
  ])("is named in summary and set: %s", (_, state, wanted, names) => {
    const { notes, summary } = summaryOf(state, wanted, [reader("sl_a"), reader("sl_b")]);
    expect(summary).toContain(`; no longer declared, but with access: ${names}`);
    expect(notes.join()).toContain(`until an apply takes it: ${names}. If a record was destroyed without`);
  });

  it("is named with the host that is no longer declared", () => {
    const at = (...hosts: string[]) => withOptions(onlyA, "sl_a", { hosts });
    const accounts = (locked: boolean) => [
      reader("sl_a", { host: "10.%" }),
      reader("sl_a", { host: "::1", locked }),
    ];
    const state = settledOn(at("10.%", "::1"));
    const named = "no longer declared, but with access: 'sl_a'@'::1'";
    expect(summaryOf(state, at("10.%"), accounts(false)).summary).toContain(named);
    expect(summaryOf(state, at("10.%"), accounts(true)).summary).not.toContain("no longer declared");
  });

  it.each<[string, ReturnType<typeof reader>[]]>([
    ["whose account is gone", [reader("sl_a")]],
    ["whose account is locked", [reader("sl_a"), reader("sl_b", { locked: true })]],
  ])("is nobody %s", (_, accounts) => {
    expect(summaryOf(settledOn(both), onlyA, accounts).summary).not.toContain("no longer declared");
  });

  it("is named where the set is refused", () => {
    const administrator = {
      grantable: [],
      restrictions: [],
      revokesRestricted: true,
      revokesProxies: false,
    };
    const observed = observedState([reader("sl_a"), reader("sl_b")]);
    const wanted = rosterOf({ sl_a: { orders: "write" } });
    const observation = { observed, administrator };
    const facts = { ...registered(settledOn(both)), request: requestOf(wanted), observation, now: NOW };
    const decision = decidePreview(facts, false);
    expect([decision.status, decision.summary]).toEqual([
      "refused",
      expect.stringMatching(/ No longer declared, but with access: sl_b\.$/),
    ]);
  });
});

describe("the same by the ledger, where the database was not observed", () => {
  const leavers = (
    state: KnownCluster,
    wanted: Roster,
    more: { states?: KnownSource[]; owner?: string } = {},
  ) => {
    const { owner = "shop", states = [] } = more;
    return leaversByLedger({ ...registered(state), states }, requestOf(wanted, { owner }), NOW);
  };

  it("is who was declared last, without those that it holds as locked and those of a source", () => {
    expect(leavers(settledOn(both), onlyA)).toEqual(["sl_b"]);
    expect(leavers(halfWay(onlyA, both), onlyA)).toEqual(["sl_b"]);
    expect(leavers(settledOn(both, { lingering: ["sl_c"] }), none)).toEqual(["sl_a", "sl_b"]);
    expect(leavers(settledOn(both), none, { states: [sourceOf(onlyA)] })).toEqual(["sl_b"]);
  });

  it("is nobody where the ledger cannot tell: not proven, another cluster, another owner", () => {
    expect(leavers(settledOn(both, { unproven: "invalid" }), none)).toEqual([]);
    expect(leavers(settledOn(both, { resourceId: "cluster-B" }), none)).toEqual([]);
    expect(leavers(settledOn(both), none, { owner: "store" })).toEqual([]);
  });

  it("leaves findings as they are where nobody leaves", () => {
    const findings = { status: "refused" as const, notes: ["a note"], summary: "orders: refused" };
    expect(namingLeavers(findings, [])).toEqual(findings);
    expect(namingLeavers(findings, ["sl_b"], AS_THE_LEDGER_KNOWS).summary).toBe(
      "orders: refused. No longer declared, but with access as far as the ledger knows: sl_b.",
    );
  });
});
