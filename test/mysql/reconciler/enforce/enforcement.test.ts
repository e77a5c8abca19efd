import type { Connection } from "mysql2/promise";
import type { Roster } from "../../../../core/roster/roster";
import type { Services } from "../../../../lambdas/reconciler/services/services";
import { iamToken, logIn } from "../../../support/mysql-login";
import { LEDGER, NOBODY, ReconcilerFixture, rosterOf } from "../reconciler-fixture";
import { until } from "./rosters-until";

const HOUR = 3_600_000;

describe("enforcement", () => {
  let world: ReconcilerFixture;
  /** What the functions take for now. */
  let clock: Date;
  const at = (ms: number) => new Date(clock.getTime() + ms).toISOString();
  const pass = (ms: number) => {
    clock = new Date(clock.getTime() + ms);
  };
  const withClock = (services: Services): Services => ({ ...services, now: () => clock });

  beforeAll(async () => {
    world = await ReconcilerFixture.start();
    world.services = withClock(world.services);
    for (const database of ["orders", "payments"]) {
      await world.root.query(`CREATE DATABASE ${database}`);
      await world.root.query(`CREATE TABLE ${database}.t (a INT)`);
    }
    await world.register("orders");
  }, 180_000);
  afterAll(() => world.stop());
  beforeEach(async () => {
    clock = new Date(Math.floor(Date.now() / 1000) * 1000);
    world.services = withClock(world.freshServices());
    await world.register("orders");
    await world.bring("orders", NOBODY);
    await world.dropAccounts();
    await world.bring("orders", NOBODY);
    await world.enforce();
    (world.aws.events as unknown[]).length = 0;
  });
  afterEach(() => world.aws.clearFaults());

  async function session(user: string): Promise<Connection> {
    const connection = await logIn(world.server, user, await iamToken(world.server, user));
    connection.on("error", () => {});
    return connection;
  }

  it("ends a grant at its moment, with the account, its sessions and its logins, and the plan after is empty", async () => {
    const roster = until({ bob: at(HOUR), eve: undefined });
    await world.bring("orders", roster);
    const bob = await session("sl_bob");
    pass(HOUR - 1_000);
    expect(await world.enforce()).toMatchObject({ outcome: "enforced", statements: 0, drift: 0 });
    expect(await world.accounts()).toEqual(["sl_bob", "sl_eve"]);

    pass(1_000);
    expect(await world.enforce()).toMatchObject({
      outcome: "enforced",
      statements: 1,
      sessionsEnded: 1,
      audited: true,
    });
    expect(await world.accounts()).toEqual(["sl_eve"]);
    await expect(bob.query("SELECT 1")).rejects.toThrow();
    await expect(session("sl_bob")).rejects.toThrow(/denied/i);

    const [expired] = world.events("access.expired");
    const entry = { database: "orders", role: "read", expires: at(0) };
    expect(expired!.detail).toMatchObject({
      account: "sl_bob",
      user: "bob",
      email: "bob@example.com",
      cause: "expiry",
    });
    expect(expired!.detail).toMatchObject({ before: [entry], after: [], ending: [entry] });
    const [intent, result] = (await world.audit("orders")).slice(-2);
    expect(intent).toMatchObject({
      kind: "intent",
      action: "enforce",
      changeSet: expired!.detail.correlationId,
    });
    expect(intent!["statements"]).toMatchObject([
      { sql: "DROP USER 'sl_bob'@'%'", cause: "expiry", accounts: [{ account: "sl_bob", user: "bob" }] },
    ]);
    expect(result).toMatchObject({ kind: "result", outcome: "succeeded", ran: 1, sessionsEnded: 1 });

    const plan = await world.preview("orders", roster);
    expect(plan).toMatchObject({ pending: 0, verified: true });
    expect(plan.changeSet).toEqual((await world.preview("orders", roster)).changeSet);
  });

  it("takes one database of an account and leaves the other, also where somebody gave the expired one by table", async () => {
    const roster = until({ bob: at(HOUR) });
    const databases = { ...roster.accounts["sl_bob"]!.databases, payments: { role: "read" } };
    const both: Roster = { ...roster, accounts: { sl_bob: { ...roster.accounts["sl_bob"]!, databases } } };
    await world.bring("orders", both);
    await world.root.query("GRANT INSERT ON orders.t TO 'sl_bob'@'%'");
    pass(HOUR);
    await world.enforce();
    expect((await world.grants("sl_bob")).filter(grant => !grant.includes("USAGE"))).toEqual([
      "GRANT SELECT ON `payments`.* TO `sl_bob`@`%`",
    ]);
    expect(world.events("access.expired")).toHaveLength(1);
  });

  it("catches up after a day in which it did not run, and tells once", async () => {
    await world.bring("orders", until({ bob: at(HOUR), ann: at(2 * HOUR), eve: undefined }));
    pass(26 * HOUR);
    expect(await world.enforce()).toMatchObject({ statements: 1 });
    expect(await world.accounts()).toEqual(["sl_eve"]);
    expect(await world.enforce()).toMatchObject({ statements: 0 });
    expect(
      world.events("access.expired").map(({ detail }) => (detail as { account: string }).account),
    ).toEqual(["sl_ann", "sl_bob"]);
    expect(
      world.events("reconcile.succeeded").filter(({ detail }) => detail.cause === "expiry"),
    ).toHaveLength(1);
  });

  it("does once what two runs at once are asked to", async () => {
    await world.bring("orders", until({ bob: at(HOUR) }));
    pass(HOUR);
    const before = (await world.audit("orders")).length;
    const runs = await Promise.all([
      world.enforce(),
      world.enforce("orders", withClock(world.freshServices())),
    ]);
    expect(runs.map(({ statements }) => statements).sort()).toEqual([0, 1]);
    expect((await world.audit("orders")).slice(before).map(({ kind }) => kind)).toEqual(["intent", "result"]);
    expect(world.events("access.expired")).toHaveLength(1);
  });

  it("leaves a grant that an apply extended a second before, which ran no statement", async () => {
    await world.bring("orders", until({ bob: at(HOUR) }));
    const bob = await session("sl_bob");
    pass(HOUR - 1_000);
    await world.bring("orders", until({ bob: at(10 * HOUR) }));
    const [changed] = world.events("access.changed");
    expect(changed!.detail).toMatchObject({
      account: "sl_bob",
      cause: "grant",
      after: [{ expires: at(10 * HOUR) }],
    });
    pass(1_000);
    expect(await world.enforce()).toMatchObject({ statements: 0, sessionsEnded: 0 });
    await expect(bob.query("SELECT 1")).resolves.toBeDefined();
    bob.destroy();
  });

  it.each(["report", "repair"] as const)(
    "never turns an apply that failed half-way into access, nor undoes it (%s)",
    async drift => {
      await world.register("orders", { drift });
      await world.bring("orders", rosterOf({ bob: "read", eve: "read" }));
      // Its roster became the target; what it was to give could not be recorded, so nothing ran.
      const next: Roster = rosterOf({ bob: "write", new: "read" });
      const plan = await world.preview("orders", next);
      world.aws.faultService(
        request => request.service === "dynamodb" && JSON.stringify(request.body).includes('"audit"'),
        "deny",
      );
      await expect(world.apply("orders", next, plan)).rejects.toThrow(/AuditUnusable/);
      world.aws.clearFaults();
      const { head } = await world.services.ledger.state("orders");
      expect(head.target).not.toBe(head.applied);

      expect(await world.enforce()).toMatchObject({ statements: 0, drift: 0 });
      expect(await world.accounts()).toEqual(["sl_bob", "sl_eve"]);
      expect(await world.grants("sl_bob")).toContain("GRANT SELECT ON `orders`.* TO `sl_bob`@`%`");
      // What lies between the two stays as it is found; what neither holds is drift, and only what both hold may be given.
      await world.root.query("GRANT INSERT, DELETE ON orders.* TO 'sl_bob'@'%'");
      await world.root.query("REVOKE SELECT ON orders.* FROM 'sl_bob'@'%'");
      const run = await world.enforce();
      expect(run).toMatchObject(
        drift === "repair" ? { statements: 2, drift: 0 } : { statements: 0, drift: 2 },
      );
      const repaired = "GRANT SELECT, INSERT ON `orders`.* TO `sl_bob`@`%`";
      expect(await world.grants("sl_bob")).toContain(
        drift === "repair" ? repaired : "GRANT INSERT, DELETE ON `orders`.* TO `sl_bob`@`%`",
      );
    },
  );

  it("tells drift once, again when it is another, and repairs it where that is asked for", async () => {
    await world.bring("orders", rosterOf({ bob: "read" }));
    await world.root.query("GRANT DELETE ON orders.* TO 'sl_bob'@'%'");
    expect(await world.enforce()).toMatchObject({ statements: 0, drift: 1 });
    expect(await world.enforce()).toMatchObject({ drift: 1 });
    expect(world.events("drift.detected").map(({ detail }) => detail)).toMatchObject([
      {
        repaired: false,
        accounts: ["sl_bob"],
        statements: ["REVOKE DELETE ON `orders`.* FROM 'sl_bob'@'%'"],
        undeclared: [],
      },
    ]);
    await world.root.query("CREATE USER 'sl_mallory'@'%'");
    expect(await world.enforce()).toMatchObject({ drift: 2 });
    expect(world.events("drift.detected")[1]!.detail).toMatchObject({ undeclared: ["sl_mallory"] });

    await world.register("orders", { drift: "repair" });
    expect(await world.enforce()).toMatchObject({ statements: 1, drift: 1 });
    expect(world.events("drift.detected").at(-1)!.detail).toMatchObject({
      repaired: true,
      accounts: ["sl_bob"],
    });
    expect(await world.grants("sl_bob")).toContain("GRANT SELECT ON `orders`.* TO `sl_bob`@`%`");
  });

  it("takes away while the audit trail cannot be written, and gives nothing", async () => {
    await world.register("orders", { drift: "repair" });
    await world.bring("orders", until({ bob: at(HOUR), eve: undefined }));
    await world.root.query("REVOKE SELECT ON orders.* FROM 'sl_eve'@'%'");
    pass(HOUR);
    world.aws.faultService(
      request => request.service === "dynamodb" && JSON.stringify(request.body).includes('"audit"'),
      "deny",
    );
    await expect(world.enforce()).rejects.toThrow(/AuditUnusable.*only what takes access away ran/);
    expect(await world.accounts()).toEqual(["sl_eve"]);
    expect(await world.grants("sl_eve")).toEqual(["GRANT USAGE ON *.* TO `sl_eve`@`%`"]);
    world.aws.clearFaults();
    expect(await world.enforce()).toMatchObject({ statements: 1, audited: true });
    expect(await world.grants("sl_eve")).toContain("GRANT SELECT ON `orders`.* TO `sl_eve`@`%`");
    expect(world.events("access.expired")).toHaveLength(1);
  });

  it("does nothing with a ledger that somebody changed, and says so once", async () => {
    await world.bring("orders", until({ bob: at(HOUR) }));
    const { head } = await world.services.ledger.state("orders");
    const [chunk] = (await world.items(LEDGER, "orders")).filter(({ sk }) =>
      String(sk).startsWith(`blob#${head.applied}`),
    );
    await world.tamper(LEDGER, chunk!, "data", new Uint8Array([1, 2, 3]));
    pass(HOUR);
    for (let run = 0; run < 2; run++) await expect(world.enforce()).rejects.toThrow(/cannot be unpacked/);
    expect(await world.accounts()).toEqual(["sl_bob"]);
    expect(world.events("reconcile.failed").map(({ detail }) => detail)).toMatchObject([
      { action: "enforce", code: "LedgerUnusable" },
    ]);
    await world.tamper(LEDGER, chunk!, "data", chunk!["data"] as Uint8Array);
    expect(await world.enforce()).toMatchObject({ statements: 1 });
  });

  it("holds nobody up for an account that the administrator may not touch", async () => {
    await world.bring("orders", until({ bob: at(HOUR), eve: at(HOUR) }));
    await world.root.query("GRANT SYSTEM_USER ON *.* TO 'sl_eve'@'%'");
    pass(HOUR);
    await expect(world.enforce()).rejects.toThrow(
      /RosterRefused.*sl_eve.*SYSTEM_USER.*All other accounts were processed/,
    );
    expect(await world.accounts()).toEqual(["sl_eve"]);
    expect(world.events("access.expired")).toHaveLength(1);
    await world.root.query("REVOKE SYSTEM_USER ON *.* FROM 'sl_eve'@'%'");
    expect(await world.enforce()).toMatchObject({ statements: 1 });
  });
});
