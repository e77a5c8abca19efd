import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import type { NamedByConstruct } from "../../../../core/import/inventory";
import { defined } from "../../../../core/json";
import type { Roster } from "../../../../core/roster/roster";
import { previewHandler } from "../../../../lambdas/reconciler/handlers/handlers";
import type { Row } from "../../../../lambdas/reconciler/mysql/mysql-session";
import type { Services } from "../../../../lambdas/reconciler/services/services";
import { readUsers } from "../../../../reader";
import { column, iamToken, logIn, PASSWORD, rows } from "../../../support/mysql-login";
import { type ServedFunction, serveFunction } from "../../../support/serve-function";
import { runCli } from "../../../unit/cli/run-cli";
import { ReconcilerFixture } from "../reconciler-fixture";
import { type FoundAccount, foundAccounts, SURROUNDINGS } from "./found-accounts";

/** Services whose rows come in another order each time. */
const shuffled = (services: Services, seed: number): Services => {
  const shuffle = (found: readonly Row[]) =>
    fc.sample(fc.shuffledSubarray([...found], { minLength: found.length }), { numRuns: 1, seed })[0]!;
  return {
    ...services,
    connect: async (...asked) => {
      const session = await services.connect(...asked);
      return {
        id: session.id,
        user: session.user,
        server: session.server,
        query: async sql => shuffle(await session.query(sql)),
        queryAll: async statements => (await session.queryAll(statements)).map(shuffle),
        close: () => session.close(),
        destroy: () => session.destroy(),
      };
    },
  };
};

describe.each([
  ["partial_revokes ON", 200, true],
  ["partial_revokes OFF", 70, false],
])("an import of a cluster with %s and %i accounts of every kind", (_, count, partialRevokes) => {
  const fixture = new ReconcilerFixture();
  const accounts = foundAccounts(count, partialRevokes);
  const folders: string[] = [];
  let served: ServedFunction;
  let services: Services;
  let people: string;

  beforeAll(async () => {
    // With performance_schema the server says who has logged in.
    await fixture.begin({ partialRevokes, args: [`--performance-schema=${partialRevokes ? "ON" : "OFF"}`] });
    await fixture.root.query("SET sql_mode = '', default_storage_engine = InnoDB");
    for (const sql of [...SURROUNDINGS, ...accounts.flatMap(({ statements }) => statements)])
      await fixture.root.query(sql);
    await fixture.register("orders");
    services = fixture.services;
    served = await serveFunction(payload => previewHandler(services)(payload, fixture.context()));
    people = join(newFolder(), "people.csv");
    const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;
    const rowOf = ({ kind, user }: FoundAccount, n: number) =>
      `${quoted(user)},${kind ?? "service"},${kind === "person" ? `p${n}@example.com` : ""}`;
    writeFileSync(people, ["account,kind,email", ...accounts.map(rowOf)].join("\n"));
  }, 180_000);
  afterAll(async () => {
    await served?.close();
    await fixture.stop();
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  });

  function newFolder(): string {
    const folder = mkdtempSync(join(tmpdir(), "import-"));
    folders.push(folder);
    return folder;
  }

  async function importTo(out: string, ...more: readonly string[]) {
    const env = { ...fixture.aws.environment, AWS_ENDPOINT_URL_LAMBDA: served.endpoint };
    const argv = ["import", "--cluster", "orders", "--people", people, "--out", out, "--json", ...more];
    const { code, err, out: text } = await runCli(argv, env);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    return JSON.parse(text);
  }
  /** The roster as synthesis makes it, with the props that the report gives to the construct. */
  const rosterIn = (folder: string, { alsoManages }: NamedByConstruct): Roster =>
    readUsers(folder).assemble({ clusters: { orders: { prefix: "sl", ...defined({ alsoManages }) } } })
      .rosters["orders"]!;
  const textsIn = (folder: string) =>
    Object.fromEntries(readdirSync(folder).map(name => [name, readFileSync(join(folder, name), "utf8")]));
  /** Everything about every account: how it logs in, and its grants. */
  async function everything(): Promise<Record<string, readonly string[]>> {
    const found = await rows(fixture.root, "SELECT User, Host FROM mysql.user ORDER BY 1, 2");
    const described = found.map(async ({ Host, User }) => {
      const id = `'${String(User).replaceAll("'", "''")}'@'${Host}'`;
      return [
        id,
        [
          ...(await column(fixture.root, `SHOW CREATE USER ${id}`)),
          ...(await column(fixture.root, `SHOW GRANTS FOR ${id}`)),
        ],
      ] as const;
    });
    return Object.fromEntries(await Promise.all(described));
  }
  const imported = accounts.filter(({ leftOut }) => !leftOut).map(({ user }) => user);

  it("as they are is followed by a plan without a statement, and nobody has lost anything", async () => {
    const folder = newFolder();
    const report = await importTo(folder, "--as-is");
    const users = report.leftOut.map((one: { user: string }) => one.user).sort();
    expect(users).toEqual(
      accounts
        .filter(({ leftOut }) => leftOut)
        .map(({ user }) => user)
        .sort(),
    );
    for (const { reasons, user } of report.leftOut)
      expect(reasons.join("; ")).toMatch(accounts.find(one => one.user === user)!.leftOut!);
    expect(report.statements).toEqual([]);

    const roster = rosterIn(folder, report.construct.props);
    expect(Object.keys(roster.accounts)).toHaveLength(imported.length);
    const { construct } = report;
    await fixture.register("orders", construct.props);
    const before = await everything();
    const preview = await fixture.preview("orders", roster);
    const { notes, status } = preview.body;
    expect({ sql: preview.sql, status, refused: status === "refused" && notes }).toEqual({
      sql: [],
      status: "none",
      refused: false,
    });
    await fixture.planAndApply("orders", roster);
    expect(await everything()).toEqual(before);
    for (const { user } of accounts.filter(one => one.byPassword && !one.leftOut).slice(0, 40))
      (await logIn(fixture.server, user, PASSWORD)).destroy();
  });

  it("is the same to the byte, in whatever order the server's rows are", async () => {
    const [first, second] = [newFolder(), newFolder()];
    const report = await importTo(first, "--as-is");
    services = shuffled(fixture.services, 7);
    const again = await importTo(second, "--as-is");
    services = fixture.services;
    expect(textsIn(second)).toEqual(textsIn(first));
    expect({ ...again, written: [] }).toEqual({ ...report, written: [] });
  });

  it("says nothing that is secret, and reports what else is on the server", async () => {
    const report = await importTo(newFolder(), "--dry-run");
    const text = JSON.stringify(report);
    for (const hash of await column(fixture.root, "SELECT authentication_string FROM mysql.user"))
      if (hash !== "" && hash !== "RDS") expect(text).not.toContain(hash);
    const found = new Map<string, readonly string[]>(
      report.findings.map((one: { finding: string; on: string[] }) => [one.finding, one.on]),
    );
    expect(found.get("anonymous")).toEqual(["''@'10.1.%'"]);
    expect(found.get("any-host-password")).toContain("'sl_app0'@'%'");
    expect(found.get("any-host-password")).not.toContain("'sl_bea0'@'%'");
    expect(found.get("native-password")).toContain("'sl_old0'@'%'");
    expect(found.get("grant-option")).toContain("'sl_option0'@'%'");
    expect(found.get("global-privileges")).toContain("'sl_monitor0'@'%'");
    expect(found.get("dead-definers")).toEqual(["VIEW orders.of_nobody of 'gone'@'%'"]);
    expect(report.knowsUse).toBe(partialRevokes);
    if (!partialRevokes) return expect(found.has("unused")).toBe(false);
    expect(found.get("unused")).toContain("'sl_lim4'@'%'");
    (await logIn(fixture.server, "sl_lim4", PASSWORD)).destroy();
    const later = await importTo(newFolder(), "--dry-run");
    const unused = later.findings.find((one: { finding: string }) => one.finding === "unused");
    expect(unused.on).not.toContain("'sl_lim4'@'%'");
    expect(unused.on).toContain("'sl_lim3'@'%'");
  });

  it("else makes people's passwords IAM logins, and gives the prefix, by exactly the statements that it announces", async () => {
    // The construct names none of those without the prefix yet.
    await fixture.register("orders");
    const folder = newFolder();
    const report = await importTo(folder);
    for (const { staysBehind, user } of accounts.filter(one => one.staysBehind))
      expect(report.leftOut.find((one: { user: string }) => one.user === user).reasons.join("; ")).toMatch(
        staysBehind!,
      );
    for (const text of ["RENAME USER 'legacy_app0'@'%'", "ALTER USER 'sl_legacy_ann0'@'%'"])
      expect(report.statements).toContainEqual(expect.stringContaining(text));
    const roster = rosterIn(folder, report.construct.props);
    await fixture.register("orders", report.construct.props);
    const { body, sql } = await fixture.preview("orders", roster);
    expect(body.status === "refused" && body.notes).toBe(false);
    expect(sql).toEqual(report.statements);
    for (const text of sql)
      expect(text).toMatch(
        /^(RENAME USER 'legacy_|ALTER USER .* IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS')/,
      );
    await fixture.planAndApply("orders", roster);
    const person = await logIn(fixture.server, "sl_ann0", await iamToken(fixture.server, "sl_ann0"));
    await person.query("SELECT a FROM orders.t");
    person.destroy();
    for (const user of ["sl_app0", "sl_legacy_app0", "legacy_owner0"])
      (await logIn(fixture.server, user, PASSWORD)).destroy();
    (
      await logIn(fixture.server, "sl_legacy_ann0", await iamToken(fixture.server, "sl_legacy_ann0"))
    ).destroy();
  });
});
