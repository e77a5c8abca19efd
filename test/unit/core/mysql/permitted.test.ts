import { assembleStatements, unpermitted } from "../../../../core/mysql";
import { observedAccount, observedState, rosterOf } from "../../../support/observed";

const now = new Date("2026-11-20T00:00:00Z");
const roster = rosterOf({
  sl_jane: { orders: "read" },
  sl_gone: { orders: { role: "read", expires: "2026-11-19T23:59:59Z" } },
  sl_case: { STRAẞE: { role: "read", expires: "2026-11-19T23:59:59Z" }, payments: "read" },
  sl_half: { orders: { role: "read", expires: "2026-11-19T23:59:59Z" }, payments: "read" },
});
const check = (run: string[], shown: string[], lowerCaseTableNames = 0) =>
  run.flatMap(unpermitted({ shown, roster, now, names: { partialRevokes: true, lowerCaseTableNames } }));

describe("unpermitted", () => {
  it("permits what was shown, in other groups, in another order, and only a part of it", () => {
    const shown = ["GRANT SELECT, INSERT ON `orders`.* TO 'sl_a'@'%', 'sl_b'@'%'", "DROP USER 'sl_c'@'%'"];
    expect(check(["GRANT INSERT, SELECT ON `orders`.* TO 'sl_b'@'%'"], shown)).toEqual([]);
  });

  it("names what was not shown", () => {
    expect(
      check(
        ["GRANT SELECT ON `orders`.* TO 'sl_a'@'%', 'sl_b'@'%'"],
        ["GRANT SELECT ON `orders`.* TO 'sl_a'@'%'"],
      ),
    ).toEqual(["grant|'sl_b'@'%'|`orders`.*|SELECT"]);
  });

  it("always permits revoking an expired grant, and dropping the account with its last one", () => {
    expect(check(["DROP USER 'sl_gone'@'%'"], [])).toEqual([]);
    expect(check(["REVOKE SELECT ON `orders`.* FROM 'sl_half'@'%'"], [])).toEqual([]);
    expect(check(["DROP USER 'sl_half'@'%'"], [])).toEqual(["drop|'sl_half'@'%'"]);
    expect(check(["REVOKE SELECT ON `payments`.* FROM 'sl_half'@'%'"], [])).toEqual([
      "revoke|'sl_half'@'%'|`payments`.*|SELECT",
    ]);
  });

  it("permits to take what Terraform showed in composed characters, and gives nothing by that", () => {
    const both = (sql: (name: string) => string) => check([sql("cafe\u0301")], [sql("caf\u00e9")]);
    expect(both(name => `DROP USER 'sl_${name}'@'%'`)).toEqual([]);
    expect(both(name => `REVOKE SELECT ON \`orders\`.\`${name}\` FROM 'sl_a'@'%'`)).toEqual([]);
    expect(both(name => `GRANT SELECT ON \`${name}\`.* TO 'sl_a'@'%'`)).toHaveLength(1);
  });

  it("finds an expired grant by the name as the server lowers it", () => {
    const revoke = "REVOKE SELECT ON `straẞe`.* FROM 'sl_case'@'%'";
    expect(check([revoke], [], 1)).toEqual([]);
    expect(check([revoke], [])).toHaveLength(1);
    expect(check(["REVOKE SELECT ON `straße`.* FROM 'sl_case'@'%'"], [], 1)).toHaveLength(1);
  });

  it("ignores shown text that is not one of our statements", () => {
    expect(
      check(["DROP USER 'sl_a'@'%'"], ["DROP USER 'sl_a'@'%' /* x */", "please DROP USER 'sl_a'@'%'"]),
    ).toEqual(["drop|'sl_a'@'%'"]);
  });

  it("is not confused by separators in names", () => {
    const observed = observedState([observedAccount("sl_a'@'%|x")]);
    const { statements } = assembleStatements({
      roster: rosterOf({}),
      observed,
      now,
      prefix: "sl",
      unmanaged: "remove",
      definers: "block",
      previouslyDeclared: [],
      onlyCreate: false,
    });
    const sql = statements.map(statement => statement.sql);
    expect(check(sql, ["DROP USER 'sl_a'@'%'"])).toHaveLength(1);
    expect(check(sql, sql)).toEqual([]);
  });
});
