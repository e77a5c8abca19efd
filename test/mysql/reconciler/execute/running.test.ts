import { lockName } from "../../../../lambdas/reconciler/mysql/cluster-lock";
import type { Services } from "../../../../lambdas/reconciler/services/services";
import { CALLER_CREDENTIALS } from "../../../../local/aws/aws-endpoint";
import { iamToken, logIn, PASSWORD, TEST_KEY } from "../../../support/mysql-login";
import { applyRequest, NOBODY, ReconcilerFixture, rosterOf } from "../reconciler-fixture";

describe("running statements", () => {
  let world: ReconcilerFixture;

  beforeAll(async () => {
    world = await ReconcilerFixture.start();
    await world.root.query("CREATE DATABASE orders");
    await world.root.query("CREATE TABLE orders.t (a INT)");
    await world.register("orders");
  }, 180_000);
  afterAll(() => world.stop());
  beforeEach(async () => {
    world.timeMs = 60_000;
    await world.bring("orders", rosterOf({ bob: "read", eve: "read" }));
  });

  /** Services whose statements go through `query`, to make single ones fail. */
  const intercepted = (query: (sql: string, run: () => Promise<never>) => Promise<never>): Services => ({
    ...world.services,
    connect: async (entry, options) => {
      const session = await world.services.connect(entry, options);
      return {
        ...{
          id: session.id,
          user: session.user,
          queryAll: s => session.queryAll(s),
          close: () => session.close(),
        },
        destroy: () => session.destroy(),
        query: sql => query(sql, () => session.query(sql) as Promise<never>),
      };
    },
  });

  describe("the cluster's lock", () => {
    const hold = async (user: string, secret: string) => {
      const connection = await logIn(world.server, user, secret);
      connection.on("error", () => {});
      await connection.query("SELECT GET_LOCK(?, 0)", [lockName("orders")]);
      return connection;
    };

    it("held by another account is taken by ending that connection, which is recorded", async () => {
      await world.root.query(`CREATE USER IF NOT EXISTS mallory@'%' IDENTIFIED BY '${PASSWORD}'`);
      const mallory = await hold("mallory", PASSWORD);
      const roster = rosterOf({ bob: "read" });
      await world.apply("orders", roster, await world.preview("orders", roster));
      await expect(mallory.query("SELECT 1")).rejects.toThrow();
      const kinds = (await world.audit("orders")).slice(-3);
      expect(kinds.map(({ kind }) => kind)).toEqual(["lock-killed", "intent", "result"]);
      expect(kinds[0]).toMatchObject({ holder: { user: "mallory" } });
    });

    it("held by another run is waited for within the time left, then says who holds it", async () => {
      const { username, password } = world.server.admin;
      const other = await hold(username, password);
      const roster = rosterOf({ bob: "read" });
      const plan = await world.preview("orders", roster);
      world.timeMs = 4_000;
      await expect(world.apply("orders", roster, plan)).rejects.toThrow(
        /ClusterLocked.*connection \d+ of admin.*Nothing ran/,
      );
      world.timeMs = 60_000;
      setTimeout(() => other.destroy(), 1_500);
      await world.apply("orders", roster, plan);
      expect(await world.accounts()).toEqual(["sl_bob"]);
    });

    it("lost while the run was at work stops it before anything is done", async () => {
      const roster = rosterOf({ bob: "read" });
      const plan = await world.preview("orders", roster);
      const released = intercepted(async (sql, run) => {
        if (sql.includes("IS_USED_LOCK") && sql.includes("held")) return [{ held: 0, id: 1 }] as never;
        return run();
      });
      await expect(world.sendApply(applyRequest("orders", roster, plan.changeSet), released)).rejects.toThrow(
        /lock was lost/,
      );
      expect(await world.accounts()).toEqual(["sl_bob", "sl_eve"]);
    });
  });

  it("a group that is refused goes account by account: the others get theirs, and the failure names SQL, account and code", async () => {
    const roster = rosterOf({ bob: "write", eve: "write" });
    const plan = await world.preview("orders", roster);
    expect(plan.sql).toHaveLength(1);
    const services = intercepted(async (sql, run) => {
      // As a server may refuse one account of a group: it is gone when its turn comes.
      if (sql.startsWith("GRANT")) await world.root.query("DROP USER IF EXISTS 'sl_bob'@'%'");
      return run();
    });
    const error = await world.sendApply(applyRequest("orders", roster, plan.changeSet), services).then(
      () => new Error("not refused"),
      (error: Error) => error,
    );
    expect(error.message).toMatch(
      /StatementsFailed: orders: 1 of 2 statements ran.*refused for 'sl_bob'@'%': GRANT .*\(1410\).*plan and apply again/,
    );
    expect((await world.grants("sl_eve")).join()).toContain("GRANT SELECT, INSERT, UPDATE ON `orders`.*");
    expect((await world.audit("orders")).at(-1)).toMatchObject({ kind: "result", outcome: "failed", ran: 1 });
    const again = await world.preview("orders", roster);
    expect(again.pending).toBeGreaterThan(0);
    await world.apply("orders", roster, again);
    expect(await world.accounts()).toEqual(["sl_bob", "sl_eve"]);
  });

  it("taking away what is gone already is success", async () => {
    const plan = await world.preview("orders", NOBODY);
    const services = intercepted(async (sql, run) => {
      if (sql.startsWith("DROP USER")) await world.root.query("DROP USER IF EXISTS 'sl_bob'@'%'");
      return run();
    });
    await world.sendApply(applyRequest("orders", NOBODY, plan.changeSet), services);
    expect(await world.accounts()).toEqual([]);
    const results = (await world.audit("orders")).at(-1)!["results"] as { outcome: string }[];
    expect(results.map(({ outcome }) => outcome)).toEqual(["gone", "done"]);
  });

  it("a blocked statement fails within the time left and leaves nothing behind on the server", async () => {
    const roster = rosterOf({ bob: "write", eve: "read" });
    const plan = await world.preview("orders", roster);
    await world.root.query("LOCK TABLES mysql.user READ, mysql.db READ");
    world.timeMs = 8_000;
    const started = Date.now();
    try {
      await expect(world.apply("orders", roster, plan)).rejects.toThrow(
        /StatementsFailed.*0 of 1 statements ran.*1205/,
      );
      expect(Date.now() - started).toBeLessThan(8_000);
    } finally {
      await world.root.query("UNLOCK TABLES");
    }
    expect((await world.grants("sl_bob")).join()).not.toContain("INSERT");
  }, 20_000);

  it("refuses what the plan did not show, changes nothing, and plan again works", async () => {
    const roster = rosterOf({ bob: "write", eve: "read" });
    const plan = await world.preview("orders", roster);
    await world.root.query("GRANT DROP ON orders.* TO 'sl_eve'@'%'");
    await expect(world.apply("orders", roster, plan)).rejects.toThrow(
      /DatabaseMoved.*revoke\|'sl_eve'@'%'\|`orders`\.\*\|DROP.*None of 2 statements ran. Plan again/,
    );
    expect((await world.grants("sl_bob")).join()).not.toContain("INSERT");
    await world.bring("orders", roster);
    expect((await world.grants("sl_eve")).join()).not.toContain("DROP");
  });

  it("an applied set permits nothing more", async () => {
    const roster = rosterOf({ bob: "read" });
    const plan = await world.preview("orders", roster);
    await world.apply("orders", roster, plan);
    const old = rosterOf({ bob: "read", eve: "read" });
    const back = await world.preview("orders", old);
    await world.apply("orders", old, back);
    await expect(world.apply("orders", roster, plan)).rejects.toThrow(
      /was applied before and permits nothing more/,
    );
    expect(await world.accounts()).toEqual(["sl_bob", "sl_eve"]);
  });

  it("the same call twice, one after the other and at once, converges", async () => {
    const roster = rosterOf({ bob: "write" });
    const plan = await world.preview("orders", roster);
    const answers = await Promise.all([
      world.apply("orders", roster, plan),
      world.apply("orders", roster, plan),
    ]);
    expect(answers.map(({ changeSetId }) => changeSetId)).toEqual([plan.id, plan.id]);
    expect(answers.map(({ statements }) => statements).sort()).toEqual([0, plan.sql.length]);
    await expect(world.apply("orders", roster, plan)).resolves.toMatchObject({
      statements: 0,
      message: "nothing to do",
    });
    expect((await world.preview("orders", roster)).changeSet).toEqual(plan.changeSet);
  });

  it("killed after each statement, the next run finishes, and no open session outlives a removal", async () => {
    const target = rosterOf({ bob: "write", ann: "read", joe: "write" });
    for (let kill = 1; ; kill++) {
      const eve = await logIn(world.server, "sl_eve", await iamToken(world.server, "sl_eve"));
      eve.on("error", () => {});
      const plan = await world.preview("orders", target);
      let ran = 0;
      let killed = false;
      const services = intercepted(async (sql, run) => {
        if (killed) throw new Error("killed");
        const result = await run();
        if (/^(CREATE|DROP|GRANT|REVOKE|ALTER)/.test(sql) && ++ran === kill) {
          killed = true;
          throw new Error("killed");
        }
        return result;
      });
      const failed = await world
        .sendApply(applyRequest("orders", target, plan.changeSet), services)
        .catch(error => error);
      await world.bring("orders", target);
      expect(await world.accounts()).toEqual(["sl_ann", "sl_bob", "sl_joe"]);
      await expect(eve.query("SELECT 1")).rejects.toThrow();
      if (!(failed instanceof Error)) break;
      await world.bring("orders", rosterOf({ bob: "read", eve: "read" }));
    }
  }, 60_000);

  it("SQL in every string stays text", async () => {
    const evil = "`; DROP USER 'admin'@'%'; -- '\\\"";
    const roster = {
      roles: { [evil]: ["SELECT" as const] },
      accounts: {
        "sl_o'`\"; DROP USER x": {
          ...{ kind: "person" as const, user: evil, name: evil, email: evil },
          databases: { "o`.* TO x; --'\"": { role: evil, reason: evil, project: evil } },
        },
      },
    };
    await world.bring("orders", roster, {});
    expect(await world.accounts()).toEqual(["sl_o'`\"; DROP USER x"]);
    const [admin] = await world.root.query("SELECT COUNT(*) AS n FROM mysql.user WHERE User = 'admin'");
    expect(admin).toEqual([{ n: 1 }]);
  });

  it("the administrator may log in by IAM token", async () => {
    const statements = [
      "CREATE USER iam_admin@'%' IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS' REQUIRE SSL",
      "GRANT rds_superuser_role TO iam_admin@'%'",
      "SET DEFAULT ROLE rds_superuser_role TO iam_admin@'%'",
      "GRANT SELECT, CREATE USER, RELOAD, PROCESS, INSERT, UPDATE ON *.* TO iam_admin@'%' WITH GRANT OPTION",
    ];
    for (const statement of statements) await world.root.query(statement);
    const { accessKeyId: id, secretAccessKey: secret } = CALLER_CREDENTIALS;
    await world.server.allowKeys([TEST_KEY, { id, secret, users: ["iam_admin"] }]);
    await world.register("orders", { credentials: { iamUser: "iam_admin" } });
    await world.bring("orders", rosterOf({ bob: "write" }));
    expect(await world.accounts()).toEqual(["sl_bob"]);
    await world.register("orders");
  });

  it("a cluster of another AWS account is reached through the registered role", async () => {
    const assumeRoleArn = "arn:aws:iam::123456789012:role/aurora-users";
    await world.register("orders", { assumeRoleArn });
    world.services = world.freshServices();
    const before = world.aws.requests.length;
    expect((await world.preview("orders", rosterOf({ bob: "read" }))).verified).toBe(true);
    const asked = world.aws.requests
      .slice(before)
      .filter(({ service }) => service === "sts" || service === "secretsmanager");
    expect(asked.map(({ operation }) => operation)).toEqual(["AssumeRole", "GetSecretValue"]);
    expect(asked[1]!.accessKeyId).not.toBe(asked[0]!.accessKeyId);
    await world.register("orders");
  });
});
