import {
  effectiveRosters,
  everDeclared,
  previouslyDeclared,
  rosterInEffect,
} from "../../../../core/decisions/rosters-in-effect";
import type { Roster } from "../../../../core/roster/roster";
import { rosterOf } from "../../../support/observed";
import { headOf, NOW, settledOn, sourceOf, versionOf } from "./known";

const naming = (...users: string[]): Roster => rosterOf(Object.fromEntries(users.map(user => [user, {}])));

describe("accounts that earlier rosters declared", () => {
  const head = headOf({ target: "2", applied: "1" });

  it("are those of the target, its predecessors and the applied version, except the new roster's", () => {
    const state = {
      head,
      applied: versionOf(naming("a", "b"), ["ghost"]),
      target: versionOf(naming("b", "c"), ["old"]),
    };
    expect(previouslyDeclared(state, naming("c", "d"))).toEqual(["a", "b", "old"]);
  });

  it("end with a success, except those that objects keep alive", () => {
    const target = versionOf(naming("b"), ["gone", "kept"]);
    const state = { head: { ...head, applied: "2", lingering: ["kept"] }, target, applied: target };
    expect(previouslyDeclared(state, naming("b"))).toEqual(["kept"]);
  });
});

describe("the rosters of sources", () => {
  const [old, next] = [rosterOf({ sl_old: { orders: "read" } }), rosterOf({ sl_new: { orders: "read" } })];
  const changed = sourceOf(next, { effective: old, formerly: ["sl_gone"] });
  const withdrawn = { ...changed, name: "former", withdrawn: true };

  it("that are in effect are the ones from before a change", () => {
    expect(effectiveRosters([changed, withdrawn])).toEqual([
      { name: "shop/prod", own: changed.own, roster: old },
      { name: "former", own: changed.own, roster: old },
    ]);
  });

  it("join the applied roster: what the document says, or what a withdrawn source had", () => {
    const state = settledOn(rosterOf({ sl_a: { orders: "read" } }));
    expect(Object.keys(rosterInEffect(state, [changed], NOW).accounts)).toEqual(["sl_a", "sl_new"]);
    expect(Object.keys(rosterInEffect(state, [withdrawn], NOW).accounts)).toEqual(["sl_a", "sl_old"]);
    expect(rosterInEffect({ head: headOf() }, [], NOW).accounts).toEqual({});
  });

  it("count among everything that was ever declared, with what they named formerly", () => {
    const state = { head: headOf(), target: versionOf(naming("b"), ["c"]), applied: versionOf(naming("a")) };
    expect(everDeclared(state, [changed])).toEqual(["a", "b", "c", "sl_new", "sl_old", "sl_gone"]);
  });
});
