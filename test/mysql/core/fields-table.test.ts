import type { Connection } from "mysql2/promise";
import type { Roster } from "../../../core/roster/roster";
import { Cluster, refusal } from "../../support/cluster";
import {
  BASE_GRANT,
  type FieldRow,
  fieldRows,
  fileOf,
  isGrant,
  OTHER_FILES,
} from "../../support/fields-table";
import { logIn, PASSWORD } from "../../support/mysql-login";
import { usersOf } from "../../unit/reader/users-of";

const ADMIN = "ops_admin";
/** What the server answers to an administrator who lacks a privilege. */
const DENIED = [1044, 1045, 1142, 1143, 1227, 1370, 1410];

describe("the table of fields in docs/users.md", () => {
  let cluster: Cluster;
  beforeAll(async () => {
    // Patterns are there only without partial revokes.
    cluster = await Cluster.start({ partialRevokes: false });
    await cluster.byHand(
      "CREATE DATABASE app",
      "CREATE TABLE orders.customers (id INT, name TEXT)",
      "CREATE PROCEDURE orders.close_order() DO 1",
      "CREATE FUNCTION orders.net_price() RETURNS INT DETERMINISTIC NO SQL RETURN 1",
      "CREATE ROLE reporting",
    );
  }, 180_000);
  afterAll(() => cluster?.stop());
  beforeEach(() => cluster.clean());

  function rosterOf(files: Readonly<Record<string, string>>): Roster {
    const { problems, rosters } = usersOf({ ...OTHER_FILES, ...files });
    expect(problems).toEqual([]);
    return rosters["orders"] ?? { roles: {}, accounts: {} };
  }

  /** Makes the account as the row finds it. */
  async function begin(row: FieldRow): Promise<void> {
    if (row.before === "") return;
    const name = row.written === "formerly: old" ? "old.yaml" : "sync.yaml";
    const before = isGrant(row) ? fileOf(row, row.written.replace(/expires: \S+,/, "")) : fileOf(undefined);
    await cluster.bring(rosterOf({ [name]: before }));
  }

  /** What runs for the row, and before it for what all files have in common. */
  async function planned(row: FieldRow) {
    const roster = rosterOf({ "sync.yaml": fileOf(row) });
    const all = await cluster.sql(roster, { previouslyDeclared: ["sl_sync", "sl_old"] });
    const isOther = (sql: string) =>
      sql.includes(" `app`.*") || (isGrant(row) && sql.startsWith("CREATE USER"));
    return { own: all.filter(sql => !isOther(sql)), others: all.filter(isOther) };
  }

  /** Runs statements as an administrator who has only these privileges. @returns the numbers of errors */
  async function runWith(privileges: readonly string[], row: FieldRow): Promise<number[]> {
    await cluster.byHand(
      `CREATE USER ${ADMIN} IDENTIFIED BY '${PASSWORD}'`,
      ...privileges.map(
        one => `GRANT ${one} ON *.* TO ${ADMIN}${row.grantOption ? " WITH GRANT OPTION" : ""}`,
      ),
    );
    const session: Connection = await logIn(cluster.server, ADMIN, PASSWORD);
    const errors: number[] = [];
    for (const sql of row.sql)
      errors.push(
        await refusal(session.query(sql.replace("<password from Secrets Manager>", `'${PASSWORD}'`))),
      );
    session.destroy();
    await cluster.byHand(`DROP USER ${ADMIN}`);
    return errors;
  }

  it.each(fieldRows().map(row => [row.written, row] as const))("%s", async (_, row) => {
    await begin(row);
    const { others, own } = await planned(row);
    expect(own).toEqual(row.sql);

    if (isGrant(row)) await cluster.byHand(...others);
    for (const missing of row.needs) {
      const errors = await runWith(
        row.needs.filter(need => need !== missing),
        row,
      );
      expect({ missing, denied: errors.some(error => DENIED.includes(error)) }).toEqual({
        missing,
        denied: true,
      });
    }
    expect(await runWith(row.needs, row)).toEqual(row.sql.map(() => 0));
  });

  it("has the grant that its files have in common in no row", () => {
    expect(fieldRows().filter(({ sql }) => sql.some(one => one.includes("`app`")))).toEqual([]);
    expect(rosterOf({ "sync.yaml": fileOf(undefined) }).accounts["sl_sync"]?.databases).toHaveProperty("app");
    expect(BASE_GRANT).toContain("[app]");
  });
});
