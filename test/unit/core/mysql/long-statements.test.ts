import { effectsOf, type ObservedAccount } from "../../../../core/mysql";
import { assemble, row } from "../../../support/assemble";
import { observedAccount, observedState, rosterOf } from "../../../support/observed";

/** What a change set accepts for one statement, and what an item of the audit trail has room for. */
const [MAX_CHARACTERS, MAX_BYTES] = [65_536, 100_000];

const PRIVILEGES = ["SELECT", "INSERT", "UPDATE", "REFERENCES"];
const columns = (letter = "漢") => Array.from({ length: 900 }, (_, n) => `${letter.repeat(55)}${n}`);
const onColumns = (table: string, columns: readonly string[]) => ({
  database: "orders",
  table,
  privileges: ["DELETE"],
  grantOption: true,
  columns: PRIVILEGES.map(privilege => ({ privilege, columns })),
});
const plan = (...accounts: readonly ObservedAccount[]) =>
  assemble({
    roster: rosterOf(Object.fromEntries(accounts.map(({ user }) => [user, { orders: "read" }]))),
    observed: observedState(accounts),
  });
const jsonBytes = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

describe("statements that an account's holder makes long", () => {
  it.each([
    ["ASCII", "c"],
    ["of three bytes a letter", "漢"],
    ["of six letters each as JSON", "\u0001"],
  ])("are cut into parts with the same effects: columns with names %s", (_, letter) => {
    const names = columns(letter);
    const { leftOut, statements } = plan(observedAccount("sl_mal", { tables: [onColumns("wide", names)] }));
    const effects = statements.flatMap(({ sql }) => effectsOf(sql)!.filter(e => e.startsWith("revoke|")));
    const single = PRIVILEGES.flatMap(privilege => names.map(name => `${privilege} (\`${name}\`)`));
    expect(effects.sort()).toEqual(
      ["DELETE", "GRANT OPTION", ...single]
        .map(what => `revoke|'sl_mal'@'%'|\`orders\`.\`wide\`|${what}`)
        .sort(),
    );
    for (const { sql } of statements) {
      expect(sql.length).toBeLessThan(MAX_CHARACTERS);
      expect(jsonBytes(sql)).toBeLessThan(MAX_BYTES);
    }
    expect(leftOut.size).toBe(0);
  });

  it("name fewer accounts where their names are long", () => {
    const accounts = Array.from({ length: 200 }, (_, n) =>
      observedAccount(`sl_${"漢".repeat(26)}${n}`, { host: `${"h".repeat(250)}.a` }),
    );
    const { statements } = assemble({
      roster: rosterOf({}),
      previouslyDeclared: accounts.map(({ user }) => user),
      observed: observedState(accounts),
    });
    expect(statements.flatMap(({ accounts }) => accounts)).toHaveLength(200);
    for (const { sql } of statements) expect(sql.length).toBeLessThan(MAX_CHARACTERS);
  });

  it("are left out with the names of their accounts if they are too many, and hold up nobody", () => {
    const tables = Array.from({ length: 40 }, (_, n) => onColumns(`t${n}`, columns()));
    const hostile = ["sl_mal", "sl_pal"].map(user =>
      observedAccount(user, { databases: [row("orders", "SELECT", "DELETE")], tables }),
    );
    const bob = observedAccount("sl_bob", { tables: [onColumns("t", [])] });
    const { leftOut, statements } = plan(...hostile, bob);
    expect(jsonBytes(statements.map(({ sql }) => sql))).toBeLessThan(2_000_000);
    expect([...leftOut.keys()]).toEqual(["sl_mal", "sl_pal"]);
    expect(leftOut.get("sl_mal")).toMatch(/^'sl_mal'@'%' needs so many .* that \d+ of them do not fit/);
    const sql = statements.map(one => one.sql);
    expect(sql).toContain("REVOKE DELETE ON `orders`.* FROM 'sl_mal'@'%', 'sl_pal'@'%'");
    expect(sql.join()).toMatch(/REVOKE DELETE, .*GRANT OPTION ON `orders`\.`t` FROM 'sl_bob'@'%'/);
    expect(sql).toContain("GRANT SELECT ON `orders`.* TO 'sl_bob'@'%'");
    // The next plan has less to do.
    expect(sql.flatMap(one => effectsOf(one)!).length).toBeGreaterThan(1_000);
  });
});
