import { EnforcementFixture, HOUR } from "../enforce/enforcement-fixture";
import { until } from "../enforce/rosters-until";
import { NOBODY, rosterOf } from "../reconciler-fixture";

/** A stand-in for the procedure of RDS, which refuses for one account. */
const rdsKill = (spared: string) =>
  `CREATE DEFINER = 'rdsadmin'@'localhost' PROCEDURE mysql.rds_kill(IN thread BIGINT) READS SQL DATA BEGIN
     IF (SELECT USER FROM information_schema.PROCESSLIST WHERE ID = thread) = '${spared}' THEN
       SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'this session must stay';
     END IF;
     KILL thread;
   END`;

const people = ["ann", "bob", "cid"] as const;

describe("sessions that have to end, for an administrator that KILL is refused to", () => {
  const fixture = new EnforcementFixture();

  beforeAll(async () => {
    await fixture.begin();
    await fixture.root.query("CREATE DATABASE orders");
    await fixture.root.query("REVOKE CONNECTION_ADMIN ON *.* FROM 'rds_superuser_role'@'%'");
  }, 180_000);
  afterAll(() => fixture.stop());
  beforeEach(async () => {
    fixture.resetClock();
    await fixture.register("orders");
    await spare("nobody");
    await fixture.planAndApply("orders", NOBODY);
    await fixture.enforce();
    fixture.forgetEvents();
  });

  const spare = async (user: string) => {
    await fixture.root.query("DROP PROCEDURE IF EXISTS mysql.rds_kill");
    await fixture.root.query(rdsKill(user));
    await fixture.root.query("GRANT EXECUTE ON PROCEDURE mysql.rds_kill TO 'admin'@'%'");
  };
  const sessions = async () => {
    const entries = people.map(async name => [name, await fixture.session(`sl_${name}`)] as const);
    return new Map(await Promise.all(entries));
  };
  type Sessions = Awaited<ReturnType<typeof sessions>>;
  /** The people whose session goes on. */
  const alive = async (open: Sessions) => {
    const tries = people.map(name =>
      open
        .get(name)!
        .query("SELECT 1")
        .then(
          () => name,
          () => undefined,
        ),
    );
    return (await Promise.all(tries)).filter(name => name !== undefined);
  };

  it("mysql.rds_kill ends them", async () => {
    await fixture.planAndApply("orders", rosterOf({ ann: "read", bob: "read", cid: "read" }));
    const open = await sessions();
    await fixture.planAndApply("orders", NOBODY);
    expect(await alive(open)).toEqual([]);
  });

  it.each(people)(
    "an apply ends all but the one of %s, fails and names it; the next one ends it",
    async name => {
      await fixture.planAndApply("orders", rosterOf({ ann: "read", bob: "read", cid: "read" }));
      const open = await sessions();
      await spare(`sl_${name}`);
      const plan = await fixture.preview("orders", NOBODY);
      const failure = await fixture.apply("orders", NOBODY, plan).catch((error: Error) => error);
      expect(failure).toMatchObject({ name: "SessionsRemain" });
      expect(String(failure)).toMatch(
        new RegExp(`1 session stays open.*sl_${name} \\(connection \\d+\\).*this session must stay`),
      );
      expect(await alive(open)).toEqual([name]);
      expect(await fixture.accounts()).toEqual([]);
      const [result] = (await fixture.audit("orders")).slice(-1);
      expect(result).toMatchObject({ outcome: "failed", code: "SessionsRemain", sessionsEnded: 2 });

      await spare("nobody");
      await fixture.planAndApply("orders", NOBODY);
      expect(await alive(open)).toEqual([]);
    },
  );

  it.each(people)("enforcement does the same for %s", async name => {
    const roster = until({ ann: fixture.at(HOUR), bob: fixture.at(HOUR), cid: fixture.at(HOUR) });
    await fixture.planAndApply("orders", roster);
    const open = await sessions();
    await spare(`sl_${name}`);
    fixture.pass(HOUR);
    await expect(fixture.enforce()).rejects.toThrow(/SessionsRemain.*stays open/);
    expect(await alive(open)).toEqual([name]);
    expect(fixture.accountsOf("access.expired")).toEqual(["sl_ann", "sl_bob", "sl_cid"]);
    await expect(fixture.enforce()).rejects.toThrow(/SessionsRemain/);

    await spare("nobody");
    expect(await fixture.enforce()).toMatchObject({ statements: 0, sessionsEnded: 1 });
    expect(await alive(open)).toEqual([]);
    expect(fixture.accountsOf("access.expired")).toHaveLength(3);
    expect(await fixture.enforce()).toMatchObject({ sessionsEnded: 0 });
  });
});
