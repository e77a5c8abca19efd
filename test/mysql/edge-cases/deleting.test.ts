import type { Connection } from "mysql2/promise";
import { succeeded } from "../../../lambdas/reconciler/mysql/run-statements";
import { BY_PASSWORD, Cluster, IAM, MODES, refusal } from "../../support/cluster";
import { column, rows } from "../../support/mysql-login";
import { rosterOf } from "../../support/observed";
import { prepareDatabases } from "../../support/try-privileges";

const NOBODY = rosterOf({});
const READ = rosterOf({ sl_jane: { orders: "read" } });
const leaving = { previouslyDeclared: ["sl_jane"] };

describe.each(MODES)("deleting, %s", (_mode, options) => {
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await Cluster.start(options);
  }, 180_000);
  afterAll(() => cluster?.stop());
  beforeEach(() => cluster.clean());

  it("25: what is gone already is a success: account, grant, role", async () => {
    await cluster.byHand(
      ...[
        "CREATE ROLE app_role",
        `CREATE USER sl_jane ${IAM}`,
        `CREATE USER sl_bob ${IAM}`,
        `CREATE USER sl_eve ${IAM}`,
      ],
      ...[
        "GRANT SELECT, INSERT ON orders.* TO sl_bob",
        "GRANT app_role TO sl_eve",
        "GRANT SELECT ON orders.* TO sl_eve",
      ],
    );
    const roster = rosterOf({ sl_bob: { orders: "read" }, sl_eve: { orders: "read" } });
    const plan = await cluster.plan(roster, leaving);
    expect(plan.statements).toHaveLength(3);
    await cluster.byHand(
      "DROP USER sl_jane",
      "REVOKE ALL ON orders.* FROM sl_bob",
      "REVOKE app_role FROM sl_eve",
    );
    const report = await cluster.run(plan);
    expect(report.results.map(({ outcome }) => outcome)).toContain("gone");
    expect(succeeded(report)).toBe(true);
    await cluster.bring(roster, leaving);
    expect(await cluster.access("sl_eve")).toEqual(["orders SELECT"]);
  });

  describe("26: an account as which objects run", () => {
    let bob: Connection;

    beforeEach(async () => {
      await cluster.byHand(
        `CREATE USER sl_jane ${IAM}`,
        ...["GRANT SELECT, EXECUTE ON orders.* TO sl_jane", `CREATE USER slack_bot ${BY_PASSWORD}`],
        ...[
          "GRANT SELECT, EXECUTE ON orders.* TO slack_bot",
          "DROP VIEW IF EXISTS orders.totals",
          "DROP EVENT IF EXISTS orders.nightly",
        ],
        "CREATE DEFINER = sl_jane SQL SECURITY DEFINER VIEW orders.totals AS SELECT COUNT(*) AS n FROM orders.t",
      );
      bob = await cluster.logIn("slack_bot");
    });
    afterEach(async () => {
      bob.destroy();
      await cluster.byHand("DROP VIEW IF EXISTS orders.totals", "DROP EVENT IF EXISTS orders.nightly");
    });

    it("26: is locked, not dropped, and what runs as it goes on; the plan lists the objects", async () => {
      const { notes, statements } = await cluster.bring(NOBODY, leaving);
      expect(statements.map(({ sql }) => sql)).toEqual(["ALTER USER 'sl_jane'@'%' ACCOUNT LOCK"]);
      expect(notes).toEqual([
        expect.stringMatching(
          /is the DEFINER of VIEW orders\.totals: it is locked, not gone\. It keeps only what/,
        ),
      ]);
      expect(await cluster.access("sl_jane")).toEqual([]);
      expect(await rows(bob, "SELECT n FROM orders.totals")).toEqual([{ n: expect.any(Number) }]);
      expect((await cluster.account("sl_jane")).databases).toHaveLength(1);
    });

    it("26: with `strip` it loses its grants too, which breaks the objects that the plan names", async () => {
      const { notes } = await cluster.bring(NOBODY, { ...leaving, definers: "strip" });
      expect(notes).toEqual([
        expect.stringMatching(
          /VIEW orders\.totals: it is locked, not gone\. It loses its grants, which breaks them\./,
        ),
      ]);
      expect(await cluster.account("sl_jane")).toMatchObject({ locked: true, databases: [] });
      expect(await refusal(bob.query("SELECT n FROM orders.totals"))).toBe(1356);
    });

    it("26: its events are disabled and run again once its access returns, but not one that it disabled itself", async () => {
      await cluster.byHand(
        "GRANT EVENT, INSERT, DELETE ON orders.* TO sl_jane",
        "SET GLOBAL event_scheduler = ON",
        "CREATE DEFINER = sl_jane EVENT orders.nightly ON SCHEDULE EVERY 1 SECOND DO INSERT INTO orders.t VALUES (26, 26)",
      );
      await cluster.byHand(
        "CREATE DEFINER = sl_jane EVENT orders.off ON SCHEDULE EVERY 1 SECOND DISABLE DO DO 1",
      );
      const ran = async () => {
        await cluster.byHand("DELETE FROM orders.t");
        await new Promise(done => setTimeout(done, 2_500));
        return Number((await rows(cluster.root, "SELECT COUNT(*) AS n FROM orders.t"))[0]!["n"]) > 0;
      };
      expect(await ran()).toBe(true);
      const plan = await cluster.bring(NOBODY, leaving);
      expect(plan.notes).toEqual([
        expect.stringMatching(/its events are disabled\. Give them another definer/),
      ]);
      expect(plan.disables).toEqual(["'sl_jane'@'%' `orders`.`nightly`"]);
      expect(await ran()).toBe(false);
      // The event still has its definer.
      const definers = "SELECT DEFINER FROM information_schema.EVENTS WHERE EVENT_SCHEMA = 'orders'";
      expect(await column(cluster.root, definers)).toEqual(["sl_jane@%", "sl_jane@%"]);
      expect((await cluster.plan(NOBODY, leaving)).statements).toEqual([]);
      const back = rosterOf({ sl_jane: { orders: "all" } }, { all: ["INSERT", "EVENT"] });
      const returned = await cluster.bring(back, { disabledEvents: new Set(plan.disables) });
      expect(returned.statements.at(-1)!.sql).toBe(
        "ALTER DEFINER = 'sl_jane'@'%' EVENT `orders`.`nightly` ENABLE",
      );
      expect(await ran()).toBe(true);
      await cluster.byHand(
        "SET GLOBAL event_scheduler = OFF",
        "DELETE FROM orders.t",
        "DROP EVENT orders.off",
      );
    });

    it.each([
      ["a view", "VIEW orders.peek AS SELECT a FROM app_prod.t", "SELECT * FROM orders.peek"],
      ["a procedure", "PROCEDURE orders.peek() SELECT a FROM app_prod.t", "CALL orders.peek()"],
      [
        "a function",
        "FUNCTION orders.peek() RETURNS INT READS SQL DATA RETURN (SELECT MAX(a) FROM app_prod.t)",
        "SELECT orders.peek()",
      ],
    ])(
      "26: what it could reach elsewhere ends for everybody who uses its objects: %s",
      async (_kind, create, use) => {
        const [kind = ""] = create.split(" ");
        await cluster.byHand("GRANT SELECT ON app_prod.* TO sl_jane", `CREATE DEFINER = sl_jane ${create}`);
        try {
          expect(await refusal(bob.query(use))).toBe(0);
          const { statements } = await cluster.bring(NOBODY, leaving);
          expect(statements.map(({ sql }) => sql).join()).toMatch(
            /REVOKE SELECT ON `app_?prod`\.\* FROM 'sl_jane'@'%'/,
          );
          expect(await refusal(bob.query(use))).not.toBe(0);
          expect(await rows(bob, "SELECT n FROM orders.totals")).toEqual([{ n: expect.any(Number) }]);
        } finally {
          await cluster.byHand(`DROP ${kind} orders.peek`);
        }
      },
    );

    it.each([
      ["GRANT OPTION on a database", "GRANT SELECT ON orders.* TO sl_jane WITH GRANT OPTION"],
      ["GRANT OPTION on a table", "GRANT INSERT ON orders.t TO sl_jane WITH GRANT OPTION"],
      ["a role", "GRANT app_role TO sl_jane"],
      ["a global privilege", "GRANT PROCESS ON *.* TO sl_jane"],
      ["what no view uses", "GRANT CREATE ROUTINE, TRIGGER, EVENT, CREATE VIEW ON orders.* TO sl_jane"],
    ])("26: it keeps none of what lets it do more than its objects: %s", async (_what, grant) => {
      await cluster.byHand("CREATE ROLE IF NOT EXISTS app_role", grant);
      await cluster.bring(NOBODY, leaving);
      const insert = grant.includes("INSERT") ? ["GRANT INSERT ON `orders`.`t` TO `sl_jane`@`%`"] : [];
      expect(await cluster.grants("sl_jane")).toEqual([
        "GRANT USAGE ON *.* TO `sl_jane`@`%`",
        "GRANT SELECT, EXECUTE ON `orders`.* TO `sl_jane`@`%`",
        ...insert,
      ]);
      expect(await rows(bob, "SELECT n FROM orders.totals")).toEqual([{ n: expect.any(Number) }]);
    });

    it("26: once the objects have another definer, it is dropped", async () => {
      await cluster.bring(NOBODY, leaving);
      await cluster.byHand(
        "ALTER DEFINER = root@localhost VIEW orders.totals AS SELECT COUNT(*) AS n FROM orders.t",
      );
      const { statements } = await cluster.bring(NOBODY, leaving);
      expect(statements.map(({ sql }) => sql)).toEqual(["DROP USER 'sl_jane'@'%'"]);
      expect(await rows(bob, "SELECT n FROM orders.totals")).toEqual([{ n: expect.any(Number) }]);
    });

    it("26: the name of an account that is gone is not given out again while objects define it", async () => {
      await cluster.byHand("DROP VIEW orders.totals", "DROP USER sl_jane");
      await cluster.byHand(
        "CREATE DEFINER = sl_jane SQL SECURITY DEFINER VIEW orders.totals AS SELECT COUNT(*) AS n FROM orders.t",
      );
      const { leftOut, problems, statements } = await cluster.plan(READ);
      expect([problems, statements]).toEqual([[], []]);
      expect([...leftOut]).toEqual([
        [
          "sl_jane",
          "'sl_jane'@'%' does not exist, yet VIEW orders.totals would run with its rights once it is created: give them another definer first.",
        ],
      ]);
      await cluster.byHand("DROP VIEW orders.totals");
      await cluster.bring(READ);
    });
  });

  // On readers and secondaries: test/mysql/reconciler/instances.
  it.each([
    ["the account is dropped", NOBODY, leaving],
    ["the account is locked", NOBODY, { unmanaged: "lock" as const }],
    ["the database is taken away", rosterOf({ sl_jane: { app_prod: "read" } }), {}],
    ["a global privilege is taken away", READ, {}],
  ])(
    "27: an open session outlives what was taken when %s, and is ended on the writer",
    async (_when, roster, overrides) => {
      await cluster.byHand(`CREATE USER sl_jane ${IAM}`, "GRANT SELECT ON orders.* TO sl_jane");
      if (roster === READ) await cluster.byHand("GRANT INSERT, CREATE USER ON *.* TO sl_jane");
      const jane = await cluster.logIn("sl_jane");
      jane.on("error", () => {});
      await jane.query("USE orders");
      const probe = roster === READ ? "INSERT INTO orders.t VALUES (27, 27)" : "SELECT COUNT(*) FROM t";
      const plan = await cluster.plan(roster, overrides);
      expect(succeeded(await cluster.run(plan))).toBe(true);
      expect(await refusal(jane.query(probe))).toBe(0);
      expect(await cluster.endSessions(plan.endSessions)).toMatchObject({ ended: 1 });
      await expect(jane.query(probe)).rejects.toThrow();
      await cluster.byHand("DELETE FROM orders.t");
    },
  );

  it("27: what was taken at table level ends the session too, which may keep the table open", async () => {
    await cluster.byHand(
      `CREATE USER sl_jane ${IAM}`,
      "GRANT SELECT ON orders.* TO sl_jane",
      "GRANT INSERT ON orders.t TO sl_jane",
    );
    const insert = async () => {
      const jane = await cluster.logIn("sl_jane");
      jane.on("error", () => {});
      return { jane, refused: await refusal(jane.query("INSERT INTO orders.t VALUES (27, 27)")) };
    };
    const { jane, refused } = await insert();
    expect(refused).toBe(0);
    const { endSessions: ended } = await cluster.bring(READ);
    expect(ended).toMatchObject([{ user: "sl_jane" }]);
    await expect(jane.query("SELECT 1")).rejects.toThrow();
    const again = await insert();
    expect(again.refused).toBe(1142);
    again.jane.destroy();
    await cluster.byHand("DELETE FROM orders.t");
  });

  it("28: a grant outlives its database, and is taken away without it, before one of the same name can revive it", async () => {
    const shop = rosterOf({ sl_jane: { orders: "read", shop: "read" } });
    await prepareDatabases(cluster.root, ["shop"]);
    await cluster.bring(shop);
    await cluster.byHand("DROP DATABASE shop");
    expect(await cluster.sql(shop)).toEqual([]);
    await prepareDatabases(cluster.root, ["shop"]);
    expect(await cluster.access("sl_jane", ["shop"])).toEqual(["shop SELECT"]);

    await cluster.byHand("DROP DATABASE shop");
    const { statements } = await cluster.bring(READ);
    expect(statements.map(({ sql }) => sql)).toEqual(["REVOKE SELECT ON `shop`.* FROM 'sl_jane'@'%'"]);
    await prepareDatabases(cluster.root, ["shop"]);
    expect(await cluster.access("sl_jane", ["shop", "orders"])).toEqual(["orders SELECT"]);
    await cluster.byHand("DROP DATABASE shop");
  });
});
