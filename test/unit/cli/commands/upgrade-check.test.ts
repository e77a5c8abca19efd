import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AURORA_ROLES } from "../../../../core/catalogue/server-privileges";
import { runCli } from "../run-cli";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "users "));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
const user = (grants: string) => write("sync.yaml", `name: Sync\nkind: service\ngrants:\n${grants}`);

/** What the command says, without the folder's name and the quoted lines. */
async function found(...argv: readonly string[]) {
  const { code, err, out } = await runCli(["upgrade-check", folder, ...argv]);
  const lines = `${err}\n${out}`.replaceAll(`${folder}/`, "").split("\n");
  return { code, lines: lines.filter(line => line !== "" && !line.startsWith("    |")) };
}

describe("aurora-users upgrade-check", () => {
  test("finds nothing in a folder that the new server takes", async () => {
    user("  - {cluster: orders, global: [PROCESS, SHOW_ROUTINE], nativeRoles: [AWS_LAMBDA_ACCESS]}\n");
    expect(await found("--to", "8.4")).toEqual({
      code: 0,
      lines: ["MySQL 8.4 breaks nothing in these files"],
    });
  });

  test("names privileges that the new server does not have, with what took their place", async () => {
    user("  - {cluster: orders, global: [set_user_id, PROCESS]}\n");
    write("roles.yaml", "dump:\n  privileges: [SELECT, SET_USER_ID]\n");
    expect(await found("--to", "8.4")).toEqual({
      code: 1,
      lines: [
        "roles.yaml:2:24 dump.privileges[1]: MySQL has no SET_USER_ID since 8.4.0, but SET_ANY_DEFINER and ALLOW_NONEXISTENT_DEFINER; leave it out",
        "sync.yaml:4:32 grants[0].global[0]: MySQL has no SET_USER_ID since 8.4.0, but SET_ANY_DEFINER and ALLOW_NONEXISTENT_DEFINER; leave it out",
        "The folder has 2 problems as it is: run `aurora-users check`.",
        "MySQL 8.4 breaks 2 lines",
      ],
    });
    expect((await found("--to", "8.0.42")).code).toBe(0);
  });

  test("names privileges that the new server does not have yet", async () => {
    user("  - {cluster: orders, global: [SENSITIVE_VARIABLES_OBSERVER, FLUSH_PRIVILEGES]}\n");
    expect((await found("--to", "8.4.3")).code).toBe(0);
    expect((await found("--to", "8.0")).lines).toEqual([
      "sync.yaml:4:62 grants[0].global[1]: MySQL has FLUSH_PRIVILEGES since 8.4.0; leave it out",
      "MySQL 8.0 breaks 1 line",
    ]);
    expect((await found("--to", "8.0.28")).lines).toHaveLength(3);
  });

  test.each(Object.entries(AURORA_ROLES))(
    "names %s of Aurora MySQL 2, which is a native role",
    async (old, role) => {
      user(`  - {cluster: orders, global: [${old}]}\n`);
      expect((await found("--to", "8.0.28")).lines[0]).toBe(
        `sync.yaml:4:32 grants[0].global[0]: ${old} is no privilege since Aurora MySQL 3, but the role ${role}; write \`nativeRoles: [${role}]\` in a grant of its own`,
      );
    },
  );

  test.each([
    ["SENSITIVE_VARIABLES_OBSERVER", "8.0.28", "8.0.29"],
    ["SKIP_QUERY_REWRITE", "8.0.30", "8.0.31"],
    ["TP_CONNECTION_ADMIN", "8.0.30", "8.0.31"],
    ["TELEMETRY_LOG_ADMIN", "8.0.32", "8.0.33"],
    ["MASKING_DICTIONARIES_ADMIN", "8.0.33", "8.0.34"],
    ["SET_ANY_DEFINER", "8.1", "8.2"],
    ["ALLOW_NONEXISTENT_DEFINER", "8.1.0", "8.2.0"],
    ["TRANSACTION_GTID_TAG", "8.2", "8.3"],
    ["OPTIMIZE_LOCAL_TABLE", "8.3", "8.4"],
    ["FLUSH_PRIVILEGES", "8.3", "8.4"],
  ])("%s breaks on %s, and not on %s", async (privilege, before, since) => {
    user(`  - {cluster: orders, global: [${privilege}]}\n`);
    expect((await found("--to", before)).code).toBe(1);
    expect((await found("--to", since)).code).toBe(0);
  });

  test("looks at privileges in every kind of file: of users, roles and projects", async () => {
    const list = "[SELECT, SET_USER_ID]";
    user(`  - {cluster: orders, database: orders, tables: [t], privileges: ${list}}\n`);
    write("roles.yaml", `dump: {privileges: ${list}}\n`);
    write(
      "projects.yaml",
      `shop: {owner: {email: o@example.com}, environments: {prod: {cluster: orders, databases: [a], roles: {read: {privileges: ${list}}}}}}\n`,
    );
    const { code, lines } = await found("--to", "9.0");
    const places = lines.filter(line => line.includes("SET_USER_ID")).map(line => line.split(":")[0]);
    expect({ code, places }).toEqual({ code: 1, places: ["projects.yaml", "roles.yaml", "sync.yaml"] });
  });

  test("warns of patterns from 8.2 on", async () => {
    user("  - {cluster: orders, pattern: 'tenant_%', role: read}\n");
    expect(await found("--to", "8.4")).toEqual({
      code: 0,
      lines: [
        "warning: sync.yaml:4:32 grants[0].pattern: MySQL deprecates patterns of databases since 8.2, and a later release may refuse them; list the databases",
        "MySQL 8.4 breaks nothing in these files, 1 warning",
      ],
    });
    expect((await found("--to", "8.2")).lines).toHaveLength(2);
    for (const before of ["8.0.42", "8.1"])
      expect((await found("--to", before)).lines).toEqual([`MySQL ${before} breaks nothing in these files`]);
  });

  test("prints all of it as JSON", async () => {
    user(
      "  - {cluster: orders, global: [SET_USER_ID]}\n  - {cluster: orders, pattern: 'tenant_%', role: read}\n",
    );
    const { code, err, out } = await runCli(["upgrade-check", folder, "--to", "8.4", "--json"]);
    expect([code, err]).toEqual([1, ""]);
    expect(JSON.parse(out)).toMatchObject({
      to: "8.4",
      breaks: [{ line: 4, path: "grants[0].global[0]" }],
      warnings: [{ line: 5, path: "grants[1].pattern" }],
      problems: 1,
    });
  });

  test.each(["8", "5.7", "8.4x", "next", ""])("refuses the version %j", async version => {
    const { code, err } = await runCli(["upgrade-check", folder, "--to", version]);
    expect([code > 0, err]).toEqual([true, expect.stringContaining("--to")]);
  });
});
