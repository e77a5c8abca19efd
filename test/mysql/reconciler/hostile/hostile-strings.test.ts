import { defined } from "../../../../core/json";
import { quoteIdentifier as quote } from "../../../../core/mysql";
import { enforceHandler, rotateHandler } from "../../../../lambdas/reconciler/handlers/handlers";
import { REQUEST_PLACES, requestWith } from "../../../support/hostile-payloads";
import { hostileStrings, IS_WHOLE, UNPRINTABLE } from "../../../support/hostile-strings";
import { hostileFiles, OTHER_FILES, USER_PLACES, yaml } from "../../../support/hostile-users";
import { column, rows } from "../../../support/mysql-login";
import { type Place, placeName } from "../../../support/schema-places";
import { usersOf } from "../../../unit/reader/users-of";
import { NOBODY, ReconcilerFixture } from "../reconciler-fixture";

/** What a row of each grant table says, without its time. */
const TABLES = {
  user: "User, Host, plugin, account_locked",
  db: "User, Host, Db, Select_priv, Insert_priv, Grant_priv",
  tables_priv: "User, Host, Db, Table_name, Table_priv, Column_priv",
  columns_priv: "User, Host, Db, Table_name, Column_name, Column_priv",
  procs_priv: "User, Host, Db, Routine_name, Routine_type, Proc_priv",
  global_grants: "USER, HOST, PRIV, WITH_GRANT_OPTION",
  role_edges: "FROM_USER, FROM_HOST, TO_USER, TO_HOST, WITH_ADMIN_OPTION",
  default_roles: "USER, HOST, DEFAULT_ROLE_USER, DEFAULT_ROLE_HOST",
  proxies_priv: "User, Host, Proxied_user, Proxied_host",
} as const;
/** How a call ends that runs nothing. */
const CLEAR = ["answered", "InvalidInput", "AboveCeiling", "DatabaseMoved", "RosterRefused"];

/** The texts that a user's file may have in the place, as Terraform gives them on. */
function taken(place: Place): string[] {
  const files = hostileFiles(place);
  const texts = Object.fromEntries([...files].map(([name, { file }]) => [name, file]));
  const refused = new Set(usersOf({ ...OTHER_FILES, ...texts }).problems.map(({ file }) => file));
  const kept = [...files].filter(([name]) => !refused.has(`users/${name}`));
  return kept.map(([, { text }]) => text.normalize("NFC"));
}
const placeOf = (name: string): Place => USER_PLACES.find(place => placeName(place) === name)!;

// By hand there are many more.
jest.setTimeout(IS_WHOLE ? 900_000 : 180_000);

describe("hostile texts, on the server", () => {
  let fixture: ReconcilerFixture;
  beforeAll(async () => {
    fixture = await ReconcilerFixture.start();
    await fixture.root.query("CREATE DATABASE orders");
    await fixture.root.query("CREATE TABLE orders.t (a INT)");
    await fixture.register("orders");
    await fixture.planAndApply("orders", NOBODY, { owner: "orders", gate: "orders" });
  }, 180_000);
  afterAll(() => fixture.stop());

  /** Every row of the grant tables; of accounts with the prefix, and of all others. */
  async function state(): Promise<{ ours: string[]; others: string[] }> {
    const all: string[] = [];
    for (const [table, columns] of Object.entries(TABLES)) {
      const held = await rows(fixture.root, `SELECT ${columns} FROM mysql.${table}`);
      all.push(...held.map(row => JSON.stringify([table, ...Object.values(row)])));
    }
    const databases = await column(fixture.root, "SHOW DATABASES");
    const isOurs = (line: string) => /^\["\w+","sl_/.test(line) || /^\["role_edges",.*,"sl_/.test(line);
    return {
      ours: all.filter(isOurs).sort(),
      others: [...all.filter(line => !isOurs(line)), ...databases].sort(),
    };
  }
  /** The server's count of statements that changed accounts, since it started. */
  const changes = async () =>
    JSON.stringify(
      await rows(
        fixture.root,
        "SHOW GLOBAL STATUS WHERE Variable_name REGEXP '^Com_(grant|revoke|create_user|alter_user|drop_user|rename_user)'",
      ),
    );

  it("in a payload they are refused or carried, and run nothing that no plan showed", async () => {
    const send = {
      preview: (request: object) => fixture.sendPreview(request),
      apply: (request: object) => fixture.sendApply(request),
      clusters: (request: object) => fixture.sendPreview(request),
      reach: (request: object) => fixture.sendPreview(request),
      enforce: (request: object) => enforceHandler(fixture.services)(request, fixture.context()),
      rotate: (request: object) => rotateHandler(fixture.services)(request, fixture.context()),
    };
    const [before, ran] = [await state(), await changes()];
    const texts = hostileStrings();
    const each = IS_WHOLE ? 8 : 2;
    const outcomes = new Set<string>();
    for (const [index, [name, place]] of REQUEST_PLACES.entries())
      for (let n = 0; n < each; n++) {
        const text = texts[(index * each + n) % texts.length]!;
        const answer = await send[name](requestWith(name, place, text)).then(
          () => "answered",
          (error: Error) => {
            expect(error.message.replaceAll("\n", " ")).not.toMatch(UNPRINTABLE);
            return error.name;
          },
        );
        if (!CLEAR.includes(answer)) expect({ name, place: placeName(place), text, answer }).toEqual({});
        outcomes.add(answer);
      }
    expect([...outcomes]).toEqual(expect.arrayContaining(["AboveCeiling", "InvalidInput", "answered"]));
    expect(await changes()).toBe(ran);
    expect(await state()).toEqual(before);
  });

  /** Makes what grants name. @returns the texts that the server takes as such a name */
  async function made(texts: readonly string[], sql: (text: string, index: number) => string) {
    const kept: string[] = [];
    for (const text of texts)
      await fixture.root.query(sql(text, kept.length)).then(
        () => kept.push(text),
        () => {},
      );
    return kept;
  }

  it("that files may have become exactly those accounts and grants, and nothing else changes", async () => {
    const count = IS_WHOLE ? 400 : 60;
    const some = (place: string) => taken(placeOf(place)).slice(0, count);
    const accounts = taken(placeOf("account")).slice(0, count);
    const databases = some("grants[].databases[]");
    const reasons = some("grants[].reason");
    const people = some("name");
    const tables = await made(
      some("grants[].tables[]"),
      text => `CREATE TABLE orders.${quote(text)} (a INT)`,
    );
    const columns = await made(
      some("grants[].columns.{}[]"),
      (text, index) => `CREATE TABLE orders.of_column_${index} (${quote(text)} INT)`,
    );
    // The server stores grants on routines of other names garbled (test/mysql/edge-cases/reading.test.ts).
    const routines = await made(
      some("grants[].procedures[]").filter(text => /^[\x20-\x7e]+$/.test(text)),
      text => `CREATE PROCEDURE orders.${quote(text)}() SELECT 1`,
    );
    const parts = [databases, reasons, people, tables, columns, routines];
    expect(Math.min(accounts.length, ...parts.map(({ length }) => length))).toBeGreaterThan(30);

    const files: Record<string, string> = {};
    const expected: unknown[][] = [];
    for (const [index, text] of accounts.entries()) {
      const [database, table, column, routine] = [databases, tables, columns, routines].map(of => of[index]);
      const user = `sl_${text}`;
      const grants = [
        database && { databases: [database], role: "read", reason: reasons[index] },
        table && { database: "orders", tables: [table], privileges: ["SELECT"] },
        column && {
          database: "orders",
          columns: { [`of_column_${index}`]: [column] },
          privileges: ["SELECT"],
        },
        routine && { database: "orders", procedures: [routine] },
      ].filter(grant => grant);
      const file = {
        name: people[index] ?? "X",
        kind: "service",
        account: text,
        grants: grants.map(grant => ({ cluster: "orders", ...defined(grant as object) })),
      };
      files[`u${index}.yaml`] = yaml(file);
      expected.push(["user", user, "%", "AWSAuthenticationPlugin", "N"]);
      if (database) expected.push(["db", user, "%", database, "Y", "N", "N"]);
      if (table) expected.push(["tables_priv", user, "%", "orders", table, "Select", ""]);
      if (column) {
        expected.push(["tables_priv", user, "%", "orders", `of_column_${index}`, "", "Select"]);
        expected.push(["columns_priv", user, "%", "orders", `of_column_${index}`, column, "Select"]);
      }
      if (routine) expected.push(["procs_priv", user, "%", "orders", routine, "PROCEDURE", "Execute"]);
    }
    const { problems, rosters } = usersOf(files);
    expect(problems).toEqual([]);
    const { others } = await state();

    const owner = { owner: "orders", gate: "orders" };
    await fixture.planAndApply("orders", rosters["orders"]!, owner);
    const after = await state();
    expect(after.ours).toEqual(expected.map(row => JSON.stringify(row)).sort());
    expect(after.others).toEqual(others);

    await fixture.planAndApply("orders", NOBODY, owner);
    expect(await state()).toEqual({ ours: [], others });
  });
});
