import {
  NEVER_GRANTED,
  NOT_ON_AURORA,
  parseVersion,
  SERVER_PRIVILEGES,
  unknownTo,
} from "../../../core/catalogue/server-privileges";
import { nativeRole, objectKey } from "../../../core/roster/granted-object";
import type { DatabaseGrant, Roster } from "../../../core/roster/roster";
import { Cluster, IAM, MODES, NOW, refusal } from "../../support/cluster";
import { rosterOf, withObjects } from "../../support/observed";

/** A roster in which Jane has what the keys name, and a role on databases. */
const roster = (
  keys: Readonly<Record<string, Partial<DatabaseGrant>>>,
  databases: Record<string, string> = {},
) =>
  withObjects(rosterOf({ sl_jane: databases }), {
    sl_jane: Object.fromEntries(
      Object.entries(keys).map(([key, grant]) => [key, { role: key, ...grant }] as [string, DatabaseGrant]),
    ),
  });
const global = (...names: readonly string[]): Roster =>
  roster(Object.fromEntries(names.map(name => [`${name} ON *.*`, {}])));
const roles = (...names: readonly string[]): Roster =>
  roster(Object.fromEntries(names.map(name => [objectKey(nativeRole(name)), {}])));
const ended = { expires: "2026-01-01T00:00:00Z" };
const select = { privileges: ["SELECT"] } as const;

/** Statements that show what Jane can do, by name. */
const PROBES: Readonly<Record<string, string>> = {
  "read orders": "SELECT * FROM orders.t",
  "read app_prod": "SELECT * FROM app_prod.t",
  "read appXprod": "SELECT * FROM appXprod.t",
  "insert orders": "INSERT INTO orders.t VALUES (1, 1)",
  PROCESS: "SHOW ENGINE INNODB STATUS",
  "REPLICATION CLIENT": "SHOW REPLICA STATUS",
  XA_RECOVER_ADMIN: "XA RECOVER",
  FLUSH_STATUS: "FLUSH STATUS",
};

describe.each(MODES)(
  "privileges of the whole server, native roles and GRANT OPTION, %s",
  (_mode, options) => {
    let cluster: Cluster;

    beforeAll(async () => {
      cluster = await Cluster.start(options);
      await cluster.byHand(
        "CREATE ROLE team_read, team_write, `team ``o'dd`",
        "GRANT SELECT ON orders.* TO team_read",
        "GRANT INSERT ON orders.* TO team_write",
        "GRANT SELECT ON app_prod.t TO `team ``o'dd`",
      );
    }, 180_000);
    afterAll(() => cluster?.stop());
    beforeEach(() => cluster.clean());

    const can = () => cluster.passing("sl_jane", PROBES);
    const watched = (to: Roster) => cluster.bringWatched("sl_jane", to, {}, can);
    const sqlOf = async (to: Roster) => (await watched(to)).statements.map(({ sql }) => sql);

    it("global privileges give what they say, static and dynamic, and each ends on its own", async () => {
      await cluster.bring(global("PROCESS", "XA_RECOVER_ADMIN"));
      expect(await can()).toEqual(["PROCESS", "XA_RECOVER_ADMIN"]);
      expect(
        await sqlOf(global("PROCESS", "XA_RECOVER_ADMIN", "REPLICATION CLIENT", "FLUSH_STATUS")),
      ).toEqual(["GRANT FLUSH_STATUS, REPLICATION CLIENT ON *.* TO 'sl_jane'@'%'"]);
      await cluster.bring(global("PROCESS", "REPLICATION CLIENT"));
      expect(await sqlOf(roster({ "REPLICATION CLIENT ON *.*": {}, "PROCESS ON *.*": ended }))).toEqual([
        "REVOKE PROCESS ON *.* FROM 'sl_jane'@'%'",
      ]);
      expect(await can()).toEqual(["REPLICATION CLIENT"]);
    });

    it("a dynamic privilege goes, also where nobody can revoke it alone (3879)", async () => {
      const given = await cluster.bring(roster({ "XA_RECOVER_ADMIN ON *.*": {} }, { orders: "read" }));
      expect(given.notes).toEqual(
        options.partialRevokes
          ? [
              "'sl_jane'@'%' gets XA_RECOVER_ADMIN, which this administrator cannot revoke alone (3879): to take it back, the account is dropped and created again.",
            ]
          : [],
      );
      const plan = await cluster.bring(roster({}, { orders: "read" }));
      expect(plan.statements.map(({ sql }) => sql.split(" ").slice(0, 2).join(" "))).toEqual(
        options.partialRevokes ? ["DROP USER", "CREATE USER", "GRANT SELECT"] : ["REVOKE XA_RECOVER_ADMIN"],
      );
      expect(await can()).toEqual(["read orders"]);
    });

    it("what somebody adds on the whole server goes, and what is missing comes", async () => {
      const wanted = global("PROCESS", "SHOW DATABASES");
      await cluster.bring(wanted);
      await cluster.byHand(
        "REVOKE SHOW DATABASES ON *.* FROM sl_jane",
        "GRANT REPLICATION CLIENT ON *.* TO sl_jane WITH GRANT OPTION",
      );
      expect(await sqlOf(wanted)).toEqual([
        "REVOKE REPLICATION CLIENT, GRANT OPTION ON *.* FROM 'sl_jane'@'%'",
        "GRANT SHOW DATABASES ON *.* TO 'sl_jane'@'%'",
      ]);
    });

    it("3, 21, 22: native roles are granted and default, in any order, with any name", async () => {
      await cluster.bring(roles("team_read"));
      expect(await can()).toEqual(["read orders"]);
      expect(await sqlOf(roles("team_write", "team_read", "team `o'dd"))).toEqual([
        "GRANT 'team `o\\'dd'@'%' TO 'sl_jane'@'%'",
        "GRANT 'team_write'@'%' TO 'sl_jane'@'%'",
        "SET DEFAULT ROLE 'team `o\\'dd'@'%', 'team_read'@'%', 'team_write'@'%' TO 'sl_jane'@'%'",
      ]);
      expect(await can()).toEqual(["read orders", "read app_prod", "insert orders"]);
      await cluster.byHand("SET DEFAULT ROLE team_write TO sl_jane");
      expect(await can()).toEqual(["insert orders"]);
      await cluster.bring(roles("team `o'dd", "team_read", "team_write"));
      expect(await sqlOf(roster({ "ROLE `team_read`": {}, "ROLE `team_write`": ended }))).toEqual([
        "REVOKE 'team `o\\'dd'@'%' FROM 'sl_jane'@'%'",
        "REVOKE 'team_write'@'%' FROM 'sl_jane'@'%'",
      ]);
      expect(await can()).toEqual(["read orders"]);
    });

    it("a role by hand goes; ADMIN OPTION goes, and the role comes back at once", async () => {
      const wanted = roles("team_read", "team `o'dd");
      await cluster.bring(wanted);
      await cluster.byHand(
        "GRANT team_read TO sl_jane WITH ADMIN OPTION",
        "GRANT team_write TO sl_jane WITH ADMIN OPTION",
      );
      const plan = await cluster.bring(wanted);
      expect(plan.statements.map(({ sql }) => sql)).toEqual([
        "REVOKE 'team_read'@'%' FROM 'sl_jane'@'%'",
        "REVOKE 'team_write'@'%' FROM 'sl_jane'@'%'",
        "GRANT 'team_read'@'%' TO 'sl_jane'@'%'",
        "SET DEFAULT ROLE 'team `o\\'dd'@'%', 'team_read'@'%' TO 'sl_jane'@'%'",
      ]);
      expect(await can()).toEqual(["read orders", "read app_prod"]);
      expect((await cluster.account("sl_jane")).roles.map(({ adminOption }) => adminOption)).toEqual([
        false,
        false,
      ]);
    });

    it("16: from a grant to a role and back no moment is without, and never more", async () => {
      await cluster.bring(roster({}, { orders: "read" }));
      await cluster.bring(roles("team_read"));
      expect(await can()).toEqual(["read orders"]);
      await watched(roster({}, { orders: "read" }));
      expect(await can()).toEqual(["read orders"]);
    });

    it("Aurora's roles can be granted; what a role holds is no drift", async () => {
      await cluster.bring(roles("AWS_LAMBDA_ACCESS", "AWS_BEDROCK_ACCESS", "team_read"));
      await cluster.byHand("GRANT DELETE ON orders.* TO team_read");
      expect(await cluster.sql(roles("AWS_LAMBDA_ACCESS", "AWS_BEDROCK_ACCESS", "team_read"))).toEqual([]);
      await cluster.byHand("REVOKE DELETE ON orders.* FROM team_read");
      expect(await cluster.grants("sl_jane")).toContain(
        "GRANT `AWS_BEDROCK_ACCESS`@`%`,`AWS_LAMBDA_ACCESS`@`%`,`team_read`@`%` TO `sl_jane`@`%`",
      );
    });

    it("an account at another host, or with a password, is taken over with them", async () => {
      await cluster.byHand(
        "CREATE USER sl_jane@'127.%' IDENTIFIED BY 'x'",
        "GRANT team_read, team_write TO sl_jane@'127.%'",
        "GRANT PROCESS, RELOAD ON *.* TO sl_jane@'127.%'",
      );
      await cluster.bring(roster({ "ROLE `team_read`": {}, "PROCESS ON *.*": {} }));
      expect(await can()).toEqual(["read orders", "PROCESS"]);
    });

    it("15: what the server or the administrator lacks is said in a sentence, and nothing runs", async () => {
      const version = parseVersion((await cluster.observe()).observed.version)!;
      const absent = unknownTo("FLUSH_PRIVILEGES", version) !== undefined;
      const plan = await cluster.plan(roster({ "FLUSH_PRIVILEGES ON *.*": {}, "ROLE `nobody`": {} }));
      expect(plan.problems).toEqual([
        absent
          ? expect.stringMatching(
              /^'sl_jane'@'%': MySQL has FLUSH_PRIVILEGES since 8\.4\.0, and this server is 8\.0\.31/,
            )
          : expect.stringMatching(
              /^The administrator 'admin'@'%' lacks FLUSH_PRIVILEGES on the whole server/,
            ),
        "There is no native role 'nobody'@'%' on this server, which is declared for 'sl_jane'@'%': create it by hand, or leave it out.",
      ]);
      await cluster.byHand("SET GLOBAL mandatory_roles = 'team_read'");
      const { problems } = await cluster.plan(roles("team_read"));
      await cluster.byHand("SET GLOBAL mandatory_roles = ''");
      expect(problems).toEqual([expect.stringContaining("Every account has the role 'team_read'@'%'")]);
    });

    it("13: the catalogue is that of the server, and none of it can be granted on a database (1221)", async () => {
      await cluster.byHand(`CREATE USER sl_jane ${IAM}`);
      const version = parseVersion((await cluster.observe()).observed.version)!;
      const known = await cluster.root.query("SHOW PRIVILEGES");
      const names = (known[0] as { Privilege: string }[]).map(({ Privilege }) => Privilege.toUpperCase());
      for (const privilege of SERVER_PRIVILEGES) {
        const isKnown = unknownTo(privilege, version) === undefined;
        expect([privilege, names.includes(privilege)]).toEqual([privilege, isKnown]);
        if (!isKnown) continue;
        expect([
          privilege,
          await refusal(cluster.root.query(`GRANT ${privilege} ON *.* TO sl_jane`)),
        ]).toEqual([privilege, 0]);
        const inDatabase = await refusal(cluster.root.query(`GRANT ${privilege} ON orders.* TO sl_jane`));
        expect([privilege, [1221, 3619].includes(inDatabase)]).toEqual([privilege, true]);
      }
      const catalogue: readonly string[] = [...SERVER_PRIVILEGES, ...NEVER_GRANTED, ...NOT_ON_AURORA];
      const unlisted = names.filter(name => name.includes("_") && !catalogue.includes(name));
      expect(unlisted).toEqual([]);
    });

    it("14: GRANT OPTION is given where it is asked for, and nowhere else", async () => {
      await cluster.byHand(`CREATE USER app_other IDENTIFIED BY 'x'`);
      const hands = async (sql: string) => {
        const jane = await cluster.logIn("sl_jane");
        const error = await refusal(jane.query(sql));
        jane.destroy();
        return error === 0;
      };
      const option = { ...select, grantOption: true } as const;
      const base = rosterOf({ sl_jane: {} });
      const wanted = (
        databases: Record<string, DatabaseGrant>,
        objects: Record<string, DatabaseGrant>,
      ): Roster => ({
        ...base,
        accounts: { sl_jane: { ...base.accounts["sl_jane"]!, databases, objects } },
      });
      const both = wanted(
        { orders: { role: "read", ...option } },
        { "`app_prod`.`t`": { role: "SELECT", ...option } },
      );
      await cluster.bring(both);
      expect(await hands("GRANT SELECT ON orders.* TO app_other")).toBe(true);
      expect(await hands("GRANT SELECT ON app_prod.t TO app_other")).toBe(true);
      expect(await hands("GRANT SELECT ON appXprod.* TO app_other")).toBe(false);
      const one = wanted(
        { orders: { role: "read", ...option } },
        { "`app_prod`.`t`": { role: "SELECT", ...select } },
      );
      expect(await cluster.sql(one)).toEqual(["REVOKE GRANT OPTION ON `app_prod`.`t` FROM 'sl_jane'@'%'"]);
      await cluster.bring(one);
      expect(await hands("GRANT SELECT ON app_prod.t TO app_other")).toBe(false);
      const without = rosterOf({ sl_jane: { orders: "read" } });
      expect(await cluster.sql(without)).toEqual([
        "REVOKE GRANT OPTION ON `orders`.* FROM 'sl_jane'@'%'",
        "REVOKE SELECT ON `app_prod`.`t` FROM 'sl_jane'@'%'",
      ]);
      await cluster.bring(without);
      expect(await cluster.sql(one)).toEqual([
        "GRANT GRANT OPTION ON `orders`.* TO 'sl_jane'@'%'",
        "GRANT SELECT ON `app_prod`.`t` TO 'sl_jane'@'%'",
      ]);
    });

    it("a pattern reaches what matches it, or is refused where names are literal", async () => {
      const pattern = { privileges: ["SELECT"] } as const;
      const wanted = roster({ "PATTERN `app_prod`": pattern });
      if (options.partialRevokes) {
        expect((await cluster.plan(wanted)).problems).toEqual([
          expect.stringContaining("so the pattern `app_prod` would give nothing: name the databases."),
        ]);
        return;
      }
      await cluster.bring(wanted);
      expect(await can()).toEqual(["read app_prod", "read appXprod"]);
      // Of rows that overlap MySQL applies one: from the pattern to a database and back nothing is lost.
      expect(await sqlOf(roster({}, { app_prod: "read" }))).toEqual([
        "GRANT SELECT ON `app\\_prod`.* TO 'sl_jane'@'%'",
        "REVOKE SELECT ON `app_prod`.* FROM 'sl_jane'@'%'",
      ]);
      await watched(roster({ "PATTERN `app%`": pattern }));
      expect(await can()).toEqual(["read app_prod", "read appXprod"]);
      await watched(roster({ "PATTERN `app%`": { ...pattern, ...ended }, "PROCESS ON *.*": {} }));
      expect(await can()).toEqual(["PROCESS"]);
      const { problems } = await cluster.plan(roster({ "PATTERN `app%`": pattern }, { app_prod: "read" }));
      expect(problems).toEqual([expect.stringContaining("the grants on `app%` and `app_prod` overlap")]);
    });

    it("an account that goes loses all of it", async () => {
      await cluster.bring(
        roster({ "ROLE `team_read`": {}, "PROCESS ON *.*": {}, "XA_RECOVER_ADMIN ON *.*": {} }),
      );
      await cluster.bring(roster({ "ROLE `team_read`": ended, "PROCESS ON *.*": ended }), { now: NOW });
      expect(await can()).toEqual([]);
    });
  },
);
