import { isForeign, ownerConflict } from "../../../../core/decisions/owner-conflict";

const claim = { cluster: "orders", owner: "store", adopt: false };

describe("a cluster that another stack declares", () => {
  it("may not be changed, and the reason names both stacks and what to do", () => {
    expect(ownerConflict({ owner: "shop" }, claim)).toBe(
      "orders belongs to `shop`, and `store` declares it too. " +
        "Remove it from one of them; to take it over, set `adopt`.",
    );
  });

  it("may be taken over with `adopt`", () => {
    expect(isForeign({ owner: "shop" }, claim)).toBe(true);
    expect(ownerConflict({ owner: "shop" }, { ...claim, adopt: true })).toBeUndefined();
  });

  it("is free if nobody owns it, this owner does, or its last hook has left it", () => {
    for (const head of [{}, { owner: "store" }, { owner: "shop", released: "2026-11-01T00:00:00Z" }]) {
      expect(isForeign(head, claim)).toBe(false);
      expect(ownerConflict(head, claim)).toBeUndefined();
    }
  });
});
