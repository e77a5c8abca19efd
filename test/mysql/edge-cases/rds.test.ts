import { column, iamToken, logIn, rows } from "../../support/mysql-login";
import { passwordFixture, services, tokenServices } from "../reconciler/passwords/password-fixture";
import { applyRequest } from "../reconciler/payloads";
import { NOBODY, rosterOf } from "../reconciler/reconciler-fixture";

/** The server as RDS has it: its own accounts, its version, and TLS where the line demands it. */
describe("a server of RDS", () => {
  const fixture = passwordFixture("sl_sync");

  /** All that the server knows of accounts without the prefix. */
  async function others(): Promise<unknown[]> {
    const accounts = await rows(
      fixture.root,
      "SELECT User AS user, Host AS host FROM mysql.user WHERE User NOT LIKE 'sl\\_%' ORDER BY 1, 2",
    );
    return Promise.all(
      accounts.map(async ({ host, user }) => {
        const held = async (sql: string) => (await fixture.root.query(sql, [user, host]))[0];
        const row = await held("SELECT * FROM mysql.user WHERE User = ? AND Host = ?");
        return { user, row, grants: await held("SHOW GRANTS FOR ?@?") };
      }),
    );
  }
  const named = (state: unknown[]) => state.map(account => (account as { user: string }).user);

  it("23: rdsproxyadmin and rdsadmin are never touched: neither by applies, nor by enforcement, nor by a deletion that removes all", async () => {
    const before = await others();
    expect(named(before)).toEqual(
      expect.arrayContaining(["rdsadmin", "rdsproxyadmin", "rds_superuser_role"]),
    );
    await fixture.register("orders", { unmanaged: "remove" });
    await fixture.root.query("CREATE USER sl_mallory IDENTIFIED BY 'Hand-made-1'");
    await fixture.planAndApply("orders", rosterOf({ bob: "read", ann: "write" }));
    await fixture.planAndApply("orders", rosterOf({ bob: "write" }));
    await fixture.root.query("GRANT DELETE ON orders.* TO sl_bob");
    await fixture.enforce();
    expect(await fixture.accounts()).toEqual(["sl_bob"]);
    expect(await others()).toEqual(before);

    const last = await fixture.preview("orders", rosterOf({ bob: "write" }));
    const removal = { removalPolicy: "remove" as const };
    await fixture.apply("orders", rosterOf({ bob: "write" }), last, {
      ...removal,
      tf: { action: "update", prev_input: null },
    });
    const gone = applyRequest("orders", NOBODY, last.changeSet, {
      ...removal,
      tf: { action: "delete", prev_input: null },
    });
    await fixture.sendApply(gone);
    expect(await fixture.accounts()).toEqual([]);
    expect(await others()).toEqual(before);
  });

  it("20: from IAM to password and back the grants stay, the logins do not overlap, and the plan says so", async () => {
    const byToken = async () => logIn(fixture.server, "sl_sync", await iamToken(fixture.server, "sl_sync"));
    await fixture.planAndApply("orders", tokenServices("sync"));
    const grants = await fixture.grants("sl_sync");
    (await byToken()).destroy();

    const there = await fixture.preview("orders", services("sync"));
    expect(there.sql).toEqual([
      expect.stringMatching(/^ALTER USER 'sl_sync'@'%' IDENTIFIED WITH caching_sha2/),
    ]);
    expect(there.body.notes.join()).toContain("its present login ends");
    await fixture.planAndApply("orders", services("sync"));
    expect(await fixture.grants("sl_sync")).toEqual(grants);
    await expect(byToken()).rejects.toThrow();
    (await fixture.byPassword("sl_sync")).destroy();

    const back = await fixture.preview("orders", tokenServices("sync"));
    expect(back.sql).toEqual([expect.stringMatching(/^ALTER USER 'sl_sync'@'%' IDENTIFIED WITH AWS/)]);
    expect(back.body.notes.join()).toContain("its present login ends");
    await fixture.planAndApply("orders", tokenServices("sync"));
    expect(await fixture.grants("sl_sync")).toEqual(grants);
    await expect(fixture.byPassword("sl_sync")).rejects.toThrow();
    (await byToken()).destroy();
  });

  it("is shaped by its line: Aurora MySQL 3, or 8.4 with its version, its privileges and TLS for every login", async () => {
    const { line } = fixture.server;
    const [version] = await column(fixture.root, "SELECT @@version");
    const [tls] = await column(fixture.root, "SELECT @@require_secure_transport");
    expect({ version, tls }).toEqual(
      line === "8.0" ? { version: "8.0.31", tls: "0" } : { version: "8.4.7", tls: "1" },
    );
    const held = await column(
      fixture.root,
      "SELECT PRIV FROM mysql.global_grants WHERE USER = 'rds_superuser_role'",
    );
    expect(held.includes("SET_USER_ID")).toBe(line === "8.0");
    expect(held.includes("SET_ANY_DEFINER")).toBe(line === "9.7");
    const plugins = await column(
      fixture.root,
      "SELECT PLUGIN_NAME FROM information_schema.PLUGINS WHERE PLUGIN_NAME LIKE '%_password' ORDER BY 1",
    );
    expect(plugins).toEqual(expect.arrayContaining(["caching_sha2_password", "mysql_native_password"]));
  });
});
