import { PRIVILEGES_AT } from "../../../core/catalogue/mysql-privileges";
import type { Roster } from "../../../core/roster/roster";
import { idleGrantNotes } from "../../../core/users/idle-grants";
import { Cluster, IAM, MODES, refusal } from "../../support/cluster";
import { rosterOf, withObjects } from "../../support/observed";

const T = "`orders`.`t`";
const T_A = "`orders`.`t` (`a`)";
const P = "PROCEDURE `orders`.`p`";
const F = "FUNCTION `orders`.`net`";
const execute = { role: "EXECUTE", privileges: ["EXECUTE"] } as const;
const of = (...privileges: readonly string[]) =>
  ({ role: privileges.join(", "), privileges }) as Roster["accounts"][string]["databases"][string];

const roster = (
  objects: Parameters<typeof withObjects>[1][string],
  databases: Record<string, string> = {},
): Roster => withObjects(rosterOf({ sl_jane: databases }), { sl_jane: objects });

/** Statements that show what Jane can do, by name. None has a lasting effect. */
const PROBES: Readonly<Record<string, string>> = {
  "read t": "SELECT * FROM orders.t",
  "read t.a": "SELECT a FROM orders.t",
  "read t.b": "SELECT b FROM orders.t",
  "insert t": "INSERT INTO orders.t VALUES (1, 1)",
  "update t.b": "UPDATE orders.t SET b = 1",
  "read u": "SELECT * FROM orders.u",
  "read app": "SELECT * FROM app_prod.t",
  "call p": "CALL orders.p()",
  "call net": "SELECT orders.net()",
};

describe.each(MODES)("grants on tables, columns and routines, %s", (_mode, options) => {
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await Cluster.start(options);
    await cluster.byHand(
      "CREATE TABLE orders.u (a INT, b INT)",
      "CREATE FUNCTION orders.net() RETURNS INT DETERMINISTIC RETURN 1",
    );
  }, 180_000);
  afterAll(() => cluster?.stop());
  beforeEach(() => cluster.clean());

  const can = () => cluster.passing("sl_jane", PROBES);
  const watched = (to: Roster) => cluster.bringWatched("sl_jane", to, {}, can);
  const sqlOf = async (to: Roster) => (await watched(to)).statements.map(({ sql }) => sql);

  it("each gives what it says, and nothing else", async () => {
    for (const [key, grant, expected] of [
      [T, of("SELECT"), ["read t", "read t.a", "read t.b"]],
      [T_A, of("SELECT"), ["read t.a"]],
      ["`orders`.`t` (`b`)", of("UPDATE"), ["update t.b"]],
      [P, execute, ["call p"]],
      [F, execute, ["call net"]],
    ] as const) {
      await cluster.clean();
      await cluster.bring(roster({ [key]: grant }));
      expect([key, await can()]).toEqual([key, expected]);
    }
  });

  it("several are the union, also with a grant on the database, and each ends on its own", async () => {
    const all = {
      [T_A]: of("SELECT"),
      "`orders`.`t` (`b`)": of("UPDATE"),
      "`orders`.`u`": of("SELECT"),
      [P]: execute,
    };
    await cluster.bring(roster(all, { app_prod: "read" }));
    expect(await can()).toEqual(["read t.a", "update t.b", "read u", "read app", "call p"]);
    await watched(roster(all, { orders: "read" }));
    expect(await can()).toEqual(["read t", "read t.a", "read t.b", "update t.b", "read u", "call p"]);
    const { [P]: _, ...rest } = all;
    await watched(roster({ ...rest, "`orders`.`u`": { ...of("SELECT"), expires: "2026-01-01T00:00:00Z" } }));
    expect(await can()).toEqual(["read t.a", "update t.b"]);
  });

  it("every privilege that the catalogue has at a level can be granted there, and no other", async () => {
    await cluster.byHand(`CREATE USER sl_jane ${IAM}`);
    const levels = [
      ["table", T, ""],
      ["column", T, " (a)"],
      ["routine", P, ""],
    ] as const;
    for (const [level, on, columns] of levels)
      for (const privilege of PRIVILEGES_AT.database) {
        const error = await refusal(
          cluster.session.query(`GRANT ${privilege}${columns} ON ${on} TO sl_jane`),
        );
        expect([level, privilege, error === 0]).toEqual([
          level,
          privilege,
          PRIVILEGES_AT[level].includes(privilege),
        ]);
      }
    await cluster.bring(
      roster({
        "`orders`.`t` (`a`, `b`)": of(...PRIVILEGES_AT.column),
        "`orders`.`u`": of(...PRIVILEGES_AT.table),
        [P]: of(...PRIVILEGES_AT.routine),
      }),
    );
  });

  it("16: from a database to a table, to another's column, and back, no moment is without", async () => {
    const database = roster({}, { orders: "read" });
    await cluster.bring(database);
    expect(await sqlOf(roster({ [T]: of("SELECT"), "`orders`.`u` (`a`)": of("SELECT") }))).toEqual([
      `GRANT SELECT (\`a\`) ON \`orders\`.\`u\` TO 'sl_jane'@'%'`,
      `GRANT SELECT ON ${T} TO 'sl_jane'@'%'`,
      "REVOKE SELECT ON `orders`.* FROM 'sl_jane'@'%'",
    ]);
    await watched(database);
    await watched(roster({ [P]: execute }, { orders: "read" }));
    await watched(roster({ [T_A]: of("SELECT") }));
    await watched(roster({ [T]: of("SELECT", "INSERT") }));
    expect(await can()).toEqual(["read t", "read t.a", "read t.b", "insert t"]);
  });

  it("16: narrowed or changed there is no moment with more than one of the two gives", async () => {
    await cluster.bring(roster({ "`orders`.`t` (`a`)": of("SELECT"), [P]: execute }));
    expect(await sqlOf(roster({ "`orders`.`t` (`b`)": of("SELECT"), [F]: execute }))).toEqual([
      "REVOKE SELECT (`a`) ON `orders`.`t` FROM 'sl_jane'@'%'",
      "REVOKE EXECUTE ON PROCEDURE `orders`.`p` FROM 'sl_jane'@'%'",
      "GRANT EXECUTE ON FUNCTION `orders`.`net` TO 'sl_jane'@'%'",
      "GRANT SELECT (`b`) ON `orders`.`t` TO 'sl_jane'@'%'",
    ]);
  });

  it("16: from a table to its columns the server takes both; the next statement gives the columns", async () => {
    await cluster.bring(roster({ [T]: of("SELECT", "INSERT"), "`orders`.`t` (`b`)": of("UPDATE") }));
    const plan = await cluster.bring(roster({ [T_A]: of("SELECT"), "`orders`.`t` (`b`)": of("UPDATE") }));
    expect(plan.statements.map(({ sql }) => sql)).toEqual([
      `REVOKE SELECT, INSERT ON ${T} FROM 'sl_jane'@'%'`,
      `GRANT SELECT (\`a\`) ON ${T} TO 'sl_jane'@'%'`,
    ]);
    expect(await can()).toEqual(["read t.a", "update t.b"]);
    // The same where the columns are granted already.
    await cluster.byHand("GRANT SELECT, DELETE ON orders.t TO sl_jane");
    await cluster.bring(roster({ [T_A]: of("SELECT"), "`orders`.`t` (`b`)": of("UPDATE") }));
    expect(await can()).toEqual(["read t.a", "update t.b"]);
  });

  it("what somebody adds by hand goes, also GRANT OPTION, and what is missing comes", async () => {
    const wanted = roster({ "`orders`.`t` (`a`, `b`)": of("SELECT"), [P]: execute });
    await cluster.bring(wanted);
    await cluster.byHand(
      "GRANT SELECT (a) ON orders.t TO sl_jane WITH GRANT OPTION",
      "GRANT DELETE ON orders.u TO sl_jane",
      "GRANT ALTER ROUTINE ON PROCEDURE orders.p TO sl_jane",
      "REVOKE SELECT (b) ON orders.t FROM sl_jane",
    );
    await watched(wanted);
    expect(await can()).toEqual(["read t", "read t.a", "read t.b", "call p"]);
  });

  it("the case of columns and routines is none of the difference", async () => {
    await cluster.byHand(
      `CREATE USER sl_jane ${IAM}`,
      "GRANT SELECT (A, b) ON orders.t TO sl_jane",
      "GRANT EXECUTE ON PROCEDURE orders.P TO sl_jane",
    );
    const same = roster({ "`orders`.`t` (`B`, `a`)": of("SELECT"), "PROCEDURE `orders`.`p`": execute });
    expect(await cluster.sql(same)).toEqual([]);
    await watched(roster({ "`orders`.`t` (`B`)": of("SELECT") }));
    expect(await can()).toEqual(["read t.b"]);
  });

  it("what does not exist is named with the nearest name, and granted later; the rest is given", async () => {
    const wanted = roster({
      "`orders`.`t` (`a`, `bb`)": of("SELECT"),
      "`orders`.`late`": of("SELECT"),
      "PROCEDURE `orders`.`pp`": execute,
      "`nowhere`.`t`": of("SELECT"),
    });
    const { observed } = await cluster.observe(cluster.session, [wanted]);
    expect(idleGrantNotes(wanted, observed)).toEqual([
      "There is no column `bb` of `orders`.`t`, which is granted to sl_jane; did you mean `b`?",
      "There is no table `orders`.`late`, which is granted to sl_jane",
      "There is no procedure `orders`.`pp`, which is granted to sl_jane; did you mean `p`?",
      "There is no table `nowhere`.`t`, which is granted to sl_jane",
      "The first plan that finds such an object grants it.",
    ]);
    await cluster.bring(wanted);
    expect(await can()).toEqual(["read t.a"]);
    await cluster.byHand("CREATE TABLE orders.late (a INT)");
    expect(await cluster.sql(wanted)).toEqual(["GRANT SELECT ON `orders`.`late` TO 'sl_jane'@'%'"]);
    await cluster.bring(wanted);
    await cluster.byHand("DROP TABLE orders.late");
    expect(await cluster.sql(wanted)).toEqual([]);
    await watched(roster({ [T_A]: of("SELECT") }));
  });

  it("names with quotes, brackets and backslashes are names", async () => {
    const name = "o`r\\'d (`x`), `y`";
    const quoted = `\`${name.replaceAll("`", "``")}\``;
    await cluster.byHand(`CREATE TABLE orders.${quoted} (${quoted} INT, a INT)`);
    const wanted = roster({
      [`\`orders\`.${quoted}`]: of("INSERT"),
      [`\`orders\`.${quoted} (\`a\`, ${quoted})`]: of("SELECT"),
    });
    await cluster.bring(wanted);
    const [, grant] = await cluster.grants("sl_jane");
    expect(grant).toContain(` ON \`orders\`.${quoted} TO `);
    expect(grant).toContain("SELECT (");
    await cluster.bring(roster({ [`\`orders\`.${quoted} (${quoted})`]: of("SELECT") }));
    await cluster.byHand(`DROP TABLE orders.${quoted}`);
  });

  it("an account that exists by password or at another host is taken over with them", async () => {
    await cluster.byHand(
      "CREATE USER sl_jane@'127.%' IDENTIFIED BY 'x'",
      "GRANT SELECT, DELETE ON orders.t TO sl_jane@'127.%'",
    );
    await cluster.bring(roster({ [T]: of("SELECT") }));
    expect(await can()).toEqual(["read t", "read t.a", "read t.b"]);
  });
});
