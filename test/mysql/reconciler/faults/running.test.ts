import type { ConnectionOptions, Services } from "../../../../lambdas/reconciler/services/services";
import { asRoot } from "../../../support/mysql-login";
import { applyRequest, previewRequest } from "../payloads";
import { AFTER, BEFORE, faultsFixture, isObserving, isReleasing } from "./faults-fixture";

describe("a fault of the network while a run works", () => {
  const fixture = faultsFixture();

  it("while it observes: the connection is cut", async () => {
    const failed = await fixture.applyFails(
      await fixture.plan(),
      fixture.inPlaceOf(isObserving, run => {
        fixture.proxy.cut("RST");
        return run();
      }),
    );
    await fixture.expectRecorded(failed, []);
    await fixture.expectNothingLeft();
    await fixture.expectNextFinishes();
  });

  it("while it observes: the network is lost", async () => {
    const failed = await fixture.applyFails(
      await fixture.plan(),
      fixture.inPlaceOf(isObserving, run => {
        fixture.remain(5_500);
        fixture.loseNetwork();
        return run();
      }),
    );
    await fixture.expectRecorded(failed, []);
    fixture.proxy.heal();
    await fixture.expectNothingLeft();
    await fixture.expectNextFinishes();
  });

  it("while it waits for another run: the connection is cut", async () => {
    const plan = await fixture.plan();
    const other = await fixture.asAdmin();
    await other.query("SELECT GET_LOCK(?, 0)", [await fixture.services.ledger.lockName("orders")]);
    const services = fixture.inPlaceOf(
      sql => sql.includes("GET_LOCK"),
      async run => {
        const running = run();
        await fixture.seen(/GET_LOCK/);
        fixture.proxy.cut();
        return running;
      },
    );
    const failed = await fixture.applyFails(plan, services);
    await fixture.expectRecorded(failed, []);
    other.destroy();
    await fixture.expectNothingLeft();
    await fixture.expectNextFinishes();
  });

  it("in a statement: the connection is cut while the statement waits for a lock", async () => {
    const plan = await fixture.plan();
    const blocker = await asRoot(fixture.server);
    await blocker.query("LOCK TABLES mysql.user READ, mysql.db READ");
    // The statement itself would wait for longer than the test does.
    const services = fixture.atStatement(
      1,
      async run => {
        const running = run();
        running.catch(() => {});
        await fixture.seen(/^DROP USER/);
        fixture.proxy.cut("RST");
        return running;
      },
      30_000,
    );
    const failed = await fixture.applyFails(plan, services);
    await fixture.expectRecorded(failed, ["unknown", "skipped", "skipped", "skipped"]);
    // The statement does not wait for the lock any more, so it does not run when the lock is free.
    await fixture.expectNothingLeft();
    blocker.destroy();
    expect((await fixture.plan()).sql).toEqual(plan.sql);
    await fixture.expectNextFinishes();
  });

  it("in a statement: the network is lost before the statement arrives", async () => {
    const services = fixture.atStatement(2, run => {
      fixture.loseNetwork();
      return run();
    });
    const failed = await fixture.applyFails(await fixture.plan(), services);
    await fixture.expectRecorded(failed, ["done", "unknown", "skipped", "skipped"]);
    fixture.proxy.heal();
    await fixture.expectNothingLeft();
    await fixture.expectNextFinishes();
  });

  it("in a statement: the statement runs, and its answer is lost", async () => {
    const plan = await fixture.plan();
    const services = fixture.atStatement(2, run => {
      fixture.loseNetwork("answers");
      return run();
    });
    const failed = await fixture.applyFails(plan, services);
    await fixture.expectRecorded(failed, ["done", "unknown", "skipped", "skipped"]);
    await fixture.expectNothingLeft();
    fixture.repair();
    expect((await fixture.plan()).pending).toBe(plan.pending - 2);
    await fixture.expectNextFinishes();
  });

  it("between two statements: the connection is cut", async () => {
    const services = fixture.atStatement(3, run => {
      fixture.proxy.cut();
      return run();
    });
    const failed = await fixture.applyFails(await fixture.plan(), services);
    await fixture.expectRecorded(failed, ["done", "done", "unknown", "skipped"]);
    await fixture.expectNothingLeft();
    await fixture.expectNextFinishes();
  });

  it("after the last statement: the connection is cut", async () => {
    const services = fixture.inPlaceOf(
      isObserving,
      run => {
        fixture.proxy.cut("RST");
        return run();
      },
      2,
    );
    const failed = await fixture.applyFails(await fixture.plan(), services);
    await fixture.expectRecorded(failed, ["done", "done", "done", "done"]);
    await fixture.expectNothingLeft();
    expect((await fixture.plan()).pending).toBe(0);
    await fixture.expectNextFinishes();
  });

  it("after the last statement: the answers take too long for a look at the result", async () => {
    const services = fixture.inPlaceOf(
      isObserving,
      run => {
        fixture.remain(5_500);
        fixture.proxy.delayMs = 250;
        return run();
      },
      2,
    );
    const failed = await fixture.applyFails(await fixture.plan(), services);
    await fixture.expectRecorded(failed, ["done", "done", "done", "done"]);
    fixture.repair();
    await fixture.expectNothingLeft();
    await fixture.expectNextFinishes();
  });

  it("after the result is recorded: the network is lost", async () => {
    const services = fixture.inPlaceOf(isReleasing, run => {
      fixture.loseNetwork();
      return run();
    });
    const plan = await fixture.plan();
    await fixture.sendApply(applyRequest("orders", AFTER, plan.changeSet), services);
    expect((await fixture.services.ledger.head("orders")).attempt).toBeUndefined();
    // The next run waits until the server has given up the connection, or hears that it is closed.
    await fixture.register("orders", { port: fixture.server.port });
    const next = fixture.planAndApply("orders", BEFORE);
    await fixture.seen(/GET_LOCK/);
    fixture.proxy.heal();
    await next;
    await fixture.expectNothingLeft();
    await fixture.expectNextFinishes();
  });
});

describe("a lock of another session", () => {
  const fixture = faultsFixture();

  it("in a statement: another session holds the lock for backups", async () => {
    const plan = await fixture.plan();
    const blocker = await asRoot(fixture.server);
    await blocker.query("LOCK INSTANCE FOR BACKUP");
    const failed = await fixture.applyFails(
      plan,
      fixture.atStatement(1, run => run()),
    );
    await fixture.expectRecorded(failed, ["failed", "skipped", "skipped", "skipped"]);
    await fixture.expectNothingLeft();
    blocker.destroy();
    await fixture.expectNextFinishes();
  });

  it("while it observes: another session has locked the grant tables", async () => {
    const plan = await fixture.plan();
    const blocker = await asRoot(fixture.server);
    await blocker.query("LOCK TABLES mysql.user WRITE");
    const [blind, failed] = await Promise.all([fixture.plan(), fixture.applyFails(plan)]);
    expect(blind).toMatchObject({ verified: false, body: { status: "unverified" } });
    expect(blind.summary).toMatch(/ER_LOCK_WAIT_TIMEOUT.* Another session has locked what is read here/);
    await fixture.expectRecorded(failed, []);
    await fixture.expectNothingLeft();
    blocker.destroy();
    await fixture.expectNextFinishes();
  });

  it("a query of a plan is ended by the server, as it does not see that nobody waits any more", async () => {
    let asked: ConnectionOptions | undefined;
    const connect: Services["connect"] = (entry, options) => {
      asked = options;
      return fixture.services.connect(entry, { ...options, queryTimeoutMs: 200 });
    };
    const services = { ...fixture.services, connect };
    await fixture.sendPreview(previewRequest("orders", AFTER), services);
    expect(asked).toMatchObject({ bulkRead: true, queryTimeoutMs: 21_000 });
    const session = await connect(await fixture.services.registry.entry("orders"), asked!);
    const [a, b, c] = ["a", "b", "c"].map(name => `information_schema.COLUMNS ${name}`);
    const endless = `SELECT COUNT(*) FROM ${a}, ${b}, ${c}`;
    await expect(session.query(endless)).rejects.toMatchObject({ number: 3024 });
    await session.close();
  });
});
