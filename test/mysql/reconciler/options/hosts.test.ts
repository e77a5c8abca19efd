import type { Roster } from "../../../../core/roster/roster";
import { iamToken, logIn } from "../../../support/mysql-login";
import { withObjects, withOptions } from "../../../support/observed";
import { DAY, enforcementFixture, HOUR } from "../enforce/enforcement-fixture";
import { until } from "../enforce/rosters-until";
import { interceptQueries } from "../intercept-queries";
import { applyRequest } from "../payloads";
import { NOBODY } from "../rosters";
import { AUDIT } from "../tables";

const bobAt = (
  hosts: readonly string[] | undefined,
  expires?: string,
  role: "read" | "write" = "read",
): Roster => withOptions(until({ bob: expires }, role), "sl_bob", { hosts });
const TWO = ["127.1.%", "127.2.0.0/255.255.0.0"];

describe("a user with several hosts", () => {
  const fixture = enforcementFixture();
  const hosts = async () => {
    const [found] = await fixture.root.query(
      "SELECT Host AS host FROM mysql.user WHERE User = 'sl_bob' ORDER BY 1",
    );
    return (found as { host: string }[]).map(({ host }) => host);
  };
  const sessionFrom = async (address: string) => {
    const connection = await logIn(
      fixture.server,
      "sl_bob",
      await iamToken(fixture.server, "sl_bob"),
      address,
    );
    connection.on("error", () => {});
    return connection;
  };
  const reads = async (address: string) => {
    const session = await sessionFrom(address).catch(() => undefined);
    const done = await session?.query("SELECT * FROM orders.t").then(
      () => true,
      () => false,
    );
    session?.destroy();
    return done === true;
  };

  it("gets an account at each, in place of the one that it had; events and audit trail say so", async () => {
    await fixture.planAndApply("orders", bobAt(undefined));
    const open = await sessionFrom("127.1.0.1");
    fixture.forgetEvents();
    const plan = await fixture.preview("orders", bobAt(TWO));
    expect(plan.sql.at(-1)).toBe("DROP USER 'sl_bob'@'%'");
    await fixture.apply("orders", bobAt(TWO), plan);
    expect(await hosts()).toEqual(TWO);
    expect(await Promise.all(["127.1.0.1", "127.2.7.7", "127.0.0.1"].map(reads))).toEqual([
      true,
      true,
      false,
    ]);
    await expect(open.query("SELECT 1")).rejects.toThrow();
    expect(fixture.events("access.changed").map(({ detail }) => detail)).toMatchObject([
      { account: "sl_bob", hosts: TWO },
    ]);
    const [intent] = (await fixture.items(AUDIT, "orders")).filter(({ kind }) => kind === "intent").slice(-1);
    expect(JSON.stringify(intent!["statements"])).toContain("'sl_bob'@'127.1.%'");

    expect(await fixture.preview("orders", bobAt(TWO))).toMatchObject({ pending: 0, verified: true });
    expect(await fixture.enforce()).toMatchObject({ statements: 0, drift: 0 });
    await fixture.planAndApply("orders", bobAt(["127.2.0.0/255.255.0.0"]));
    expect(await hosts()).toEqual(["127.2.0.0/255.255.0.0"]);
    await fixture.planAndApply("orders", NOBODY);
    expect(await hosts()).toEqual([]);
  });

  it("loses what expires at each of them, by whichever it is there", async () => {
    await fixture.planAndApply("orders", bobAt(TWO, fixture.at(HOUR)));
    const open = await Promise.all(["127.1.0.1", "127.2.0.1"].map(sessionFrom));
    fixture.pass(DAY);
    expect(await fixture.enforce()).toMatchObject({ sessionsEnded: 2 });
    expect(await hosts()).toEqual([]);
    for (const session of open) await expect(session.query("SELECT 1")).rejects.toThrow();
    expect(fixture.accountsOf("access.expired")).toEqual(["sl_bob"]);
  });

  it("loses GRANT OPTION at each of them in the next run, and a lock by hand is drift", async () => {
    await fixture.planAndApply("orders", bobAt(TWO));
    for (const host of TWO)
      await fixture.root.query(`GRANT SELECT ON orders.* TO sl_bob@'${host}' WITH GRANT OPTION`);
    expect(await fixture.enforce()).toMatchObject({ statements: 2, drift: 0 });
    await fixture.root.query(`ALTER USER sl_bob@'${TWO[1]}' ACCOUNT LOCK`);
    expect(await fixture.enforce()).toMatchObject({ statements: 0, drift: 1 });
    await fixture.register("orders", { drift: "repair" });
    expect(await fixture.enforce()).toMatchObject({ statements: 1, drift: 0 });
    expect(await reads("127.2.0.1")).toBe(true);
  });

  it("keeps what it has after an apply that died at a statement of each kind; the next one ends it", async () => {
    const before = bobAt(undefined);
    const after = bobAt(TWO, undefined, "write");
    await fixture.register("orders", { drift: "repair" });
    await fixture.planAndApply("orders", before);
    const { sql } = await fixture.preview("orders", after);
    const kinds = sql.map(text => text.split(" ")[0]);
    for (const at of [...sql.keys()].filter(index => kinds.indexOf(kinds[index]) === index)) {
      let ran = 0;
      const services = interceptQueries(fixture.services, async (text, run) => {
        if (/^(CREATE USER|GRANT|RENAME|REVOKE|DROP|ALTER USER)/.test(text) && ran++ === at)
          throw new Error("killed");
        return run();
      });
      const plan = await fixture.preview("orders", after);
      const request = applyRequest("orders", after, plan.changeSet);
      await expect(fixture.sendApply(request, services)).rejects.toThrow();
      const held = await Promise.all(["127.1.0.1", "127.2.0.1"].map(reads));
      expect([sql[at], ...held]).toEqual([sql[at], true, true]);
      const left = await hosts();
      await fixture.enforce();
      expect([sql[at], await hosts()]).toEqual([sql[at], left]);
      expect(await reads("127.1.0.1")).toBe(true);
      await fixture.planAndApply("orders", after);
      expect(await hosts()).toEqual(TWO);
      await fixture.planAndApply("orders", before);
      expect(await hosts()).toEqual(["%"]);
    }
  });

  it("has an account at another host that somebody made treated by `unmanaged`, and one that it had not", async () => {
    await fixture.planAndApply("orders", bobAt(TWO));
    await fixture.root.query(
      "CREATE USER sl_bob@'127.3.%' IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS' REQUIRE SSL",
    );
    const plan = await fixture.preview("orders", bobAt([TWO[0]!]));
    expect(plan.sql.at(-1)).toBe(`DROP USER 'sl_bob'@'${TWO[1]}'`);
    await fixture.apply("orders", bobAt([TWO[0]!]), plan);
    expect(await hosts()).toEqual([TWO[0], "127.3.%"]);
    expect(await fixture.preview("orders", bobAt([TWO[0]!]))).toMatchObject({
      unmanaged: ["sl_bob@127.3.%"],
    });
  });

  it("keeps an account that is the definer of a view where it is, and loses what expires there all the same", async () => {
    const on = (hosts: string[] | undefined) =>
      withObjects(bobAt(hosts, fixture.at(HOUR), "write"), { sl_bob: { "`orders`.`t`": "read" } });
    const updates = async () => {
      const session = await sessionFrom("127.1.0.1");
      await session.query("SELECT * FROM orders.t LIMIT 1");
      const done = session.query("UPDATE orders.t SET a = a WHERE 1 = 0").then(
        () => true,
        () => false,
      );
      return done.finally(() => session.destroy());
    };
    await fixture.planAndApply("orders", on(undefined));
    await fixture.root.query("CREATE DEFINER = sl_bob VIEW orders.made AS SELECT * FROM orders.t");
    const roster = on(TWO);
    const plan = await fixture.preview("orders", roster);
    expect(plan.sql).toEqual([]);
    await expect(fixture.apply("orders", roster, plan)).rejects.toThrow(/AccountsLeftOut.*another definer/);
    expect([await hosts(), await updates()]).toEqual([["%"], true]);
    fixture.pass(DAY);
    await expect(fixture.enforce()).rejects.toThrow(/another definer/);
    expect([await hosts(), await updates()]).toEqual([["%"], false]);

    await fixture.root.query("DROP VIEW orders.made");
    await fixture.planAndApply("orders", roster);
    expect(await hosts()).toEqual(TWO);
  });
});
