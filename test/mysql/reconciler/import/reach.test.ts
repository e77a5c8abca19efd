import { gunzipSync } from "node:zlib";
import type { InventoryResponse } from "../../../../core/contract/payload";
import { parseReachAnswer, type ReachAnswer } from "../../../../core/reach/reach-answer";
import { wayText } from "../../../../core/reach/way";
import { BY_PASSWORD } from "../../../support/cluster";
import { logIn, PASSWORD, rows } from "../../../support/mysql-login";
import { enforcementFixture } from "../enforce/enforcement-fixture";
import { rosterOf } from "../reconciler-fixture";
import { putUsers, source } from "../sources/source-suite";

const REQUEST = { protocol: 1, action: "reach", cluster: "orders", database: "orders", table: "t", part: 0 };

describe("the preview function's answer about who reaches a table", () => {
  const fixture = enforcementFixture({ entry: { sources: [source] } });
  const ask = async (more: object = {}): Promise<ReachAnswer> => {
    const { content } = (await fixture.sendPreview({ ...REQUEST, ...more })) as InventoryResponse;
    return parseReachAnswer(JSON.parse(gunzipSync(Buffer.from(content, "base64")).toString("utf8")))!;
  };
  const lines = ({ rows }: ReachAnswer, user: string) =>
    rows.find(row => row.user === user)?.ways.map(wayText) ?? [];

  beforeAll(async () => {
    for (const sql of [
      "CREATE TABLE IF NOT EXISTS orders.t (a INT)",
      `CREATE USER legacy ${BY_PASSWORD}, reporter ${BY_PASSWORD}, caller ${BY_PASSWORD}, nobody ${BY_PASSWORD}`,
      "GRANT SELECT ON orders.* TO legacy",
      "CREATE DATABASE reports",
      "CREATE DEFINER = legacy VIEW reports.v AS SELECT a FROM orders.t",
      "CREATE DEFINER = legacy PROCEDURE reports.p() SELECT COUNT(*) FROM orders.t",
      "GRANT SELECT ON reports.v TO reporter",
      "GRANT EXECUTE ON PROCEDURE reports.p TO caller",
    ])
      await fixture.root.query(sql);
  });

  it("names who has a grant, who reads by a view, and who may by a procedure", async () => {
    const answer = await ask();
    expect(answer.unseen).toEqual([]);
    expect(lines(answer, "legacy")).toEqual(["SELECT on `orders`.*"]);
    expect(lines(answer, "reporter")).toEqual(["SELECT on view `reports`.`v`, which runs as legacy@%"]);
    expect(lines(answer, "caller")).toEqual(["may: procedure `reports`.`p`, which runs as legacy@%"]);
    expect(answer.rows.map(({ user }) => user)).not.toContain("nobody");
  });

  it("names who reads by a view that hides in a database of the server, by a function or by a trigger", async () => {
    for (const sql of [
      `CREATE USER hider ${BY_PASSWORD}, asker ${BY_PASSWORD}, logger ${BY_PASSWORD}, columns_only ${BY_PASSWORD}, mover ${BY_PASSWORD}, of_columns ${BY_PASSWORD}`,
      "CREATE SQL SECURITY DEFINER VIEW sys.hidden AS SELECT a FROM orders.t",
      "GRANT SELECT ON sys.hidden TO hider",
      "CREATE FUNCTION reports.f() RETURNS INT READS SQL DATA RETURN /*`*/(SELECT(MAX(a))FROM(orders.t))/*`*/",
      "GRANT EXECUTE ON FUNCTION reports.f TO nobody",
      "CREATE DEFINER = nobody VIEW reports.asks AS SELECT reports.f() AS a",
      "GRANT SELECT ON reports.asks TO asker",
      "CREATE TABLE reports.other (a INT)",
      "CREATE FUNCTION reports.g() RETURNS INT READS SQL DATA RETURN (SELECT MAX(a) FROM reports.other)",
      "GRANT EXECUTE ON FUNCTION reports.g TO legacy",
      `CREATE USER mixer ${BY_PASSWORD}`,
      "CREATE DEFINER = legacy VIEW reports.mixed AS SELECT a, reports.g() FROM orders.t",
      "GRANT SELECT ON reports.mixed TO mixer",
      "CREATE TABLE reports.log (a INT)",
      "CREATE TRIGGER reports.logged BEFORE INSERT ON reports.log FOR EACH ROW SET NEW.a = (SELECT MAX(a) FROM orders.t)",
      "CREATE VIEW reports.log_view AS SELECT a FROM reports.log",
      "GRANT INSERT ON reports.log_view TO logger",
      "GRANT SELECT (a) ON orders.t TO columns_only",
      "CREATE DEFINER = columns_only VIEW reports.of_columns AS SELECT a FROM orders.t",
      "GRANT SELECT ON reports.of_columns TO of_columns",
      "GRANT ALTER, DROP ON orders.t TO mover",
      "CREATE DATABASE mine",
      "GRANT CREATE, INSERT, SELECT ON mine.* TO mover",
    ])
      await fixture.root.query(sql);
    const answer = await ask();
    const root = "which runs as root@localhost";
    expect(lines(answer, "hider")).toEqual([`SELECT on view \`sys\`.\`hidden\`, ${root}`]);
    expect(lines(answer, "asker")).toEqual([
      "may: view `reports`.`asks` with functions, which runs as nobody@%",
    ]);
    expect(lines(answer, "mixer")).toEqual(["may: SELECT on view `reports`.`mixed`, which runs as legacy@%"]);
    expect(lines(answer, "logger")).toEqual([`may: view \`reports\`.\`log_view\` with triggers, ${root}`]);
    expect(lines(answer, "of_columns")).toEqual([
      "may: SELECT on view `reports`.`of_columns`, which runs as columns_only@%",
    ]);
    expect(lines(answer, "mover").at(-1)).toMatch(/^could: ALTER and DROP/);
    // Each of them does it.
    const reads = async (user: string, ...statements: readonly string[]) => {
      const connection = await logIn(fixture.server, user, PASSWORD);
      try {
        for (const sql of statements) await connection.query(sql);
        return await rows(connection, statements.at(-1)!);
      } finally {
        connection.destroy();
      }
    };
    await fixture.root.query("INSERT INTO orders.t VALUES (4711)");
    const secret = [{ a: 4711 }];
    expect(await reads("hider", "SELECT a FROM sys.hidden")).toEqual(secret);
    expect(await reads("asker", "SELECT a FROM reports.asks")).toEqual(secret);
    expect(await reads("mixer", "SELECT a FROM reports.mixed")).toEqual(secret);
    await reads("logger", "INSERT INTO reports.log_view VALUES (1)");
    expect(await rows(fixture.root, "SELECT DISTINCT a FROM reports.log")).toEqual(secret);
    expect(await reads("of_columns", "SELECT a FROM reports.of_columns")).toEqual(secret);
    await expect(reads("mover", "SELECT a FROM orders.t")).rejects.toThrow(/denied/);
    expect(await reads("mover", "RENAME TABLE orders.t TO mine.t", "SELECT a FROM mine.t")).toEqual(secret);
    await fixture.root.query("RENAME TABLE mine.t TO orders.t");
  });

  it("asks, of a view, with what rights it reads; and counts code of who sets passwords", async () => {
    for (const sql of [
      `CREATE USER viewer ${BY_PASSWORD}, resetter ${BY_PASSWORD}, clerk ${BY_PASSWORD}`,
      "CREATE DEFINER = gone VIEW reports.gone AS SELECT a FROM orders.t",
      "CREATE SQL SECURITY INVOKER VIEW reports.own AS SELECT a FROM orders.t",
      "GRANT SELECT ON reports.* TO viewer",
      "GRANT CREATE USER ON *.* TO resetter",
      "GRANT EXECUTE ON reports.* TO resetter",
      "CREATE DEFINER = resetter PROCEDURE reports.reset() BEGIN " +
        "SET @text = 'ALTER USER legacy IDENTIFIED BY ''Reset-1'''; PREPARE it FROM @text; EXECUTE it; END",
      "GRANT EXECUTE ON PROCEDURE reports.reset TO clerk",
    ])
      await fixture.root.query(sql);
    const viewer = await logIn(fixture.server, "viewer", PASSWORD);
    for (const [table, ways] of [
      ["v", ["SELECT on `reports`.*"]],
      ["gone", []],
      ["own", []],
    ] as const) {
      expect([table, lines(await ask({ database: "reports", table }), "viewer")]).toEqual([table, ways]);
      const found = await rows(viewer, `SELECT a FROM reports.${table}`).catch(() => undefined);
      expect([table, found !== undefined]).toEqual([table, ways.length > 0]);
    }
    viewer.destroy();
    expect(lines(await ask(), "clerk")).toEqual([
      "may: procedure `reports`.`reset`, which runs as resetter@%",
    ]);
    const clerk = await logIn(fixture.server, "clerk", PASSWORD);
    await clerk.query("CALL reports.reset()");
    clerk.destroy();
    const legacy = await logIn(fixture.server, "legacy", "Reset-1");
    expect(await rows(legacy, "SELECT a FROM orders.t")).toEqual([{ a: 4711 }]);
    legacy.destroy();
  });

  it("does not answer about databases of which everybody may read some", async () => {
    for (const database of ["information_schema", "PERFORMANCE_SCHEMA"])
      expect(await ask({ database, table: "tables" })).toMatchObject({
        rows: [],
        missing: expect.stringContaining("every account may read some of"),
      });
  });

  it.each(["orders' OR 1=1 -- ", "or`ders", "orders\\", "\u202eorders", "%", "orders\u0000"])(
    "takes the name %j for a name, and says that there is none",
    async database => {
      const answer = await ask({ database, table: "t" }).catch((error: Error) => error.message);
      expect(JSON.stringify(answer)).toMatch(/has no database|InvalidInput/);
    },
  );

  it("says what is declared of each, by the stack or by a source, until when, and who is undeclared", async () => {
    await putUsers([{ name: "alice", expires: "2099-03-31" }]);
    await fixture.enforce();
    await fixture.planAndApply("orders", rosterOf({ bob: "write" }));
    const { rows: found } = await ask();
    const declared = (user: string) => found.find(row => row.user === user)?.declared;
    expect(declared("sl_bob")).toEqual({ user: "bob", grants: [{ role: "write" }] });
    expect(declared("sl_alice")).toEqual({
      user: "alice",
      source: "shop/prod",
      grants: [{ role: "read", expires: "2099-04-01T00:00:00Z" }],
    });
    expect(declared("legacy")).toBeUndefined();
  });

  it("names the administrator, and the accounts of the server itself", async () => {
    const { rows: found } = await ask();
    const kinds = new Map(found.map(({ kind, user }) => [kind, user]));
    expect(kinds.get("administrator")).toBe(fixture.server.admin.username);
    expect(found.filter(({ kind }) => kind === "server").map(({ user }) => user)).toContain("rdsadmin");
  });

  it("changes nothing, and is written into no trail", async () => {
    const before = [await fixture.everything("audit"), await fixture.everything("ledger")];
    await ask();
    expect([await fixture.everything("audit"), await fixture.everything("ledger")]).toEqual(before);
  });

  it("says what is there instead of a database or table that is not", async () => {
    expect(await ask({ database: "order" })).toMatchObject({
      rows: [],
      missing: expect.stringContaining('"orders"?'),
    });
    expect(await ask({ table: "tt" })).toMatchObject({
      missing: 'orders: "orders" has no table or view "tt"; did you mean "t"?',
    });
  });

  it.each([
    ["a cluster that nobody declared", { cluster: "nowhere" }, /RegistryUnusable/],
    ["a field that it does not have", { host: "db.example.com" }, /InvalidInput: .*host/],
    ["another protocol", { protocol: 7 }, /UnknownProtocol: .*Upgrade first/],
  ])("is an error for %s", async (_, more, message) => {
    await expect(fixture.sendPreview({ ...REQUEST, ...more })).rejects.toThrow(message);
  });
});
