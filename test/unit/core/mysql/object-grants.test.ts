import { enforceableRoster, expiredAccounts, unpermitted } from "../../../../core/mysql";
import { parseObjectKey } from "../../../../core/roster/granted-object";
import { type Roster, rosterSchema } from "../../../../core/roster/roster";
import { row, sql } from "../../../support/assemble";
import { observedAccount, observedState, rosterOf, withObjects } from "../../../support/observed";

const NOW = new Date("2026-11-20T00:00:00Z");
const PAST = "2026-11-19T00:00:00Z";
const JANE = "'sl_jane'@'%'";
const NOBODY = rosterOf({});
const T = "`orders`.`t`";

const roster = (objects: Parameters<typeof withObjects>[1][string], databases = {}): Roster =>
  withObjects(rosterOf({ sl_jane: databases }), { sl_jane: objects });

type Held = Parameters<typeof observedAccount>[1];
const table = (privileges: readonly string[], columns: Readonly<Record<string, readonly string[]>> = {}) => ({
  database: "orders",
  table: "t",
  privileges,
  grantOption: false,
  columns: Object.entries(columns).map(([privilege, of]) => ({ privilege, columns: of })),
});
const routine = (...privileges: readonly string[]) => ({
  database: "orders",
  routine: "p",
  type: "PROCEDURE" as const,
  privileges,
  grantOption: false,
});
const jane = (held: Held, overrides: Parameters<typeof observedState>[1] = {}) =>
  observedState([observedAccount("sl_jane", held)], overrides);

describe("a grant on what is in a database", () => {
  it("creates the account with a statement for each table or routine", () => {
    const wanted = roster({
      [T]: "read",
      "`orders`.`t` (`b`, `c`)": { role: "x", privileges: ["UPDATE"] },
      "`orders`.`u` (`a`)": "read",
      "PROCEDURE `orders`.`p`": { role: "EXECUTE", privileges: ["EXECUTE"] },
    });
    expect(sql({ roster: wanted, observed: observedState([]) })).toEqual([
      expect.stringMatching(/^CREATE USER/),
      `GRANT EXECUTE ON PROCEDURE \`orders\`.\`p\` TO ${JANE}`,
      `GRANT SELECT (\`a\`) ON \`orders\`.\`u\` TO ${JANE}`,
      `GRANT SELECT, UPDATE (\`b\`, \`c\`) ON ${T} TO ${JANE}`,
    ]);
  });

  it.each<[string, Parameters<typeof roster>[0], Held]>([
    ["table", { [T]: "write" }, { tables: [table(["UPDATE", "SELECT", "INSERT"])] }],
    [
      "columns, in any order and case",
      { "`orders`.`t` (`a`, `b`)": "read" },
      { tables: [table([], { SELECT: ["B", "a"] })] },
    ],
    [
      "routine, in any case",
      { "PROCEDURE `orders`.`P`": { role: "x", privileges: ["EXECUTE"] } },
      { routines: [routine("EXECUTE")] },
    ],
  ])("is not touched where it is right: %s", (_what, objects, held) => {
    expect(sql({ roster: roster(objects), observed: jane(held) })).toEqual([]);
  });

  it("is folded with the names of databases and tables", () => {
    const wanted = roster({ "`Orders`.`T`": "read" });
    const held = { tables: [table(["SELECT"])] };
    expect(sql({ roster: wanted, observed: jane(held, { lowerCaseTableNames: 1 }) })).toEqual([]);
    expect(sql({ roster: wanted, observed: jane(held) })).toEqual([
      `REVOKE SELECT ON ${T} FROM ${JANE}`,
      `GRANT SELECT ON \`Orders\`.\`T\` TO ${JANE}`,
    ]);
  });

  it("loses what is more, and gets what is missing", () => {
    const held = {
      tables: [table(["SELECT", "DELETE"], { UPDATE: ["a", "b"] })],
      routines: [routine("ALTER ROUTINE", "EXECUTE")],
    };
    const wanted = roster({ [T]: "read", "`orders`.`t` (`b`, `c`)": { role: "x", privileges: ["UPDATE"] } });
    expect(sql({ roster: wanted, observed: jane(held) })).toEqual([
      `REVOKE DELETE, UPDATE (\`a\`) ON ${T} FROM ${JANE}`,
      `REVOKE ALTER ROUTINE, EXECUTE ON PROCEDURE \`orders\`.\`p\` FROM ${JANE}`,
      `GRANT UPDATE (\`c\`) ON ${T} TO ${JANE}`,
    ]);
  });

  it("comes before what it replaces is revoked", () => {
    const held = { databases: [row("orders", "SELECT", "INSERT")] };
    expect(sql({ roster: roster({ [T]: "read" }), observed: jane(held) })).toEqual([
      `GRANT SELECT ON ${T} TO ${JANE}`,
      `REVOKE SELECT, INSERT ON \`orders\`.* FROM ${JANE}`,
    ]);
    expect(
      sql({
        roster: rosterOf({ sl_jane: { orders: "read" } }),
        observed: jane({ tables: [table(["SELECT"])] }),
      }),
    ).toEqual([`GRANT SELECT ON \`orders\`.* TO ${JANE}`, `REVOKE SELECT ON ${T} FROM ${JANE}`]);
  });

  it("is given again at once where a revocation on the table takes it from columns", () => {
    const held = { tables: [table(["SELECT", "INSERT"], { SELECT: ["a"], UPDATE: ["b"] })] };
    const wanted = roster({
      "`orders`.`t` (`a`, `c`)": "read",
      "`orders`.`t` (`b`)": { role: "x", privileges: ["UPDATE"] },
    });
    expect(sql({ roster: wanted, observed: jane(held) })).toEqual([
      `REVOKE SELECT, INSERT ON ${T} FROM ${JANE}`,
      `GRANT SELECT (\`a\`, \`c\`) ON ${T} TO ${JANE}`,
    ]);
  });

  it("on what does not exist waits, and is no drift; the rest is given", () => {
    const wanted = roster({
      "`orders`.`t` (`a`, `b`)": "read",
      "`orders`.`u`": "read",
      "`orders`.`w`": { role: "x", privileges: ["SELECT", "CREATE"] },
      "FUNCTION `orders`.`f`": { role: "x", privileges: ["EXECUTE"] },
    });
    const objects = ["`orders`.`t`", "`orders`.`t` (`A`)"].map(key => parseObjectKey(key)!);
    expect(sql({ roster: wanted, observed: observedState([], { objects }) })).toEqual([
      expect.stringMatching(/^CREATE USER/),
      `GRANT SELECT (\`a\`) ON ${T} TO ${JANE}`,
      `GRANT SELECT, CREATE ON \`orders\`.\`w\` TO ${JANE}`,
    ]);
    const held = { tables: [table([], { SELECT: ["a"] }), { ...table(["CREATE", "SELECT"]), table: "w" }] };
    expect(sql({ roster: wanted, observed: jane(held, { objects }) })).toEqual([]);
    // A table that is gone keeps its grant.
    expect(
      sql({
        roster: roster({ [T]: "read" }),
        observed: jane({ tables: [table(["SELECT"])] }, { objects: [] }),
      }),
    ).toEqual([]);
  });
});

describe("the end of a grant on what is in a database", () => {
  const ended = roster(
    { [T]: { role: "write", expires: PAST }, "`orders`.`t` (`a`)": "read" },
    { orders: "read" },
  );

  it.each<[string, Held, boolean]>([
    ["the account holds it", { tables: [table(["SELECT"])] }, true],
    ["the account holds it by hand in another form", { databases: [row("orders", "UPDATE")] }, true],
    [
      "the account holds what is declared",
      { databases: [row("orders", "SELECT")], tables: [table([], { SELECT: ["a"] })] },
      false,
    ],
    ["the account holds another table", { tables: [{ ...table(["SELECT"]), table: "u" }] }, false],
  ])("counts if %s", (_what, held, counts) => {
    expect([...expiredAccounts(ended, jane(held), NOW)]).toEqual(counts ? ["sl_jane"] : []);
  });

  it("permits its revocation without having been shown, and no other", () => {
    const over = roster({
      "`orders`.`t` (`a`)": { role: "read", expires: PAST },
      "`orders`.`u`": { role: "read", expires: PAST },
      "PROCEDURE `orders`.`p`": { role: "read", expires: PAST },
      [T]: "read",
    });
    const beyond = unpermitted({ shown: [], roster: over, now: NOW, names: observedState([]) });
    const revoke = (items: string, on: string) => beyond(`REVOKE ${items} ON ${on} FROM ${JANE}`);
    expect(revoke("SELECT (`A`)", T)).toEqual([]);
    expect(revoke("SELECT", "`orders`.`u`")).toEqual([]);
    expect(revoke("EXECUTE", "PROCEDURE `orders`.`P`")).toEqual([]);
    expect(revoke("SELECT", T)).toHaveLength(1);
    expect(revoke("SELECT (`b`)", T)).toHaveLength(1);
    expect(revoke("SELECT (`a`)", "`orders`.`u`")).toHaveLength(1);
    expect(revoke("EXECUTE", "FUNCTION `orders`.`p`")).toHaveLength(1);
    expect(beyond("REVOKE SELECT ON `orders`.`u` FROM 'sl_bob'@'%'")).toHaveLength(1);
  });
});

describe("what enforcement may do on columns while an apply is half done", () => {
  const applied = roster({ "`orders`.`t` (`a`, `b`)": "read" });
  const target = roster({ "`orders`.`t` (`b`, `c`)": "read" });
  const of = (held: Held) => enforceableRoster({ target, applied, observed: jane(held), now: NOW }).roster;

  it("gives what both rosters have, and keeps what one of them has as it is found", () => {
    expect(sql({ roster: of({}), observed: jane({}) })).toEqual([`GRANT SELECT (\`b\`) ON ${T} TO ${JANE}`]);
    const held = { tables: [table([], { SELECT: ["a", "c", "d"] })] };
    expect(sql({ roster: of(held), observed: jane(held) })).toEqual([
      `REVOKE SELECT (\`d\`) ON ${T} FROM ${JANE}`,
      `GRANT SELECT (\`b\`) ON ${T} TO ${JANE}`,
    ]);
  });
});

describe("the schema of rosters", () => {
  const accepts = (objects: Parameters<typeof roster>[0]) => rosterSchema.safeParse(roster(objects)).success;

  it.each([
    [T, true],
    ["`a.b``c`.`d`` (`", true],
    ["`orders`.`t` (`a`, `b`)", true],
    ["FUNCTION `orders`.`f`", true],
    ["`orders`.`t` (`b`, `a`)", false],
    ["`orders`.`t` (`a`, `A`)", false],
    ["`orders`.`t` ()", false],
    ["`orders`.*", false],
    ["orders.t", false],
    ["`orders`.`t`; DROP", false],
    ["PROCEDURE `orders`.`p` (`a`)", false],
    ["`orders`.``", false],
    ["`ord/ers`.`t`", false],
    ["`orders`.`t `", false],
    [`\`orders\`.\`${"t".repeat(65)}\``, false],
  ])("knows %s: %s", (key, isKnown) => {
    expect(accepts({ [key]: "read" })).toBe(isKnown);
  });

  it("refuses a column that has two grants, and keeps rosters without objects as they are", () => {
    expect(accepts({ "`orders`.`t` (`a`, `b`)": "read", "`orders`.`t` (`b`)": "read" })).toBe(false);
    const plain = rosterOf({ sl_jane: { orders: "read" } });
    expect(JSON.stringify(rosterSchema.parse(plain))).toBe(JSON.stringify(plain));
    expect(rosterSchema.parse(NOBODY)).toEqual(NOBODY);
  });
});
