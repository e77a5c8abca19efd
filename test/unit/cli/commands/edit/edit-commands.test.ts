import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCli } from "../../run-cli";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "users "));
  write("jane.doe.yaml", jane);
  write("projects.yaml", projects);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
const read = (name = "jane.doe.yaml") => readFileSync(join(folder, name), "utf8");
const cli = async (command: string, ...argv: string[]) => {
  const { code, out, err } = await runCli([command, ...argv, "--folder", folder]);
  const shown = (text: string) => text.replaceAll(folder, "users");
  return { code, out: shown(out), err: shown(err) };
};

const jane = `# The first.
name: Jane Doe # of sales
email: 'jane.doe@example.com'
grants:
  - cluster: orders
    databases: [orders, stock]
    role: "read" # for now
    expires: 2026-12-31
  # By project.
  - {project: web, environment: prod, role: read}
`;
const projects = `web:
  owner: { name: O, email: o@example.com }
  environments:
    prod: { cluster: orders, databases: [web] }
`;

describe("aurora-users grant", () => {
  const inFlow =
    "  - { cluster: payments, databases: [payments, ledger], role: write, expires: 2026-12-20, " +
    `reason: 'INC-1: "x" # y' }\n`;

  test("adds a grant and shows the difference; every other byte stays", async () => {
    const place = ["--cluster", "payments", "--database", "payments", "--database", "ledger"];
    const asked = [...place, "--role", "write", "--expires", "30d", "--reason", 'INC-1: "x" # y'];
    const dry = await cli("grant", "jane.doe", ...asked, "--dry-run");
    expect(read()).toBe(jane);
    const { code, err, out } = await cli("grant", "jane.doe", ...asked);
    expect(read()).toBe(jane + inFlow);
    expect([code, err]).toEqual([0, "jane.doe: write on payments: payments, ledger, until 2026-12-20"]);
    expect(dry).toEqual({ code, out, err: `${err}\nnothing was changed: this was a dry run` });
  });
  test("takes a project, tables, an account's name and an end as a moment", async () => {
    write("jane.doe.yaml", jane.replace(/ {2}- \{project.*\n/, ""));
    expect(
      (await cli("grant", "sl_jane.doe", "--project", "web", "--environment", "prod", "--role", "read")).code,
    ).toBe(0);
    const tables = ["--cluster", "orders", "--database", "shop", "--table", "items", "--role", "read"];
    expect((await cli("grant", "jane.doe", ...tables, "--expires", "12h")).code).toBe(0);
    expect(read()).toContain(`    expires: 2026-12-31
  - project: web
    environment: prod
    role: read
  - cluster: orders
    database: shop
    tables: [items]
    role: read
    expires: 2026-11-21T00:00Z
  # By project.
`);
  });

  test("is refused with the place of the new problem, and nothing is written", async () => {
    const orders = ["--cluster", "orders", "--database"];
    const wrong = await cli("grant", "jane.doe", ...orders, "new", "--role", "raed");
    expect([wrong.code, wrong.out]).toEqual([1, ""]);
    expect(wrong.err).toContain(
      'users/jane.doe.yaml:11:48 grants[2].role: unknown role "raed"; did you mean "read"?\n',
    );
    expect(wrong.err).toContain("nothing was changed");
    const twice = await cli("grant", "jane.doe", ...orders, "stock", "--role", "write", "--json");
    expect(JSON.parse(twice.out)).toMatchObject({
      changed: false,
      done: [],
      files: [],
      notes: [],
      patch: "",
      problems: [{ path: "grants[2]" }],
    });
    expect(read()).toBe(jane);
  });

  test.each<[string, string[], string]>([
    ["no user", [], "`<user>` is missing"],
    [
      "no place",
      ["jane.doe", "--role", "read"],
      "`--cluster` is missing: name a cluster and a database, or a project",
    ],
    ["no database", ["jane.doe", "--role", "read", "--cluster", "a"], "`--database` is missing"],
    [
      "no environment",
      ["jane.doe", "--role", "read", "--project", "web"],
      "`--environment` is missing: a project has several",
    ],
    [
      "both",
      ["jane.doe", "--role", "read", "--project", "web", "--cluster", "a"],
      "`--project` cannot be combined with a cluster",
    ],
    ["no role", ["jane.doe", "--cluster", "a", "--database", "b"], "`--role <name>` is missing"],
    [
      "an end that passed",
      ["jane.doe", "--cluster", "a", "--expires", "2026-01-01"],
      '`--expires`: "2026-01-01" has passed',
    ],
    ["no date", ["jane.doe", "--cluster", "a", "--expires", "soon"], '`--expires`: "soon" is not a date'],
  ])("without a terminal, %s is a usage error", async (_, argv, message) => {
    const { code, err } = await cli("grant", ...argv);
    expect([code, err.slice(0, message.length + 14)]).toEqual([2, `aurora-users: ${message}`]);
    expect(read()).toBe(jane);
  });

  test("of a user without a file says which command makes one", async () => {
    const { code, err } = await cli(
      "grant",
      "jane.do",
      "--cluster",
      "a",
      "--database",
      "b",
      "--role",
      "read",
    );
    expect([code, err]).toEqual([
      2,
      'aurora-users: no file of users has the user "jane.do"; did you mean "jane.doe"? ' +
        'A new user: aurora-users new jane.do --name "..." --email ...',
    ]);
  });
});

describe("a change of one grant", () => {
  const byLine = ["--line", "5"];

  test("changes role, end and reason in their quotes", async () => {
    const { code, err } = await cli(
      "change",
      "jane.doe",
      ...byLine,
      "--role",
      "write",
      "--expires",
      "2027-01-31",
      "--reason",
      "more",
    );
    expect([code, err]).toEqual([
      0,
      "jane.doe: read on orders: orders, stock: role read -> write, end 2026-12-31 -> 2027-01-31, reason",
    ]);
    expect(read()).toBe(
      jane.replace('"read"', '"write"').replace("2026-12-31\n", "2027-01-31\n    reason: more\n"),
    );
    expect((await cli("change", "jane.doe", ...byLine, "--expires", "never", "--reason", "")).code).toBe(0);
    expect(read()).toBe(jane.replace('"read"', '"write"').replace("    expires: 2026-12-31\n", ""));
  });

  test("needs one grant, and names those that match", async () => {
    expect(await cli("change", "jane.doe", "--cluster", "orders", "--role", "write")).toEqual({
      code: 2,
      out: "",
      err:
        "aurora-users: several grants of users/jane.doe.yaml match; choose one with --line: " +
        "line 5: read on orders: orders, stock, until 2026-12-31; line 10: read on web/prod",
    });
    expect((await cli("change", "jane.doe", "--cluster", "ordres", "--role", "write")).err).toContain(
      "jane.doe has no such grant in users/jane.doe.yaml; there is: line 5:",
    );
    expect((await cli("change", "jane.doe", "--database", "stock", "--role", "write")).err).toContain(
      "it is also on orders. Name all its databases or none",
    );
    expect((await cli("change", "jane.doe", "--line", "5")).err).toContain("say what changes");
    expect(read()).toBe(jane);
  });

  test("extends an end, says both, and shortens it only if asked", async () => {
    const asked = ["jane.doe", "--line", "5", "--expires"];
    expect((await cli("extend", ...asked, "30d")).err).toContain(
      "the grant ends later, 2026-12-31; for an earlier end add --shorten",
    );
    expect(read()).toBe(jane);
    expect((await cli("extend", ...asked, "60d")).err).toBe(
      "jane.doe: read on orders: orders, stock: end 2026-12-31 -> 2027-01-19",
    );
    expect(read()).toBe(jane.replace("2026-12-31", "2027-01-19"));
    expect((await cli("extend", ...asked, "30d", "--shorten")).code).toBe(0);
    expect(read()).toBe(jane.replace("2026-12-31", "2026-12-20"));
    write("jane.doe.yaml", jane.replace("2026-12-31", "2026-01-31"));
    expect((await cli("extend", ...asked, "30d")).err).toContain("end 2026-01-31 -> 2026-12-20");
    expect((await cli("extend", "jane.doe", "--project", "web", "--expires", "30d")).err).toContain(
      "the grant has no end",
    );
  });
});

describe("aurora-users revoke", () => {
  test("takes out one grant, one database, or all", async () => {
    expect((await cli("revoke", "jane.doe", "--project", "web")).err).toBe(
      "jane.doe: no longer read on web/prod",
    );
    expect(read()).toBe(jane.replace(/ {2}- \{project.*\n/, ""));
    expect((await cli("revoke", "jane.doe", "--database", "stock")).err).toBe(
      "jane.doe: no longer read on orders: stock",
    );
    expect(read()).toBe(jane.replace(/ {2}- \{project.*\n/, "").replace(", stock", ""));
    write("jane.doe.yaml", jane);
    expect((await cli("revoke", "jane.doe", "--cluster", "orders")).code).toBe(2);
    expect((await cli("revoke", "jane.doe")).err).toContain("say which grant");
    expect((await cli("revoke", "jane.doe", "--all")).code).toBe(0);
    expect(read()).toBe(`${jane.slice(0, jane.indexOf("grants:"))}grants: []\n  # By project.\n`);
  });

  test("of one of a project's databases is refused", async () => {
    write("projects.yaml", projects.replace("[web]", "[web, cms]"));
    const { code, err } = await cli("revoke", "jane.doe", "--database", "cms");
    expect([code, err]).toEqual([2, expect.stringContaining("line 10: read on web/prod is on web, too")]);
  });
});

describe("a user", () => {
  test("is suspended, and no longer", async () => {
    expect((await cli("suspend", "jane.doe")).err).toBe("jane.doe: suspended");
    const suspended = jane.replace("grants:", "suspended: true\ngrants:");
    expect(read()).toBe(suspended);
    expect((await cli("suspend", "jane.doe")).err).toBe("jane.doe is suspended already");
    expect(read()).toBe(suspended);
    expect((await cli("suspend", "jane.doe", "--undo")).code).toBe(0);
    expect(read()).toBe(jane);
  });

  test("is removed, unless an agent needs them", async () => {
    write("bot.yaml", "name: Bot\nkind: agent\nowner: jane.doe\ngrants: []\n");
    const refused = await cli("remove", "jane.doe");
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining("users/bot.yaml:3:8 owner:")]);
    expect(read()).toBe(jane);
    expect((await cli("remove", "bot")).out).toContain("deleted file mode");
    expect((await cli("remove", "jane.doe", "--dry-run")).code).toBe(0);
    expect(readdirSync(folder)).toEqual(["jane.doe.yaml", "projects.yaml"]);
    expect((await cli("remove", "jane.doe")).code).toBe(0);
    expect(readdirSync(folder)).toEqual(["projects.yaml"]);
  });

  test("is shown and not written by new --dry-run", async () => {
    const asked = ["john", "--name", "John", "--email", "j@example.com"];
    const { out } = await cli("new", ...asked, "--dry-run");
    expect(out.split("\n").slice(0, 5)).toEqual([
      expect.stringMatching(/^diff --git .*users\/john.yaml/),
      "new file mode 100644",
      "--- /dev/null",
      expect.stringMatching(/users\/john.yaml/),
      "@@ -0,0 +1,3 @@",
    ]);
    expect(readdirSync(folder)).toEqual(["jane.doe.yaml", "projects.yaml"]);
  });
});

describe("the folder", () => {
  test("that is read-only, or missing, is an error without a trace", async () => {
    expect((await cli("grant", "x", "--folder", "no-such-folder")).code).not.toBe(0);
    if (process.getuid?.() === 0) return;
    chmodSync(folder, 0o500);
    expect((await cli("suspend", "jane.doe")).code).toBe(1);
    chmodSync(folder, 0o700);
    expect(readdirSync(folder)).toEqual(["jane.doe.yaml", "projects.yaml"]);
  });

  test("may have other problems: only new ones count", async () => {
    write("bob.yaml", "name: Bob\ngrants: []\n");
    expect((await cli("suspend", "jane.doe")).code).toBe(0);
    mkdirSync(join(folder, "sub"));
    expect((await cli("suspend", "jane.doe", "--undo")).code).toBe(0);
    expect(read()).toBe(jane);
  });
});
