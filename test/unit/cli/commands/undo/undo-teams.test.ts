import { readSet } from "../../../../../cli/commands/undo/recorded-set";
import { AppliedChanges, ID } from "./applied-change";

let changes: AppliedChanges;
beforeEach(() => {
  changes = new AppliedChanges();
});
afterEach(() => changes.remove());

const jane = (role: string) =>
  `name: Jane\nemail: jane@example.com\ngrants:\n  - { cluster: orders, databases: [orders], role: ${role} }\n`;
const nobody = "name: Bob\nemail: bob@example.com\ngrants: []\n";
const team = (members: string, role = "write", more = "") => `# Who sells.
sellers:
  owner: { name: O, email: o@example.com }
  members: ${members}
  grants:
    - { cluster: orders, databases: [orders], role: ${role} } # since 2020
${more}`;
const onStock = "    - { cluster: stock, databases: [stock], role: read }\n";

test("own grants are undone, and so is the membership that gave more", () => {
  const { after, before, said, texts } = changes.thereAndBack(
    { "jane.yaml": jane("read"), "bob.yaml": nobody, "teams.yaml": team("[bob]") },
    { "jane.yaml": jane("admin"), "teams.yaml": team("[bob, jane]") },
  );
  expect(after).toEqual(before);
  expect(said).toEqual([
    "jane: no longer admin on orders: orders",
    "jane: no longer write on orders: orders, by the team sellers",
    "jane: again read on orders: orders",
  ]);
  expect(texts).toEqual([
    ["jane.yaml", jane("read")],
    ["teams.yaml", team("[bob]")],
  ]);
});

test("who left a team is a member again", () => {
  const { after, before, texts } = changes.thereAndBack(
    { "jane.yaml": jane("read"), "bob.yaml": nobody, "teams.yaml": team("[jane, bob]") },
    { "teams.yaml": team("[jane]") },
  );
  expect([after, texts]).toEqual([before, [["teams.yaml", team("[jane, bob]")]]]);
});

test("a change of a team's grant is undone in teams.yaml, to the byte", () => {
  const { after, before, texts } = changes.thereAndBack(
    { "jane.yaml": jane("read"), "bob.yaml": nobody, "teams.yaml": team("[jane, bob]") },
    { "teams.yaml": team("[jane, bob]", "read") },
  );
  expect([after, texts]).toEqual([before, [["teams.yaml", team("[jane, bob]")]]]);
});

test("grants that a team of other clusters got are taken out, and its members stay", () => {
  const from = team("[jane, bob]", "read").replace(
    "cluster: orders, databases: [orders]",
    "cluster: stock, databases: [stock]",
  );
  const added = "    - { cluster: orders, databases: [orders, web], role: read }\n";
  const { after, before, texts } = changes.thereAndBack(
    { "jane.yaml": jane("read"), "bob.yaml": nobody, "teams.yaml": from },
    { "teams.yaml": from + added },
  );
  expect([after["stock"], after["orders"], texts]).toEqual([
    before["stock"],
    before["orders"],
    [["teams.yaml", from]],
  ]);
});

test("a removed member's file comes back with the own grants only, and the membership", () => {
  const { after, before, texts } = changes.thereAndBack(
    { "jane.yaml": jane("read"), "bob.yaml": jane("read"), "teams.yaml": team("[jane]") },
    { "jane.yaml": undefined, "teams.yaml": team("[]") },
  );
  expect(after).toEqual(before);
  expect(texts.map(([name]) => name)).toEqual(["jane.yaml", "teams.yaml"]);
  expect(texts[0]![1]).not.toContain("write");
});

test("where a team also gives something elsewhere, or is gone, it says so and writes nothing", () => {
  const files = { "jane.yaml": jane("read"), "bob.yaml": nobody };
  const both = changes.applied(
    { ...files, "teams.yaml": team("[bob]", "write", onStock) },
    { "teams.yaml": team("[bob, jane]", "write", onStock) },
  );
  expect(changes.undo(both).conflicts).toEqual([
    "jane: an undo would change other grants, too; write it by hand",
  ]);
  const joined = changes.applied({ "teams.yaml": team("[bob]") }, { "teams.yaml": team("[bob, jane]") });
  changes.write({ "teams.yaml": team("[bob]") });
  expect(changes.undo(joined).conflicts).toEqual(["jane: write on orders: orders: it is not there any more"]);
  const left = changes.applied({ "teams.yaml": team("[bob, jane]") }, { "teams.yaml": team("[bob]") });
  changes.write({ "teams.yaml": "{}\n" });
  expect(changes.undo(left).conflicts).toEqual(["teams.yaml has no team sellers any more; write it by hand"]);
});

test("who joined since keeps nothing that the team got back: it says so", () => {
  const items = changes.applied(
    { "jane.yaml": jane("read"), "bob.yaml": nobody, "teams.yaml": team("[jane]") },
    { "teams.yaml": team("[jane]", "read") },
  );
  changes.write({ "teams.yaml": team("[jane, bob]", "read") });
  expect(changes.undo(items).conflicts).toEqual([
    "the members of sellers did not all have the same before it; write it by hand",
  ]);
});

test("a set of the same name on two clusters is refused until one is named", async () => {
  const [item] = changes.applied({ "jane.yaml": jane("read") }, { "jane.yaml": jane("write") });
  const table = {
    chains: async () => ["orders", "stock", "refused#x"],
    itemsSince: async (chain: string) => [{ ...item, cluster: chain, pk: chain }],
  } as unknown as Parameters<typeof readSet>[0];
  await expect(readSet(table, ID, [])).rejects.toThrow(
    "several clusters: choose one of orders, stock with --cluster",
  );
  expect((await readSet(table, ID, ["stock"])).cluster).toBe("stock");
});
