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

describe("sources in addition to the reviewed roster", () => {
  test("add accounts and databases, and name their source as the project", () => {
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

  test("never override the reviewed roster, nor an earlier source", () => {
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

  test("cannot override it with another case of a database's name", () => {
    const { accounts } = mergeSources(roster({ bob: { shop: read } }), [
      { name: "s", roster: roster({ bob: { Shop: write }, eve: { SHOP: write } }) },
    ]);
    expect(accounts["sl_bob"]!.databases).toEqual({ shop: read });
    expect(Object.keys(accounts["sl_eve"]!.databases)).toEqual(["SHOP"]);
  });

  test("list the privileges of a role that differs, and leave the role of others as it is", () => {
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

  test("return the same object if they have no accounts", () => {
    const reviewed = roster({ bob: { shop: read } });
    expect(mergeSources(reviewed, [])).toBe(reviewed);
    expect(mergeSources(reviewed, [{ name: "s", roster: roster({}) }])).toBe(reviewed);
  });
});

describe("an accepted document", () => {
  const bounds = { ceiling: { privileges: ["SELECT"], databases: ["shop", "stock"] }, prefix: "sl" } as const;

  test("is limited by a ceiling that was lowered and by databases that were removed", () => {
    const accepted = roster({
      bob: { shop: read, stock: write },
      eve: { shop: write },
      ann: { stock: read },
      may: { shop: read },
    });
    expect(withinBounds(accepted, { databases: ["shop"], roles }, bounds)).toEqual(
      roster({ bob: { shop: read }, may: { shop: read } }),
    );
  });

  test("gives nothing to an account without the prefix", () => {
    const other = { ...bounds, prefix: "xy" };
    expect(
      withinBounds(roster({ bob: { shop: read } }), { databases: ["shop"], roles }, other).accounts,
    ).toEqual({});
  });

  const wide = { ceiling: { privileges: ["SELECT", "INSERT", "DELETE"] }, prefix: "sl" } as const;

  test.each<[string, Roster["roles"], DatabaseGrant | undefined]>([
    ["its role has more than the source's role", { write: ["SELECT"] }, { ...write, privileges: ["SELECT"] }],
    ["its role shares nothing with the source's role", { write: ["DELETE"] }, undefined],
    ["the source has no such role", { read: ["SELECT"] }, undefined],
  ])("holds no more than the source's roles: %s", (_, given, expected) => {
    const accepted = roster({ eve: { shop: write } });
    const within = withinBounds(accepted, { databases: ["shop"], roles: given }, wide);
    expect(within.accounts["sl_eve"]?.databases["shop"]).toEqual(expected);
  });

  test("holds no more than the source's roles: a grant that lists privileges of its own", () => {
    const forged = roster({ eve: { shop: { role: "read", privileges: ["SELECT", "INSERT", "DELETE"] } } });
    const within = withinBounds(forged, { databases: ["shop"], roles }, wide);
    expect(within.accounts["sl_eve"]?.databases["shop"]).toEqual({ role: "read", privileges: ["SELECT"] });
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

  test("below the share, or below the minimum, need no confirmation", () => {
    expect(check(people("a", "b", "c", "d", "e", "f"), people("d", "e", "f"))).toBeUndefined();
    expect(check(people("a", "b"), people())).toBeUndefined();
    expect(check(people(), people("a"))).toBeUndefined();
    expect(
      check(people("a", "b", "c"), people("a", "b", "c"), undefined, { maxRemovalShare: 0, minRemovals: 1 }),
    ).toBeUndefined();
  });

  test("above them need confirmation; the message has the number, some names and the token", () => {
    const fault = check(people("a", "b", "c", "d", "e", "f", "g"), people("g"));
    expect(fault).toContain("6 of 7 accounts (sl_a, sl_b, sl_c, sl_d, sl_e and 1 more)");
    expect(fault).toContain('"confirmRemovals": "token-of-sl_a+sl_b+sl_c+sl_d+sl_e+sl_f"');
  });

  test("are confirmed by the token of exactly that set", () => {
    const before = people("a", "b", "c", "d");
    expect(check(before, people("d"), "token-of-sl_a+sl_b+sl_c")).toBeUndefined();
    expect(check(before, people(), "token-of-sl_a+sl_b+sl_c")).toContain("confirms other accounts");
  });

  test("count an account whose grants have all expired", () => {
    const over = { shop: { role: "read", expires: "2026-01-01T00:00:00Z" } };
    const after = roster({ a: over, b: over, c: over, d: { shop: read } });
    expect(removedAccounts(people("a", "b", "c", "d"), after, now)).toEqual(["sl_a", "sl_b", "sl_c"]);
    expect(check(people("a", "b", "c", "d"), after)).toContain("3 of 4 accounts");
    expect(removedAccounts(after, people("d"), now)).toEqual([]);
  });
});
