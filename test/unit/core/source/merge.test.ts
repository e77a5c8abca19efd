import type { DatabaseGrant, Roster } from "../../../../core/roster/roster";
import { mergeSources, type SourceRoster, supersededGrants, withinBounds } from "../../../../core/source";

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

const NOW = new Date("2027-01-01T00:00:00Z");
const merge = (reviewed: Roster, sources: readonly (Omit<SourceRoster, "own"> & Partial<SourceRoster>)[]) =>
  mergeSources(
    reviewed,
    sources.map(source => ({ own: {}, ...source })),
    NOW,
  );

describe("sources in addition to the reviewed roster", () => {
  test("add accounts and databases, and name their source as the project", () => {
    const merged = merge(roster({ bob: { shop: read } }), [
      { name: "shop/prod", roster: roster({ bob: { stock: write }, eve: { shop: read } }) },
    ]);
    const expected = roster({
      bob: { shop: read, stock: { role: "write", project: "shop/prod" } },
      eve: { shop: { role: "read", project: "shop/prod" } },
    });
    const eve = { ...expected.accounts["sl_eve"]!, source: "shop/prod" };
    expect(merged).toEqual({ ...expected, accounts: { ...expected.accounts, sl_eve: eve } });
  });

  test("never override the reviewed roster, nor an earlier source", () => {
    const reviewed = {
      ...roster({ bob: { shop: { role: "read", expires: "2027-01-01T00:00:00Z", reason: "R" } } }),
    };
    const { accounts } = merge(reviewed, [
      { name: "first", roster: roster({ bob: { shop: write, stock: read } }) },
      { name: "second", roster: roster({ bob: { stock: write } }) },
    ]);
    expect(accounts["sl_bob"]!.databases).toEqual({
      shop: reviewed.accounts["sl_bob"]!.databases["shop"],
      stock: { role: "read", project: "first" },
    });
  });

  test("add nothing to a reviewed agent, whose access has an owner, an end and a reviewer", () => {
    const agent = { kind: "agent", user: "bot", owner: "jane", databases: { shop: read } } as const;
    const reviewed: Roster = { roles, accounts: { sl_bot: agent } };
    const added = roster({ bob: { shop: read }, bot: { billing: write } });
    const { accounts } = merge(reviewed, [{ name: "s", roster: added }]);
    expect(accounts["sl_bot"]).toEqual(agent);
    expect(Object.keys(accounts)).toEqual(["sl_bob", "sl_bot"]);
  });

  test("cannot override it with another case of a database's name", () => {
    const { accounts } = merge(roster({ bob: { shop: read } }), [
      { name: "s", roster: roster({ bob: { Shop: write }, eve: { SHOP: write } }) },
    ]);
    expect(accounts["sl_bob"]!.databases).toEqual({ shop: read });
    expect(Object.keys(accounts["sl_eve"]!.databases)).toEqual(["SHOP"]);
    const other = merge(roster({ bob: { straße: read } }), [
      { name: "s", roster: roster({ bob: { STRAẞE: write, Straẞe: read } }) },
    ]);
    expect(Object.keys(other.accounts["sl_bob"]!.databases)).toEqual(["STRAẞE", "straße"]);
  });

  test("list the privileges of a role that differs, and leave the role of others as it is", () => {
    const merged = merge(roster({ bob: { shop: read } }), [
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
    expect(merge(reviewed, [])).toBe(reviewed);
    expect(merge(reviewed, [{ name: "s", roster: roster({}) }])).toBe(reviewed);
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

describe("a grant that has expired", () => {
  const ended: DatabaseGrant = { role: "write", expires: "2026-12-31T00:00:00Z" };
  const ends: DatabaseGrant = { role: "write", expires: "2027-01-02T00:00:00Z" };
  const granted = (...grants: readonly DatabaseGrant[]) => {
    const sources = grants.map((grant, index) => ({
      name: `s${index}`,
      own: {},
      roster: roster({ bob: { [index === 1 ? "SHOP" : "shop"]: grant } }),
    }));
    const merged = mergeSources(roster({}), sources, NOW);
    const [[, first] = []] = Object.entries(merged.accounts["sl_bob"]!.databases);
    return [first?.project, Object.keys(supersededGrants(merged, sources, NOW).accounts)];
  };

  it.each<[string, readonly DatabaseGrant[], [string, string[]]]>([
    ["gives way to a later source's that holds", [ended, read], ["s1", ["sl_bob"]]],
    ["gives way to one that will end", [ended, ends], ["s1", ["sl_bob"]]],
    ["gives way to the first that holds", [ended, ended, read, ends], ["s2", ["sl_bob"]]],
    ["stays where none holds", [ended, ended], ["s0", []]],
    ["takes nothing from an earlier source's that holds", [ends, ended, read], ["s0", ["sl_bob"]]],
  ])("%s", (_, grants, expected) => expect(granted(...grants)).toEqual(expected));

  it("of the reviewed roster hides that of every source: a reviewed end is an end", () => {
    const reviewed = roster({ bob: { shop: ended } });
    const sources = [{ name: "s", own: {}, roster: roster({ bob: { shop: read } }) }];
    const merged = mergeSources(reviewed, sources, NOW);
    expect(merged.accounts["sl_bob"]!.databases).toEqual({ shop: ended });
    expect(supersededGrants(merged, sources, NOW).accounts).toEqual({});
  });
});

describe("what identifies a person", () => {
  const said = (user: string): Roster => {
    const { accounts } = roster({ bob: { [`of_${user}`]: read } });
    return { roles, accounts: { sl_bob: { ...accounts["sl_bob"]!, user, email: `${user}@example.com` } } };
  };
  const source = (name: string, since?: string): SourceRoster => ({
    name,
    roster: said(name),
    own: since === undefined ? {} : { sl_bob: since },
  });

  it.each<[string, Roster, readonly SourceRoster[], string]>([
    ["the reviewed roster, before all", said("reviewed"), [source("a", ""), source("b", "")], "reviewed"],
    ["the source that had it first", roster({}), [source("a", "2027-01-02"), source("b", "2027-01-01")], "b"],
    [
      "the source that had it in an earlier release",
      roster({}),
      [source("a", "2026-01-01"), source("b", "")],
      "b",
    ],
    ["the source that has it already", roster({}), [source("a"), source("b", "2027-01-01")], "b"],
    [
      "the first by name, if both have it since the same moment",
      roster({}),
      [source("a", ""), source("b", "")],
      "a",
    ],
  ])("is what %s says", (_, reviewed, sources, expected) => {
    const { databases, email, user } = mergeSources(reviewed, sources, NOW).accounts["sl_bob"]!;
    expect([user, email]).toEqual([expected, `${expected}@example.com`]);
    expect(Object.keys(databases)).toEqual(expect.arrayContaining(sources.map(({ name }) => `of_${name}`)));
  });
});
