import { networkInterfaces } from "node:os";
import { defined } from "../../../core/json";
import type { Roster } from "../../../core/roster/roster";
import { Cluster, DATABASES, IAM, MODES } from "../../support/cluster";
import { iamToken, logIn } from "../../support/mysql-login";
import { rosterOf, withObjects, withOptions } from "../../support/observed";
import { tryPrivileges } from "../../support/try-privileges";

const bobAt = (hosts: readonly string[] | undefined, role = "read", database = "orders"): Roster =>
  withOptions(rosterOf({ sl_bob: { [database]: role } }), "sl_bob", { hosts });
const quoted = (host: string) => `'sl_bob'@'${host}'`;
const wasAt = (...hosts: string[]) => ({ previouslyDeclared: hosts.map(quoted) });

/** Whether this machine has ::1. */
const hasIpv6 = Object.values(networkInterfaces()).some(all => all?.some(({ address }) => address === "::1"));

describe.each(MODES)("accounts of declared hosts, %s", (_mode, options) => {
  let cluster: Cluster;

  beforeAll(async () => {
    const args = hasIpv6 ? ["--bind-address=127.0.0.1,::1"] : [];
    cluster = await Cluster.start({ ...options, args });
  }, 180_000);
  afterAll(() => cluster?.stop());
  beforeEach(() => cluster.clean());

  const sessionFrom = async (address: string) => {
    const connection = await logIn(
      cluster.server,
      "sl_bob",
      await iamToken(cluster.server, "sl_bob"),
      address,
    );
    connection.on("error", () => {});
    return connection;
  };
  /** What the account can do from an address. Nothing where it cannot log in. */
  const accessFrom = async (...addresses: string[]) => {
    const found = await Promise.all(
      addresses.map(async address => {
        const connection = await sessionFrom(address).catch(() => undefined);
        const held = connection ? await tryPrivileges(connection, DATABASES) : [];
        connection?.destroy();
        return held.map(one => `${address} ${one}`);
      }),
    );
    return found.flat();
  };
  const reads = (...addresses: string[]) => addresses.map(address => `${address} orders SELECT`);

  it("log in from each of them, with the same access, and from nowhere else", async () => {
    const hosts = ["127.1.%", "127.2.0.0/255.255.0.0", "127.3.0.0/16", "127.4.0.1", "127.5._.1", "::1"];
    await cluster.bring(bobAt(hosts));
    const inside = [
      "127.1.2.3",
      "127.2.3.4",
      "127.3.4.5",
      "127.4.0.1",
      "127.5.7.1",
      ...(hasIpv6 ? ["::1"] : []),
    ];
    const outside = ["127.0.0.1", "127.4.0.2", "127.5.77.1", "127.6.0.1"];
    expect(await accessFrom(...inside, ...outside)).toEqual(reads(...inside));
  });

  it.each<[string, string[] | undefined, string[]]>([
    ["a nearer one comes", undefined, ["%", "127.%"]],
    ["several come in place of %", undefined, ["10.%", "127.%"]],
    ["a netmask in a pattern comes", ["127.%"], ["127.%", "127.0.0.0/255.0.0.0"]],
    ["a nearer one goes", ["%", "127.%"], ["%"]],
    ["the only one becomes another", ["127.%"], ["127.0.0.1"]],
    ["% comes, and the nearer ones go", ["10.%", "127.%"], ["%"]],
    ["the farther one goes", ["%", "127.%"], ["10.%", "127.%"]],
  ])("no moment has more than both, or less than each: %s", async (_what, from, to) => {
    const [narrow, wide] = [bobAt(from, "read"), bobAt(to, "write")];
    const objects = { sl_bob: { "`app_prod`.`t`": "read", "PROCESS ON *.*": "PROCESS" } };
    await cluster.bring(withObjects(narrow, objects));
    const access = () => accessFrom("127.0.0.1");
    const former = wasAt(...(from ?? ["%"]));
    await cluster.bringWatched("sl_bob", withObjects(wide, objects), former, access);
    expect(await access()).toEqual(
      expect.arrayContaining(["127.0.0.1 orders INSERT", "127.0.0.1 app_prod SELECT"]),
    );
    // And from write to read, with another database, at the same time as back again.
    await cluster.bringWatched("sl_bob", bobAt(from, "read", "app_prod"), wasAt(...to), access);
    expect(await access()).toEqual(["127.0.0.1 app_prod SELECT"]);
  });

  it("a new one has its rights at once, though the server remembers earlier ones of its addresses", async () => {
    // With rows of databases, the REVOKE at the former host would make it forget.
    const onTable = { sl_bob: { "`app_prod`.`t`": "read" } };
    await cluster.bring(withObjects(rosterOf({}), onTable));
    const { statements } = await cluster.plan(bobAt(["127.%", "10.%"], "write"), wasAt("%"));
    for (const { sql } of statements) {
      await accessFrom("127.0.0.1");
      await cluster.session.query(sql);
    }
    expect(await accessFrom("127.0.0.1")).toEqual(
      ["SELECT", "INSERT", "UPDATE"].map(one => `127.0.0.1 orders ${one}`),
    );
  });

  it("narrowing takes from the farthest first: no row of another host comes to light", async () => {
    await cluster.byHand(
      ...["%", "127.%", "127.0.0.1"].flatMap((host, index) => [
        `CREATE USER ${quoted(host)} ${IAM}`,
        `GRANT ${["INSERT, UPDATE", "DELETE, UPDATE", "SELECT"][index]} ON app_prod.* TO ${quoted(host)}`,
        `GRANT ${["INSERT", "DELETE", "SELECT"][index]} ON appXprod.t TO ${quoted(host)}`,
        `GRANT SELECT ON orders.* TO ${quoted(host)}`,
      ]),
    );
    const roster = bobAt(["%", "127.%", "127.0.0.1"]);
    const addresses = ["127.0.0.1", "127.0.0.2"];
    await cluster.bringWatched("sl_bob", roster, {}, () => accessFrom(...addresses));
    expect(await accessFrom(...addresses)).toEqual(reads(...addresses));
  });

  it("what a dead run left in the making lets nobody in, and the next run completes it", async () => {
    await cluster.bring(bobAt(undefined));
    const roster = bobAt(["%", "127.%"]);
    const { statements } = await cluster.plan(roster);
    for (const [index, { sql }] of statements.entries()) {
      await cluster.session.query(sql);
      expect(await accessFrom("127.0.0.1")).toEqual(reads("127.0.0.1"));
      if (index === statements.length - 1) break;
      await cluster.bringWatched("sl_bob", roster, {}, () => accessFrom("127.0.0.1"));
      await cluster.clean();
      await cluster.bring(bobAt(undefined));
      for (const { sql: again } of statements.slice(0, index + 1)) await cluster.session.query(again);
    }
    await cluster.bring(roster);
    expect(
      (await cluster.accounts()).filter(({ user }) => user === "sl_bob").map(({ host }) => host),
    ).toEqual([...["%", "127.%"]]);
  });

  it.each<[string, string, string[]]>([
    ["narrower", "%", ["127.%"]],
    ["wider", "127.0.%", ["127.%"]],
    ["several", "127.0.%", ["%", "10.%"]],
  ])(
    "one that is the definer of objects stays until they have another: logins go on, and what has ended ends: %s",
    async (_what, from, to) => {
      const on = (hosts: string[], expires?: string) =>
        withOptions(
          rosterOf({ sl_bob: { orders: "read", app_prod: { role: "read", ...defined({ expires }) } } }),
          "sl_bob",
          {
            hosts,
          },
        );
      const access = () => accessFrom("127.0.0.1");
      await cluster.bring(on([from]));
      await cluster.byHand(`CREATE DEFINER = ${quoted(from)} VIEW app_prod.made AS SELECT * FROM app_prod.t`);
      try {
        const roster = on(to, "2020-01-01T00:00:00Z");
        const plan = await cluster.bringWatched("sl_bob", roster, wasAt(from), access);
        expect(plan.leftOut.get("sl_bob")).toContain("VIEW app_prod.made. Give them another definer");
        expect(await access()).toEqual(reads("127.0.0.1"));
        await cluster.byHand("DROP VIEW app_prod.made");
        await cluster.bringWatched("sl_bob", roster, wasAt(from), access);
        expect(await access()).toEqual(reads("127.0.0.1"));
        const all = (await cluster.accounts()).filter(({ user }) => user === "sl_bob");
        expect(all.map(({ host }) => host)).toEqual(to);
      } finally {
        await cluster.byHand("DROP VIEW IF EXISTS app_prod.made");
      }
    },
  );

  it("limits count for each account apart", async () => {
    const limits = { connections: 1 };
    const roster = withOptions(bobAt(["127.1.%", "127.2.%"]), "sl_bob", {
      hosts: ["127.1.%", "127.2.%"],
      limits,
    });
    await cluster.bring(roster);
    const open = [await sessionFrom("127.1.0.1"), await sessionFrom("127.2.0.1")];
    await expect(sessionFrom("127.1.0.2")).rejects.toThrow(/max_user_connections/);
    for (const session of open) session.destroy();
  });

  it("one that is gone ends the user's sessions, and later the late ones from its addresses alone", async () => {
    await cluster.bring(bobAt(["127.1.%", "127.2.%"]));
    const late = await sessionFrom("127.1.0.1");
    const stays = await sessionFrom("127.2.0.1");
    const plan = await cluster.plan(bobAt(["127.2.%"]), wasAt("127.1.%"));
    expect(plan.endSessions).toEqual([expect.objectContaining({ user: "sl_bob", host: "127.1.%" })]);
    await cluster.run(plan);
    expect(await accessFrom("127.1.0.1", "127.2.0.1")).toEqual(reads("127.2.0.1"));
    await cluster.endSessions([]);
    await expect(late.query("SELECT 1")).rejects.toThrow();
    await stays.query("SELECT 1");
    await cluster.endSessions(plan.endSessions);
    await expect(stays.query("SELECT 1")).rejects.toThrow();
  });
});
