import type { MySqlShape } from "../../../../local/mysql/mysql-shape";
import { column } from "../../../support/mysql-login";
import { EnforcementFixture, HOUR } from "../enforce/enforcement-fixture";
import { until } from "../enforce/rosters-until";
import { NOBODY, rosterOf } from "../reconciler-fixture";

const UNSEEN = "objects that the administrator may not see";

/** What is taken from the administrator, the statement that a person has to run, what restores the rest. */
type Case = [lacks: string, take: string, remedy: string, ...restore: string[]];

const DIRECT: readonly Case[] = [
  ["PROCESS", "REVOKE PROCESS ON *.* FROM 'admin'@'%'", "GRANT PROCESS ON *.* TO 'admin'@'%'"],
  [
    "CONNECTION_ADMIN",
    "REVOKE CONNECTION_ADMIN ON *.* FROM 'rds_superuser_role'@'%'",
    "GRANT CONNECTION_ADMIN ON *.* TO 'admin'@'%'",
    "GRANT CONNECTION_ADMIN ON *.* TO 'rds_superuser_role'@'%' WITH GRANT OPTION",
    "REVOKE CONNECTION_ADMIN ON *.* FROM 'admin'@'%'",
  ],
  ["EVENT", "REVOKE EVENT ON *.* FROM 'admin'@'%'", "GRANT EVENT ON *.* TO 'admin'@'%'"],
  ["TRIGGER", "REVOKE TRIGGER ON *.* FROM 'admin'@'%'", "GRANT TRIGGER ON *.* TO 'admin'@'%'"],
  [
    "EVENT, in one database",
    "REVOKE EVENT ON orders.* FROM 'admin'@'%'",
    "GRANT EVENT ON `orders`.* TO 'admin'@'%'",
  ],
  [
    "what a role gives that is not active",
    "SET DEFAULT ROLE NONE TO 'admin'@'%'",
    "GRANT CONNECTION_ADMIN ON *.* TO 'admin'@'%'",
    "SET DEFAULT ROLE 'rds_superuser_role'@'%' TO 'admin'@'%'",
    "REVOKE CONNECTION_ADMIN ON *.* FROM 'admin'@'%'",
  ],
];

const SEES_ROUTINES = "SHOW_ROUTINE, CREATE ROUTINE, ALTER ROUTINE, EXECUTE, SELECT";
const BY_ROLE: readonly Case[] = [
  [
    "PROCESS and EVENT, which a role gave",
    "REVOKE PROCESS, EVENT ON *.* FROM 'rds_superuser_role'@'%'",
    "GRANT PROCESS, EVENT ON *.* TO 'admin'@'%'",
  ],
  [
    "what shows routines",
    `REVOKE ${SEES_ROUTINES} ON *.* FROM 'rds_superuser_role'@'%'`,
    "GRANT SHOW_ROUTINE ON *.* TO 'admin'@'%'",
    `GRANT ${SEES_ROUTINES} ON *.* TO 'rds_superuser_role'@'%' WITH GRANT OPTION`,
  ],
];

/** The objects of sl_owner. The server shows none of them to an administrator that lacks a right. */
const OBJECTS = [
  "CREATE DEFINER = 'sl_owner'@'%' EVENT orders.e ON SCHEDULE EVERY 1 YEAR DO SELECT 1",
  "CREATE DEFINER = 'sl_owner'@'%' TRIGGER orders.tr BEFORE INSERT ON orders.t FOR EACH ROW SET NEW.a = 1",
  "CREATE DEFINER = 'sl_owner'@'%' PROCEDURE orders.p() SELECT 1",
];

describe.each<[NonNullable<MySqlShape["adminPrivileges"]>, readonly Case[]]>([
  ["direct", DIRECT],
  ["role", BY_ROLE],
])("an administrator that lacks a privilege (%s)", (adminPrivileges, cases) => {
  const fixture = new EnforcementFixture();
  const roster = rosterOf({ eve: "read" });

  beforeAll(async () => {
    await fixture.begin({ adminPrivileges });
    await fixture.root.query("CREATE DATABASE orders");
    await fixture.root.query("CREATE TABLE orders.t (a INT)");
    // It reads the grant tables, whatever else it lacks.
    await fixture.root.query("GRANT SELECT ON mysql.* TO 'admin'@'%'");
  }, 180_000);
  afterAll(() => fixture.stop());
  beforeEach(async () => {
    fixture.resetClock();
    await fixture.register("orders");
    await fixture.planAndApply("orders", NOBODY);
    await fixture.enforce();
    fixture.forgetEvents();
  });

  it.each(cases)("%s: no plan, no apply, and what expired is locked", async (_, take, remedy, ...restore) => {
    await fixture.planAndApply("orders", until({ owner: fixture.at(HOUR), bob: fixture.at(HOUR) }));
    for (const object of OBJECTS) await fixture.root.query(object);
    await fixture.root.query("GRANT USAGE ON orders.* TO 'sl_owner'@'%' WITH GRANT OPTION");
    const session = await fixture.session("sl_bob");
    await fixture.root.query(take);
    fixture.pass(HOUR);
    const refused = await fixture.preview("orders", roster);
    expect(refused).toMatchObject({ verified: false, pending: 0, body: { status: "refused" } });
    expect(refused.body.notes.join()).toContain(remedy);
    expect(refused.summary).toContain("lacks");
    const audit = (await fixture.audit("orders")).length;
    await expect(fixture.apply("orders", roster, refused)).rejects.toThrow(remedy);
    expect((await fixture.audit("orders")).slice(audit).map(({ kind }) => kind)).toEqual(["result"]);
    expect(await fixture.accounts()).toEqual(["sl_bob", "sl_owner"]);

    await expect(fixture.enforce()).rejects.toThrow(remedy);
    for (const user of ["sl_bob", "sl_owner"])
      await expect(fixture.session(user)).rejects.toThrow(/denied|locked/i);
    // None of what it says is that an account is gone which is only locked.
    const ended = fixture
      .events("access.expired")
      .map(({ detail }) => ("objects" in detail ? String(detail.objects) : ""));
    if (["EVENT", "TRIGGER", "ROUTINE"].some(hidden => take.includes(hidden)))
      expect(ended).toEqual([expect.stringContaining(UNSEEN), expect.stringContaining(UNSEEN)]);
    expect((await fixture.grants("sl_owner")).join()).not.toContain("GRANT OPTION");
    const [failed] = fixture.events("reconcile.failed").slice(-1);
    expect(failed!.detail).toMatchObject({ code: "RosterRefused", message: expect.stringContaining(remedy) });

    await fixture.root.query(remedy);
    fixture.pass(1_000);
    // Without its role, it may not name another account as definer. The event lacks EVENT and does not run.
    await fixture.enforce();
    expect(await column(fixture.root, "SELECT STATUS FROM information_schema.EVENTS")).toEqual([
      take.includes("ROLE NONE") ? "ENABLED" : "DISABLED",
    ]);
    await expect(session.query("SELECT 1")).rejects.toThrow();
    // It sees now what sl_owner owns, and drops only the other one.
    expect(await fixture.accounts()).toEqual(["sl_owner"]);
    for (const statement of restore) await fixture.root.query(statement);
    for (const kind of ["EVENT orders.e", "TRIGGER orders.tr", "PROCEDURE orders.p"])
      await fixture.root.query(`DROP ${kind}`);
    await fixture.planAndApply("orders", roster);
    expect(await fixture.accounts()).toEqual(["sl_eve"]);
  });
});
