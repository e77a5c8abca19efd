import type { StatementsRequest } from "../../../core/mysql";
import type { Roster } from "../../../core/roster/roster";
import { BY_PASSWORD, Cluster, IAM, refusal } from "../../support/cluster";
import { column } from "../../support/mysql-login";
import { rosterOf, withObjects } from "../../support/observed";

const [OLD, NEW] = ["sl_jane.doe", "sl_jane.smith"];
/** The roster with Jane by her new name. */
const smith = (roster: Roster = rosterOf({ [NEW]: { orders: "write", app_prod: "read" } })): Roster => ({
  ...roster,
  accounts: { ...roster.accounts, [NEW]: { ...roster.accounts[NEW]!, formerly: OLD } },
});
const doe = rosterOf({ [OLD]: { orders: "write", app_prod: "read" } });
const known = { previouslyDeclared: [OLD] } satisfies Partial<StatementsRequest>;
const RENAME = `RENAME USER '${OLD}'@'%' TO '${NEW}'@'%'`;
const ACCESS = ["app_prod SELECT", "orders SELECT", "orders INSERT", "orders UPDATE"];

describe("an account that is renamed", () => {
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await Cluster.start({ partialRevokes: true });
  }, 180_000);
  afterAll(() => cluster?.stop());
  beforeEach(async () => {
    for (const name of ["VIEW orders.v", "PROCEDURE orders.p"])
      await cluster.byHand(`DROP ${name.replace(" ", " IF EXISTS ")}`);
    await cluster.clean();
  });

  /** What Jane can do by whichever of her names lets her in. */
  const access = async () => [...(await cluster.access(OLD)), ...(await cluster.access(NEW))].sort();
  const users = () => column(cluster.root, "SELECT User FROM mysql.user WHERE User LIKE 'sl\\_%' ORDER BY 1");

  it("keeps its grants; its sessions end; she can log in by one of her names after each statement", async () => {
    await cluster.bring(doe);
    const before = await cluster.grants(OLD);
    const open = await cluster.logIn(OLD);
    open.on("error", () => {});
    const plan = await cluster.bringWatched(NEW, smith(), known, access);
    expect(plan.statements.map(({ sql }) => sql)).toEqual([RENAME]);
    expect(plan.notes).toEqual([expect.stringContaining(`becomes '${NEW}'@'%' and keeps its grants`)]);
    expect(plan.renames).toEqual(new Map([[OLD, NEW]]));
    expect(await cluster.grants(NEW)).toEqual(before.map(grant => grant.replace(OLD, NEW)));
    expect(await cluster.access(NEW)).toEqual(expect.arrayContaining(ACCESS));
    expect(await refusal(cluster.logIn(OLD))).toBe(1045);
    expect(await cluster.endSessions(plan.endSessions)).toMatchObject({ ended: 1 });
    await expect(open.query("SELECT 1")).rejects.toThrow();
    // The file says it further on, and it does no harm.
    expect(await cluster.sql(smith(), known)).toEqual([]);
    expect(await cluster.sql(smith())).toEqual([]);
  });

  it("keeps tables, columns, routines and limits, loses what nobody declared, and gets what is new", async () => {
    await cluster.byHand("CREATE PROCEDURE orders.p() SELECT 1");
    const objects = {
      "`orders`.`t`": "read",
      "PROCEDURE `orders`.`p`": "call",
      "`app_prod`.`t` (`a`)": "read",
    };
    const roles = { read: ["SELECT"], write: ["SELECT", "INSERT"], call: ["EXECUTE"] } as const;
    const with2 = (name: string, databases: Record<string, string>) =>
      withObjects(rosterOf({ [name]: databases }, roles), { [name]: objects });
    await cluster.bring(with2(OLD, { appXprod: "read" }));
    await cluster.byHand(
      `GRANT DELETE ON orders.* TO '${OLD}'`,
      `ALTER USER '${OLD}' WITH MAX_USER_CONNECTIONS 7`,
      "CREATE ROLE app_role",
      `GRANT app_role TO '${OLD}'`,
    );
    const plan = await cluster.bringWatched(NEW, smith(with2(NEW, { appXprod: "write" })), known, access);
    const sql = plan.statements.map(one => one.sql);
    expect(sql.indexOf(RENAME)).toBe(sql.findIndex(one => one.includes(`'${NEW}'`)));
    expect(sql).toContain(`REVOKE \`app_role\`@\`%\` FROM '${OLD}'@'%'`.replaceAll("`", "'"));
    expect(sql.slice(-2)).toEqual([
      RENAME,
      expect.stringMatching(`^ALTER USER '${NEW}'@'%' IDENTIFIED WITH AWS`),
    ]);
    expect(
      (await cluster.grants(NEW)).filter(one => / ON (PROCEDURE )?`(orders|app_prod)`/.test(one)).sort(),
    ).toEqual([
      `GRANT EXECUTE ON PROCEDURE \`orders\`.\`p\` TO \`${NEW}\`@\`%\``,
      `GRANT SELECT (\`a\`) ON \`app_prod\`.\`t\` TO \`${NEW}\`@\`%\``,
      `GRANT SELECT ON \`orders\`.\`t\` TO \`${NEW}\`@\`%\``,
    ]);
    expect((await cluster.account(NEW)).limits.connections).toBe(0);
  });

  it("goes on after a stop at any statement, and the next run finishes", async () => {
    const write = smith(rosterOf({ [NEW]: { orders: "write", appXprod: "read" } }));
    for (let stop = 0; ; stop++) {
      await cluster.clean();
      await cluster.bring(doe);
      await cluster.byHand(`GRANT DELETE ON orders.* TO '${OLD}'`);
      const { statements } = await cluster.plan(write, known);
      if (stop > statements.length) break;
      for (const { sql } of statements.slice(0, stop)) await cluster.session.query(sql);
      expect(await access()).toEqual(expect.arrayContaining(["orders SELECT", "orders INSERT"]));
      await cluster.bring(write, known);
      expect(await users()).toEqual([NEW]);
    }
  });

  it("that is gone already is created by its new name", async () => {
    expect((await cluster.bring(smith(), known)).statements[0]!.sql).toMatch(`CREATE USER '${NEW}'`);
    expect(await cluster.access(NEW)).toEqual(expect.arrayContaining(ACCESS));
  });

  it("while the new name exists too: the new one is made complete, then the former one goes", async () => {
    await cluster.bring(doe);
    await cluster.byHand(`CREATE USER '${NEW}' ${IAM}`, `GRANT DELETE ON orders.* TO '${NEW}'`);
    const plan = await cluster.bringWatched(NEW, smith(), known, access);
    const sql = plan.statements.map(one => one.sql);
    expect(sql.at(-1)).toBe(`DROP USER '${OLD}'@'%'`);
    expect(sql).not.toContain(RENAME);
    expect(plan.notes.join()).toContain("is not renamed");
    expect(await users()).toEqual([NEW]);
  });

  it.each(["an account that somebody made by hand", "an account that is declared"])(
    "leaves the former name to %s",
    async who => {
      const declared = who.endsWith("declared");
      await cluster.byHand(`CREATE USER '${OLD}' ${declared ? IAM : BY_PASSWORD}`);
      await cluster.byHand(`GRANT SELECT ON orders.* TO '${OLD}'`);
      const roster = smith(
        rosterOf({ [NEW]: { orders: "write" }, ...(declared && { [OLD]: { orders: "read" } }) }),
      );
      const before = await cluster.describe(OLD);
      const plan = await cluster.bring(roster, declared ? known : {});
      expect(plan.statements[0]!.sql).toMatch(`CREATE USER '${NEW}'`);
      expect(plan.notes.join()).toContain(`'${OLD}'@'%' stays as it is`);
      expect(await cluster.describe(OLD)).toEqual(before);
    },
  );

  it("is not renamed while views run with its rights, which would fail: the new one is created, then it is locked", async () => {
    await cluster.bring(doe);
    await cluster.byHand(`CREATE DEFINER = '${OLD}'@'%' VIEW orders.v AS SELECT a FROM orders.t`);
    // What MySQL does by itself (m): the view fails.
    const plan = await cluster.bringWatched(NEW, smith(), known, access);
    const sql = plan.statements.map(one => one.sql);
    expect(sql).not.toContain(RENAME);
    expect(sql[0]).toMatch(`CREATE USER '${NEW}'`);
    expect(sql.findIndex(one => one.includes("ACCOUNT LOCK"))).toBeGreaterThan(
      sql.findIndex(one => one.startsWith("GRANT")),
    );
    expect(plan.notes.join()).toContain("it is the DEFINER of");
    expect(await cluster.access(OLD)).toEqual([]);
    await cluster.root.query("SELECT * FROM orders.v");
    await cluster.byHand("DROP VIEW orders.v");
    await cluster.bring(smith(), known);
    expect(await users()).toEqual([NEW]);
  });

  it("measured: RENAME USER leaves the definer's name in a view, which then fails", async () => {
    await cluster.bring(doe);
    await cluster.byHand(`CREATE DEFINER = '${OLD}'@'%' VIEW orders.v AS SELECT a FROM orders.t`, RENAME);
    expect(await refusal(cluster.root.query("SELECT * FROM orders.v"))).toBe(1449);
  });

  it("measured: RENAME USER takes along roles, default roles and who it may act as, but not who may act as it", async () => {
    await cluster.byHand(
      ...[
        `CREATE USER '${OLD}' ${IAM} WITH MAX_USER_CONNECTIONS 7`,
        `CREATE USER sl_bob ${IAM}`,
        "CREATE ROLE app_role",
      ],
      ...[`GRANT app_role TO '${OLD}'`, `SET DEFAULT ROLE app_role TO '${OLD}'`],
      ...[`GRANT PROXY ON '${OLD}' TO sl_bob`, `GRANT PROXY ON sl_bob TO '${OLD}'`, RENAME],
    );
    const { defaultRoles, limits, proxies, roles } = await cluster.account(NEW);
    expect({ defaultRoles, limits, proxies, roles }).toMatchObject({
      limits: { connections: 7 },
      defaultRoles: [{ user: "app_role" }],
      proxies: [{ user: "sl_bob" }],
      roles: [{ user: "app_role" }],
    });
    expect((await cluster.account("sl_bob")).proxies).toMatchObject([{ user: OLD }]);
  });

  it("measured: after RENAME USER a session goes on in the database that it uses, and is refused others", async () => {
    await cluster.bring(doe);
    const open = await cluster.logIn(OLD);
    await open.query("USE orders");
    await cluster.byHand(RENAME);
    const tries = ["SELECT a FROM t", "SELECT a FROM app_prod.t"].map(sql => refusal(open.query(sql)));
    expect(await Promise.all(tries)).toEqual([0, 1142]);
    open.destroy();
  });

  it("that others have as a role is not renamed, which the server refuses (3532): the new one is created first", async () => {
    await cluster.bring(doe);
    await cluster.byHand(`CREATE USER sl_bob ${IAM}`, `GRANT '${OLD}' TO sl_bob`);
    expect(await refusal(cluster.root.query(RENAME))).toBe(3532);
    const plan = await cluster.bringWatched(NEW, smith(), known, access);
    expect(plan.notes.join()).toContain("others have it as a role");
    expect(await users()).toEqual(["sl_bob", NEW]);
  });

  it("that cannot lose what nobody declared is not renamed: the new one is created first", async () => {
    await cluster.bring(doe);
    await cluster.byHand(`GRANT DELETE ON orders.* TO '${OLD}'`);
    const administrator = {
      grantable: ["SELECT", "INSERT", "UPDATE"],
      restrictions: [],
      revokesRestricted: true,
      revokesProxies: false,
    };
    const plan = await cluster.bringWatched(NEW, smith(), { ...known, administrator }, access);
    expect(plan.statements.map(one => one.sql.split(" ").slice(0, 2).join(" "))).toEqual([
      ...[
        "CREATE USER",
        ...plan.statements.slice(1, -1).map(() => expect.stringMatching(/^GRANT/)),
        "DROP USER",
      ],
    ]);
    expect(await users()).toEqual([NEW]);
  });

  it("is not renamed to a name that orphaned objects define, and keeps its access", async () => {
    await cluster.bring(doe);
    await cluster.byHand(`CREATE DEFINER = '${NEW}'@'%' VIEW orders.v AS SELECT a FROM orders.t`);
    const { leftOut, statements } = await cluster.plan(smith(), known);
    expect(statements).toEqual([]);
    expect([...leftOut.keys()]).toEqual([NEW]);
    expect(await cluster.access(OLD)).toEqual(expect.arrayContaining(ACCESS));
  });

  it("is suspended at the same time: nobody gets in by either name", async () => {
    await cluster.bring(doe);
    const roster = smith();
    const accounts = { [NEW]: { ...roster.accounts[NEW]!, suspended: true as const } };
    const plan = await cluster.bring({ ...roster, accounts }, known);
    expect(plan.statements.map(({ sql }) => sql)).toEqual([`ALTER USER '${OLD}'@'%' ACCOUNT LOCK`, RENAME]);
    expect(await access()).toEqual([]);
    await cluster.bring(smith(), known);
    expect(await cluster.access(NEW)).toEqual(expect.arrayContaining(ACCESS));
  });
});
