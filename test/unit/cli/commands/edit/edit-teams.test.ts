import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCli } from "../../run-cli";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "users "));
  write("jane.yaml", jane);
  write("teams.yaml", teams);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
const read = (name: string) => readFileSync(join(folder, name), "utf8");
const cli = async (command: string, ...argv: string[]) => {
  const { code, out, err } = await runCli([command, ...argv, "--folder", folder]);
  return { code, out, err: err.replaceAll(folder, "users") };
};

const jane = `name: Jane
email: jane@example.com
grants:
  - cluster: orders
    databases: [orders, stock]
    role: read
`;
const teams = `sellers: # of orders
  owner: { name: Jane, email: JANE@example.com }
  members:
    - jane # since May
  grants:
    - { cluster: orders, databases: [orders, web], role: write, expires: 2027-01-31 }
    - { cluster: orders, database: shop, tables: [items], role: read }
`;
const ofTeam =
  "write on orders: orders, web, until 2027-02-01T00:00:00Z, by the team sellers (users/teams.yaml:6)";
const onOrders = ["--cluster", "orders", "--database"];

test("grant says what a team gives there, too", async () => {
  const { err } = await cli("grant", "jane", ...onOrders, "web", "--role", "read");
  expect(err.split("\n")[1]).toBe(`jane also has ${ofTeam}: the two add up`);
  expect((await cli("grant", "jane", ...onOrders, "else", "--role", "read")).err).not.toContain("team");
  const dry = await cli("grant", "jane", ...onOrders, "shop", "--role", "read", "--dry-run", "--json");
  expect(JSON.parse(dry.out).notes).toEqual([
    expect.stringContaining("read on orders: shop.items, by the team"),
  ]);
});

test("revoke and change say what a team still gives, and nothing where it gives nothing", async () => {
  expect((await cli("revoke", "jane", ...onOrders, "stock")).err).toBe(
    "jane: no longer read on orders: stock",
  );
  expect((await cli("change", "jane", "--cluster", "orders", "--role", "admin")).err).toContain(
    `\njane keeps ${ofTeam}`,
  );
  const { code, err } = await cli("revoke", "jane", "--all");
  expect([code, err]).toEqual([0, `jane: no longer admin on orders: orders\njane keeps ${ofTeam}`]);
});

test("a team's grant that has expired is not named", async () => {
  write("teams.yaml", teams.replace("2027-01-31", "2026-01-31"));
  expect((await cli("revoke", "jane", "--all")).err).not.toContain("keeps");
});

test("revoke, change and extend of what only a team gives say which team, and where", async () => {
  const hint = `${ofTeam.replace(/, by the team.*/, " (users/teams.yaml:6)")}: take jane out of the team's members`;
  for (const argv of [["revoke"], ["change", "--role", "read"], ["extend", "--expires", "30d"]]) {
    const { code, err } = await cli(argv[0]!, "jane", ...argv.slice(1), ...onOrders, "web");
    expect([code, err]).toEqual([2, expect.stringContaining(`the team sellers gives ${hint}`)]);
  }
  write("jane.yaml", "name: Jane\nemail: jane@example.com\ngrants: []\n");
  expect((await cli("revoke", "jane", "--all")).err).toContain(`no grant at all; the team sellers gives`);
});

test("remove takes the user out of teams, too, and names what they own", async () => {
  write("bob.yaml", jane.replace("Jane", "Bob").replace("jane@", "bob@"));
  const { code, err } = await cli("remove", "jane");
  expect([code, err.split("\n")]).toEqual([
    0,
    [
      "jane: removed",
      "jane: no longer in the team sellers",
      "the team sellers (teams.yaml) is still owned by jane@example.com: name another owner",
    ],
  ]);
  expect([readdirSync(folder), read("teams.yaml")]).toEqual([
    ["bob.yaml", "teams.yaml"],
    teams.replace(/:\n.*# since May/, ": []"),
  ]);
  expect((await runCli(["check", folder])).code).toBe(0);
});

test("remove of a member of a list that cannot be edited changes nothing", async () => {
  const shared = teams.replace("members:\n    - jane # since May", "members: &all [jane]");
  write(
    "teams.yaml",
    `${shared}${teams.replace("sellers", "others").replace(/members:\n.*May/, "members: *all")}`,
  );
  const { code, err } = await cli("remove", "jane");
  expect([code, err]).toEqual([1, expect.stringMatching(/users\/teams\.yaml:\d+.*by hand/)]);
  expect(read("jane.yaml")).toBe(jane);
});

test("an edit that breaks a rule is refused with the rule's name", async () => {
  write("rules.yaml", "no-admins:\n  emailDomains: { role: admin, domains: [b.example] }\n");
  const known = await runCli(["check", folder]);
  expect([known.code, known.err]).toEqual([0, expect.any(String)]);
  const { code, err } = await cli("grant", "jane", ...onOrders, "web", "--role", "admin");
  expect([code, err]).toEqual([1, expect.stringContaining("no-admins")]);
  expect(read("jane.yaml")).toBe(jane);
});
