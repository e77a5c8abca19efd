import { PASSWORD, rows } from "../../../support/mysql-login";
import { enforcementFixture } from "../enforce/enforcement-fixture";
import { rosterOf } from "../rosters";

const roster = rosterOf({ mal: "read" });

describe.each(["report", "repair"] as const)("an account that hands on access, drift: %s", drift => {
  const fixture = enforcementFixture({ entry: { drift } });
  const by = (...statements: readonly string[]) =>
    Promise.all(statements.map(sql => fixture.root.query(sql)));

  const clear = async () => {
    await by("SET GLOBAL mandatory_roles = ''");
    await by("DROP USER IF EXISTS shopapp", "DROP ROLE IF EXISTS app_role");
  };

  beforeEach(async () => {
    await clear();
    await by(`CREATE USER shopapp IDENTIFIED BY '${PASSWORD}'`);
    await fixture.planAndApply("orders", roster);
    fixture.forgetEvents();
  });
  // The next test's clock is behind: its plans would accept no holder of this one.
  afterEach(() => clear());
  const measured = () => {
    const emitted: Record<string, number>[] = [];
    const metrics = {
      emit: (_cluster: string, values: object) => void emitted.push(values as (typeof emitted)[0]),
    };
    return { emitted, services: { ...fixture.services, metrics } };
  };
  const asMal = async (...statements: readonly string[]) => {
    const mal = await fixture.session("sl_mal");
    for (const sql of statements) await mal.query(sql);
    return mal;
  };
  const shopReads = async () => {
    const found = await rows(fixture.root, "SELECT 1 FROM mysql.db WHERE User = 'shopapp'");
    return found.length > 0;
  };

  const BY_ITSELF = "GRANT PROXY ON 'sl_mal'@'%' TO 'sl_mal'@'%' WITH GRANT OPTION";
  const PROXY_TO_SHOP = "GRANT PROXY ON 'sl_mal'@'%' TO shopapp WITH GRANT OPTION";
  const ways: [string, () => Promise<unknown>, string[]][] = [
    ["by PROXY on itself", () => asMal(BY_ITSELF), ["REVOKE GRANT OPTION ON *.* FROM 'sl_mal'@'%'"]],
    [
      "on its database",
      () => by("GRANT SELECT ON orders.* TO sl_mal WITH GRANT OPTION"),
      ["REVOKE GRANT OPTION ON `orders`.* FROM 'sl_mal'@'%'"],
    ],
    [
      "on a database that nobody declared",
      () => by("GRANT SELECT ON sys.* TO sl_mal WITH GRANT OPTION"),
      ["REVOKE GRANT OPTION ON `sys`.* FROM 'sl_mal'@'%'"],
    ],
    [
      "on a table, and by PROXY on itself",
      async () => {
        await by("GRANT SELECT ON orders.t TO sl_mal WITH GRANT OPTION");
        await asMal(BY_ITSELF);
      },
      [
        "REVOKE GRANT OPTION ON *.* FROM 'sl_mal'@'%'",
        "REVOKE GRANT OPTION ON `orders`.`t` FROM 'sl_mal'@'%'",
      ],
    ],
  ];

  it.each(ways)(
    "loses GRANT OPTION in the next run, with its sessions, and raises a metric: %s",
    async (_how, act, sql) => {
      await act();
      const open = await fixture.session("sl_mal");
      const { emitted, services } = measured();
      await fixture.enforce("orders", services);
      await expect(open.query("GRANT SELECT ON orders.* TO shopapp")).rejects.toThrow();
      const again = await fixture.session("sl_mal");
      await expect(again.query("GRANT SELECT ON orders.* TO shopapp")).rejects.toThrow(/denied/);
      await again.query("SELECT COUNT(*) FROM orders.t");
      again.destroy();
      expect(await shopReads()).toBe(false);
      expect(emitted.at(-1)).toMatchObject({ GrantOptions: 1, NewHolders: 0 });
      const repaired = fixture
        .events("drift.detected")
        .find(({ detail }) => (detail as { repaired: boolean }).repaired);
      if (drift === "report")
        expect(repaired!.detail).toMatchObject({ accounts: ["sl_mal"], statements: sql });
      else expect((repaired!.detail as { statements: string[] }).statements.join()).toContain("GRANT OPTION");
      const next = measured();
      await fixture.enforce("orders", next.services);
      expect(next.emitted.at(-1)).toMatchObject({ GrantOptions: 0 });
    },
  );

  // What a run watches does not depend on `drift`.
  if (drift === "repair") return;

  const handed: [string, () => Promise<unknown>, string][] = [
    [
      "by the account that made itself able to",
      async () => {
        (await asMal(BY_ITSELF)).destroy();
        (await asMal("GRANT SELECT ON orders.* TO shopapp")).destroy();
      },
      "'shopapp'@'%' reaches orders (SELECT)",
    ],
    [
      "on a table",
      () => by("GRANT SELECT ON orders.t TO shopapp"),
      "'shopapp'@'%' reaches orders (SELECT on TABLE `t`)",
    ],
    [
      "through a role",
      async () => {
        await by("CREATE ROLE app_role");
        await by("GRANT SELECT ON orders.* TO app_role");
        await by("GRANT app_role TO shopapp");
      },
      "'shopapp'@'%' reaches orders (SELECT)",
    ],
    ["on all databases", () => by("GRANT SELECT ON *.* TO shopapp"), "'shopapp'@'%' reaches *.* (SELECT)"],
    [
      "by a managed account as its role",
      () => by("GRANT sl_mal TO shopapp"),
      "'shopapp'@'%' reaches orders (SELECT)",
    ],
    [
      "by a role that everybody has",
      async () => {
        await by("CREATE ROLE app_role");
        await by("GRANT SELECT ON orders.* TO app_role", "SET GLOBAL mandatory_roles = 'app_role'");
      },
      "'app_role'@'%' (every account has this role) reaches orders (SELECT)",
    ],
    [
      "by a managed account that everybody has as a role",
      () => by("SET GLOBAL mandatory_roles = 'sl_mal'"),
      "'sl_mal'@'%' (every account has this role) reaches orders (SELECT)",
    ],
    ["PROXY", () => asMal(PROXY_TO_SHOP.replace(/ WITH .*/, "")), "'shopapp'@'%' can act as 'sl_mal'@'%'"],
    ["GRANT OPTION by PROXY", () => asMal(PROXY_TO_SHOP), "'shopapp'@'%' can grant on *.*"],
    [
      "GRANT OPTION on a database",
      () => by("GRANT SELECT ON orders.* TO shopapp WITH GRANT OPTION"),
      "'shopapp'@'%' can grant on orders",
    ],
    [
      "GRANT OPTION on a table",
      () => by("GRANT SELECT ON orders.t TO shopapp WITH GRANT OPTION"),
      "'shopapp'@'%' can grant on orders (on TABLE `t`)",
    ],
    [
      "GRANT OPTION on columns",
      () => by("GRANT SELECT (a) ON orders.t TO shopapp WITH GRANT OPTION"),
      "'shopapp'@'%' can grant on orders (on TABLE `t`)",
    ],
    [
      "GRANT OPTION on a routine",
      async () => {
        await by("CREATE PROCEDURE IF NOT EXISTS orders.counted() SELECT COUNT(*) FROM orders.t");
        await by("GRANT EXECUTE ON PROCEDURE orders.counted TO shopapp WITH GRANT OPTION");
      },
      "'shopapp'@'%' can grant on orders (on PROCEDURE `counted`)",
    ],
    [
      "GRANT OPTION through a role, by PROXY",
      async () => {
        await by("CREATE ROLE app_role");
        await by("GRANT app_role TO shopapp");
        await asMal("GRANT PROXY ON 'sl_mal'@'%' TO app_role WITH GRANT OPTION");
      },
      "'shopapp'@'%' can grant on *.*",
    ],
    [
      "a role with ADMIN OPTION",
      () => by("GRANT sl_mal TO shopapp WITH ADMIN OPTION"),
      "'shopapp'@'%' can grant on orders (on role 'sl_mal'@'%')",
    ],
  ];

  it.each(handed)(
    "a new holder beyond the prefix is an event, a metric, and in each plan until one is applied: %s",
    async (_how, act, line) => {
      await act();
      const { emitted, services } = measured();
      await fixture.enforce("orders", services);
      expect(emitted.at(-1)!["NewHolders"]).toBeGreaterThan(0);
      const lines = () =>
        fixture
          .events("drift.detected")
          .flatMap(({ detail }) => (detail as { holders?: string[] }).holders ?? []);
      expect(lines()).toContain(`${line} since ${fixture.at(0)}`);
      const count = lines().length;
      fixture.pass(60_000);
      await fixture.enforce();
      expect(lines()).toHaveLength(count);
      const plan = await fixture.preview("orders", roster);
      expect(plan.summary).toContain(`not managed, with new access: `);
      expect(plan.summary).toContain(line);
      expect(plan.body.notes.join("\n")).toContain(`${line} since `);
      expect(plan.sql).toEqual(expect.not.arrayContaining([expect.stringMatching(/shopapp|app_role/)]));
      fixture.pass(60_000);
      const later = await fixture.preview("orders", roster);
      await fixture.apply("orders", roster, later);
      const accepted = await fixture.preview("orders", roster);
      expect(accepted.summary).not.toContain("not managed, with new access");
      const then = measured();
      await fixture.enforce("orders", then.services);
      expect(then.emitted.at(-1)).toMatchObject({ NewHolders: 0 });
    },
  );

  it("holders that are older than the first look, or than the database's first grant, are nothing new", async () => {
    await by("CREATE DATABASE IF NOT EXISTS later", "GRANT SELECT ON later.* TO shopapp");
    await fixture.enforce();
    expect(fixture.events("drift.detected")).toEqual([]);
    await fixture.planAndApply("orders", rosterOf({ mal: "read" }, "later"));
    await fixture.enforce();
    expect(fixture.events("drift.detected")).toEqual([]);
  });
});
