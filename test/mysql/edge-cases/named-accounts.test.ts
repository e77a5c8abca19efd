import type { Connection } from "mysql2/promise";
import type { StatementsRequest } from "../../../core/mysql";
import type { Roster } from "../../../core/roster/roster";
import { BY_PASSWORD, Cluster, DATABASES, IAM, refusal } from "../../support/cluster";
import { column, iamToken, logIn, PASSWORD } from "../../support/mysql-login";
import { rosterOf } from "../../support/observed";
import { tryPrivileges } from "../../support/try-privileges";

const [OLD, NEW, OWN] = ["app_jane", "sl_jane.doe", "app_legacy"];
const RENAME = `RENAME USER '${OLD}'@'%' TO '${NEW}'@'%'`;
const ACCESS = ["app_prod SELECT", "orders SELECT", "orders INSERT", "orders UPDATE"];
const jane = rosterOf({ [NEW]: { orders: "write", app_prod: "read" } });
const removing = { unmanaged: "remove" } satisfies Partial<StatementsRequest>;

describe("an account without the prefix that the registry entry names", () => {
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await Cluster.start({ partialRevokes: true });
  }, 180_000);
  afterAll(() => cluster?.stop());
  beforeEach(async () => {
    cluster.names = { prefix: "sl" };
    for (const name of ["VIEW orders.v"]) await cluster.byHand(`DROP ${name.replace(" ", " IF EXISTS ")}`);
    await cluster.clean();
  });

  /** As on Aurora: a policy of IAM lets people log in by the name with the prefix only. */
  const connections = async (): Promise<Connection[]> => {
    const tries = [
      logIn(cluster.server, OLD, PASSWORD),
      logIn(cluster.server, NEW, PASSWORD),
      iamToken(cluster.server, NEW).then(token => logIn(cluster.server, NEW, token)),
    ];
    return (await Promise.all(tries.map(one => one.catch(() => undefined)))).filter(one => one !== undefined);
  };
  /** What Jane can do by whichever login lets her in. */
  const access = async () => {
    const held = new Set<string>();
    for (const connection of await connections()) {
      for (const one of await tryPrivileges(connection, DATABASES)) held.add(one);
      connection.destroy();
    }
    return [...held].sort();
  };
  const byHandJane = () =>
    cluster.byHand(
      `CREATE USER '${OLD}' ${BY_PASSWORD}`,
      `GRANT SELECT, INSERT, UPDATE ON orders.* TO '${OLD}'`,
      `GRANT SELECT ON app_prod.* TO '${OLD}'`,
    );
  const users = () =>
    column(
      cluster.root,
      "SELECT CONCAT(User, '@', Host) FROM mysql.user WHERE User REGEXP '^(sl|app)_' ORDER BY 1",
    );

  describe("in takeOver", () => {
    beforeEach(() => {
      cluster.names = { prefix: "sl", takeOver: { "jane.doe": `${OLD}@%` } };
    });

    it("is renamed, then gets its login; she can log in after each statement; its sessions end", async () => {
      await byHandJane();
      const open = await logIn(cluster.server, OLD, PASSWORD);
      open.on("error", () => {});
      const plan = await cluster.bringWatched(NEW, jane, removing, access);
      expect(plan.statements.map(({ sql }) => sql)).toEqual([
        RENAME,
        expect.stringMatching(`^ALTER USER '${NEW}'@'%' IDENTIFIED WITH AWS.* REQUIRE SSL`),
      ]);
      expect(plan.notes).toEqual([
        expect.stringContaining(`'${OLD}'@'%' is taken over: it becomes '${NEW}'`),
      ]);
      expect(plan.renames).toEqual(new Map([[OLD, NEW]]));
      expect(await cluster.access(NEW)).toEqual(expect.arrayContaining(ACCESS));
      expect(await refusal(logIn(cluster.server, NEW, PASSWORD))).toBe(1045);
      expect(await cluster.endSessions(plan.endSessions)).toMatchObject({ ended: 1 });
      await expect(open.query("SELECT 1")).rejects.toThrow();
      expect((await cluster.plan(jane)).notes.join()).toContain("Its entry can go");
    });

    it("loses what nobody declared before the rename, and goes on after a stop at any statement", async () => {
      for (let stop = 0; ; stop++) {
        await cluster.clean();
        await byHandJane();
        await cluster.byHand(
          ...[`GRANT DELETE ON orders.* TO '${OLD}'`, "CREATE ROLE app_role"],
          ...[`GRANT app_role TO '${OLD}'`, `GRANT SELECT ON appXprod.t TO '${OLD}'`],
        );
        const { statements } = await cluster.plan(jane);
        const sql = statements.map(one => one.sql);
        expect(sql.indexOf(RENAME)).toBe(sql.findIndex(one => one.includes(`'${NEW}'`)));
        expect(sql.slice(0, sql.indexOf(RENAME)).map(one => one.split(" ")[0])).toEqual(
          Array(sql.indexOf(RENAME)).fill("REVOKE"),
        );
        if (stop > statements.length) break;
        for (const { sql: one } of statements.slice(0, stop)) await cluster.session.query(one);
        expect(await access()).toEqual(expect.arrayContaining(ACCESS));
        await cluster.bring(jane);
        expect(await users()).toEqual(["app_role@%", `${NEW}@%`]);
      }
    });

    it("keeps a declared GRANT OPTION", async () => {
      await byHandJane();
      await cluster.byHand(`GRANT SELECT ON appXprod.* TO '${OLD}' WITH GRANT OPTION`);
      const { accounts, roles } = rosterOf({
        [NEW]: { orders: "write", app_prod: "read", appXprod: "read" },
      });
      const account = accounts[NEW]!;
      const appXprod = { ...account.databases["appXprod"]!, grantOption: true as const };
      const databases = { ...account.databases, appXprod };
      const roster: Roster = { roles, accounts: { [NEW]: { ...account, databases } } };
      expect((await cluster.bring(roster)).statements.map(({ sql }) => sql.split(" ")[0])).toEqual([
        "RENAME",
        "ALTER",
      ]);
    });

    it("of a service by password gets its password by its new name, which its secret has", async () => {
      await byHandJane();
      const account = { ...jane.accounts[NEW]!, kind: "service" as const, login: "password" as const };
      const sql = await cluster.sql({ ...jane, accounts: { [NEW]: account } });
      expect(sql).toEqual([
        RENAME,
        expect.stringMatching(`^ALTER USER '${NEW}'@'%' IDENTIFIED WITH caching`),
      ]);
    });

    it.each<[string, readonly string[], string]>([
      [
        "objects run with its rights",
        [`CREATE DEFINER = '${OLD}'@'%' VIEW orders.v AS SELECT 1`],
        "DEFINER of",
      ],
      ["others have it as a role", [`CREATE USER app_bob`, `GRANT '${OLD}' TO app_bob`], "have it as a role"],
      ["it is a role", [`DROP USER '${OLD}'`, `CREATE ROLE '${OLD}'`], "it is a role"],
      [
        "it administers the cluster",
        ["CREATE ROLE IF NOT EXISTS rds_superuser_role", `GRANT rds_superuser_role TO '${OLD}'`],
        "an administrator of the cluster",
      ],
    ])("stays as it is where %s, and the declared one is created", async (_, statements, why) => {
      await byHandJane();
      await cluster.byHand(...statements);
      const before = await cluster.describe(OLD);
      const plan = await cluster.bring(jane, removing);
      expect(plan.statements[0]!.sql).toMatch(`CREATE USER '${NEW}'`);
      expect(plan.notes.join()).toContain(`'${OLD}'@'%' is not taken over and stays as it is`);
      expect(plan.notes.join()).toContain(why);
      expect(await cluster.describe(OLD)).toEqual(before);
      expect(await cluster.access(NEW)).toEqual(expect.arrayContaining(ACCESS));
    });

    it("stays where it has grants that cannot be revoked", async () => {
      await byHandJane();
      await cluster.byHand(`GRANT DELETE ON orders.* TO '${OLD}'`);
      const before = await cluster.describe(OLD);
      const administrator = {
        grantable: ["SELECT", "INSERT", "UPDATE"],
        restrictions: [],
        revokesRestricted: true,
        revokesProxies: false,
      };
      const plan = await cluster.bring(jane, { ...removing, administrator });
      expect(plan.notes.join()).toMatch(/is not taken over and stays.*cannot be revoked/);
      expect(await cluster.describe(OLD)).toEqual(before);
    });

    it("stays while the declared one exists, while none is declared, and while nobody names it", async () => {
      await byHandJane();
      const before = await cluster.describe(OLD);
      expect((await cluster.plan(rosterOf({}), removing)).statements).toEqual([]);
      await cluster.byHand(`CREATE USER '${NEW}' ${IAM}`);
      const plan = await cluster.bring(jane, removing);
      expect(plan.notes.join()).toContain(`stays as it is: '${NEW}'@'%' exists already`);
      cluster.names = { prefix: "sl" };
      await cluster.bring(jane, { ...removing, takeOver: new Map([[NEW, { user: OLD, host: "%" }]]) });
      expect(await cluster.describe(OLD)).toEqual(before);
    });

    it("is created if it does not exist, and the plan says so", async () => {
      const plan = await cluster.bring(jane);
      expect(plan.statements[0]!.sql).toMatch(`CREATE USER '${NEW}'`);
      expect(plan.notes.join()).toContain(`does not exist, so '${NEW}'@'%' is created`);
    });

    it("leaves an account of the name at another host, with its sessions", async () => {
      await byHandJane();
      for (const host of ["localhost", "127.0.0.1"])
        await cluster.byHand(`CREATE USER '${OLD}'@'${host}' ${BY_PASSWORD}`);
      const other = await logIn(cluster.server, OLD, PASSWORD);
      expect(await column(other, "SELECT CURRENT_USER()")).not.toEqual([`${OLD}@%`]);
      const before = await cluster.describe(OLD, "localhost");
      const plan = await cluster.bring(jane, removing);
      expect(plan.statements[0]!.sql).toBe(RENAME);
      await cluster.endSessions(plan.endSessions);
      await other.query("SELECT 1");
      other.destroy();
      expect(await cluster.describe(OLD, "localhost")).toEqual(before);
    });
  });

  describe("in alsoManages", () => {
    const legacy = rosterOf({ [OWN]: { orders: "write", app_prod: "read" } });
    const known = { ...removing, previouslyDeclared: [OWN] } satisfies Partial<StatementsRequest>;
    beforeEach(async () => {
      cluster.names = { prefix: "sl", alsoManages: [`${OWN}@%`] };
      await cluster.byHand(
        `CREATE USER '${OWN}' ${BY_PASSWORD}`,
        `GRANT SELECT, INSERT, UPDATE, DELETE ON orders.* TO '${OWN}'`,
        `CREATE USER '${OWN}'@'10.%' ${BY_PASSWORD}`,
        `GRANT SELECT ON appXprod.* TO '${OWN}'@'10.%'`,
      );
    });

    it("becomes as declared by its own name, with access after each statement; other hosts are left", async () => {
      const other = await cluster.describe(OWN, "10.%");
      const plan = await cluster.bringWatched(OWN, legacy, removing);
      expect(plan.statements.map(({ sql }) => sql)).toEqual([
        `REVOKE DELETE ON \`orders\`.* FROM '${OWN}'@'%'`,
        expect.stringMatching(`^ALTER USER '${OWN}'@'%' IDENTIFIED WITH AWS`),
        `GRANT SELECT ON \`app_prod\`.* TO '${OWN}'@'%'`,
      ]);
      expect(await cluster.access(OWN)).toEqual(expect.arrayContaining(ACCESS));
      expect(await cluster.describe(OWN, "10.%")).toEqual(other);
    });

    it("that no file ever declared keeps its access, whatever `unmanaged` says", async () => {
      for (const unmanaged of ["remove", "lock", "report"] as const) {
        const plan = await cluster.plan(rosterOf({}), { unmanaged });
        expect(plan.statements).toEqual([]);
        expect(plan.notes).toEqual([expect.stringContaining("no file declares it: it keeps its access")]);
      }
    });

    it("is dropped once it is no longer declared, and keeps everything once it is not named", async () => {
      await cluster.bring(legacy);
      const [kept, other] = [await cluster.describe(OWN), await cluster.describe(OWN, "10.%")];
      const named = cluster.names;
      cluster.names = { prefix: "sl" };
      expect((await cluster.plan(rosterOf({}), known)).statements).toEqual([]);
      expect(await cluster.describe(OWN)).toEqual(kept);
      cluster.names = named;
      const open = await cluster.logIn(OWN);
      open.on("error", () => {});
      const plan = await cluster.bring(rosterOf({}), known);
      expect(plan.statements.map(({ sql }) => sql)).toEqual([`DROP USER '${OWN}'@'%'`]);
      await expect(open.query("SELECT 1")).rejects.toThrow();
      expect(await users()).toEqual([`${OWN}@10.%`]);
      expect(await cluster.describe(OWN, "10.%")).toEqual(other);
    });

    it("is a problem while one with the prefix exists, too; that one can be removed first", async () => {
      await cluster.byHand(`CREATE USER 'sl_${OWN}' ${IAM}`);
      const plan = await cluster.plan(legacy, removing);
      expect(plan.problems).toEqual([expect.stringMatching(`sl_${OWN} exists, .*cannot have both`)]);
      const previouslyDeclared = [`sl_${OWN}`];
      const removal = await cluster.bring(rosterOf({}), { previouslyDeclared });
      expect(removal.statements.map(({ sql }) => sql)).toEqual([`DROP USER 'sl_${OWN}'@'%'`]);
    });

    it("sees what runs with its rights, and only locks it", async () => {
      await cluster.bring(legacy);
      await cluster.byHand(`CREATE DEFINER = '${OWN}'@'%' VIEW orders.v AS SELECT 1`);
      const plan = await cluster.bring(rosterOf({}), known);
      expect(plan.notGone).toEqual([{ user: OWN, host: "%", objects: ["VIEW orders.v"] }]);
      expect(await cluster.access(OWN)).toEqual([]);
    });
  });

  it.each(["alsoManages", "takeOver"])("is never the administrator, even if %s names it", async prop => {
    const name = cluster.server.admin.username;
    const names =
      prop === "takeOver" ? { takeOver: { "jane.doe": `${name}@%` } } : { alsoManages: [`${name}@%`] };
    cluster.names = { prefix: "sl", ...names };
    const before = await cluster.describe(name);
    const roster = prop === "takeOver" ? jane : rosterOf({ [name]: { orders: "read" } });
    const plan = await cluster.plan(roster, { ...removing, previouslyDeclared: [name] });
    expect(plan.problems).toContainEqual(
      expect.stringContaining("the administrator that the reconciler logs in as"),
    );
    const takes = ({ removes, sql }: (typeof plan.statements)[number]) => removes || sql.startsWith("RENAME");
    expect(plan.statements.filter(takes)).toEqual([]);
    expect(await cluster.describe(name)).toEqual(before);
  });
});
