import type { DatabaseGrant, Roster } from "../../../../core/roster/roster";
import { mergeSources, removalFault, removedAccounts, withinBounds } from "../../../../core/source";

const roles = { read: ["SELECT"], write: ["SELECT", "INSERT"] } as const;
type People = Readonly<Record<string, Readonly<Record<string, DatabaseGrant>>>>;
const roster = (people: People, meaning: Roster["roles"] = roles): Roster => ({
  roles: meaning,
  accounts: Object.fromEntries(
    Object.entries(people).map(([user, databases]) => [
      `sl_${user}`,
      { kind: "person" as const, user, databases },
    ]),
  ),
});
const read: DatabaseGrant = { role: "read" };
const write: DatabaseGrant = { role: "write" };

describe("sources beside the reviewed roster", () => {
  test("add accounts and databases, and say where they come from", () => {
    const merged = mergeSources(roster({ bob: { shop: read } }), [
      { name: "shop/prod", roster: roster({ bob: { stock: write }, eve: { shop: read } }) },
    ]);
    expect(merged).toEqual(
      roster({
        bob: { shop: read, stock: { role: "write", project: "shop/prod" } },
        eve: { shop: { role: "read", project: "shop/prod" } },
      }),
    );
  });

  test("never overrule it, nor each other in their order", () => {
    const reviewed = {
      ...roster({ bob: { shop: { role: "read", expires: "2027-01-01T00:00:00Z", reason: "R" } } }),
    };
    const { accounts } = mergeSources(reviewed, [
      { name: "first", roster: roster({ bob: { shop: write, stock: read } }) },
      { name: "second", roster: roster({ bob: { stock: write } }) },
    ]);
    expect(accounts["sl_bob"]!.databases).toEqual({
      shop: reviewed.accounts["sl_bob"]!.databases["shop"],
      stock: { role: "read", project: "first" },
    });
  });

  test("do not get around it by another case of a database's name", () => {
    const { accounts } = mergeSources(roster({ bob: { shop: read } }), [
      { name: "s", roster: roster({ bob: { Shop: write }, eve: { SHOP: write } }) },
    ]);
    expect(accounts["sl_bob"]!.databases).toEqual({ shop: read });
    expect(Object.keys(accounts["sl_eve"]!.databases)).toEqual(["SHOP"]);
  });

  test("have their own meaning of a role spelled out, and change nobody else's", () => {
    const merged = mergeSources(roster({ bob: { shop: read } }), [
      { name: "s", roster: roster({ eve: { shop: read } }, { read: ["SELECT", "DELETE"] }) },
      { name: "t", roster: roster({ ann: { shop: { role: "other" } } }, { other: ["UPDATE"] }) },
      { name: "u", roster: roster({ may: { shop: { role: "other" } } }, { other: ["DELETE"] }) },
    ]);
    expect(merged.roles).toEqual({ ...roles, other: ["UPDATE"] });
    expect(merged.accounts["sl_eve"]!.databases["shop"]).toEqual({
      role: "read",
      privileges: ["SELECT", "DELETE"],
      project: "s",
    });
    expect(merged.accounts["sl_ann"]!.databases["shop"]).toEqual({ role: "other", project: "t" });
    expect(merged.accounts["sl_may"]!.databases["shop"]).toEqual({
      role: "other",
      privileges: ["DELETE"],
      project: "u",
    });
  });

  test("leave it as it is, the very object, where they hold nobody", () => {
    const reviewed = roster({ bob: { shop: read } });
    expect(mergeSources(reviewed, [])).toBe(reviewed);
    expect(mergeSources(reviewed, [{ name: "s", roster: roster({}) }])).toBe(reviewed);
  });
});

describe("what was accepted once", () => {
  const bounds = { ceiling: { privileges: ["SELECT"], databases: ["shop", "stock"] }, prefix: "sl" } as const;

  test("is kept within a ceiling that was lowered and databases that were taken away", () => {
    const accepted = roster({
      bob: { shop: read, stock: write },
      eve: { shop: write },
      ann: { stock: read },
      may: { shop: read },
    });
    expect(withinBounds(accepted, { databases: ["shop"] }, bounds)).toEqual(
      roster({ bob: { shop: read }, may: { shop: read } }),
    );
  });

  test("gives nothing to an account that has lost the prefix", () => {
    expect(
      withinBounds(roster({ bob: { shop: read } }), { databases: ["shop"] }, { ...bounds, prefix: "xy" })
        .accounts,
    ).toEqual({});
  });
});

describe("removals", () => {
  const now = new Date("2027-01-01T00:00:00Z");
  const people = (...names: string[]) =>
    roster(Object.fromEntries(names.map(name => [name, { shop: read }])));
  const check = (
    before: Roster,
    after: Roster,
    confirmed?: string,
    source = { maxRemovalShare: 0.5, minRemovals: 3 },
  ) =>
    removalFault({
      before,
      after,
      now,
      source,
      confirmed,
      tokenOf: accounts => `token-of-${accounts.join("+")}`,
    });

  test("of less than the share, or fewer than the least, go without asking", () => {
    expect(check(people("a", "b", "c", "d", "e", "f"), people("d", "e", "f"))).toBeUndefined();
    expect(check(people("a", "b"), people())).toBeUndefined();
    expect(check(people(), people("a"))).toBeUndefined();
    expect(
      check(people("a", "b", "c"), people("a", "b", "c"), undefined, { maxRemovalShare: 0, minRemovals: 1 }),
    ).toBeUndefined();
  });

  test("of more want to be confirmed, naming how many, some of them, and the token", () => {
    const fault = check(people("a", "b", "c", "d", "e", "f", "g"), people("g"));
    expect(fault).toContain("6 of 7 accounts (sl_a, sl_b, sl_c, sl_d, sl_e and 1 more)");
    expect(fault).toContain('"confirmRemovals": "token-of-sl_a+sl_b+sl_c+sl_d+sl_e+sl_f"');
  });

  test("are confirmed by the token of exactly that set", () => {
    const before = people("a", "b", "c", "d");
    expect(check(before, people("d"), "token-of-sl_a+sl_b+sl_c")).toBeUndefined();
    expect(check(before, people(), "token-of-sl_a+sl_b+sl_c")).toContain("confirms other accounts");
  });

  test("count an account whose every date has passed, which is the same by another way", () => {
    const over = { shop: { role: "read", expires: "2026-01-01T00:00:00Z" } };
    const after = roster({ a: over, b: over, c: over, d: { shop: read } });
    expect(removedAccounts(people("a", "b", "c", "d"), after, now)).toEqual(["sl_a", "sl_b", "sl_c"]);
    expect(check(people("a", "b", "c", "d"), after)).toContain("3 of 4 accounts");
    expect(removedAccounts(after, people("d"), now)).toEqual([]);
  });
});
