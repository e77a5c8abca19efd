import type { ObservedAccount } from "../../../../core/mysql";
import { row } from "../../../support/assemble";
import { observedAccount } from "../../../support/observed";
import { code, reached } from "./reached";

const LITERAL = { partialRevokes: true };
const PATTERNS = { partialRevokes: false };

const roleOf = (user: string) => ({ user, host: "%", adminOption: false });
const table = (...privileges: readonly string[]) => ({
  tables: [{ database: "orders", table: "customers", privileges, grantOption: false, columns: [] }],
});
/** The ways of the account `sl_jane` that has this host. */
const waysAt = (host: string, accounts: readonly ObservedAccount[], names: object = LITERAL) => {
  // They are listed by user name, and of `sl_jane` there are several.
  const mine = accounts.filter(({ user }) => user === "sl_jane").findIndex(one => one.host === host);
  const ordered = [...accounts.filter((_, at) => at !== mine), ...accounts.slice(mine, mine + 1)];
  return reached(ordered, {}, names)["sl_jane"]?.ways ?? [];
};

describe("whose rows count, without active roles", () => {
  const near = (held: Partial<ObservedAccount>) => observedAccount("sl_jane", { host: "10.0.%", ...held });
  const wide = (held: Partial<ObservedAccount>) => observedAccount("sl_jane", { host: "%", ...held });

  it("takes a database's row of the nearest host that has one, and only that", () => {
    const reads = { databases: [row("orders", "SELECT")] };
    const writes = { databases: [row("orders", "UPDATE")] };
    expect(waysAt("10.0.%", [near(writes), wide(reads)])).toEqual(["UPDATE on `orders`.*"]);
    expect(waysAt("10.0.%", [near({}), wide(reads)])).toEqual(["SELECT on `orders`.* by role 'sl_jane'@'%'"]);
  });

  it("takes a table's row of the nearest host that has one, and only that", () => {
    expect(waysAt("10.0.%", [near(table("UPDATE")), wide(table("SELECT"))])).toEqual([
      "UPDATE on `orders`.`customers`",
    ]);
  });

  it("takes the row of an account without a name last", () => {
    const nameless = observedAccount("", { host: "%", databases: [row("orders", "SELECT")] });
    const own = wide({ databases: [row("orders", "UPDATE")] });
    expect(waysAt("%", [nameless, own])).toEqual(["UPDATE on `orders`.*"]);
    expect(waysAt("%", [nameless, wide({})])).toEqual(["SELECT on `orders`.* by role ''@'%'"]);
  });

  it("runs code as the nearest account that takes the definer's host", () => {
    const reads = { databases: [row("orders", "SELECT")] };
    const view = {
      ...code("v"),
      definer: "owner@10.0.0.1",
      isUpdatable: false,
      calls: [],
      reads: [{ database: "orders", name: "customers" }],
    };
    const locked = (near: object, wide: object) =>
      reached(
        [
          observedAccount("owner", { host: "%", ...wide }),
          observedAccount("owner", { host: "10.%", ...near }),
          observedAccount("sl_jane", { databases: [row("jobs", "SELECT")] }),
        ],
        { views: [view] },
      )["sl_jane"]?.ways.length ?? 0;
    const global = { globalPrivileges: ["SELECT"] };
    expect([locked(reads, {}), locked(global, {}), locked({}, global)]).toEqual([1, 1, 0]);
  });
});

describe("whose rows count, by the roles that are active", () => {
  const role = (user: string, ...rows: ReturnType<typeof row>[]) =>
    observedAccount(user, { databases: rows });

  it("finds what only an account without active roles has", () => {
    const nameless = observedAccount("", { databases: [row("orders", "SELECT")] });
    const jane = observedAccount("sl_jane", { roles: [roleOf("r")], defaultRoles: [roleOf("r")] });
    expect(reached([nameless, role("r"), jane])["sl_jane"]!.ways).toEqual([
      "SELECT on `orders`.* by role ''@'%' after SET ROLE",
    ]);
  });

  it("finds what only one role alone has: with the other, a row of the database's name counts", () => {
    const jane = observedAccount("sl_jane", { roles: [roleOf("r1"), roleOf("r2")] });
    const roles = [role("r1", row("ord%", "SELECT")), role("r2", row("orders", "UPDATE"))];
    expect(reached([...roles, jane], {}, PATTERNS)["sl_jane"]!.ways).toEqual([
      "SELECT on `ord%`.* by role 'r1'@'%' after SET ROLE",
      "UPDATE on `orders`.* by role 'r2'@'%' after SET ROLE",
    ]);
  });

  it("does not take a name with a wildcard for the database's own", () => {
    const jane = observedAccount("sl_jane", {
      databases: [row("a_b", "UPDATE")],
      roles: [roleOf("r")],
      defaultRoles: [roleOf("r")],
    });
    const target = { database: "a_b", table: "t" };
    const found = reached([role("r", row("a%", "SELECT")), jane], {}, PATTERNS, target);
    expect(found["sl_jane"]!.ways.slice(0, 2)).toEqual([
      "may: UPDATE on `a_b`.*",
      "may: SELECT on `a%`.* by role 'r'@'%'",
    ]);
  });

  it("takes no account for a role of its own", () => {
    const jane = role("sl_jane", row("or%", "SELECT"), row("ord%", "UPDATE"));
    const mandatory = { ...PATTERNS, mandatoryRoles: [{ user: "sl_jane", host: "%" }] };
    expect(reached([jane], {}, mandatory)["sl_jane"]!.ways).toEqual(["UPDATE on `ord%`.*"]);
  });
});
