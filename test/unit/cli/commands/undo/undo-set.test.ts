import { readSet } from "../../../../../cli/commands/undo/recorded-set";
import { AppliedChanges } from "./applied-change";

let changes: AppliedChanges;
beforeEach(() => {
  changes = new AppliedChanges();
});
afterEach(() => changes.remove());

const person = (name: string, grants: string) =>
  `name: ${name}\nemail: ${name.toLowerCase()}@example.com\ngrants:${grants}\n`;
const write = (more = "") => `\n  - { cluster: orders, databases: [orders], role: write${more} }`;
/** Jane had a grant and Bob none. */
const JANE = { "jane.yaml": person("Jane", write()), "bob.yaml": person("Bob", " []") };
const BOB = { "jane.yaml": person("Jane", " []"), "bob.yaml": person("Bob", write()) };

test("a grant that moved to somebody else moves back", () => {
  const { after, before, said } = changes.thereAndBack(JANE, BOB);
  expect(after).toEqual(before);
  expect(said).toEqual(["bob: no longer write on orders: orders", "jane: again write on orders: orders"]);
});

test("who has no file now gets one again, and the output asks whether they left since", () => {
  const items = changes.applied(JANE, BOB);
  changes.write({ "jane.yaml": undefined });
  const { conflicts, said, texts } = changes.undo(items);
  expect([conflicts, texts.map(([name]) => name)]).toEqual([[], ["bob.yaml", "jane.yaml"]]);
  expect(said).toContain(
    "jane: no file has this user now, so jane.yaml is written again; did they leave since?",
  );
});

test.each([
  ["2027-03-31", ", which has ended: it gives nothing"],
  ["2027-04-01", ""],
])("of a grant until %s that comes back, the output says whether it has ended", (day, text) => {
  const { said } = changes.thereAndBack(
    { "jane.yaml": person("Jane", write(`, expires: ${day}`)) },
    { "jane.yaml": person("Jane", " []") },
  );
  expect(said).toEqual([
    expect.stringMatching(new RegExp(`^jane: again write until .* on orders: orders${text}$`)),
  ]);
});

test.each([
  [", expires: 2027-06-30", ", expires: 2027-12-31"],
  ["", ", expires: 2027-12-31"],
  [", expires: 2027-06-30", ""],
  [", reason: INC-1", ", reason: INC-2"],
])("an end or a reason is what it was, in the same place: %s after %s", (old, young) => {
  const [before, after] = [old, young].map(terms => ({
    "jane.yaml": person("Jane", `${write(terms)} # kept`),
  }));
  const items = changes.applied(before!, after!);
  const { conflicts, problems, texts } = changes.undo(items);
  expect([conflicts, problems, texts]).toEqual([[], [], [["jane.yaml", before!["jane.yaml"]]]]);
});

test("a rule that came since refuses what it would give back", () => {
  const items = changes.applied(JANE, BOB);
  const rule = `reasonMatches: { pattern: "^INC-", role: write, on: [orders] }`;
  changes.write({ "bob.yaml": person("Bob", " []"), "rules.yaml": `tickets:\n  ${rule}\n` });
  const taken = items.map(item => ({
    ...item,
    accountChanges: item.accountChanges!.filter(({ user }) => user === "jane"),
  }));
  const { conflicts, problems } = changes.undo(taken);
  expect([conflicts, problems]).toEqual([[], [expect.stringContaining("tickets")]]);
});

test("an alias that would change another cluster too is refused", () => {
  const aliased = (role: string) =>
    person(
      "Jane",
      `${write().replace("write", `&r ${role}`)}\n  - { cluster: stock, databases: [s], role: *r }`,
    );
  const items = changes.applied({ "jane.yaml": aliased("read") }, { "jane.yaml": aliased("write") });
  const { problems, texts } = changes.undo(items);
  expect([problems, texts]).toEqual([[expect.stringContaining("anchors or aliases")], []]);
});

test.each([
  "--",
  "../",
  "${x}",
  "cs-20279931T120000Z-1a2b3c4d",
  "cs-20270331T120000Z-\n\u001b[2J${x}",
  `cs-20270331T120000Z-${"x".repeat(10_000)}`,
  "x".repeat(10_000),
])("what is no id of a change set is refused before the trail is read: %#", async id => {
  const refused = await readSet({} as never, id, ["orders"]).catch((error: Error) => error.message);
  expect(refused).toContain("is no change set");
  expect(String(refused).length).toBeLessThan(200);
});

test("where it took, and somebody gave again, it says so", () => {
  const items = changes.applied(JANE, BOB);
  changes.write({ "jane.yaml": JANE["jane.yaml"] });
  expect(changes.undo(items).conflicts).toEqual(["jane: orders: orders has a grant again: write"]);
});

test("of an agent that follows its owner only the owner's file changes", () => {
  const owner = (suspended: string) => person("Jane", write()).replace("grants", `${suspended}grants`);
  const agent = `name: Bot\nkind: agent\nowner: jane\ngrants:${write(", expires: 2027-12-31")}\n`.replace(
    "write",
    "read",
  );
  const from = { "jane.yaml": owner("suspended: true\n"), "bot.yaml": agent };
  const { after, before, texts } = changes.thereAndBack(from, { "jane.yaml": owner("") });
  expect([after, texts]).toEqual([before, [["jane.yaml", from["jane.yaml"]]]]);
});
