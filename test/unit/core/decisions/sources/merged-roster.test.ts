import { mergedRoster, sourcesNotes } from "../../../../../core/decisions/merged-roster";
import type { ObservedAccount } from "../../../../../core/mysql";
import { observedAccount, observedState, rosterOf } from "../../../../support/observed";
import { NOW, registered, settledOn, sourceOf } from "../known";

const reviewed = rosterOf({ sl_a: { orders: "read" } });
const rulesOf = (...accounts: ObservedAccount[]) => ({
  observed: observedState(accounts),
  now: NOW,
  prefix: "sl",
  unmanaged: "report" as const,
  definers: "block" as const,
  onlyCreate: false,
  administrator: { grantable: ["SELECT"], restrictions: [], revokesRestricted: true, revokesProxies: false },
});
/** An account that the administrator may not change. */
const powerful = (user: string) =>
  observedAccount(user, { dynamicPrivileges: [{ name: "SYSTEM_USER", grantOption: false }] });

describe("Terraform's roster and the sources together", () => {
  it("hold the accounts of both; the reviewed grant wins", () => {
    const source = sourceOf(rosterOf({ sl_a: { orders: "write" }, sl_b: { orders: "read" } }));
    const merged = mergedRoster(registered(settledOn(reviewed), {}, [source]), reviewed, rulesOf());
    expect(Object.keys(merged.roster.accounts)).toEqual(["sl_a", "sl_b"]);
    expect(merged.roster.accounts["sl_a"]).toEqual(reviewed.accounts["sl_a"]);
    expect(merged.blocked.size).toBe(0);
    expect(merged.onlyUsers("sl_b")).toBe(true);
  });

  it("remember what either declared before, and declares no more", () => {
    const source = sourceOf(rosterOf({ sl_b: { orders: "read" } }), { formerly: ["sl_b", "sl_gone"] });
    const before = rosterOf({ sl_a: { orders: "read" }, sl_old: { orders: "read" } });
    const merged = mergedRoster(registered(settledOn(before), {}, [source]), reviewed, rulesOf());
    expect(merged.previouslyDeclared).toEqual(["sl_gone", "sl_old"]);
  });

  it("leave out accounts of a source that are blocked, and process those of them that are reviewed", () => {
    const source = sourceOf(
      rosterOf({ sl_a: { payments: "read" }, sl_b: { orders: "read" }, sl_c: { orders: "read" } }),
    );
    const rules = rulesOf(powerful("sl_a"), powerful("sl_b"));
    const merged = mergedRoster(registered(settledOn(reviewed), {}, [source]), reviewed, rules);
    expect([...merged.blocked.keys()].sort()).toEqual(["sl_a", "sl_b"]);
    expect(merged.blocked.get("sl_b")).toMatch(/'sl_b'@'%' holds SYSTEM_USER/);
    expect(Object.keys(merged.roster.accounts)).toEqual(["sl_a", "sl_c"]);
    expect(merged.roster.accounts["sl_a"]).toEqual(reviewed.accounts["sl_a"]);
    expect(["sl_a", "sl_b", "sl_c"].map(merged.onlyUsers)).toEqual([true, false, true]);
  });
});

describe("the notes about sources", () => {
  const blocked = new Map([["sl_c", "no rights."]]);
  const leftOut = "sl_c cannot be as Parameter Store says, and is left out: no rights.";

  it("count the accounts that only they declare, and name those left out", () => {
    const sources = [
      sourceOf(rosterOf({ sl_a: { orders: "read" }, sl_b: { orders: "read" } })),
      sourceOf(rosterOf({ sl_b: { payments: "read" }, sl_c: { orders: "read" } }), { name: "store/prod" }),
      sourceOf(rosterOf({}), { name: "empty" }),
    ];
    expect(sourcesNotes(reviewed, sources, blocked)).toEqual([
      "2 accounts are declared in Parameter Store (shop/prod, store/prod), in addition to those declared here.",
      leftOut,
    ]);
    expect(sourcesNotes(reviewed, sources.slice(0, 1), new Map())).toEqual([
      "1 account is declared in Parameter Store (shop/prod), in addition to those declared here.",
    ]);
  });

  it("do not count if they add no account", () => {
    expect(sourcesNotes(reviewed, [sourceOf(reviewed)], new Map())).toEqual([]);
    expect(sourcesNotes(reviewed, [], blocked)).toEqual([leftOut]);
  });
});
