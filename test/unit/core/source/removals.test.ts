import type { Roster } from "../../../../core/roster/roster";
import { judgeRemoval, type RemovalsOfHour, removedAccounts } from "../../../../core/source/removals";
import { rosterOf } from "../../../support/observed";

const NOW = new Date("2027-01-01T12:30:00Z");
type Grants = Readonly<Record<string, string | { role: string; expires?: string }>>;
const people = (names: readonly string[], grants: Grants = { shop: "write" }): Roster =>
  rosterOf(Object.fromEntries(names.map(name => [`sl_${name}`, { ...grants }])));
const until = (expires: string) => ({ role: "write", expires });

describe("an account loses access", () => {
  it.each<[string, Grants, Grants]>([
    ["without its entry", { shop: "write" }, {}],
    ["without one of its databases", { shop: "write", stock: "read" }, { stock: "read" }],
    ["with a role that may less", { shop: "write" }, { shop: "read" }],
    ["with an end one second ahead", { shop: "write" }, { shop: until("2027-01-01T12:30:01Z") }],
    ["with an end 23 hours ahead", { shop: "write" }, { shop: until("2027-01-02T11:30:00Z") }],
    ["with an end that has passed", { shop: "write" }, { shop: until("2026-01-01T00:00:00Z") }],
    [
      "with an end before its natural one",
      { shop: until("2027-01-01T20:00:00Z") },
      { shop: until("2027-01-01T13:00:00Z") },
    ],
  ])("%s", (_, before, after) =>
    expect(removedAccounts(people(["a"], before), people(["a"], after), NOW)).toEqual(["sl_a"]),
  );

  it.each<[string, Grants, Grants]>([
    ["with the same", { shop: "write" }, { shop: "write" }],
    ["with more", { shop: "read" }, { shop: "write", stock: "read" }],
    ["with an end more than 24 hours ahead", { shop: "write" }, { shop: until("2027-01-02T12:30:01Z") }],
    [
      "with an end that it had before",
      { shop: until("2027-01-01T13:00:00Z") },
      { shop: until("2027-01-01T13:00:00Z") },
    ],
    ["with a later end", { shop: until("2027-01-01T13:00:00Z") }, { shop: until("2027-01-01T14:00:00Z") }],
    ["without a grant that had ended", { shop: until("2026-01-01T00:00:00Z") }, {}],
  ])("not %s", (_, before, after) =>
    expect(removedAccounts(people(["a"], before), people(["a"], after), NOW)).toEqual([]),
  );
});

describe("removals", () => {
  const source = { maxRemovalShare: 0.5, minRemovals: 3 };
  const judge = (
    before: Roster,
    after: Roster,
    { confirmed = [] as string[], earlier = [] as RemovalsOfHour[], now = NOW, rules = source } = {},
  ) =>
    judgeRemoval({
      before,
      after,
      now,
      source: rules,
      earlier,
      confirmed,
      tokenOf: accounts => `token-of-${accounts.join("+")}`,
    });
  const ten = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];

  it("below the share, or below the minimum, need no confirmation, and are remembered", () => {
    const hour = "2027-01-01T12:00:00.000Z";
    expect(judge(people(ten), people(ten.slice(5)))).toEqual([{ hour, accounts: 5, of: 10 }]);
    expect(judge(people(["a", "b"]), people([]))).toEqual([{ hour, accounts: 2, of: 2 }]);
    expect(judge(people([]), people(["a"]))).toEqual([]);
    const any = { maxRemovalShare: 1, minRemovals: 3 };
    const earlier = [{ hour, accounts: 50, of: 2 }];
    expect(judge(people(ten), people([]), { rules: any, earlier })).toHaveLength(1);
    const strict = { maxRemovalShare: 0, minRemovals: 1 };
    expect(judge(people(ten), people(ten), { rules: strict })).toEqual([]);
  });

  it("above them need confirmation; the message has the number, some names and the token", () => {
    const fault = judge(people(ten.slice(0, 7)), people(["g"]));
    expect(fault).toContain("6 of 7 accounts (sl_a, sl_b, sl_c, sl_d, sl_e and 1 more)");
    expect(fault).toContain('"confirmRemovals": "token-of-sl_a+sl_b+sl_c+sl_d+sl_e+sl_f"');
  });

  it("are confirmed by the token of exactly that set, alone or in a list, and then forgotten", () => {
    const before = people(["a", "b", "c", "d"]);
    const confirmed = ["other", "token-of-sl_a+sl_b+sl_c"];
    expect(judge(before, people(["d"]), { confirmed })).toEqual([]);
    expect(judge(before, people([]), { confirmed })).toContain("confirms another removal");
  });

  it.each([
    ["by twos", 2],
    ["one by one", 1],
    ["by threes", 3],
  ])("%s are added up over 24 hours", (_, step) => {
    let earlier: readonly RemovalsOfHour[] = [];
    let left = ten;
    let now = NOW;
    for (;;) {
      const next = left.slice(step);
      const judged = judge(people(left), people(next), { earlier: [...earlier], now });
      if (typeof judged === "string") break;
      expect(judged.length).toBeLessThanOrEqual(26);
      [earlier, left, now] = [judged, next, new Date(now.getTime() + 40 * 60_000)];
    }
    expect(ten.length - left.length).toBeLessThanOrEqual(5);
    const nextDay = new Date(now.getTime() + 26 * 3_600_000);
    expect(typeof judge(people(left), people(left.slice(1)), { earlier: [...earlier], now: nextDay })).toBe(
      "object",
    );
  });

  it.each<[string, Roster]>([
    ["ends one second ahead", people(ten, { shop: until("2027-01-01T12:30:01Z") })],
    ["lost roles", people(ten, { shop: "read" })],
    ["lost databases, with another in their place", people(ten, { other: "write" })],
  ])("count %s", (_, after) => expect(judge(people(ten), after)).toContain("10 of 10 accounts"));
});
