import { LedgerError } from "../../../../lambdas/reconciler/runtime/errors";
import { logIn, PASSWORD } from "../../../support/mysql-login";
import { enforcementFixture, HOUR } from "../enforce/enforcement-fixture";
import { until } from "../enforce/rosters-until";
import { interceptQueries } from "../intercept-queries";
import type { Preview } from "../payloads";
import { rosterOf } from "../rosters";
import { LEDGER } from "../tables";

const roster = rosterOf({ mal: "read" });
const PROXY_TO_SHOP = "GRANT PROXY ON 'sl_mal'@'%' TO shopapp WITH GRANT OPTION";
const NEW_OPTION = "'shopapp'@'%' can grant on *.*";

describe("an account without the prefix that can hand on access", () => {
  const fixture = enforcementFixture();
  const by = async (...statements: readonly string[]) => {
    for (const sql of statements) await fixture.root.query(sql);
  };
  const asMal = async (sql: string) => {
    const mal = await fixture.session("sl_mal");
    await mal.query(sql);
    mal.destroy();
  };
  const reported = () =>
    fixture
      .events("drift.detected")
      .flatMap(({ detail }) => (detail as { holders?: string[] }).holders ?? []);

  beforeEach(async () => {
    await by("DROP USER IF EXISTS shopapp, partner");
    for (const user of ["shopapp", "partner"]) await by(`CREATE USER ${user} IDENTIFIED BY '${PASSWORD}'`);
    await by("CREATE PROCEDURE IF NOT EXISTS orders.counted() SELECT COUNT(*) FROM orders.t");
  });
  // The next test's clock is behind: its plans would accept no holder of this one.
  afterEach(() => by("DROP USER IF EXISTS shopapp, partner"));
  /** Applies, runs once, and forgets the events, so that what is there now is known. */
  const settle = async () => {
    await fixture.planAndApply("orders", roster);
    await fixture.enforce();
    fixture.forgetEvents();
  };

  it.each(["rds_reports", "sl_backup", "'sl_mal'@'192.168.7.%'"])(
    "is reported also if its name is like the server's own, or like a managed one: %s",
    async account => {
      await settle();
      await by(`CREATE USER ${account} IDENTIFIED BY '${PASSWORD}'`);
      await asMal(PROXY_TO_SHOP.replace("shopapp", account));
      await by(`GRANT INSERT ON orders.* TO ${account}`);
      await fixture.enforce();
      const [user, host = "'%'"] = account.replaceAll("'", "").split("@");
      const name = `'${user}'@'${host.replaceAll("'", "")}'`;
      expect(reported()).toContain(`${name} reaches orders (INSERT) since ${fixture.at(0)}`);
      // Of a managed user name the run takes GRANT OPTION away, at each host.
      expect(reported()).toContain(`${name} can act as 'sl_mal'@'%' since ${fixture.at(0)}`);
      await by(`DROP USER ${account}`);
    },
  );

  const able: [string, string[], () => Promise<void>, string, string][] = [
    [
      "everywhere, given by a managed account",
      ["GRANT SELECT ON orders.* TO shopapp"],
      () => asMal(PROXY_TO_SHOP),
      "GRANT SELECT ON orders.* TO partner",
      NEW_OPTION,
    ],
    [
      "on columns of a table",
      ["GRANT SELECT (a) ON orders.t TO shopapp"],
      () => by("GRANT SELECT (a) ON orders.t TO shopapp WITH GRANT OPTION"),
      "GRANT SELECT (a) ON orders.t TO partner",
      "'shopapp'@'%' can grant on orders (on TABLE `t`)",
    ],
    [
      "on a routine",
      ["GRANT EXECUTE ON PROCEDURE orders.counted TO shopapp"],
      () => by("GRANT EXECUTE ON PROCEDURE orders.counted TO shopapp WITH GRANT OPTION"),
      "GRANT EXECUTE ON PROCEDURE orders.counted TO partner",
      "'shopapp'@'%' can grant on orders (on PROCEDURE `counted`)",
    ],
    [
      "its role",
      ["GRANT sl_mal TO shopapp"],
      () => by("GRANT sl_mal TO shopapp WITH ADMIN OPTION"),
      "GRANT sl_mal TO partner",
      "'shopapp'@'%' can grant on orders (on role 'sl_mal'@'%')",
    ],
  ];

  it.each(able)(
    "is reported once it can, and so is each account that it gives access: %s",
    async (_where, before, act, sql, line) => {
      await fixture.planAndApply("orders", roster);
      await by(...before);
      await settle();
      const tries = async () => {
        const shop = await logIn(fixture.server, "shopapp", PASSWORD);
        await shop.query("SET ROLE ALL");
        await shop.query(sql).finally(() => shop.destroy());
      };
      await expect(tries()).rejects.toThrow(/denied/);
      await act();
      await fixture.enforce();
      expect(reported()).toContain(`${line} since ${fixture.at(0)}`);
      await tries();
      fixture.pass(60_000);
      await fixture.enforce();
      expect(reported().join()).toMatch(
        new RegExp(`'partner'@'%' reaches orders \\(.*\\) since ${fixture.at(0)}`),
      );
    },
  );

  it.each([
    ["on everything", "GRANT USAGE ON *.* TO shopapp WITH GRANT OPTION"],
    ["on a managed database", "GRANT SELECT ON orders.* TO shopapp WITH GRANT OPTION"],
    ["by PROXY", PROXY_TO_SHOP],
  ])(
    "the release before did not look for it: who had it then is nothing new, who gets it later is: %s",
    async (_what, sql) => {
      await settle();
      await by("GRANT SELECT ON orders.* TO partner");
      await fixture.enforce();
      const since = fixture.at(0);
      const { databases } = (await fixture.services.holders.read("orders", {}))!;
      const holders = { "'partner'@'%' reaches orders": since };
      await fixture.services.holders.write("orders", { databases, holders });
      fixture.pass(60_000);
      fixture.forgetEvents();
      await by(sql);
      // It also reaches the database then, for which the release before did look.
      await fixture.enforce();
      expect(reported().join()).not.toMatch(/can /);
      const { summary } = await fixture.preview("orders", roster);
      expect(summary).toContain(`'partner'@'%' reaches orders (SELECT) since ${since}`);
      expect(summary).not.toMatch(/can (grant|act)/);
      await by("GRANT SELECT ON orders.t TO partner WITH GRANT OPTION");
      await fixture.enforce();
      expect(reported()).toContain(
        `'partner'@'%' can grant on orders (on TABLE \`t\`) since ${fixture.at(0)}`,
      );
    },
  );

  it.each([
    [
      "the administrator",
      () => by(`GRANT USAGE ON *.* TO ${fixture.server.admin.username} WITH GRANT OPTION`),
    ],
    ["a database that nobody manages", () => by("GRANT SELECT ON sys.* TO shopapp WITH GRANT OPTION")],
    ["an account that is not managed", () => by("GRANT PROXY ON partner TO shopapp")],
  ])("is not reported: %s", async (_who, act) => {
    await settle();
    await act();
    await fixture.enforce();
    expect(reported()).toEqual([]);
  });

  const both = rosterOf({ mal: "read", eve: "read" });
  const applied = async (plan: Preview) => {
    await fixture.apply("orders", both, plan, { tf: { action: "update", prev_input: null } });
    return (await fixture.preview("orders", both)).summary;
  };

  it("is accepted by a plan that looked at the moment at which it was recorded", async () => {
    await settle();
    await asMal(PROXY_TO_SHOP);
    await fixture.enforce();
    const plan = await fixture.preview("orders", both);
    expect(plan.summary).toContain(NEW_OPTION);
    expect(await applied(plan)).not.toContain("shopapp");
  });

  it.each([
    ["that creates an account", both],
    ["that finds nothing to do", roster],
  ])("is not accepted by a set that nobody saw, because its gate was new: %s", async (what, declared) => {
    await settle();
    await asMal(PROXY_TO_SHOP);
    await fixture.enforce();
    fixture.pass(60_000);
    const gate = { gate: `gate of a set ${what}` };
    const plan = await fixture.preview("orders", declared, gate);
    await fixture.apply("orders", declared, plan, { ...gate, tf: { action: "update", prev_input: null } });
    expect((await fixture.preview("orders", declared)).summary).toContain(NEW_OPTION);
  });

  it("is not accepted by a plan that looked before it was there, while the run that saw it waited", async () => {
    await settle();
    const plans: Preview[] = [];
    const services = interceptQueries(fixture.services, async (_sql, run) => {
      if (plans.length > 0) return run();
      fixture.pass(1000);
      plans.push(await fixture.preview("orders", both));
      fixture.pass(1000);
      await asMal(PROXY_TO_SHOP);
      return run();
    });
    await fixture.enforce("orders", services);
    fixture.pass(60_000);
    expect(plans[0]!.summary).not.toContain("shopapp");
    expect(await applied(plans[0]!)).toContain(NEW_OPTION);
  });

  const broken = async (work: () => Promise<unknown>) => {
    const { holders } = fixture.services;
    const read = () => Promise.reject(new LedgerError("orders: no answer"));
    fixture.services = { ...fixture.services, holders: Object.assign(Object.create(holders), { read }) };
    await expect(work()).rejects.toThrow("orders: no answer");
    fixture.services = { ...fixture.services, holders };
  };
  const damaged = async (work: () => Promise<unknown>) => {
    const items = await fixture.items(LEDGER, "orders");
    const { blob } = items.find(({ sk }) => sk === "holders")!;
    for (const item of items.filter(({ sk }) => String(sk).startsWith(`blob#${blob}`)))
      await fixture.tamper(LEDGER, item, "data", Buffer.from("damaged"));
    await work();
    const reached = fixture.events("drift.detected").map(({ detail }) => JSON.stringify(detail));
    expect(reached.join()).toContain("'shopapp'@'%' reaches orders");
  };

  it.each([
    ["its list cannot be read", broken],
    ["its list is damaged", damaged],
  ])("keeps back no event of a run, also if %s", async (_what, during) => {
    await by("GRANT SELECT ON orders.* TO shopapp");
    await fixture.planAndApply("orders", until({ bob: fixture.at(HOUR), mal: undefined }));
    await fixture.enforce();
    fixture.forgetEvents();
    fixture.pass(HOUR);
    await during(() => fixture.enforce());
    expect(fixture.accountsOf("access.expired")).toEqual(["sl_bob"]);
    const plan = await fixture.preview("orders", both);
    const update = { tf: { action: "update", prev_input: null } } as const;
    fixture.forgetEvents();
    await during(() => fixture.apply("orders", both, plan, update));
    expect(fixture.accountsOf("access.granted")).toEqual(["sl_eve"]);
    await fixture.planAndApply("orders", both);
  });
});
