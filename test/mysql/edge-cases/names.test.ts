import { lowerName } from "../../../core/catalogue/lower-case";
import { quoteIdentifier } from "../../../core/mysql";
import { Cluster, IAM, MODES } from "../../support/cluster";
import { column } from "../../support/mysql-login";
import { rosterOf } from "../../support/observed";
import { prepareDatabases } from "../../support/try-privileges";

/** Databases as a roster may spell them. JavaScript lowers the last three in another way than the server. */
const NAMES = ["Orders", "STRAẞE", "ΟΔΟΣ", "İstanbul_X"];
const ROLES = { read: ["SELECT"], make: ["SELECT", "CREATE ROUTINE"] } as const;

describe.each(MODES)("lower_case_table_names = 1, %s", (_mode, options) => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await Cluster.start({ ...options, lowerCaseTableNames: 1 });
    await prepareDatabases(cluster.root, NAMES);
  }, 180_000);
  afterAll(() => cluster?.stop());
  beforeEach(() => cluster.clean());

  it("lowers each character as our catalogue does", async () => {
    const all = Array.from({ length: 0x10000 }, (_, code) => String.fromCharCode(code)).filter(
      character => character !== "\0" && !/[\ud800-\udfff]/.test(character),
    );
    const differ: string[] = [];
    for (let from = 0; from < all.length; from += 2_000) {
      const part = all.slice(from, from + 2_000);
      const columns = part.map((character, index) => {
        return `LOWER(_utf8mb3 0x${Buffer.from(character).toString("hex")}) AS c${index}`;
      });
      const [lowered] = await cluster.session.query(`SELECT ${columns.join(", ")}`);
      differ.push(...part.filter((character, index) => lowered![`c${index}`] !== lowerName(character)));
    }
    expect(differ).toEqual([]);

    const cased = all.filter(one => one.toLowerCase() !== one || lowerName(one) !== one);
    await cluster.byHand("CREATE USER sl_jane");
    for (let from = 0; from < cased.length; from += 60) {
      const name = cased.slice(from, from + 60).join("");
      await cluster.byHand(`GRANT SELECT ON ${quoteIdentifier(name)}.* TO sl_jane`);
      const stored = await column(cluster.root, "SELECT Db FROM mysql.db WHERE User = 'sl_jane'");
      expect(stored).toEqual([lowerName(name)]);
      await cluster.byHand("REVOKE ALL, GRANT OPTION FROM sl_jane");
    }
  });

  it.each(NAMES)("%s is given, and is then no difference", async name => {
    const plan = await cluster.bring(rosterOf({ sl_jane: { [name]: "read" } }));
    expect(plan.statements).toHaveLength(2);
    expect(await cluster.access("sl_jane", NAMES)).toEqual([`${name} SELECT`]);
  });

  if (options.partialRevokes)
    it.each(NAMES)("%s is given although a partial revoke on it was made by hand", async name => {
      await cluster.byHand(
        `CREATE USER sl_jane ${IAM}`,
        "GRANT SELECT ON *.* TO sl_jane",
        `REVOKE SELECT ON ${quoteIdentifier(name)}.* FROM sl_jane`,
      );
      await cluster.bring(rosterOf({ sl_jane: { [name]: "read" } }));
      expect(await cluster.access("sl_jane", NAMES)).toEqual([`${name} SELECT`]);
    });

  it.each(NAMES)("the maker of a routine in %s keeps what the server gives for it", async name => {
    const roster = rosterOf({ sl_jane: { [name]: "make" } }, ROLES);
    await cluster.bring(roster);
    const connection = await cluster.logIn("sl_jane");
    await connection.query(`CREATE PROCEDURE ${quoteIdentifier(name)}.DoIt() SELECT 1`);
    connection.destroy();
    const plan = await cluster.plan(roster);
    await cluster.byHand(`DROP PROCEDURE ${quoteIdentifier(name)}.DoIt`);
    expect(plan.statements).toEqual([]);
    expect(plan.notes).toEqual([
      expect.stringMatching(new RegExp(`${lowerName(name)}.doit, which it created`, "i")),
    ]);
  });

  it("a table of it that was granted by hand loses nothing before its database is given", async () => {
    await cluster.byHand(`CREATE USER sl_jane ${IAM}`, "GRANT SELECT ON Orders.t TO sl_jane");
    const plan = await cluster.bringWatched("sl_jane", rosterOf({ sl_jane: { ORDERS: "read" } }));
    expect(plan.statements.map(({ sql }) => sql.split(" ")[0])).toEqual(["GRANT", "REVOKE"]);
  });
});
