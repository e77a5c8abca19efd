import { leftBehind, leftBehindNote } from "../../../../core/decisions/left-behind";
import { rosterOf } from "../../../support/observed";
import { registered, settledOn, sourceOf } from "./known";

const roster = rosterOf({ sl_b: { orders: "read" }, sl_a: { orders: "read" } });

describe("a cluster whose name another one took", () => {
  it("keeps its accounts, those of sources included", () => {
    const sources = [sourceOf(rosterOf({ sl_c: { orders: "read" } }))];
    const moved = registered(settledOn(roster), { resourceId: "cluster-B" }, sources);
    expect(leftBehind(moved)).toEqual({ former: "orders@cluster-A", accounts: ["sl_a", "sl_b", "sl_c"] });
    expect(leftBehindNote(moved)).toEqual([
      "orders is cluster-B now and was cluster-A. Nothing is taken away on that cluster: " +
        "3 accounts stay on it (sl_a, sl_b, sl_c). If it still exists, drop them there.",
    ]);
  });

  it("has no note if nobody had access there", () => {
    expect(leftBehindNote(registered(settledOn(rosterOf({})), { resourceId: "cluster-B" }))).toEqual([]);
  });

  it("does not exist if it is the same cluster, the first one, or one that its last hook has left", () => {
    expect(leftBehind(registered(settledOn(roster)))).toBeUndefined();
    expect(leftBehindNote(registered(settledOn(roster)))).toEqual([]);
    for (const head of [{ resourceId: undefined }, { released: "2026-11-01T00:00:00Z" }])
      expect(leftBehind(registered(settledOn(roster, head), { resourceId: "cluster-B" }))).toBeUndefined();
  });
});
