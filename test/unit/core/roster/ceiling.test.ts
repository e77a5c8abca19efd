import { DATABASE_PRIVILEGES } from "../../../../core/mysql";
import { ceilingViolations, DEFAULT_CEILING, reachesSystemDatabase } from "../../../../core/roster/ceiling";
import { rosterOf } from "../../../support/observed";

const messages = (...args: Parameters<typeof ceilingViolations>) =>
  ceilingViolations(...args).map(v => `${v.account} ${v.database ?? ""} ${v.message}`);

describe("ceilingViolations", () => {
  it("accepts the default roles", () => {
    expect(messages(rosterOf({ sl_jane: { orders: "write" } }), DEFAULT_CEILING, { prefix: "sl" })).toEqual(
      [],
    );
  });

  it.each([
    "mysql",
    "MySQL",
    "İNFORMATION_SCHEMA",
    "sys",
    "performance_schema",
    "information_schema",
    "mysq_",
    "my%",
    "%",
    "_ys",
    "performance%",
  ])("refuses %s, which reaches a database of the server by name or by pattern", database => {
    expect(reachesSystemDatabase(database)).toBe(true);
    expect(
      messages(rosterOf({ sl_jane: { [database]: "read" } }), DEFAULT_CEILING, { prefix: "sl" }),
    ).toEqual([expect.stringMatching(/never granted/)]);
  });

  it.each(["mysql2", "mysq", "orders", "app_prod", "system"])("accepts the database %s", database => {
    expect(reachesSystemDatabase(database)).toBe(false);
  });

  it.each(["bob", "slack_bot", "sl", "sl_", "rdsadmin", "SL_bob"])("refuses the account %s", account => {
    expect(
      messages(rosterOf({ [account]: { orders: "read" } }), DEFAULT_CEILING, { prefix: "sl" }),
    ).toHaveLength(1);
  });

  it("refuses ALTER ROUTINE, databases that it does not name, and roles without privileges", () => {
    const roster = rosterOf(
      { sl_jane: { orders: "all", other: "read", third: "toString" } },
      { all: DATABASE_PRIVILEGES, read: ["SELECT"] },
    );
    expect(
      messages(roster, { ...DEFAULT_CEILING, databases: ["orders", "third"] }, { prefix: "sl" }),
    ).toEqual([
      expect.stringMatching(/orders asks for ALTER ROUTINE/),
      expect.stringMatching(/other is not among/),
      expect.stringMatching(/third names the role `toString`/),
    ]);
  });
});
