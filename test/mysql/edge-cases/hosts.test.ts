import { BY_PASSWORD, Cluster, IAM, MODES } from "../../support/cluster";
import { iamToken, logIn } from "../../support/mysql-login";
import { rosterOf } from "../../support/observed";

const READ = rosterOf({ sl_jane: { orders: "read" } });
const reads = ["orders SELECT"];

describe.each(MODES)("accounts of several hosts, %s", (_mode, options) => {
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await Cluster.start(options);
  }, 180_000);
  afterAll(() => cluster?.stop());
  beforeEach(() => cluster.clean());

  const letsIn = (user: string, secret: string) =>
    logIn(cluster.server, user, secret).then(
      connection => {
        connection.destroy();
        return true;
      },
      () => false,
    );

  it("24: an account of a nearer host logs in instead of the one of %, with its own login, roles and global privileges", async () => {
    await cluster.byHand(
      ...["CREATE ROLE app_role", "GRANT UPDATE ON orders.* TO app_role", `CREATE USER sl_jane ${IAM}`],
      ...["GRANT INSERT ON *.* TO sl_jane", "GRANT app_role TO sl_jane", "SET DEFAULT ROLE ALL TO sl_jane"],
      ...["GRANT SELECT ON orders.* TO sl_jane", "GRANT DELETE ON orders.t TO sl_jane"],
    );
    const here = ["orders"];
    expect(await cluster.access("sl_jane", here)).toEqual(
      ["SELECT", "INSERT", "UPDATE", "DELETE"].map(p => `orders ${p}`),
    );
    await cluster.byHand(`CREATE USER sl_jane@'127.%' ${BY_PASSWORD}`);
    expect(await letsIn("sl_jane", await iamToken(cluster.server, "sl_jane"))).toBe(false);
    // Rows of databases and tables count by user name and host, for every login (m).
    expect(await cluster.access("sl_jane", here)).toEqual(["SELECT", "DELETE"].map(p => `orders ${p}`));
    // A row of the nearer host for the same database counts alone.
    await cluster.byHand(
      "GRANT EXECUTE ON orders.* TO sl_jane@'127.%'",
      "REVOKE DELETE ON orders.t FROM sl_jane",
    );
    expect(await cluster.access("sl_jane", here)).toEqual(["orders EXECUTE"]);
  });

  it("24: an account of a nearer host is named in the plan; `remove` drops it, `lock` says which account that shuts out", async () => {
    await cluster.bring(READ);
    await cluster.byHand(`CREATE USER sl_jane@'127.%' ${BY_PASSWORD}`);
    const note =
      "'sl_jane'@'127.%' bears the prefix and is not managed (only 'sl_jane'@'%' is declared): it ";
    expect((await cluster.plan(READ)).notes).toEqual([expect.stringContaining(`${note}keeps its access.`)]);
    expect((await cluster.plan(READ, { unmanaged: "lock" })).notes).toEqual([
      `${note}is locked, and sl_jane cannot log in from there until it is dropped.`,
    ]);
    const { statements } = await cluster.bringWatched("sl_jane", READ, { unmanaged: "remove" });
    expect(statements.map(({ sql }) => sql)).toEqual(["DROP USER 'sl_jane'@'127.%'"]);
    expect(await letsIn("sl_jane", await iamToken(cluster.server, "sl_jane"))).toBe(true);
    expect(await cluster.access("sl_jane")).toEqual(reads);
  });

  it.each([
    ["wider", "GRANT SELECT, DELETE ON orders.* TO sl_jane"],
    ["narrower", "GRANT EXECUTE ON app_prod.* TO sl_jane"],
  ])(
    "24: one of a nearer host goes last, so that no moment has more or less: the declared one is %s at first",
    async (_w, grant) => {
      await cluster.byHand(
        ...[`CREATE USER sl_jane ${IAM}`, grant, `CREATE USER sl_jane@'127.%' ${IAM}`],
        "GRANT SELECT ON orders.* TO sl_jane@'127.%'",
      );
      const { statements } = await cluster.bringWatched("sl_jane", READ, { unmanaged: "remove" });
      expect(statements.at(-1)!.sql).toBe("DROP USER 'sl_jane'@'127.%'");
      expect(await cluster.access("sl_jane")).toEqual(reads);
    },
  );

  // MySQL 8.0 remembers the rights of a dropped account for the next login of its name from its address.
  it.each([
    ["a range", "127.%", "SELECT, INSERT, DELETE ON orders.*"],
    ["an address", "127.0.0.1", "ALL ON orders.*"],
    ["a range with a mask", "127.0.0.0/255.0.0.0", "UPDATE ON orders.*"],
    ["a grant option", "127.%", "INSERT ON orders.* TO 'sl_jane'@'127.%' WITH GRANT OPTION"],
    ["a database of its own", "127.%", "SELECT, INSERT ON appXprod.*"],
  ])("24, 31a: one of a nearer host that is gone gives nothing any more: %s", async (_w, host, grant) => {
    await cluster.byHand(
      `CREATE USER sl_jane ${IAM}`,
      "GRANT SELECT ON orders.* TO sl_jane",
      `CREATE USER sl_jane@'${host}' ${IAM}`,
      grant.includes(" TO ") ? `GRANT ${grant}` : `GRANT ${grant} TO sl_jane@'${host}'`,
    );
    expect(await cluster.access("sl_jane")).not.toEqual(reads);
    const { statements } = await cluster.bringWatched("sl_jane", READ, { unmanaged: "remove" });
    expect(statements.map(({ sql }) => sql.split(" ")[0])).toEqual(["REVOKE", "DROP"]);
    expect(await cluster.access("sl_jane")).toEqual(reads);
  });

  it("24: one of a nearer host with a row that cannot be revoked gives nothing any more once it is gone", async () => {
    await cluster.byHand(
      `CREATE USER sl_jane ${IAM}`,
      "GRANT SELECT ON orders.* TO sl_jane",
      `CREATE USER sl_jane@'127.%' ${IAM}`,
      "GRANT INSERT, DELETE ON orders.* TO sl_jane@'127.%'",
    );
    const administrator = {
      grantable: ["SELECT", "INSERT"],
      restrictions: [],
      revokesRestricted: true,
      revokesProxies: false,
    };
    expect(await cluster.access("sl_jane")).not.toEqual(reads);
    const plan = await cluster.plan(READ, { unmanaged: "remove", administrator });
    expect(plan.statements.map(({ sql }) => sql)).toEqual([
      "DROP USER 'sl_jane'@'127.%'",
      "ALTER USER 'sl_jane'@'%' ACCOUNT UNLOCK",
    ]);
    await cluster.run(plan);
    expect(await cluster.access("sl_jane")).toEqual(reads);
  });

  it("24, 31a: a renamed account has the rights that it is declared to have, also where it logged in before", async () => {
    await cluster.byHand(
      `CREATE USER sl_jane@'127.%' ${IAM}`,
      "GRANT SELECT, INSERT, DELETE ON orders.* TO sl_jane@'127.%'",
      "GRANT ALL ON appXprod.* TO sl_jane@'127.%'",
    );
    expect(await cluster.access("sl_jane")).not.toEqual(reads);
    await cluster.bringWatched("sl_jane", READ);
    expect(await cluster.access("sl_jane")).toEqual(reads);
  });

  it("24: an account of another host alone is renamed, and keeps its grants throughout", async () => {
    await cluster.byHand(
      `CREATE USER sl_jane@'127.%' ${IAM}`,
      "GRANT SELECT, DELETE ON orders.* TO sl_jane@'127.%'",
    );
    const { statements } = await cluster.bringWatched("sl_jane", READ);
    expect(statements.map(({ sql }) => sql)).toEqual([
      "REVOKE DELETE ON `orders`.* FROM 'sl_jane'@'127.%'",
      "RENAME USER 'sl_jane'@'127.%' TO 'sl_jane'@'%'",
    ]);
    expect(await cluster.access("sl_jane")).toEqual(reads);
  });

  it("24: with accounts of several hosts, the declared one is created locked, and unlocked only with its grants", async () => {
    for (const host of ["127.%", "10.%"])
      await cluster.byHand(
        `CREATE USER sl_jane@'${host}' ${IAM}`,
        `GRANT SELECT, INSERT ON orders.* TO sl_jane@'${host}'`,
      );
    const { statements } = await cluster.bringWatched("sl_jane", READ, { unmanaged: "remove" });
    const create = statements.findIndex(({ sql }) => sql.startsWith("CREATE USER"));
    expect(statements[create]!.sql).toMatch(/ACCOUNT LOCK$/);
    expect(statements.slice(-4).map(({ sql }) => sql)).toEqual([
      "ALTER USER 'sl_jane'@'%' ACCOUNT UNLOCK",
      "REVOKE SELECT, INSERT ON `orders`.* FROM 'sl_jane'@'10.%'",
      "REVOKE SELECT, INSERT ON `orders`.* FROM 'sl_jane'@'127.%'",
      "DROP USER 'sl_jane'@'10.%', 'sl_jane'@'127.%'",
    ]);
    expect(await cluster.access("sl_jane")).toEqual(reads);
  });
});
