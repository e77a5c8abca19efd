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
    {
      confirmed = [] as string[],
      earlier = [] as RemovalsOfHour[],
      now = NOW,
      rules = source,
      own = {} as Record<string, string>,
    } = {},
  ) =>
    judgeRemoval({
      before,
      after,
      now,
      source: rules,
      earlier,
      confirmed,
      own,
      tokenOf: accounts => `token-of-${accounts.join("+")}`,
    });
  const ten = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];

  it("below the share, or below the minimum, need no confirmation, and are remembered", () => {
    const hour = "2027-01-01T12:00:00.000Z";
    expect(judge(people(ten), people(ten.slice(5)))).toMatchObject([{ hour, accounts: 5, of: 10 }]);
    expect(judge(people(["a", "b"]), people([]))).toMatchObject([{ hour, accounts: 2, of: 2 }]);
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

  describe("of accounts that had access for a day are measured by those alone", () => {
    const [old, before, fresh] = [
      "2026-12-01T00:00:00.000Z",
      "2026-12-31T12:29:00.000Z",
      "2027-01-01T12:00:00.000Z",
    ];
    const named = (kind: string, count: number) => Array.from({ length: count }, (_, i) => `${kind}${i}`);
    const [real, pads] = [named("real", 10), named("pad", 30)];
    const since = (moment: string, names: readonly string[]) =>
      Object.fromEntries(names.map(name => [`sl_${name}`, moment]));
    const padded = people([...real, ...pads]);
    const none = {};
    it.each<[string, Record<string, string>]>([
      ["that are new", since(fresh, pads)],
      ["that no run has made yet", none],
      ["that a run could not make, or that are someone else's", since(fresh, pads.slice(10))],
    ])("so accounts do not help %s", (_, others) => {
      for (const moment of [old, before, "", "0"])
        expect(judge(padded, people(pads), { own: { ...since(moment, real), ...others } })).toContain(
          "10 of 10 accounts that it had for a day",
        );
    });

    it("so accounts do not help that the same source got since its first document", () => {
      const own = { ...since("2027-01-01T10:00:00.000Z", real), ...since(fresh, pads) };
      expect(judge(padded, people(pads), { own })).toContain("10 of 10 accounts");
    });

    it("so accounts do not help without access: their grants have ended", () => {
      const ended = people(pads, { shop: until("2026-12-31T00:00:00Z") });
      const given = { ...padded, accounts: { ...padded.accounts, ...ended.accounts } };
      const own = { ...since(old, real), ...since(old, pads) };
      expect(judge(given, people(pads), { own })).toContain("10 of 10 accounts");
    });

    it.each<[string, number, number[]]>([
      ["added between", 30, [5, 5]],
      ["added first, and removed by twos", 30, [2, 2, 2, 2, 2]],
      ["added with each step", 10, [3, 3, 3]],
    ])("over several documents, with accounts %s", (_, count, steps) => {
      let earlier: readonly RemovalsOfHour[] = [];
      let left = [...real];
      let extra: string[] = [];
      const judged = steps.map(step => {
        const next = left.slice(step);
        const more = [...extra, ...named(`pad${left.length}x`, count)];
        const own = { ...since(old, real), ...since(fresh, more) };
        const found = judge(people([...left, ...extra]), people([...next, ...more]), {
          earlier: [...earlier],
          own,
        });
        if (typeof found !== "string") [earlier, left, extra] = [found, next, more];
        return typeof found;
      });
      expect(judged.at(-1)).toBe("string");
      expect(left.length).toBeGreaterThanOrEqual(5);
    });

    it.each<[string, string[]]>([
      ["leave again", [...real, ...pads.slice(12)]],
      ["leave with some of the old ones", [...real.slice(4), ...pads.slice(10)]],
      ["stay, and less than half of the old ones leaves", [...real.slice(5), ...pads]],
      ["stay, and fewer old ones leave than need a token", [...real.slice(2), ...pads]],
    ])("and no token is needed in a source that grew fast, if the new ones %s", (_, left) => {
      const own = { ...since(old, real), ...since(fresh, pads) };
      expect(judge(padded, people(left), { own })).toMatchObject([{ of: 40 }]);
    });

    it("also over the documents that an earlier release counted, which did not tell them apart", () => {
      const earlier = [{ hour: "2027-01-01T11:00:00.000Z", accounts: 5, of: 10 }];
      const left = [...real.slice(5), ...pads];
      const own = { ...since(old, real), ...since(fresh, pads) };
      expect(judge(people(left), people(pads), { earlier, own })).toContain(
        "10 accounts that it had for a day",
      );
    });
  });
});
