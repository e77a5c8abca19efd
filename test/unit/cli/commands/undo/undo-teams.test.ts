import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FolderEdit } from "../../../../../cli/commands/edit/folder-edit";
import { readSet, recordedSet } from "../../../../../cli/commands/undo/recorded-set";
import { undoSet } from "../../../../../cli/commands/undo/undo-set";
import { Arguments, type Io } from "../../../../../cli/terminal/command";
import { rosterChanges } from "../../../../../core/audit";
import { readUsers } from "../../../../../reader";

const id = "cs-20270331T120000Z-1a2b3c4d";
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "users "));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const jane = (role: string) =>
  `name: Jane\nemail: jane@example.com\ngrants:\n  - { cluster: orders, databases: [orders], role: ${role} }\n`;
const team = (members: string, role = "write") => `sellers:
  owner: { name: O, email: o@example.com }
  members: ${members}
  grants:
    - { cluster: orders, databases: [orders], role: ${role} }
`;
const write = (files: Record<string, string>) => {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
};
const roster = () => readUsers(folder).assemble().rosters["orders"]!;

/** What the audit trail holds of an apply that went from one state of the folder to another. */
function applied(from: Record<string, string>, to: Record<string, string>) {
  write(from);
  const before = roster();
  write(to);
  const item = {
    pk: "orders",
    sk: "000000000001",
    cluster: "orders",
    when: "",
    changeSet: id,
    action: "update",
  };
  return [{ ...item, kind: "result", outcome: "succeeded", rosterChange: rosterChanges(before, roster()) }];
}
const undo = (items: ReturnType<typeof applied>) => {
  const args = new Arguments({ folder }, []);
  const edit = FolderEdit.open(args, {
    now: () => new Date("2027-04-01T00:00:00Z"),
    err: () => {},
  } as unknown as Io);
  const set = recordedSet(id, items);
  return {
    ...undoSet(edit, set),
    left: set.left,
    texts: edit.changes.map(({ name, after }) => [name, after]),
    edit,
  };
};

test("own grants are undone; what a team gave is named, and written nowhere", () => {
  const items = applied(
    { "jane.yaml": jane("read"), "teams.yaml": team("[]") },
    { "jane.yaml": jane("admin"), "teams.yaml": team("[jane]") },
  );
  const { conflicts, edit, left, said, texts } = undo(items);
  expect([conflicts, said]).toEqual([
    [],
    ["jane: no longer admin on orders: orders", "jane: again read on orders: orders"],
  ]);
  expect(texts).toEqual([["jane.yaml", jane("read")]]);
  expect(left).toEqual([
    "jane: write on orders: orders, which the set gave by the team sellers: change its members or grants in teams.yaml",
  ]);
  expect(edit.notes()).toEqual([
    expect.stringMatching(/^jane keeps write on orders: orders, by the team sellers /),
  ]);
});

test("a set that changed nothing but a team has nothing to undo, also after the user is gone", () => {
  const items = applied(
    { "jane.yaml": jane("read"), "teams.yaml": team("[jane]") },
    { "teams.yaml": team("[jane]", "read") },
  );
  expect(undo(items)).toMatchObject({
    conflicts: [],
    said: [],
    texts: [],
    left: [/gave/, /took/].map(verb => expect.stringMatching(verb)),
  });
  write({ "teams.yaml": team("[]") });
  rmSync(join(folder, "jane.yaml"));
  expect(undo(items)).toMatchObject({ conflicts: [], texts: [] });
});

test("a removed member's file comes back with the own grants only", () => {
  write({ "jane.yaml": jane("read"), "bob.yaml": jane("read"), "teams.yaml": team("[jane]") });
  const before = roster();
  write({ "teams.yaml": team("[]") });
  rmSync(join(folder, "jane.yaml"));
  const item = {
    pk: "orders",
    sk: "000000000001",
    cluster: "orders",
    when: "",
    changeSet: id,
    action: "update",
  };
  const rosterChange = rosterChanges(before, roster());
  const { conflicts, left, texts } = undo([{ ...item, kind: "result", outcome: "succeeded", rosterChange }]);
  expect([conflicts, texts.map(([name]) => name), left.length]).toEqual([[], ["jane.yaml"], 1]);
  expect(texts[0]![1]).toContain("role: read");
  expect(texts[0]![1]).not.toContain("write");
  expect(readFileSync(join(folder, "teams.yaml"), "utf8")).toBe(team("[]"));
});

test("a set of the same name on two clusters is refused until one is named", async () => {
  const [item] = applied({ "jane.yaml": jane("read") }, { "jane.yaml": jane("write") });
  const table = {
    chains: async () => ["orders", "stock", "refused#x"],
    itemsSince: async (chain: string) => [{ ...item, cluster: chain, pk: chain }],
  } as unknown as Parameters<typeof readSet>[0];
  await expect(readSet(table, id, [])).rejects.toThrow(
    "several clusters: choose one of orders, stock with --cluster",
  );
  expect((await readSet(table, id, ["stock"])).cluster).toBe("stock");
});
