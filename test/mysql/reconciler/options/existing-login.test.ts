import type { Connection } from "mysql2/promise";
import type { Roster, RosterAccount } from "../../../../core/roster/roster";
import { BY_PASSWORD } from "../../../support/cluster";
import { column, logIn, PASSWORD } from "../../../support/mysql-login";
import { enforcementFixture } from "../enforce/enforcement-fixture";
import { rosterOf } from "../rosters";

type Options = Partial<RosterAccount>;
/** The accounts as they log in on the server, each with a role on `orders`. */
const as = (roles: Parameters<typeof rosterOf>[0], options: Options = { login: "existing" }): Roster => {
  const { accounts, ...roster } = rosterOf(roles);
  const service = { kind: "service", ...options } as const;
  const changed = Object.entries(accounts).map(([name, account]) => [name, { ...account, ...service }]);
  return { ...roster, accounts: Object.fromEntries(changed) };
};
const NATIVE = `IDENTIFIED WITH mysql_native_password BY '${PASSWORD}'`;

describe("an account whose login exists", () => {
  const fixture = enforcementFixture();
  const plan = async (roster: Roster) => (await fixture.preview("orders", roster)).sql;
  const byPassword = async (user: string): Promise<Connection> => {
    const connection = await logIn(fixture.server, user, PASSWORD);
    connection.on("error", () => {});
    return connection;
  };
  const made = (user: string) => column(fixture.root, `SHOW CREATE USER ${user}`);
  const everything = as({ app: "write", job: "read" });

  beforeEach(async () => {
    await fixture.root.query(`CREATE USER sl_app ${BY_PASSWORD} WITH MAX_USER_CONNECTIONS 9`);
    await fixture.root.query(`CREATE USER sl_job ${NATIVE} FAILED_LOGIN_ATTEMPTS 9 PASSWORD_LOCK_TIME 1`);
    await fixture.root.query("GRANT SELECT, INSERT, UPDATE ON orders.* TO sl_app");
    await fixture.root.query("GRANT SELECT ON orders.* TO sl_job");
  });

  it("is managed without a statement about its login, and logs in by its own password", async () => {
    const before = [await made("sl_app"), await made("sl_job")];
    expect(await plan(everything)).toEqual([]);
    await fixture.planAndApply("orders", everything);
    const narrow = as({ app: "read", job: "write" });
    expect(await plan(narrow)).toEqual([
      "REVOKE INSERT, UPDATE ON `orders`.* FROM 'sl_app'@'%'",
      "GRANT INSERT, UPDATE ON `orders`.* TO 'sl_job'@'%'",
    ]);
    await fixture.planAndApply("orders", narrow);
    expect([await made("sl_app"), await made("sl_job")]).toEqual(before);
    const [app, job] = [await byPassword("sl_app"), await byPassword("sl_job")];
    await expect(app.query("INSERT INTO orders.t VALUES (1)")).rejects.toThrow(/denied/);
    await job.query("INSERT INTO orders.t VALUES (1)");
    app.destroy();
    job.destroy();
    expect(await fixture.enforce()).toMatchObject({ statements: 0, drift: 0 });
  });

  it("is no drift by another plug-in or password", async () => {
    await fixture.planAndApply("orders", everything);
    await fixture.root.query(`ALTER USER sl_job ${BY_PASSWORD} REQUIRE SSL WITH MAX_QUERIES_PER_HOUR 9000`);
    expect(await fixture.enforce()).toMatchObject({ statements: 0, drift: 0 });
    expect(await plan(everything)).toEqual([]);
  });

  it("refuses the plan where it does not exist", async () => {
    const roster = as({ app: "write", job: "read", new: "read" });
    const { body, sql } = await fixture.preview("orders", roster);
    expect(body.status).toBe("refused");
    expect(body.notes.join()).toContain("'sl_new'@'%' does not exist, and with `login: existing`");
    expect(sql).toEqual([]);
  });

  it("is refused and its session ends while it is suspended, and it has all again on return", async () => {
    await fixture.planAndApply("orders", everything);
    const before = await made("sl_app");
    const session = await byPassword("sl_app");
    await fixture.planAndApply("orders", as({ app: "write" }, { login: "existing", suspended: true }));
    await expect(session.query("SELECT 1")).rejects.toThrow();
    await expect(byPassword("sl_app")).rejects.toThrow(/locked/i);
    await fixture.planAndApply("orders", as({ app: "write" }));
    expect(await made("sl_app")).toEqual(before);
    (await byPassword("sl_app")).destroy();
  });

  it("goes when its access has expired", async () => {
    const roster = as({ app: "write" });
    const grant = { role: "write", expires: fixture.at(1_000) };
    const ending = { ...roster.accounts["sl_app"]!, databases: { orders: grant } };
    await fixture.planAndApply("orders", { ...roster, accounts: { sl_app: ending } });
    const session = await byPassword("sl_app");
    fixture.pass(2_000);
    await fixture.enforce();
    await expect(session.query("SELECT 1")).rejects.toThrow();
    await expect(byPassword("sl_app")).rejects.toThrow(/denied/i);
  });

  it("logs in by IAM token later, with its grants, and as it does then if it is existing again", async () => {
    await fixture.planAndApply("orders", everything);
    const grants = await fixture.grants("sl_app");
    await fixture.planAndApply("orders", as({ app: "write", job: "read" }, {}));
    expect(await fixture.grants("sl_app")).toEqual(grants);
    await expect(byPassword("sl_app")).rejects.toThrow(/denied/i);
    const bob = await fixture.session("sl_app");
    await bob.query("INSERT INTO orders.t VALUES (2)");
    bob.destroy();
    expect(await plan(everything)).toEqual([]);
    await fixture.planAndApply("orders", everything);
    (await fixture.session("sl_app")).destroy();
  });
});
