import { admitSources } from "../../../../../core/decisions/admit-sources";
import { decideEnforcement } from "../../../../../core/decisions/decide-enforcement";
import type { KnownCluster, KnownSource } from "../../../../../core/decisions/known-cluster";
import { mergedRoster } from "../../../../../core/decisions/merged-roster";
import { EMPTY_ROSTER, type Roster } from "../../../../../core/roster/roster";
import { observedAccount, observedState, rosterOf } from "../../../../support/observed";
import { headOf, NOW, registered, settledOn, sourceOf, versionOf } from "../known";

const names = (...accounts: string[]): Roster =>
  rosterOf(Object.fromEntries(accounts.map(account => [account, { orders: "read" }])));
const handMade = observedState([
  observedAccount("sl_backup", { plugin: "caching_sha2_password" }),
  observedAccount("sl_batch", { host: "10.%" }),
  observedAccount("sl_iam"),
]);
const document = names("sl_alice", "sl_backup", "sl_batch", "sl_iam");
const parameter = { parameter: "/p", databases: ["orders"], roles: {}, maxRemovalShare: 1, minRemovals: 1 };
const entryWith = (name: string, adoptAccounts?: boolean) => ({
  sources: [{ ...parameter, name, adoptAccounts }],
});
const strangersOf = (source: KnownSource, state: KnownCluster, reviewed = EMPTY_ROSTER) => {
  const cluster = registered(state, entryWith(source.name), [source]);
  return [...admitSources(cluster, reviewed, handMade).strangers.keys()];
};
const rules = { prefix: "sl", definers: "block", onlyCreate: false, now: NOW } as const;
/** A source that has nothing of its own yet. */
const fresh = (overrides: Partial<KnownSource> = {}) =>
  sourceOf(document, {
    own: {},
    effective: EMPTY_ROSTER,
    pending: Object.keys(document.accounts),
    ...overrides,
  });

describe("an account that exists and that nobody declared before", () => {
  it("is not admitted in a source, at any host and with any login; accounts that do not exist are", () => {
    const cluster = registered(settledOn(EMPTY_ROSTER), entryWith("shop/prod"), [fresh()]);
    const { sources, strangers } = admitSources(cluster, EMPTY_ROSTER, handMade);
    expect([...strangers.keys()]).toEqual(["sl_backup", "sl_batch", "sl_iam"]);
    expect(strangers.get("sl_backup")).toMatch(
      /neither .* nor .* declared it before shop\/prod did\. .*`adoptAccounts`/,
    );
    expect(Object.keys(sources[0]!.roster.accounts)).toEqual(["sl_alice"]);
    expect(sources[0]!.pending).toEqual(["sl_alice"]);
  });

  it.each<[string, KnownCluster, Partial<KnownSource>, Roster]>([
    ["the roster that is planned declares it", settledOn(EMPTY_ROSTER), {}, names("sl_iam")],
    ["the applied roster declares it", settledOn(names("sl_iam")), {}, EMPTY_ROSTER],
    [
      "an earlier roster declared it, and it is still there",
      { head: headOf(), target: versionOf(EMPTY_ROSTER, ["sl_iam"]), applied: versionOf(EMPTY_ROSTER) },
      {},
      EMPTY_ROSTER,
    ],
    [
      "objects kept it when it had to go",
      settledOn(EMPTY_ROSTER, { lingering: ["sl_iam"] }),
      {},
      EMPTY_ROSTER,
    ],
    [
      "the source made it",
      settledOn(EMPTY_ROSTER),
      { own: { sl_iam: "2026-01-01T00:00:00Z" } },
      EMPTY_ROSTER,
    ],
    [
      "the source made it in an earlier release",
      settledOn(EMPTY_ROSTER),
      { own: { sl_iam: "" } },
      EMPTY_ROSTER,
    ],
    [
      "an earlier document of the source declared it",
      settledOn(EMPTY_ROSTER),
      { formerly: ["sl_iam"] },
      EMPTY_ROSTER,
    ],
  ])("is a stranger no more if %s", (_, state, source, reviewed) =>
    expect(strangersOf(fresh(source), state, reviewed)).toEqual(["sl_backup", "sl_batch"]),
  );

  it.each<[string, Partial<KnownSource>]>([
    ["an unproven list", { own: { sl_backup: "", sl_batch: "" } }],
    ["an unproven list of earlier accounts", { formerly: ["sl_backup", "sl_batch"] }],
    ["an unproven item", { own: { sl_backup: "", sl_batch: "" }, unproven: "missing" }],
  ])("stays a stranger if only %s says that the source made it, and its login is another", (_, source) => {
    const cluster = registered(settledOn(EMPTY_ROSTER), entryWith("shop/prod"), [fresh(source)]);
    const { sources, strangers } = admitSources(cluster, EMPTY_ROSTER, handMade);
    expect([...strangers.keys()]).toEqual(["sl_backup", "sl_batch", "sl_iam"]);
    const merged = mergedRoster(cluster, EMPTY_ROSTER, { ...rules, observed: handMade, unmanaged: "report" });
    expect([sources[0]!.own, sources[0]!.formerly, merged.previouslyDeclared]).toEqual([{}, [], []]);
  });

  it("is no stranger to a source if another source made it", () => {
    const other = sourceOf(names("sl_backup"), { name: "store/prod" });
    const cluster = registered(settledOn(EMPTY_ROSTER), entryWith("shop/prod"), [fresh(), other]);
    expect([...admitSources(cluster, EMPTY_ROSTER, handMade).strangers.keys()]).toEqual([
      "sl_batch",
      "sl_iam",
    ]);
  });

  it("is admitted if the stack allows that source to take it over, and no other one", () => {
    const cluster = registered(settledOn(EMPTY_ROSTER), entryWith("shop/prod", true), [
      fresh({ roster: names("sl_backup") }),
      fresh({ name: "store/prod", roster: names("sl_backup", "sl_batch") }),
    ]);
    expect([...admitSources(cluster, EMPTY_ROSTER, handMade).strangers.keys()]).toEqual(["sl_batch"]);
  });
});

describe("an agent of the reviewed roster that a source names", () => {
  const reviewed: Roster = {
    roles: { read: ["SELECT"] },
    accounts: {
      sl_bot: { kind: "agent", user: "bot", owner: "jane", databases: { orders: { role: "read" } } },
    },
  };
  const added = rosterOf({ sl_alice: { orders: "read" }, sl_bot: { billing: "read" } });
  const source = sourceOf(added, { own: {}, effective: EMPTY_ROSTER, pending: ["sl_alice", "sl_bot"] });
  const cluster = registered(settledOn(reviewed), entryWith("shop/prod", true), [source]);
  const observed = observedState([]);

  it("has what was reviewed alone in a plan, and the plan says so", () => {
    const merged = mergedRoster(cluster, reviewed, { ...rules, observed, unmanaged: "report" });
    expect(merged.roster.accounts["sl_bot"]).toEqual(reviewed.accounts["sl_bot"]);
    expect(Object.keys(merged.roster.accounts)).toEqual(["sl_alice", "sl_bot"]);
    expect(merged.blocked.get("sl_bot")).toMatch(/^it is an agent of `users\/`/);
  });

  it("has what was reviewed alone in a scheduled run, which reports the source", () => {
    const decision = decideEnforcement({ ...cluster, observation: { observed }, now: NOW });
    expect(decision.enforceable.roster.accounts["sl_bot"]).toEqual(reviewed.accounts["sl_bot"]);
    expect([...decision.sourceProblems.keys()]).toEqual(["sl_bot"]);
    expect([...decision.pending]).toEqual(["sl_alice"]);
    expect(decision.problems).toEqual([]);
  });
});

describe("a stranger that a source names", () => {
  const observation = { observed: handMade };

  it.each(["report", "lock", "remove"] as const)(
    "gets what undeclared accounts get in a plan: unmanaged %s",
    unmanaged => {
      const cluster = registered(settledOn(EMPTY_ROSTER), entryWith("shop/prod"), [fresh()]);
      const merged = mergedRoster(cluster, EMPTY_ROSTER, { ...rules, ...observation, unmanaged });
      expect(Object.keys(merged.roster.accounts)).toEqual(["sl_alice"]);
      expect(merged.previouslyDeclared).toEqual([]);
      expect([...merged.blocked.keys()]).toEqual(["sl_backup", "sl_batch", "sl_iam"]);
      expect(merged.onlyUsers("sl_backup")).toBe(true);
    },
  );

  it("is left alone by a scheduled run, and is not the run's failure", () => {
    const cluster = registered(settledOn(EMPTY_ROSTER), entryWith("shop/prod"), [fresh()]);
    const decision = decideEnforcement({ ...cluster, observation, now: NOW });
    const touched = decision.enforceable.plan.statements.flatMap(({ accounts }) => accounts);
    expect(touched.every(({ user }) => user === "sl_alice")).toBe(true);
    expect([...decision.sourceProblems.keys()]).toEqual(["sl_backup", "sl_batch", "sl_iam"]);
    expect(decision.problems).toEqual([]);
    expect([...decision.pending]).toEqual(["sl_alice"]);
  });

  it("is not dropped when the next document no longer names it", () => {
    const next = sourceOf(names("sl_alice"), { own: { sl_alice: "" } });
    const cluster = registered(settledOn(EMPTY_ROSTER), entryWith("shop/prod"), [next]);
    const { enforceable } = decideEnforcement({ ...cluster, observation, now: NOW });
    expect(
      enforceable.plan.statements.flatMap(({ accounts }) => accounts.map(({ user }) => user)),
    ).not.toContain("sl_backup");
  });
});
