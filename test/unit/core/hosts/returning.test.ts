import { leaversByLedger } from "../../../../core/decisions/left-behind";
import { mergedRoster } from "../../../../core/decisions/merged-roster";
import { managedHosts, previouslyDeclared } from "../../../../core/decisions/rosters-in-effect";
import { EMPTY_ROSTER, type Roster } from "../../../../core/roster/roster";
import { observedState, rosterOf, withOptions } from "../../../support/observed";
import { halfWay, NOW, registered, requestOf, settledOn, versionOf } from "../decisions/known";

const bobAt = (hosts: readonly string[] | undefined): Roster =>
  withOptions(rosterOf({ sl_bob: { orders: "read" } }), "sl_bob", { hosts });
const [anywhere, ten, other] = ["'sl_bob'@'%'", "'sl_bob'@'10.%'", "'sl_bob'@'192.168.%'"];
const TWO = ["10.%", "192.168.%"];

describe("the hosts of a user who leaves and returns", () => {
  const rules = {
    now: NOW,
    prefix: "sl",
    unmanaged: "report",
    definers: "block",
    onlyCreate: false,
  } as const;
  const reviewed = (state: Parameters<typeof registered>[0], roster: Roster) =>
    mergedRoster(registered(state), roster, { ...rules, observed: observedState([]) });

  it("are in the ledger while the user is gone, and statements are about all accounts of the name", () => {
    for (const state of [
      settledOn(bobAt(TWO)),
      settledOn(EMPTY_ROSTER, { lingering: ["sl_bob", ten, other] }),
    ]) {
      const merged = reviewed(state, EMPTY_ROSTER);
      expect(merged.previouslyReviewed).toEqual([ten, other, "sl_bob"]);
      expect(merged.previouslyDeclared).toEqual(["sl_bob"]);
    }
    const both = { ...halfWay(EMPTY_ROSTER, EMPTY_ROSTER), target: versionOf(EMPTY_ROSTER, ["sl_bob", ten]) };
    expect(reviewed(both, EMPTY_ROSTER).previouslyReviewed).toEqual([ten, "sl_bob"]);
  });

  it("are known when the user is declared again", () => {
    const state = settledOn(EMPTY_ROSTER, { lingering: [ten, other, "sl_bob"] });
    expect(previouslyDeclared(state, bobAt(["192.168.%"]))).toEqual([ten]);
    expect(previouslyDeclared(state, bobAt(undefined))).toEqual([ten, other]);
  });

  it("are `%` where the ledger has the user name alone, as of a user without hosts", () => {
    expect(reviewed(settledOn(bobAt(undefined)), EMPTY_ROSTER).previouslyReviewed).toEqual(["sl_bob"]);
    const lingering = settledOn(EMPTY_ROSTER, { lingering: ["sl_bob"] });
    const formerly = { ...halfWay(EMPTY_ROSTER, EMPTY_ROSTER), target: versionOf(EMPTY_ROSTER, ["sl_bob"]) };
    for (const state of [lingering, formerly]) {
      expect(previouslyDeclared(state, bobAt(TWO))).toEqual([anywhere]);
      expect(managedHosts(state, bobAt(TWO))("sl_bob", "%")).toBe(true);
      expect(previouslyDeclared(state, bobAt(undefined))).toEqual([]);
      expect(reviewed(state, EMPTY_ROSTER).previouslyReviewed).toEqual(["sl_bob"]);
    }
    expect(leaversByLedger(registered(lingering), requestOf(bobAt(TWO)), NOW)).toEqual([]);
  });
});
