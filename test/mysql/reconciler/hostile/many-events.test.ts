import type { Roster } from "../../../../core/roster/roster";
import { column } from "../../../support/mysql-login";
import { enforcementFixture, HOUR } from "../enforce/enforcement-fixture";
import { interceptQueries } from "../intercept-queries";

/** Mal may create events for an hour, and Bob reads. */
const roster = (expires: string): Roster => {
  const person = (user: string, role: string) =>
    [`sl_${user}`, { kind: "person" as const, user, databases: { orders: { role, expires } } }] as const;
  return {
    roles: { read: ["SELECT"], coder: ["SELECT", "INSERT", "EVENT"] },
    accounts: Object.fromEntries([person("bob", "read"), person("mal", "coder")]),
  };
};

describe("an account with more events than a run disables", () => {
  const fixture = enforcementFixture();
  const statuses = () =>
    column(
      fixture.root,
      "SELECT CONCAT(STATUS, ' ', COUNT(*)) FROM information_schema.EVENTS GROUP BY STATUS ORDER BY 1",
    );
  const isWriting = async () => {
    await fixture.root.query("DELETE FROM orders.t");
    await new Promise(done => setTimeout(done, 2_200));
    return (await column(fixture.root, "SELECT 1 FROM orders.t LIMIT 1")).length > 0;
  };
  /** Mal creates events, of which the last one writes. Then access ends, with an open session of both. */
  const begin = async (count: number) => {
    await fixture.root.query("SET GLOBAL event_scheduler = ON");
    await fixture.planAndApply("orders", roster(fixture.at(HOUR)));
    const sessions = await Promise.all(["sl_mal", "sl_bob"].map(user => fixture.session(user)));
    for (let n = 1; n < count; n++)
      await sessions[0]!.query(`CREATE EVENT orders.e${n} ON SCHEDULE EVERY 1 YEAR DO DO 1`);
    await sessions[0]!.query(
      "CREATE EVENT orders.writes ON SCHEDULE EVERY 1 SECOND DO INSERT INTO orders.t VALUES (1)",
    );
    expect(await isWriting()).toBe(true);
    fixture.pass(HOUR);
    return sessions;
  };

  afterEach(async () => {
    fixture.timeMs = 60_000;
    for (const name of await column(fixture.root, "SELECT EVENT_NAME FROM information_schema.EVENTS"))
      await fixture.root.query(`DROP EVENT orders.${name}`);
  });

  it("loses all of them with EVENT, and has them again with its access", async () => {
    const sessions = await begin(1_005);
    await fixture.enforce();
    for (const session of sessions) await expect(session.query("SELECT 1")).rejects.toThrow();
    expect(await statuses()).toEqual(["DISABLED 1000", "ENABLED 5"]);
    expect(await isWriting()).toBe(false);
    expect(await fixture.enforce()).toMatchObject({ statements: 0 });
    await fixture.planAndApply("orders", roster(fixture.at(HOUR)));
    expect(await statuses()).toEqual(["ENABLED 1005"]);
    expect(await isWriting()).toBe(true);
  });

  it("holds up no session, also if the time is up before its events are disabled", async () => {
    const sessions = await begin(10);
    fixture.timeMs = 8_000;
    const slow = interceptQueries(fixture.services, async (sql, run) => {
      if (sql.endsWith(" DISABLE")) await new Promise(done => setTimeout(done, 1_000));
      return run();
    });
    await expect(fixture.enforce("orders", slow)).rejects.toThrow(/were skipped\. the function's time is up/);
    expect(await isWriting()).toBe(false);
    for (const session of sessions) await expect(session.query("SELECT 1")).rejects.toThrow();
    fixture.timeMs = 60_000;
    await fixture.enforce();
    expect(await statuses()).toEqual(["DISABLED 10"]);
  });
});
