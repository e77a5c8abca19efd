import type { Roster } from "../../../../core/roster/roster";
import { beginLogin } from "../../../support/half-open-login";
import { column } from "../../../support/mysql-login";
import { enforcementFixture, HOUR } from "../enforce/enforcement-fixture";
import { rosterOf } from "../rosters";

/** Mal may create events for an hour. */
const roster = (expires: string): Roster => ({
  roles: { coder: ["SELECT", "INSERT", "EVENT"] },
  accounts: { sl_mal: { kind: "person", user: "mal", databases: { orders: { role: "coder", expires } } } },
});
const LOOP = `BEGIN
  DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END;
  SET @i = 0;
  WHILE @i < 300 DO INSERT INTO orders.t VALUES (1); DO SLEEP(0.1); SET @i = @i + 1; END WHILE;
END`;

describe.each(["ON", "OFF"])(
  "with performance_schema %s, an event that runs when its owner's access ends",
  ps => {
    const fixture = enforcementFixture({
      server: { args: [`--performance-schema=${ps}`, "--connect-timeout=120"] },
    });
    const pause = (ms: number) => new Promise(done => setTimeout(done, ms));
    const workers = "SELECT ID FROM information_schema.PROCESSLIST WHERE USER = 'sl_mal'";
    const isWriting = async () => {
      await fixture.root.query("DELETE FROM orders.t");
      await pause(500);
      return (await column(fixture.root, "SELECT 1 FROM orders.t LIMIT 1")).length > 0;
    };
    /** Lets Mal's access end while the event runs. */
    const begin = async (completion: string) => {
      await fixture.root.query("SET GLOBAL event_scheduler = ON");
      await fixture.planAndApply("orders", roster(fixture.at(HOUR)));
      const mal = await fixture.session("sl_mal");
      await mal.query(
        `CREATE EVENT orders.loops ON SCHEDULE AT NOW() ON COMPLETION ${completion} DO ${LOOP}`,
      );
      while (!(await isWriting()));
      fixture.pass(HOUR);
      return mal;
    };

    afterEach(async () => {
      for (const id of await column(fixture.root, workers)) await fixture.root.query(`KILL ${id}`);
      await fixture.root.query("DROP EVENT IF EXISTS orders.loops");
    });

    const enforce = () => fixture.enforce();
    // Not the empty roster: the next test begins with it, an hour earlier by its clock.
    const apply = () => fixture.planAndApply("orders", rosterOf({ eve: "read" }));
    it.each([
      ["an enforcement, the event is kept", "PRESERVE", "DO 0", enforce],
      ["an enforcement, the event goes with its end", "NOT PRESERVE", "DO 0", enforce],
      ["an apply, the event goes with its end", "NOT PRESERVE", "DO 0", apply],
      ["an enforcement, its owner has dropped the event", "PRESERVE", "DROP EVENT orders.loops", enforce],
    ])("ends with it, and the run succeeds: %s", async (_, completion, sql, run) => {
      const mal = await begin(completion);
      await mal.query(sql);
      mal.destroy();
      await run();
      expect(await isWriting()).toBe(false);
      const isKept = (await column(fixture.root, "SELECT 1 FROM information_schema.EVENTS")).length > 0;
      await run();
      expect((await fixture.accounts()).includes("sl_mal")).toBe(isKept);
    });

    it("and a login that does not finish: the run ends what it sees, and says if that is not all", async () => {
      const mal = await begin("PRESERVE");
      fixture.timeMs = 20_000;
      const login = await beginLogin(fixture.server, "sl_mal");
      const run = fixture.enforce();
      if (fixture.server.line === "8.0") await expect(run).rejects.toThrow(/SessionsRemain.*did not list/);
      else await run;
      if (ps === "ON") await expect(mal.query("SELECT 1")).rejects.toThrow();
      await login.finish().catch(() => {});
      fixture.pass(HOUR);
      await fixture.enforce();
      expect(await isWriting()).toBe(false);
      mal.destroy();
    });
  },
);
