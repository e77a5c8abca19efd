import type { Connection } from "mysql2/promise";
import { HOUR } from "../enforce/enforcement-fixture";
import { until } from "../enforce/rosters-until";
import { rosterOf } from "../rosters";
import { isOpen, READER, readersFixture } from "./readers-fixture";

/** The server's `connect_timeout`, and a margin. */
const LATE_MS = 15_000;

describe("a reader on which sessions cannot be ended", () => {
  const fixture = readersFixture();
  const both = rosterOf({ bob: "read", eve: "read" });
  const eveOnly = rosterOf({ eve: "read" });
  beforeEach(() => {
    // The wait for a server that does not answer goes by the time that is left.
    fixture.timeMs = 20_000;
  });
  let here: Connection;
  let there: Connection;

  const openFor = async (user: string) => {
    await fixture.reader.caughtUp();
    here = await fixture.session(user);
    there = await fixture.readerSession(user);
  };
  const applyEveOnly = async () => {
    const plan = await fixture.preview("orders", eveOnly);
    return fixture.apply("orders", eveOnly, plan).catch((error: Error) => error);
  };
  const failed = (reason: RegExp) => ({ name: "SessionsRemain", message: expect.stringMatching(reason) });
  afterEach(async () => {
    fixture.reader.thaw();
    await fixture.enforce();
    expect(await fixture.left()).toEqual([]);
  });

  it("is named if it does not answer; all else is done, and a later run ends what was left", async () => {
    await fixture.planAndApply("orders", both);
    await openFor("sl_bob");
    await fixture.reader.freeze();
    expect(await applyEveOnly()).toMatchObject(
      failed(
        /may stay open on another instance\. orders-2: orders: localhost:\d+ did not answer.*1 of 1 statements ran/,
      ),
    );
    expect(await isOpen(here)).toBe(false);
    expect(await fixture.accounts()).toEqual(["sl_eve"]);
    expect(fixture.metrics.at(-1)).toMatchObject({ InstancesLeft: 1, Failures: 1, Statements: 1 });
    const [result] = (await fixture.audit("orders")).slice(-1);
    expect(result).toMatchObject({ outcome: "failed", code: "SessionsRemain", sessionsEnded: 1 });
    expect(fixture.accountsOf("access.revoked")).toEqual(["sl_bob"]);

    await expect(fixture.enforce()).rejects.toThrow(/SessionsRemain.*orders-2/);
    expect(fixture.metrics.at(-1)).toMatchObject({ InstancesLeft: 1, Failures: 1 });
    expect(fixture.events("reconcile.failed")).toHaveLength(2);
    expect(await fixture.left()).toEqual([READER]);
    // An apply that takes nothing is not held up.
    await fixture.planAndApply("orders", eveOnly);

    fixture.reader.thaw();
    expect(await isOpen(there)).toBe(true);
    expect(await fixture.enforce()).toMatchObject({ statements: 0, sessionsEnded: 1 });
    expect(await isOpen(there)).toBe(false);
    expect(fixture.metrics.at(-1)).toMatchObject({ InstancesLeft: 0, Failures: 0 });
    const calls = fixture.rdsCalls.length;
    await fixture.enforce();
    expect(fixture.rdsCalls).toHaveLength(calls);
  });

  it("holds up no expiry, and a session of a narrowed account ends by a later run, once", async () => {
    const soon = { bob: fixture.at(HOUR), eve: undefined };
    const roster = until(soon);
    const shop = { orders: { role: "read" }, shop: { role: "read", expires: fixture.at(HOUR) } };
    const eve = { ...roster.accounts["sl_eve"]!, databases: shop };
    await fixture.planAndApply("orders", { ...roster, accounts: { ...roster.accounts, sl_eve: eve } });
    await openFor("sl_eve");
    await fixture.reader.freeze();
    fixture.pass(HOUR);
    await expect(fixture.enforce()).rejects.toThrow(/SessionsRemain.*orders-2/);
    expect(await fixture.accounts()).toEqual(["sl_eve"]);
    expect(fixture.accountsOf("access.expired").sort()).toEqual(["sl_bob", "sl_eve"]);
    expect(await isOpen(here)).toBe(false);
    const again = await fixture.session("sl_eve");
    fixture.reader.thaw();
    expect(await fixture.enforce()).toMatchObject({ sessionsEnded: 1 });
    expect([await isOpen(there), await isOpen(again)]).toEqual([false, true]);
    const next = await fixture.readerSession("sl_eve");
    fixture.pass(LATE_MS);
    expect(await fixture.enforce()).toMatchObject({ sessionsEnded: 0 });
    expect(await isOpen(next)).toBe(true);
  });

  it("is named if it refuses connections", async () => {
    await fixture.planAndApply("orders", both);
    await openFor("sl_bob");
    await fixture.reader.kill();
    expect(await applyEveOnly()).toMatchObject(failed(/orders-2: .*ECONNREFUSED/));
    await fixture.reader.restart();
    expect(await fixture.enforce()).toMatchObject({ sessionsEnded: 0 });
  });

  it("is named if its replication is behind: people may still log in there", async () => {
    await fixture.planAndApply("orders", both);
    await openFor("sl_bob");
    await fixture.reader.follow(false);
    expect(await applyEveOnly()).toMatchObject(failed(/orders-2: it does not have yet what changed/));
    expect(await isOpen(there)).toBe(false);
    const again = await fixture.readerSession("sl_bob");
    await expect(fixture.enforce()).rejects.toThrow(/orders-2: it does not have yet/);
    expect(await isOpen(again)).toBe(false);
    const last = await fixture.readerSession("sl_bob");
    await fixture.reader.follow(true);
    await fixture.enforce();
    expect(await isOpen(last)).toBe(false);
    await expect(fixture.readerSession("sl_bob")).rejects.toThrow(/denied/i);
  });

  it("is named once RDS has named it, also if RDS cannot be asked any more", async () => {
    await fixture.planAndApply("orders", both);
    await openFor("sl_bob");
    await fixture.planAndApply("orders", rosterOf({ bob: "read" }));
    fixture.aws.faultService(({ service }) => service === "rds", "deny");
    expect(await applyEveOnly()).toMatchObject(failed(/on another instance\. orders-2: RDS: 400/));
    expect(await isOpen(there)).toBe(true);
    fixture.aws.clearFaults();
    expect(await fixture.enforce()).toMatchObject({ sessionsEnded: 1 });
    expect(await isOpen(there)).toBe(false);
  });

  it("keeps a session that it refuses to end, loses all others, and the run names it", async () => {
    const spare = (user: string) =>
      fixture.root.query(
        `CREATE DEFINER = 'rdsadmin'@'localhost' PROCEDURE mysql.rds_kill(IN thread BIGINT) READS SQL DATA BEGIN
         IF @@server_id = 2 AND (SELECT USER FROM information_schema.PROCESSLIST WHERE ID = thread) = '${user}' THEN
           SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'this session must stay';
         END IF;
         KILL thread;
       END`,
      );
    await fixture.root.query("REVOKE CONNECTION_ADMIN ON *.* FROM 'rds_superuser_role'@'%'");
    await spare("sl_bob");
    await fixture.root.query("GRANT EXECUTE ON PROCEDURE mysql.rds_kill TO 'admin'@'%'");
    await fixture.planAndApply("orders", rosterOf({ bob: "read", cid: "read", eve: "read" }));
    await openFor("sl_bob");
    const cid = await fixture.readerSession("sl_cid");
    expect(await applyEveOnly()).toMatchObject(
      failed(/orders-2: the server refuses to end sl_bob \(connection \d+\): .*this session must stay/),
    );
    expect([await isOpen(here), await isOpen(there), await isOpen(cid)]).toEqual([false, true, false]);

    await fixture.root.query("DROP PROCEDURE mysql.rds_kill");
    await spare("nobody");
    await fixture.root.query("GRANT EXECUTE ON PROCEDURE mysql.rds_kill TO 'admin'@'%'");
    await fixture.reader.caughtUp();
    expect(await fixture.enforce()).toMatchObject({ sessionsEnded: 1 });
    expect(await isOpen(there)).toBe(false);
  });
});
