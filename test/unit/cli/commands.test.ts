import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { jsonSchemaText } from "../../../core/users";
import { runCli } from "./run-cli";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "users "));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const write = (name: string, text: string) => writeFileSync(join(folder, name), text);

const jane = `name: Jane Doe
email: jane.doe@example.com
grants:
  - {cluster: orders, databases: [a, b], role: read, expires: 2026-11-01, reason: "two  lines"}
`;

describe("aurora-users check", () => {
  test("counts people, services, accounts and grants", async () => {
    expect(await runCli(["check", "users"])).toEqual({
      code: 0,
      out: "8 people, 2 services, no problems\n  orders: 7 accounts, 2 databases, 11 grants\n  payments: 5 accounts, 2 databases, 5 grants",
      err: "Cluster names were not checked: give every cluster with --cluster.",
    });
  });

  test("prints nothing raw of a file's or an argument's text", async () => {
    write("a\u001b[2J.yaml", 'name: "x\\u001b[31m\\n::error::"\n');
    const raw = /(?!\n)[\p{Cc}\p{Cf}]|\n::/u;
    const found = await runCli(["check", folder]);
    expect([found.code, found.err.includes("\\u{1b}")]).toEqual([1, true]);
    expect(found.err).not.toMatch(raw);
    for (const argv of [["che\u001bck"], ["check", "no\u202e\n::such"], ["who", folder, "--no\u001bsuch"]])
      expect((await runCli(argv)).err).not.toMatch(raw);
  });

  test("says nothing of cluster names when clusters are given, and prints JSON only with --json", async () => {
    const named = await runCli(["check", "users", "--cluster", "orders", "--cluster", "payments"]);
    expect([named.code, named.err]).toEqual([0, ""]);
    const json = await runCli(["check", "users", "--json"]);
    expect([json.code, json.err]).toEqual([0, ""]);
  });

  test("reports all problems and warnings, with exit code 1", async () => {
    write("jane.doe.yaml", `${jane}  - {cluster: ordrs, databases: [c], role: raed}\n`);
    const { code, err, out } = await runCli([
      "check",
      folder,
      "--cluster",
      "orders",
      "--cluster",
      "payments",
    ]);
    const shown = err.replaceAll(`${folder}/`, "");
    expect([code, out]).toEqual([1, ""]);
    expect(shown.split("\n").filter(line => !line.startsWith("    |"))).toEqual([
      'jane.doe.yaml:5:15 grants[1].cluster: unknown cluster "ordrs"; did you mean "orders"?',
      'jane.doe.yaml:5:44 grants[1].role: unknown role "raed"; did you mean "read"?',
      'warning: jane.doe.yaml:4:63 grants[0].expires: "2026-11-01" has passed: this grant gives nothing any more; take the grant out with `aurora-users prune`, or give it a new end',
      "2 problems in 1 file, 1 warning",
    ]);
  });

  test("does not fail for a warning", async () => {
    write("jane.doe.yaml", jane);
    const { code, out } = await runCli(["check", folder]);
    expect([code, out.split("\n")[0]]).toEqual([0, "1 person, 0 services, no problems, 1 warning"]);
  });

  test("prints problems as JSON", async () => {
    write("jane.doe.yaml", "name: Jane\nemail: j@example.com\n");
    const { code, out } = await runCli(["check", folder, "--json"]);
    expect(code).toBe(1);
    expect(JSON.parse(out)).toEqual({
      problems: [
        {
          file: `${folder}/jane.doe.yaml`,
          line: 1,
          column: 1,
          path: "grants",
          message: "is missing",
          hint: "write `grants`: the user's grants",
        },
      ],
      warnings: [],
    });
  });

  test("says that a folder does not exist", async () => {
    const { code, err } = await runCli(["check", join(folder, "nowhere")]);
    expect([code, err]).toEqual([1, expect.stringContaining("cannot be read as a folder (ENOENT)")]);
  });
});

describe("aurora-users who", () => {
  test("lists a row for each account and database", async () => {
    write("jane.doe.yaml", jane);
    expect((await runCli(["who", folder])).out).toBe(
      [
        "ACCOUNT      CLUSTER  DATABASE  ROLE  EXPIRES                        REASON",
        "sl_jane.doe  orders   a         read  2026-11-02T00:00:00Z (passed)  two lines",
        "sl_jane.doe  orders   b         read  2026-11-02T00:00:00Z (passed)  two lines",
      ].join("\n"),
    );
  });

  test("lists tables, columns and routines", async () => {
    const on = "  - {cluster: orders, database: a, ";
    write(
      "jane.doe.yaml",
      `name: Jane\nemail: jane@example.com\ngrants:\n${on}columns: {t: [id, name]}, privileges: [SELECT]}\n${on}procedures: [p]}\n`,
    );
    expect(
      (await runCli(["who", folder])).out
        .split("\n")
        .slice(1)
        .map(row => row.trim()),
    ).toEqual([
      "sl_jane.doe  orders   a.procedure p   EXECUTE",
      "sl_jane.doe  orders   a.t (id, name)  SELECT",
    ]);
  });

  test("lists options where somebody has any", async () => {
    write("jane.doe.yaml", jane);
    const grants = "grants: [{cluster: orders, databases: [a], role: read}]";
    const terms = "suspended: true\nlimits: {connections: 5}\ntls: {issuer: /CN=ca}\nhosts: [10.%]";
    write("sync.yaml", `name: S\nkind: service\n${terms}\n${grants}\n`);
    const lines = (await runCli(["who", folder])).out.split("\n");
    expect(lines.map(line => /(OPTIONS|suspended.*)?$/.exec(line)![0])).toEqual([
      "OPTIONS",
      "",
      "",
      'suspended; from 10.%; connections 5; {"issuer":"/CN=ca"}',
    ]);
    const [row] = JSON.parse((await runCli(["who", folder, "--user", "sync", "--json"])).out) as object[];
    expect(row).toMatchObject({ suspended: true, limits: { connections: 5 }, hosts: ["10.%"] });
  });

  test("lists only the given clusters and users", async () => {
    const rows = async (...argv: string[]) =>
      JSON.parse((await runCli(["who", "users", "--json", ...argv])).out) as Record<string, string>[];
    expect(
      (await rows("--cluster", "payments", "--user", "jane.doe@example.com")).map(row => [
        row["account"],
        row["database"],
        row["role"],
      ]),
    ).toEqual([["sl_jane.doe", "payments", "read_write"]]);
    expect(new Set((await rows("--cluster", "orders")).map(row => row["cluster"]))).toEqual(
      new Set(["orders"]),
    );
  });

  test.each([
    ["--cluster", "ordrs", 'no grant names "ordrs"; did you mean "orders"?'],
    ["--cluster", "ORDERS", 'no grant names "ORDERS"; did you mean "orders"?'],
    ["--user", "jane.do", 'no grant names "jane.do"; did you mean "jane.doe"?'],
    ["--user", "zzzzzzzzzzzz", 'no grant names "zzzzzzzzzzzz"; there are: '],
  ])("refuses %s %s, since the answer would be wrong", async (option, name, message) => {
    const { code, err, out } = await runCli(["who", "users", option, name]);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain(`aurora-users: \`${option}\`: ${message}`);
  });

  test("says nobody if the folder has no grants", async () => {
    write("jane.doe.yaml", "name: Jane\nemail: jane@example.com\ngrants: []\n");
    expect((await runCli(["who", folder, "--cluster", "orders"])).err).toContain("the folder has no grants");
    expect(await runCli(["who", folder])).toMatchObject({ code: 0, out: "nobody" });
  });

  test("reports the problems of the folder", async () => {
    write("jane.doe.yaml", "name: Jane\n");
    const { code, err } = await runCli(["who", folder]);
    expect([code, err]).toEqual([1, expect.stringMatching(/2 problems in 1 file$/)]);
  });
});

describe("aurora-users new", () => {
  const read = (name: string) => readFileSync(join(folder, name), "utf8");

  test("writes a file without problems", async () => {
    const { code, out } = await runCli([
      "new",
      "jane.doe",
      "--name",
      "Jane Doe",
      "--email",
      "jane.doe@example.com",
      "--folder",
      folder,
    ]);
    expect([code, out]).toEqual([0, `${folder}/jane.doe.yaml`]);
    expect(read("jane.doe.yaml")).toBe("name: Jane Doe\nemail: jane.doe@example.com\ngrants: []\n");
    expect((await runCli(["check", folder])).code).toBe(0);
  });

  test("quotes text that YAML would read as another type", async () => {
    const name = 'a: b # "c" \\ ${d}\n- *e';
    await runCli([
      "new",
      "x",
      "--name",
      name,
      "--kind",
      "service",
      "--account",
      "007",
      "--username",
      "yes",
      "--folder",
      folder,
    ]);
    expect(read("x.yaml")).toBe(
      'name: |-\n  a: b # "c" \\ ${d}\n  - *e\nusername: "yes"\naccount: "007"\nkind: service\ngrants: []\n',
    );
  });

  test("never overwrites", async () => {
    write("jane.doe.yaml", "mine");
    const { code, err } = await runCli([
      "new",
      "jane.doe",
      "--name",
      "x",
      "--email",
      "x@example.com",
      "--folder",
      folder,
    ]);
    expect([code, err, read("jane.doe.yaml")]).toEqual([
      2,
      expect.stringContaining("exists already, and is not overwritten"),
      "mine",
    ]);
  });

  test("writes no file that would be a problem, and ignores problems of other files", async () => {
    write("settings.yaml", "emailDomains: [example.com]\n");
    write("broken.yaml", "name: [\n");
    const bad = await runCli([
      "new",
      "jane",
      "--name",
      "Jane",
      "--email",
      "jane@example.org",
      "--folder",
      folder,
    ]);
    expect([bad.code, bad.err]).toEqual([
      1,
      expect.stringMatching(/the domain "example\.org" is not allowed[\s\S]*jane\.yaml was not written$/),
    ]);
    const good = await runCli([
      "new",
      "jane",
      "--name",
      "Jane",
      "--email",
      "jane@example.com",
      "--folder",
      folder,
    ]);
    expect(good.code).toBe(0);
    expect(readdirSync(folder).sort()).toEqual(["broken.yaml", "jane.yaml", "settings.yaml"]);
  });

  test.each(["../jane", "a/b", ".hidden", "", "a\\b", "roles", "Settings", "a\nb"])(
    "refuses %j as a file's name",
    async user => {
      const { code } = await runCli([
        "new",
        user,
        "--name",
        "x",
        "--email",
        "x@example.com",
        "--folder",
        folder,
      ]);
      expect([code, readdirSync(folder)]).toEqual([2, []]);
    },
  );
});

describe("aurora-users schema", () => {
  test("prints a schema, or lists them", async () => {
    expect((await runCli(["schema", "user"])).out).toBe(jsonSchemaText("user").trimEnd());
    expect((await runCli(["schema"])).out).toBe("user\nroles\nprojects\nrules\nsettings");
    expect((await runCli(["schema", "usr"])).code).toBe(2);
  });
});
