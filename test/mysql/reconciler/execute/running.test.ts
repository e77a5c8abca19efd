import type { Services } from "../../../../lambdas/reconciler/services/services";
import { CALLER_CREDENTIALS } from "../../../../local/aws/aws-endpoint";
import { iamToken, logIn, TEST_KEY } from "../../../support/mysql-login";
import { interceptQueries } from "../intercept-queries";
import { applyRequest, NOBODY, ReconcilerFixture, rosterOf } from "../reconciler-fixture";

describe("running statements", () => {
  let fixture: ReconcilerFixture;

  beforeAll(async () => {
    fixture = await ReconcilerFixture.start();
    await fixture.root.query("CREATE DATABASE orders");
    await fixture.root.query("CREATE TABLE orders.t (a INT)");
    await fixture.register("orders");
  }, 180_000);
  afterAll(() => fixture.stop());
  beforeEach(async () => {
    fixture.timeMs = 60_000;
    await fixture.planAndApply("orders", rosterOf({ bob: "read", eve: "read" }));
  });

  const intercepted = (query: (sql: string, run: () => Promise<never>) => Promise<never>): Services =>
    interceptQueries(fixture.services, (sql, run) => query(sql, run as () => Promise<never>));

  it("runs a refused group account by account: the others succeed, and the failure names SQL, account and code", async () => {
    const roster = rosterOf({ bob: "write", eve: "write" });
    const plan = await fixture.preview("orders", roster);
    expect(plan.sql).toHaveLength(1);
    const services = intercepted(async (sql, run) => {
      // The server refuses one account of the group, as the account no longer exists.
      if (sql.startsWith("GRANT")) await fixture.root.query("DROP USER IF EXISTS 'sl_bob'@'%'");
      return run();
    });
    const error = await fixture.sendApply(applyRequest("orders", roster, plan.changeSet), services).then(
      () => new Error("not refused"),
      (error: Error) => error,
    );
    expect(error.message).toMatch(
      /StatementsFailed: orders: 1 of 2 statements ran.*refused for 'sl_bob'@'%': GRANT .*\(1410\).*plan and apply again/,
    );
    expect((await fixture.grants("sl_eve")).join()).toContain("GRANT SELECT, INSERT, UPDATE ON `orders`.*");
    expect((await fixture.audit("orders")).at(-1)).toMatchObject({
      kind: "result",
      outcome: "failed",
      ran: 1,
    });
    const again = await fixture.preview("orders", roster);
    expect(again.pending).toBeGreaterThan(0);
    await fixture.apply("orders", roster, again);
    expect(await fixture.accounts()).toEqual(["sl_bob", "sl_eve"]);
  });

  it("counts a revocation of something that no longer exists as success", async () => {
    const plan = await fixture.preview("orders", NOBODY);
    const services = intercepted(async (sql, run) => {
      if (sql.startsWith("DROP USER")) await fixture.root.query("DROP USER IF EXISTS 'sl_bob'@'%'");
      return run();
    });
    await fixture.sendApply(applyRequest("orders", NOBODY, plan.changeSet), services);
    expect(await fixture.accounts()).toEqual([]);
    const results = (await fixture.audit("orders")).at(-1)!["results"] as { outcome: string }[];
    expect(results.map(({ outcome }) => outcome)).toEqual(["gone", "done"]);
  });

  it("fails a blocked statement within the time left, and leaves no statement on the server", async () => {
    const roster = rosterOf({ bob: "write", eve: "read" });
    const plan = await fixture.preview("orders", roster);
    await fixture.root.query("LOCK TABLES mysql.user READ, mysql.db READ");
    fixture.timeMs = 8_000;
    const started = Date.now();
    try {
      await expect(fixture.apply("orders", roster, plan)).rejects.toThrow(
        /StatementsFailed.*0 of 1 statements ran.*1205/,
      );
      expect(Date.now() - started).toBeLessThan(8_000);
    } finally {
      await fixture.root.query("UNLOCK TABLES");
    }
    expect((await fixture.grants("sl_bob")).join()).not.toContain("INSERT");
  }, 20_000);

  it("runs no statement that the plan did not show, leaves out that account, and a new plan works", async () => {
    const roster = rosterOf({ bob: "write", eve: "read" });
    const plan = await fixture.preview("orders", roster);
    await fixture.root.query("GRANT DROP ON orders.* TO 'sl_eve'@'%'");
    await expect(fixture.apply("orders", roster, plan)).rejects.toThrow(
      /DatabaseMoved: orders: 1 statement ran\. Left out: sl_eve\..*revoke\|'sl_eve'@'%'\|`orders`\.\*\|DROP/,
    );
    expect((await fixture.grants("sl_bob")).join()).toContain("INSERT");
    expect((await fixture.grants("sl_eve")).join()).toContain("DROP");
    await fixture.planAndApply("orders", roster);
    expect((await fixture.grants("sl_eve")).join()).not.toContain("DROP");
  });

  it("a change set that was applied permits nothing more", async () => {
    const roster = rosterOf({ bob: "read" });
    const plan = await fixture.preview("orders", roster);
    await fixture.apply("orders", roster, plan);
    const old = rosterOf({ bob: "read", eve: "read" });
    const back = await fixture.preview("orders", old);
    await fixture.apply("orders", old, back);
    await expect(fixture.apply("orders", roster, plan)).rejects.toThrow(
      /ran before and permits nothing more/,
    );
    expect(await fixture.accounts()).toEqual(["sl_bob", "sl_eve"]);
  });

  it("the same call twice, in sequence or at the same time, answers the same", async () => {
    const roster = rosterOf({ bob: "write" });
    const plan = await fixture.preview("orders", roster);
    const answers = await Promise.all([
      fixture.apply("orders", roster, plan),
      fixture.apply("orders", roster, plan),
    ]);
    expect(answers.map(({ changeSetId }) => changeSetId)).toEqual([plan.id, plan.id]);
    expect(answers[1]).toEqual(answers[0]);
    await expect(fixture.apply("orders", roster, plan)).resolves.toEqual(answers[0]);
    expect((await fixture.preview("orders", roster)).changeSet).toEqual(plan.changeSet);
  });

  it("killed after each statement, the next run finishes, and no open session outlives a removal", async () => {
    const target = rosterOf({ bob: "write", ann: "read", joe: "write" });
    for (let kill = 1; ; kill++) {
      const eve = await logIn(fixture.server, "sl_eve", await iamToken(fixture.server, "sl_eve"));
      eve.on("error", () => {});
      const plan = await fixture.preview("orders", target);
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
      const failed = await fixture
        .sendApply(applyRequest("orders", target, plan.changeSet), services)
        .catch(error => error);
      await fixture.planAndApply("orders", target);
      expect(await fixture.accounts()).toEqual(["sl_ann", "sl_bob", "sl_joe"]);
      await expect(eve.query("SELECT 1")).rejects.toThrow();
      if (!(failed instanceof Error)) break;
      await fixture.planAndApply("orders", rosterOf({ bob: "read", eve: "read" }));
    }
  }, 180_000);

  it("SQL in every string stays text", async () => {
    const evil = "`; DROP USER 'admin'@'%'; -- '\\\"";
    const roster = {
      roles: { [evil]: ["SELECT" as const] },
      accounts: {
        "sl_o'`\"; DROP USER x": {
          kind: "person" as const,
          user: evil,
          name: evil,
          email: evil,
          databases: { "o`.* TO x; --'\"": { role: evil, reason: evil, project: evil } },
        },
      },
    };
    await fixture.planAndApply("orders", roster, {});
    expect(await fixture.accounts()).toEqual(["sl_o'`\"; DROP USER x"]);
    const [admin] = await fixture.root.query("SELECT COUNT(*) AS n FROM mysql.user WHERE User = 'admin'");
    expect(admin).toEqual([{ n: 1 }]);
  });

  it("the administrator may log in by IAM token", async () => {
    const statements = [
      "CREATE USER iam_admin@'%' IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS' REQUIRE SSL",
      "GRANT rds_superuser_role TO iam_admin@'%'",
      "SET DEFAULT ROLE rds_superuser_role TO iam_admin@'%'",
      "GRANT SELECT, CREATE USER, RELOAD, PROCESS, INSERT, UPDATE ON *.* TO iam_admin@'%' WITH GRANT OPTION",
      "GRANT EVENT, TRIGGER ON *.* TO iam_admin@'%'",
    ];
    for (const statement of statements) await fixture.root.query(statement);
    const { accessKeyId: id, secretAccessKey: secret } = CALLER_CREDENTIALS;
    await fixture.server.allowKeys([TEST_KEY, { id, secret, users: ["iam_admin"] }]);
    await fixture.register("orders", { credentials: { iamUser: "iam_admin" } });
    await fixture.planAndApply("orders", rosterOf({ bob: "write" }));
    expect(await fixture.accounts()).toEqual(["sl_bob"]);
    await fixture.register("orders");
  });

  it("a cluster of another AWS account is reached through the registered role", async () => {
    const assumeRoleArn = "arn:aws:iam::123456789012:role/aurora-users";
    await fixture.register("orders", { assumeRoleArn });
    fixture.services = fixture.freshServices();
    const before = fixture.aws.requests.length;
    expect((await fixture.preview("orders", rosterOf({ bob: "read" }))).verified).toBe(true);
    const asked = fixture.aws.requests
      .slice(before)
      .filter(({ service }) => service === "sts" || service === "secretsmanager");
    expect(asked.map(({ operation }) => operation)).toEqual(["AssumeRole", "GetSecretValue"]);
    expect(asked[1]!.accessKeyId).not.toBe(asked[0]!.accessKeyId);
    await fixture.register("orders");
  });
});
