import {
  decidePreview,
  isLastSuccess,
  type ObservedFacts,
  refusalReasons,
} from "../../../../core/decisions/decide-preview";
import type { KnownCluster } from "../../../../core/decisions/known-cluster";
import type { Roster } from "../../../../core/roster/roster";
import { definedObject, observedAccount, observedState, rosterOf } from "../../../support/observed";
import { headOf, NOW, registered, requestOf, settledOn, sourceOf } from "./known";

const row = (name: string, ...privileges: string[]) => ({ name, privileges, grantOption: false });
const reader = (user: string) => observedAccount(user, { databases: [row("orders", "SELECT")] });
const roster = rosterOf({ sl_a: { orders: "read" } });
const factsOf = (
  state: KnownCluster,
  wanted: Roster,
  observed = observedState([reader("sl_a")]),
  overrides: Partial<ObservedFacts> = {},
): ObservedFacts => ({
  ...registered(state),
  request: requestOf(wanted),
  observation: { observed },
  now: NOW,
  ...overrides,
});

describe("a preview", () => {
  it("shows the statements that are pending, and names their accounts", () => {
    const both = rosterOf({ sl_a: { orders: "read" }, sl_b: { orders: "read" } });
    const decision = decidePreview(factsOf(settledOn(roster), both), false);
    expect(decision).toMatchObject({ status: "changes", verified: true, notes: [], pending: 2 });
    expect(decision.statements).toEqual([
      expect.stringMatching(/^CREATE USER 'sl_b'@'%' /),
      "GRANT SELECT ON `orders`.* TO 'sl_b'@'%'",
    ]);
    expect(decision.summary).toBe("orders: when planned, 2 statements were pending: sl_b");
  });

  it("names accounts without a name that take all logins, also where nothing else is to do", () => {
    const hosts = ["%", "10.%", "localhost"];
    const observed = observedState([reader("sl_a")], { anonymousHosts: hosts });
    const same = decidePreview(factsOf(settledOn(roster), roster, observed), true);
    const names = ["10.%", "localhost"].map(host => `''@'${host}' (takes every login from there)`);
    expect(same).toMatchObject({ status: "same", unmanaged: names });
    expect(same.summary).toContain(
      `no declared account can log in where one without a name may: ${names[0]}`,
    );
    const wanted = rosterOf({ sl_a: { orders: "write" } });
    const { notes, unmanaged } = decidePreview(factsOf(settledOn(roster), wanted, observed), false);
    expect(unmanaged).toEqual(names);
    expect(notes[0]).toMatch(
      /^NO DECLARED ACCOUNT CAN LOG IN .*''@'10\.%', ''@'localhost'\. .*Drop it by hand/,
    );
  });

  it("says that an account has an attribute that this release does not know", () => {
    const strange = observedAccount("sl_a", { strangeAttributes: ["Biometrics"] });
    const { notes } = decidePreview(factsOf(settledOn(roster), roster, observedState([strange])), false);
    expect(notes.join()).toContain("'sl_a'@'%' has `Biometrics` in mysql.user.User_attributes");
  });

  it("only creates accounts if its gate is unknown, and says that the rest waits", () => {
    const wanted = rosterOf({ sl_a: { orders: "write" }, sl_b: { orders: "read" } });
    const decision = decidePreview(factsOf({ head: headOf({ gates: [] }) }, wanted), false);
    expect(decision.status).toBe("unseen");
    expect(decision.statements!.join()).not.toContain("sl_a");
    expect(decision.notes.at(-1)).toMatch(
      /^No one can review this set before it runs.* 1 more statement waits /,
    );
    expect(decision.summary).toBe(
      "orders: when planned, 3 statements were pending: sl_b; 1 for the next plan",
    );
  });

  it("repeats the last set if nothing is pending, or brings the ledger up to date", () => {
    expect(decidePreview(factsOf(settledOn(roster), roster), true)).toEqual({
      status: "same",
      verified: true,
      unmanaged: [],
      notes: [],
      summary: "orders: nothing is pending",
    });
    expect(decidePreview(factsOf(settledOn(roster), roster), false)).toMatchObject({
      status: "none",
      notes: ["The database is as declared. Apply brings the ledger up to date."],
      summary: "orders: nothing is pending in the database",
    });
  });

  it("names accounts that nobody declared", () => {
    const observed = observedState([reader("sl_a"), reader("sl_eve")]);
    expect(decidePreview(factsOf(settledOn(roster), roster, observed), true)).toMatchObject({
      unmanaged: ["sl_eve"],
      summary: "orders: nothing is pending; not declared: sl_eve",
    });
  });

  it("notes a takeover, another cluster of the name, and what the sources add", () => {
    const facts = factsOf(settledOn(roster, { resourceId: "cluster-B" }), roster, undefined, {
      request: requestOf(roster, { owner: "store", adopt: true }),
      states: [sourceOf(rosterOf({ sl_c: { orders: "read" } }))],
    });
    expect(decidePreview(facts, false).notes).toEqual([
      "The cluster is taken over from `shop`.",
      expect.stringMatching(/^orders is cluster-A now and was cluster-B\./),
      "1 account is declared in Parameter Store (shop/prod), in addition to those declared here.",
    ]);
  });

  it("is refused if the administrator cannot grant what is declared", () => {
    const facts = factsOf(settledOn(roster), rosterOf({ sl_a: { orders: "write" } }));
    const administrator = {
      grantable: ["SELECT"],
      restrictions: [],
      revokesRestricted: true,
      revokesProxies: false,
    };
    const decision = decidePreview({ ...facts, observation: { ...facts.observation, administrator } }, false);
    expect(decision.status).toBe("refused");
    expect(decision.statements).toBeUndefined();
    expect(decision.summary).toMatch(/^orders: refused: .*lacks INSERT, UPDATE/);
  });
});

describe("an account without the prefix that no applied plan has shown", () => {
  const reaches = (user: string) => ({
    account: { user, host: "%" },
    database: "orders",
    privileges: ["SELECT"],
    grantOption: false,
  });
  const notesAbout = (holders: Readonly<Record<string, string>>) => {
    const outside = { grants: [reaches("shopapp")], roles: [], proxies: [] };
    const observed = observedState([reader("sl_a")], { outside });
    const baseline = { databases: ["orders"], kinds: ["reaches"], holders };
    const decision = decidePreview(factsOf(settledOn(roster), roster, observed, { holders: baseline }), true);
    return decision.notes.filter(note => note.includes("shopapp"));
  };

  it.each<[string, Record<string, string>, RegExp]>([
    [
      "can be accepted if a run recorded it",
      { "'shopapp'@'%' reaches orders": "2026-11-19T00:00:00.000Z" },
      /apply this plan to accept it/,
    ],
    ["cannot yet if no run did", {}, /the next run reports it, and a plan after that can accept it/],
    [
      "cannot yet if a run only recorded others",
      { "'other'@'%' reaches orders": "2026-11-19T00:00:00.000Z" },
      /the next run reports it, and a plan after that can accept it/,
    ],
  ])("%s", (_, holders, says) => {
    const notes = notesAbout(holders);
    expect(notes).toEqual([expect.stringMatching(says)]);
    expect(notes.join().includes("apply this plan")).toBe(String(says).includes("apply this plan"));
  });
});

describe("the notes of a plan", () => {
  const grants = Array.from({ length: 30 }, (_, at) => ({
    account: { user: `app${at}`, host: "%" },
    database: "orders",
    privileges: ["SELECT"],
    grantOption: false,
  }));
  const outside = { grants, roles: [], proxies: [] };
  const owner = observedAccount("sl_b", { definerOf: [definedObject("VIEW orders.v")] });
  const able = observedAccount("sl_a", { databases: [row("orders", "SELECT")], globalGrantOption: true });
  const holders = { databases: ["orders"], kinds: ["can act as", "by privilege"], holders: {} };
  const state = settledOn(rosterOf({ sl_a: { orders: "read" }, sl_b: { orders: "read" } }));

  it("begin with what a reviewer must not overlook, in one line for all new holders", () => {
    const observed = observedState([able, owner, reader("sl_eve")], { outside });
    const request = requestOf(roster, { owner: "store", adopt: true });
    const { notes } = decidePreview(factsOf(state, roster, observed, { holders, request }), false);
    expect(notes).toEqual([
      expect.stringMatching(/^sl_a could hand on access: GRANT OPTION is revoked\./),
      expect.stringMatching(/^NEW ACCESS of accounts that are not managed here: 'app0'.*; and 10 more\. /),
      expect.stringMatching(/^No longer declared, but with access until an apply takes it: sl_b\. /),
      expect.stringMatching(/^'sl_b'@'%' has to be removed, .* it is locked, not gone/),
      expect.stringMatching(/^'sl_eve'@'%' bears the prefix and is not managed/),
      "The cluster is taken over from `shop`.",
      "Sessions end on each instance; open on the writer when planned: sl_a, sl_b. How many are open is not known.",
    ]);
  });

  it("do not say that GRANT OPTION is revoked where no statement can", () => {
    const dynamic = [{ name: "SYSTEM_USER", grantOption: false }];
    const stuck = observedAccount("sl_c", { dynamicPrivileges: dynamic, globalGrantOption: true });
    const administrator = {
      grantable: ["SELECT"],
      restrictions: [],
      revokesRestricted: true,
      revokesProxies: false,
    };
    const both = rosterOf({ sl_a: { orders: "read" }, sl_c: { orders: "read" } });
    const observation = { observed: observedState([able, stuck]), administrator };
    const { notes } = decidePreview(factsOf(settledOn(both), both, undefined, { observation }), false);
    expect(notes.slice(0, 3)).toEqual([
      expect.stringMatching(/^LEFT OUT: sl_c\. /),
      expect.stringMatching(/^sl_a could hand on access: GRANT OPTION is revoked\./),
      expect.stringMatching(/^sl_c could hand on access: GRANT OPTION STAYS/),
    ]);
  });
});

describe("a roster is refused, whatever the database holds,", () => {
  it("if it is above the ceiling, or another owner declares the cluster", () => {
    const facts = { ...registered(settledOn(roster)), request: requestOf(roster) };
    expect(refusalReasons(facts, NOW)).toEqual([]);
    const low = registered(settledOn(roster), { ceiling: { privileges: ["INSERT"] } });
    expect(refusalReasons({ ...facts, ...low }, NOW)).toEqual([
      expect.stringMatching(/asks for SELECT, .*\. If this change allows it, .* apply that first/),
    ]);
    expect(refusalReasons({ ...facts, request: requestOf(roster, { owner: "store" }) }, NOW)).toEqual([
      expect.stringMatching(/^orders belongs to `shop`/),
    ]);
  });
});

describe("the last success is what is asked for", () => {
  const isLast = (head: Partial<KnownCluster["head"]> = {}, request = requestOf(roster)) =>
    isLastSuccess({ ...registered(settledOn(roster, head)), request });

  it("if owner, roster and cluster are the same", () => {
    expect(isLast()).toBe(true);
    expect(isLast({ resourceId: undefined })).toBe(true);
  });

  it("not if one of them differs, or something was tried since", () => {
    expect(isLast({ attempt: "cs-2" })).toBe(false);
    expect(isLast({ target: "2" })).toBe(false);
    expect(isLast({ released: "2026-11-01T00:00:00Z" })).toBe(false);
    expect(isLast({ resourceId: "cluster-B" })).toBe(false);
    expect(isLast({}, requestOf(roster, { owner: "store" }))).toBe(false);
    expect(isLast({}, requestOf(rosterOf({})))).toBe(false);
  });

  it.each<[string, Parameters<typeof sourceOf>, boolean]>([
    ["that the registry names", [roster], true],
    ["that is withdrawn and still in effect", [rosterOf({}), { effective: roster, withdrawn: true }], false],
    [
      "that is withdrawn, of which all of its accounts are others' too",
      [rosterOf({}), { effective: roster, formerly: ["sl_a"], withdrawn: true }],
      false,
    ],
    [
      "that an apply settled, and that left a locked account",
      [rosterOf({}), { formerly: ["sl_a"], withdrawn: true }],
      true,
    ],
  ])("with a source %s", (_, [of, overrides], expected) => {
    const cluster = registered(settledOn(roster), {}, [sourceOf(of, overrides)]);
    expect(isLastSuccess({ ...cluster, request: requestOf(roster) })).toBe(expected);
  });
});
