import { AppliedChanges } from "./applied-change";

let changes: AppliedChanges;
beforeEach(() => {
  changes = new AppliedChanges();
});
afterEach(() => changes.remove());

const grant = (role: string, more = "") =>
  `  - { cluster: orders, databases: [orders], role: ${role}${more} } # by hand\n`;
const file = (name: string, fields = "", grants = grant("read")) =>
  `name: Jane ${name} # her\n${fields}email: jane.${name.toLowerCase()}@example.com\ngrants:\n${grants}`;
const bob = file("Bob");
const accountsOn = (rosters: ReturnType<AppliedChanges["rosters"]>, cluster = "orders") =>
  Object.fromEntries(
    Object.entries(rosters[cluster]?.accounts ?? {}).map(([name, { formerly: _, ...account }]) => [
      name,
      account,
    ]),
  );

test("a rename is undone by one back, with the grants that it had", () => {
  const { after, before, said, texts } = changes.thereAndBack(
    { "jane.doe.yaml": file("Doe"), "bob.yaml": bob },
    { "jane.doe.yaml": undefined, "jane.smith.yaml": file("Smith", "formerly: jane.doe\n", grant("write")) },
  );
  expect(accountsOn(after)).toEqual(accountsOn(before));
  expect(after["orders"]?.accounts["sl_jane.doe"]?.formerly).toBe("sl_jane.smith");
  expect(texts).toEqual([
    ["jane.smith.yaml", undefined],
    ["jane.doe.yaml", file("Doe", "formerly: jane.smith\n")],
  ]);
  expect(said[0]).toBe("sl_jane.smith: again sl_jane.doe, on every cluster");
});

test("an account of the same user gets its former name", () => {
  const { after, before, texts } = changes.thereAndBack(
    { "jane.yaml": file("Doe", "account: jd\n"), "bob.yaml": bob },
    { "jane.yaml": file("Doe", "account: js\nformerly: jd\n") },
  );
  expect([accountsOn(after), texts]).toEqual([
    accountsOn(before),
    [["jane.yaml", file("Doe", "account: jd\nformerly: js\n")]],
  ]);
});

test("on other clusters, and in a team, the renamed person has what they have", () => {
  const both = grant("read") + grant("read", ", reason: x").replaceAll("orders", "stock");
  const team = (member: string) => `sellers:
  owner: { name: O, email: o@example.com }
  members: [${member}, bob]
  grants:
    - { cluster: orders, databases: [web], role: read }
`;
  const { after, before, texts } = changes.thereAndBack(
    { "jane.doe.yaml": file("Doe", "", both), "bob.yaml": bob, "teams.yaml": team("jane.doe") },
    {
      "jane.doe.yaml": undefined,
      "jane.smith.yaml": file("Smith", "formerly: jane.doe\n", both),
      "teams.yaml": team("jane.smith"),
    },
  );
  for (const cluster of ["orders", "stock"])
    expect(accountsOn(after, cluster)).toEqual(accountsOn(before, cluster));
  expect(texts.map(([name]) => name)).toEqual(["jane.smith.yaml", "jane.doe.yaml", "teams.yaml"]);
});

test.each<[string, Record<string, string | undefined>, string]>([
  [
    "has another grant",
    { "jane.smith.yaml": file("Smith", "formerly: jane.doe\n", grant("admin")) },
    "it is now admin",
  ],
  ["is gone", { "jane.smith.yaml": undefined }, "no file has this user any more"],
  [
    "is not the only one of the name",
    { "jane.smith.yaml": file("Smith"), "jane.doe.yaml": file("Other") },
    "a file has this user again",
  ],
])("where the person %s, it says so and writes nothing", (_, since, message) => {
  const items = changes.applied(
    { "jane.doe.yaml": file("Doe"), "bob.yaml": bob },
    { "jane.doe.yaml": undefined, "jane.smith.yaml": file("Smith", "formerly: jane.doe\n") },
  );
  changes.write(since);
  const { conflicts, texts } = changes.undo(items);
  expect([conflicts.join(), texts]).toEqual([expect.stringContaining(message), []]);
});

test("a rename of which one half failed is left", () => {
  const results = [{ sql: "CREATE USER", outcome: "failed", accounts: [{ account: "sl_jane.smith" }] }];
  const items = changes.applied(
    { "jane.doe.yaml": file("Doe"), "bob.yaml": bob },
    { "jane.doe.yaml": undefined, "jane.smith.yaml": file("Smith", "formerly: jane.doe\n") },
    { outcome: "failed", results },
  );
  expect(changes.undo(items)).toMatchObject({
    texts: [],
    left: ["sl_jane.doe", "sl_jane.smith"].map(name => `${name}: it did not run to its end`),
  });
});
