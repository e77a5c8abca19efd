import type { Roster } from "../../../../core/roster/roster";
import { column } from "../../../support/mysql-login";
import { enforcementFixture, HOUR } from "../enforce/enforcement-fixture";

/** Mal and Bob have access for an hour, Ben for good. */
const roster = (expires: string): Roster => {
  const person = (user: string, grant: { role: string; expires?: string }) =>
    [`sl_${user}`, { kind: "person" as const, user, databases: { orders: grant } }] as const;
  return {
    roles: { read: ["SELECT"], coder: ["SELECT", "INSERT", "CREATE", "ALTER", "DROP", "EVENT"] },
    accounts: Object.fromEntries([
      person("ben", { role: "coder" }),
      person("bob", { role: "read", expires }),
      person("mal", { role: "coder", expires }),
    ]),
  };
};

describe("an event that cannot be disabled, because a session holds the lock of its database", () => {
  const fixture = enforcementFixture();
  /** Sends the statement in a session of its own, where it waits. */
  const leave = async (user: string, sql: string) => {
    const session = await fixture.session(user);
    session.query(sql).catch(() => {});
    await new Promise(done => setTimeout(done, 200));
    return session;
  };
  const statusOfEvent = () => column(fixture.root, "SELECT STATUS FROM information_schema.EVENTS");

  afterEach(async () => {
    fixture.timeMs = 60_000;
    await fixture.root.query("CREATE DATABASE IF NOT EXISTS orders");
    await fixture.root.query("DROP EVENT IF EXISTS orders.e");
    await fixture.root.query("DROP TABLE IF EXISTS orders.slow");
  });

  it.each([
    ["its owner", "sl_mal", "ALTER DATABASE orders CHARACTER SET utf8mb4"],
    ["its owner, who drops the database", "sl_mal", "DROP DATABASE orders"],
    ["an account that stays", "sl_ben", "ALTER DATABASE orders CHARACTER SET utf8mb4"],
  ])(
    "holds up nothing else, and its owner loses its sessions: held by %s",
    async (_what, holder, waiting) => {
      await fixture.planAndApply("orders", roster(fixture.at(HOUR)));
      await fixture.root.query("CREATE DEFINER = sl_mal EVENT orders.e ON SCHEDULE EVERY 1 YEAR DO DO 1");
      const locks = [
        await leave(holder, "CREATE TABLE orders.slow AS SELECT SLEEP(1000)"),
        await leave(holder, waiting),
      ];
      const sessions = await Promise.all(["sl_mal", "sl_bob"].map(user => fixture.session(user)));
      fixture.pass(HOUR);
      fixture.timeMs = 8_000;
      await expect(fixture.enforce()).rejects.toThrow(/StatementsFailed.*refused for 'sl_mal'.*1205/);
      for (const session of sessions) await expect(session.query("SELECT 1")).rejects.toThrow();
      expect(await fixture.accounts()).toEqual(["sl_ben", "sl_mal"]);
      await expect(fixture.session("sl_mal")).rejects.toThrow(/locked/);
      if (holder === "sl_ben") {
        expect(await statusOfEvent()).toEqual(["ENABLED"]);
        for (const { threadId } of locks) await fixture.root.query(`KILL ${threadId}`);
      }
      await fixture.enforce();
      // If the session with the lock ends first, DROP DATABASE goes through before its own session ends.
      const gone = /^DROP DATABASE/.test(waiting) ? [[]] : [];
      expect([["DISABLED"], ...gone]).toContainEqual(await statusOfEvent());
    },
  );
});
