import type { Services } from "../../../../lambdas/reconciler/services/services";
import { logIn, PASSWORD } from "../../../support/mysql-login";
import { interceptQueries } from "../intercept-queries";
import { applyRequest, ReconcilerFixture, rosterOf } from "../reconciler-fixture";

describe("the runs of a cluster", () => {
  let fixture: ReconcilerFixture;

  beforeAll(async () => {
    fixture = await ReconcilerFixture.start();
    await fixture.root.query("CREATE DATABASE orders");
    await fixture.register("orders");
  }, 180_000);
  afterAll(() => fixture.stop());
  beforeEach(async () => {
    fixture.timeMs = 60_000;
    await fixture.planAndApply("orders", rosterOf({ bob: "read", eve: "read" }));
  });

  const intercepted = (query: (sql: string, run: () => Promise<never>) => Promise<never>): Services =>
    interceptQueries(fixture.services, (sql, run) => query(sql, run as () => Promise<never>));

  describe("the cluster's lock", () => {
    const hold = async (user: string, secret: string, name?: string) => {
      const connection = await logIn(fixture.server, user, secret);
      connection.on("error", () => {});
      const lock = name ?? (await fixture.services.ledger.lockName("orders"));
      await connection.query("SELECT GET_LOCK(?, 0)", [lock]);
      return connection;
    };
    const roster = rosterOf({ bob: "read" });
    const killed = async () => (await fixture.audit("orders")).filter(({ kind }) => kind === "lock-killed");

    it("is one that other accounts neither hold nor delay with the names that they can guess", async () => {
      await fixture.root.query(`CREATE USER IF NOT EXISTS mallory@'%' IDENTIFIED BY '${PASSWORD}'`);
      const before = (await killed()).length;
      const names = ["aurora-users/orders", "aurora-users/", "aurora-users/orders/2"];
      const holders = await Promise.all(names.map(name => hold("mallory", PASSWORD, name)));
      const waiting = await Promise.all(
        Array.from({ length: 30 }, async () => {
          const connection = await logIn(fixture.server, "mallory", PASSWORD);
          connection.on("error", () => {});
          connection.query("SELECT GET_LOCK(?, 3600)", [names[0]]).catch(() => {});
          return connection;
        }),
      );
      const plan = await fixture.preview("orders", roster);
      await fixture.apply("orders", roster, plan);
      expect(await fixture.accounts()).toEqual(["sl_bob"]);
      // None of them was in the way, so none was ended.
      for (const connection of holders) expect(await connection.query("SELECT 1")).toBeTruthy();
      expect(await killed()).toHaveLength(before);
      for (const connection of [...holders, ...waiting]) connection.destroy();
    });

    it("has a name that an account with every role of the package does not get to know", async () => {
      await fixture.root.query(`CREATE USER IF NOT EXISTS mallory@'%' IDENTIFIED BY '${PASSWORD}'`);
      await fixture.root.query("GRANT ALL ON orders.* TO mallory@'%'");
      const mallory = await logIn(fixture.server, "mallory", PASSWORD);
      const seen: string[] = [];
      const watching = intercepted(async (_sql, run) => {
        for (const query of [
          "SELECT INFO FROM information_schema.PROCESSLIST",
          "SHOW FULL PROCESSLIST",
          "SELECT * FROM performance_schema.metadata_locks",
          "SELECT * FROM performance_schema.threads",
          "SELECT * FROM performance_schema.events_statements_history",
          "SELECT * FROM sys.session",
        ])
          seen.push(JSON.stringify(await mallory.query(query).catch(() => [])));
        return run();
      });
      const plan = await fixture.preview("orders", roster);
      await fixture.sendApply(applyRequest("orders", roster, plan.changeSet), watching);
      expect(seen.length).toBeGreaterThan(6);
      expect(seen.join()).not.toContain(await fixture.services.ledger.lockName("orders"));
      mallory.destroy();
      await fixture.root.query("DROP USER mallory@'%'");
    });

    it("is the same for all runs of a cluster, also for the first two at once", async () => {
      const names = await Promise.all(
        Array.from({ length: 4 }, () => fixture.freshServices().ledger.lockName("never-seen")),
      );
      expect(new Set(names).size).toBe(1);
      expect(names[0]).toMatch(/^aurora-users\/[0-9a-f-]{36}$/);
      expect(await fixture.services.ledger.lockName("orders")).not.toBe(names[0]);
    });

    it("held by another account is taken by killing that connection, which is recorded", async () => {
      await fixture.root.query(`CREATE USER IF NOT EXISTS mallory@'%' IDENTIFIED BY '${PASSWORD}'`);
      const mallory = await hold("mallory", PASSWORD);
      await fixture.apply("orders", roster, await fixture.preview("orders", roster));
      await expect(mallory.query("SELECT 1")).rejects.toThrow();
      const kinds = (await fixture.audit("orders")).slice(-3);
      expect(kinds.map(({ kind }) => kind)).toEqual(["lock-killed", "intent", "result"]);
      expect(kinds[0]).toMatchObject({ holder: { user: "mallory" } });
    });

    it("held by another run is waited for within the time left; then the error says who holds it", async () => {
      const { username, password } = fixture.server.admin;
      const other = await hold(username, password);
      const plan = await fixture.preview("orders", roster);
      fixture.timeMs = 4_000;
      await expect(fixture.apply("orders", roster, plan)).rejects.toThrow(
        /ClusterLocked: orders: another run holds the cluster's lock \(connection \d+ of admin .*Nothing ran\. Run again when that run has ended/,
      );
      fixture.timeMs = 60_000;
      setTimeout(() => other.destroy(), 1_500);
      await fixture.apply("orders", roster, plan);
      expect(await fixture.accounts()).toEqual(["sl_bob"]);
    });

    it("lost during the run stops it before any statement", async () => {
      const plan = await fixture.preview("orders", roster);
      const released = intercepted(async (sql, run) => {
        if (sql.includes("IS_USED_LOCK") && sql.includes("held")) return [{ held: 0, id: 1 }] as never;
        return run();
      });
      await expect(
        fixture.sendApply(applyRequest("orders", roster, plan.changeSet), released),
      ).rejects.toThrow(/lock was lost/);
      expect(await fixture.accounts()).toEqual(["sl_bob", "sl_eve"]);
    });
  });
});
