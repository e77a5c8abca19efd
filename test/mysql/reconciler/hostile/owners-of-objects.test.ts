import { column, rows } from "../../../support/mysql-login";
import { type EnforcementFixture, enforcementFixture, HOUR } from "../enforce/enforcement-fixture";
import { rosterOf } from "../rosters";

const CODER = ["SELECT", "INSERT", "EVENT", "TRIGGER", "CREATE ROUTINE", "CREATE VIEW", "EXECUTE"] as const;

/** `sl_mal` may write code in `orders`, and reads `payroll`, until `expires`. */
const coder = (expires: string) => {
  const grant = (role: string) => ({ role, expires });
  const mal = {
    kind: "person" as const,
    user: "mal",
    databases: { orders: grant("coder"), payroll: grant("read") },
  };
  return { roles: { read: ["SELECT" as const], coder: CODER }, accounts: { sl_mal: mal } };
};

describe("an expired account as which objects run", () => {
  const fixture: EnforcementFixture = enforcementFixture({
    databases: ["orders", "payroll"],
  });
  const byHand = async (...statements: readonly string[]) => {
    for (const sql of statements) await fixture.root.query(sql);
  };
  const asMal = async (...statements: readonly string[]) => {
    const mal = await fixture.session("sl_mal");
    for (const sql of statements) await mal.query(sql);
    return mal;
  };
  beforeEach(async () => {
    await byHand(
      "SET GLOBAL event_scheduler = ON",
      "DELETE FROM payroll.t",
      "INSERT INTO payroll.t VALUES (7)",
    );
    await byHand("CREATE TABLE IF NOT EXISTS orders.copy (a INT)");
    await fixture.planAndApply("orders", coder(fixture.at(HOUR)));
    fixture.forgetEvents();
  });
  afterEach(async () => {
    for (const one of ["EVENT", "PROCEDURE", "VIEW", "FUNCTION"])
      await byHand(`DROP ${one} IF EXISTS orders.o`);
    await byHand("DELETE FROM orders.copy");
  });

  /** Whether the object still hands on what its owner could read in `payroll`. */
  const leaks = async (use: string): Promise<boolean> => {
    if (use === "event") {
      await byHand("DELETE FROM orders.copy");
      await new Promise(done => setTimeout(done, 2_200));
      return (await rows(fixture.root, "SELECT 1 FROM orders.copy")).length > 0;
    }
    return rows(fixture.root, use).then(
      found => found.length > 0,
      () => false,
    );
  };

  const objects: [string, string, string, string][] = [
    [
      "an event that copies",
      "CREATE EVENT orders.o ON SCHEDULE EVERY 1 SECOND DO INSERT INTO orders.copy SELECT a FROM payroll.t",
      "event",
      "EVENT orders.o",
    ],
    [
      "a procedure that reads",
      "CREATE PROCEDURE orders.o() SELECT a FROM payroll.t",
      "CALL orders.o()",
      "PROCEDURE orders.o",
    ],
    ["a view", "CREATE VIEW orders.o AS SELECT a FROM payroll.t", "SELECT a FROM orders.o", "VIEW orders.o"],
    [
      "a function",
      "CREATE FUNCTION orders.o() RETURNS INT READS SQL DATA RETURN (SELECT MAX(a) FROM payroll.t)",
      "SELECT orders.o() FROM orders.t UNION SELECT orders.o()",
      "FUNCTION orders.o",
    ],
  ];

  it.each(objects)(
    "is locked, not gone, gives nothing more of other databases, and everything says so: %s",
    async (_what, create, use, object) => {
      (await asMal(create)).destroy();
      expect(await leaks(use)).toBe(true);
      fixture.pass(HOUR);
      const emitted: object[] = [];
      const metrics = { emit: (_cluster: string, values: object) => void emitted.push(values) };
      await fixture.enforce("orders", { ...fixture.services, metrics });
      expect(await leaks(use)).toBe(false);
      await expect(asMal()).rejects.toThrow(/locked/);
      expect(fixture.events("access.expired")[0]!.detail).toMatchObject({
        account: "sl_mal",
        objects: [object],
      });
      expect(emitted.at(-1)).toMatchObject({ LockedAccounts: 1 });
      const roster = coder(fixture.at(-1));
      const plan = await fixture.preview("orders", roster);
      expect(plan.summary).toContain(`; locked, not gone: sl_mal (${object})`);
      await fixture.planAndApply("orders", rosterOf({}));
      const settled = await fixture.preview("orders", rosterOf({}));
      expect(settled).toMatchObject({ pending: 0 });
      expect(settled.summary).toContain(`locked, not gone: sl_mal (${object})`);
      await fixture.enforce("orders", { ...fixture.services, metrics });
      expect(emitted.at(-1)).toMatchObject({ LockedAccounts: 1 });
    },
  );

  it.each([
    ["enables its event", "ALTER EVENT orders.o ENABLE"],
    ["moves its event", "ALTER EVENT orders.o ON SCHEDULE EVERY 2 SECOND ENABLE"],
    ["drops its event", "DROP EVENT orders.o"],
  ])("does not run again by its own procedure that a colleague calls: it %s", async (_, sql) => {
    const mal = await asMal(
      "CREATE EVENT orders.o ON SCHEDULE EVERY 1 SECOND DO INSERT INTO orders.copy VALUES (1)",
      `CREATE PROCEDURE orders.again() ${sql}`,
    );
    mal.destroy();
    fixture.pass(HOUR);
    await fixture.enforce();
    expect(await leaks("event")).toBe(false);
    await expect(rows(fixture.root, "CALL orders.again()")).rejects.toThrow(/denied/);
    expect(await leaks("event")).toBe(false);
    await byHand("DROP PROCEDURE orders.again");
  });

  it("has its event again with its access, and not one that it had switched off", async () => {
    (
      await asMal("CREATE EVENT orders.o ON SCHEDULE EVERY 1 SECOND DO INSERT INTO orders.copy VALUES (1)")
    ).destroy();
    (
      await asMal(
        "CREATE EVENT orders.off ON SCHEDULE EVERY 1 SECOND DISABLE DO INSERT INTO orders.copy VALUES (2)",
      )
    ).destroy();
    const status = () =>
      column(
        fixture.root,
        "SELECT CONCAT(EVENT_NAME, ' ', STATUS) FROM information_schema.EVENTS ORDER BY 1",
      );
    fixture.pass(HOUR);
    await fixture.enforce();
    expect(await status()).toEqual(["o DISABLED", "off DISABLED"]);
    expect([...(await fixture.services.ledger.disabledEvents.read("orders"))]).toEqual([
      "'sl_mal'@'%' `orders`.`o`",
    ]);
    const plan = await fixture.preview("orders", coder(fixture.at(HOUR)));
    expect(plan.sql.at(-1)).toBe("ALTER DEFINER = 'sl_mal'@'%' EVENT `orders`.`o` ENABLE");
    await fixture.apply("orders", coder(fixture.at(HOUR)), plan);
    expect(await status()).toEqual(["o ENABLED", "off DISABLED"]);
    expect([...(await fixture.services.ledger.disabledEvents.read("orders"))]).toEqual([]);
    (await asMal("SELECT * FROM payroll.t", "DROP EVENT orders.off")).destroy();
  });

  it("goes once its objects have another definer", async () => {
    (await asMal("CREATE VIEW orders.o AS SELECT a FROM orders.t")).destroy();
    fixture.pass(HOUR);
    await fixture.enforce();
    expect(await fixture.accounts()).toEqual(["sl_mal"]);
    await byHand("DROP VIEW orders.o");
    await fixture.enforce();
    expect(await fixture.accounts()).toEqual([]);
  });
});
