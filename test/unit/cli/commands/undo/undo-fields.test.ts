import { AppliedChanges } from "./applied-change";

let changes: AppliedChanges;
beforeEach(() => {
  changes = new AppliedChanges();
});
afterEach(() => changes.remove());

const read = "  - { cluster: orders, databases: [orders], role: read }\n";
const jane = (fields: string, grants = read) =>
  `name: Jane # the first\n${fields}email: jane@example.com\ngrants:\n${grants}`;
const service = (fields: string) => `name: Sync\nkind: service\n${fields}grants:\n${read}`;

test.each<[string, string, string]>([
  ["limits", "limits: { connections: 5 }\n", "limits: { connections: 9, queriesPerHour: 7 }\n"],
  ["limits that were new", "", "limits: { connections: 9 }\n"],
  ["limits that went", "limits: { updatesPerHour: 3, connectionsPerHour: 4 }\n", ""],
  ["tls", "tls: x509\n", "tls: { subject: /CN=jane }\n"],
  ["tls that was new", "", "tls: x509\n"],
  ["tls of names", 'tls: { issuer: "/C=DE/O=It\'s #1" }\n', ""],
  ["hosts", "hosts: [10.20.%]\n", "hosts: [10.30.%, 10.40.%]\n"],
  ["hosts that were new", "", "hosts: [10.30.%]\n"],
  ["suspended", "suspended: true\n", ""],
  ["suspended that was new", "", "suspended: true\n"],
])("a change of %s is undone", (_, from, to) => {
  const { after, before, texts } = changes.thereAndBack(
    { "jane.yaml": jane(from), "bob.yaml": jane("limits: { connections: 1 }\n").replace("jane@", "bob@") },
    { "jane.yaml": jane(to) },
  );
  expect(after).toEqual(before);
  expect(texts.map(([name]) => name)).toEqual(["jane.yaml"]);
  expect(texts[0]![1]).toContain("name: Jane # the first\n");
  if (from === "") expect(texts[0]![1]).toBe(jane(""));
});

test.each<[string, string, string]>([
  ["the end of a password", "login: password\npassword: { expiresAfterDays: 30 }\n", "login: password\n"],
  ["a login", "login: password\n", ""],
  ["a name", "email: a@example.com\n", "email: b@example.com\n"],
])("%s of a service is undone", (_, from, to) => {
  const { after, before, texts } = changes.thereAndBack(
    { "sync.yaml": service(from) },
    { "sync.yaml": service(to) },
  );
  expect([after, texts.length]).toEqual([before, 1]);
});

test("what a default of settings.yaml gave is undone in the file, and said", () => {
  const settings = (connections: number) =>
    `defaults:\n  person: { limits: { connections: ${connections} }, tls: x509 }\n`;
  const { after, before, said } = changes.thereAndBack(
    { "jane.yaml": jane(""), "settings.yaml": settings(5) },
    { "settings.yaml": settings(3) },
  );
  expect([after, said]).toEqual([before, ['jane: limits again {"connections":5}']]);
  const lifted = changes.thereAndBack(
    { "jane.yaml": jane(""), "settings.yaml": "{}\n" },
    { "settings.yaml": settings(3) },
  );
  expect(lifted.after).toEqual(lifted.before);
});

test("where a field is not as the set made it any more, it says so and writes nothing", () => {
  const items = changes.applied(
    { "jane.yaml": jane("") },
    { "jane.yaml": jane("tls: x509\nsuspended: true\n") },
  );
  changes.write({ "jane.yaml": jane("tls: { subject: /CN=j }\n") });
  expect(changes.undo(items)).toMatchObject({
    conflicts: ["jane: it is no longer suspended", 'jane: its tls is now {"subject":"/CN=j"}'],
    texts: [],
  });
});

test("an agent follows its owner back", () => {
  const agent = `name: Bot\nkind: agent\nowner: jane\ngrants:\n${read.replace("}", ", expires: 2027-04-10 }")}`;
  const { after, before, texts } = changes.thereAndBack(
    { "jane.yaml": jane(""), "bot.yaml": agent },
    { "jane.yaml": jane("suspended: true\n") },
  );
  expect(before["orders"]?.accounts["sl_bot"]?.suspended).toBeUndefined();
  expect([after, texts.map(([name]) => name)]).toEqual([before, ["jane.yaml"]]);
});

test("a field counts on every cluster, and that is said", () => {
  const both = read + read.replaceAll("orders", "stock");
  const { after, before, said } = changes.thereAndBack(
    { "jane.yaml": jane("", both) },
    { "jane.yaml": jane("tls: x509\n", both) },
  );
  expect(after).toEqual(before);
  expect(said).toEqual(["jane: no tls again", "jane: that holds on stock, too"]);
});

test("a removed service comes back with limits, hosts and login, and gets a new password", () => {
  const fields =
    "login: password\ntls: x509\nlimits: { connections: 3 }\npassword: { expiresAfterDays: 30 }\nsuspended: true\n";
  const { after, before, said } = changes.thereAndBack(
    { "sync.yaml": service(fields), "jane.yaml": jane("") },
    { "sync.yaml": undefined },
  );
  expect([after, said.at(-1)]).toEqual([before, "sync: the account gets a new password"]);
});

test("a new user has no grant again, and keeps the file", () => {
  const { after, before, texts } = changes.thereAndBack(
    { "bob.yaml": jane("").replace("jane@", "bob@") },
    { "jane.yaml": jane("limits: { connections: 3 }\n") },
  );
  expect([after, texts]).toEqual([
    before,
    [["jane.yaml", jane("limits: { connections: 3 }\n", "").replace("grants:", "grants: []")]],
  ]);
});

test("a rule that would be broken again refuses the undo", () => {
  const write = read.replace("role: read", "role: write");
  const items = changes.applied(
    { "jane.yaml": jane("", write) },
    { "jane.yaml": jane(""), "rules.yaml": "tickets:\n  reasonMatches: { pattern: ^INC, role: write }\n" },
  );
  const { problems } = changes.undo(items);
  expect(problems).toEqual([expect.stringContaining("tickets")]);
});

test("the undo of an undo does the change again", () => {
  const [from, to] = [
    { "jane.yaml": jane("") },
    { "jane.yaml": jane("tls: x509\nhosts: [10.1.%]\n", read.replace("read", "write")) },
  ];
  const { after: first } = changes.thereAndBack(from, to);
  changes.write(to);
  const wanted = changes.rosters();
  const undone = changes.applied({}, from);
  expect(changes.undo(undone)).toMatchObject({ conflicts: [], problems: [] });
  expect(changes.rosters()).toEqual(wanted);
  expect(first).not.toEqual(wanted);
});
