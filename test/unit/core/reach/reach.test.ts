import type { ObservedAccount } from "../../../../core/mysql";
import { row } from "../../../support/assemble";
import { observedAccount } from "../../../support/observed";
import { code, definer, executes, reached, waysOf } from "./reached";

describe("who reaches a table", () => {
  it("says each way by grants, with what it is on", () => {
    expect(
      waysOf({
        globalPrivileges: ["SELECT"],
        databases: [{ ...row("orders", "SELECT", "DELETE"), grantOption: true }],
        tables: [
          {
            database: "orders",
            table: "customers",
            privileges: ["SELECT"],
            grantOption: false,
            columns: [{ privilege: "UPDATE", columns: ["id", "name"] }],
          },
        ],
      }),
    ).toEqual([
      "SELECT on *.*",
      "SELECT, DELETE on `orders`.*, may grant it to others",
      "SELECT on `orders`.`customers`",
      "UPDATE on `orders`.`customers` (`id`, `name`)",
    ]);
  });

  it("leaves out what is on other tables and databases, and what neither reads nor writes", () => {
    const elsewhere = { privileges: ["SELECT"], grantOption: true, columns: [] };
    expect(
      waysOf({
        globalPrivileges: ["PROCESS"],
        databases: [row("orders", "CREATE VIEW"), row("order", "SELECT")],
        tables: [{ ...elsewhere, database: "orders", table: "items" }],
      }),
    ).toEqual([]);
  });

  it("counts a privilege on everything without the databases that are taken out of it", () => {
    const privileges = { globalPrivileges: ["SELECT", "DELETE"] };
    expect(waysOf({ ...privileges, restrictions: [{ database: "orders", privileges: ["SELECT"] }] })).toEqual(
      ["DELETE on *.*"],
    );
  });

  it("says which role gives it, and whether it is active at login", () => {
    const role = observedAccount("readers", { databases: [row("orders", "SELECT")] });
    const member = (user: string, defaultRoles: ObservedAccount["defaultRoles"]) =>
      observedAccount(user, { roles: [{ user: "readers", host: "%", adminOption: false }], defaultRoles });
    const found = reached([role, member("sl_a", []), member("sl_b", [{ user: "readers", host: "%" }])]);
    expect(found["sl_a"]!.ways).toEqual(["SELECT on `orders`.* by role 'readers'@'%' after SET ROLE"]);
    expect(found["sl_b"]!.ways).toEqual(["SELECT on `orders`.* by role 'readers'@'%'"]);
    const always = reached([role, member("sl_a", [])], { activatesAllRoles: true });
    expect(always["sl_a"]!.ways).toEqual(["SELECT on `orders`.* by role 'readers'@'%'"]);
  });

  it("knows roles of roles, in a circle too, and mandatory ones", () => {
    const roleOf = (user: string, inner: string, more: Partial<ObservedAccount> = {}) =>
      observedAccount(user, { roles: [{ user: inner, host: "%", adminOption: false }], ...more });
    const found = reached(
      [roleOf("a", "b"), roleOf("b", "a", { databases: [row("orders", "SELECT")] }), observedAccount("sl_x")],
      {},
      { mandatoryRoles: [{ user: "a", host: "%" }] },
    );
    expect(found["sl_x"]!.ways).toEqual(["SELECT on `orders`.* by role 'b'@'%' after SET ROLE"]);
  });

  it("takes only the most specific pattern, and names the grant as the server has it", () => {
    const patterns = { databases: [row("ord%", "SELECT"), row("orders", "INSERT")] };
    expect(
      reached([observedAccount("sl_jane", patterns)], {}, { partialRevokes: false })["sl_jane"]!.ways,
    ).toEqual(["INSERT on `orders`.*"]);
    const one = { databases: [row("ord%", "SELECT")] };
    expect(
      reached([observedAccount("sl_jane", one)], {}, { partialRevokes: false })["sl_jane"]!.ways,
    ).toEqual(["SELECT on `ord%`.*"]);
  });

  it("reads through a view with its definer's rights, and not if the definer is gone", () => {
    const view = {
      ...code("totals"),
      isUpdatable: false,
      calls: [],
      reads: [{ database: "orders", name: "customers" }],
    };
    const reads = { databases: [row("jobs", "SELECT")] };
    expect(waysOf(reads, { views: [view] })).toEqual([
      "SELECT on view `jobs`.`totals`, which runs as owner@%",
    ]);
    expect(waysOf(reads, { views: [{ ...view, definer: "gone@%" }] })).toEqual([]);
    expect(waysOf(reads, { views: [{ ...view, isInvoker: true }] })).toEqual([]);
    expect(waysOf(reads, { views: [{ ...view, calls: [{ database: "jobs", name: "f" }] }] })).toEqual([
      "may: SELECT on view `jobs`.`totals`, which runs as owner@%",
    ]);
  });

  it("says `may` of a routine that names the table, runs texts, calls one that does, or is hidden", () => {
    const routine = (name: string, body?: string) => ({ ...code(name, body), type: "PROCEDURE" as const });
    const routines = [
      routine("named", "SELECT * FROM orders.Customers"),
      routine("dynamic", "PREPARE s FROM @text"),
      routine("calls", "CALL named()"),
      routine("hidden"),
      routine("other", "SELECT 1 FROM orders.items"),
      { ...routine("gone", "SELECT * FROM customers"), definer: "gone@%" },
      { ...routine("invoker", "SELECT * FROM customers"), isInvoker: true },
    ];
    expect(waysOf(executes, { routines })).toEqual([
      "may: procedure `jobs`.`named`, which runs as owner@%",
      "may: procedure `jobs`.`dynamic`, which runs as owner@%",
      "may: procedure `jobs`.`calls`, which runs as owner@%",
      "may: procedure `jobs`.`hidden`, which runs as owner@%; its text is hidden",
    ]);
    const alters = { databases: [row("jobs", "EXECUTE", "ALTER ROUTINE")] };
    expect(waysOf(alters, { routines: routines.slice(-1) })).toHaveLength(1);
  });

  it("says `may` of a trigger for who fires it, and of an event for its definer, locked or not", () => {
    const triggers = [
      { ...code("after_order", "INSERT INTO orders.customers VALUES (1)"), table: "log", when: "INSERT" },
    ];
    const fires = { databases: [row("jobs", "INSERT")] };
    expect(waysOf(fires, { triggers })).toEqual([
      "may: trigger `jobs`.`after_order` of INSERT on `jobs`.`log`, which runs as owner@%",
    ]);
    expect(waysOf({ databases: [row("jobs", "DELETE")] }, { triggers })).toEqual([]);
    const events = [code("nightly", "DELETE FROM orders.customers")];
    const owner = reached([{ ...definer, locked: true }], { events })["owner"]!;
    expect(owner.ways).toContain("may: event `jobs`.`nightly`, which runs as owner@%");
    expect(owner.closed).toBe("locked");
  });

  it.each([
    [{ globalPrivileges: ["CREATE USER"] }, /^could: CREATE USER/],
    [{ globalPrivileges: ["SUPER"] }, /^could: SUPER/],
    [{ dynamicPrivileges: [{ name: "ROLE_ADMIN", grantOption: false }] }, /^could: ROLE_ADMIN/],
    ...[
      "SYSTEM_VARIABLES_ADMIN",
      "BINLOG_ADMIN",
      "REPLICATION_APPLIER",
      "REPLICATION_SLAVE_ADMIN",
      "BACKUP_ADMIN",
      "CLONE_ADMIN",
    ].map((name): [Partial<ObservedAccount>, RegExp] => [
      { dynamicPrivileges: [{ name, grantOption: false }] },
      new RegExp(`^could: ${name}: `),
    ]),
    [{ globalPrivileges: ["FILE"] }, /^could: FILE/],
    [{ databases: [row("mysql", "INSERT")] }, /^could: INSERT on `mysql`/],
    [{ proxies: [{ user: "owner", host: "%", grantOption: false }] }, /^could: PROXY: .*'owner'@'%'/],
    [{ globalPrivileges: ["REPLICATION SLAVE"] }, /^may: REPLICATION SLAVE/],
    [
      {
        dynamicPrivileges: [{ name: "SET_USER_ID", grantOption: false }],
        databases: [row("jobs", "CREATE VIEW")],
      },
      /^could: SET_USER_ID/,
    ],
  ] satisfies [Partial<ObservedAccount>, RegExp][])(
    "names who could give it to themselves: %j",
    (held, text) => {
      expect(waysOf(held)).toEqual([expect.stringMatching(text)]);
    },
  );

  it("names who could rename the table to a place where they read, and not who reads it anyway", () => {
    const mine = row("mine", "CREATE", "INSERT", "SELECT");
    const text = "could: ALTER and DROP: it renames the table into a place where it reads";
    const moves = { databases: [row("orders", "ALTER", "DROP"), mine] };
    expect(waysOf(moves)).toEqual(["ALTER, DROP on `orders`.*", text]);
    expect(waysOf({ databases: [row("orders", "ALTER", "DROP", "SELECT"), mine] })).not.toContain(text);
    expect(
      waysOf({ databases: [row("orders", "ALTER", "DROP"), row("mine", "CREATE", "INSERT")] }),
    ).not.toContain(text);
    expect(waysOf({ databases: [row("orders", "ALTER"), mine] })).not.toContain(text);
  });

  it("does not name who names definers but can make nothing, or who may grant what they lack", () => {
    expect(waysOf({ dynamicPrivileges: [{ name: "SET_USER_ID", grantOption: false }] })).toEqual([]);
    expect(waysOf({ databases: [{ ...row("orders"), grantOption: true }] })).toEqual([]);
  });

  it("says who is the administrator or of the server, and who cannot log in, and why", () => {
    const privileges = { globalPrivileges: ["SELECT"] };
    const found = reached([
      observedAccount("admin", privileges),
      observedAccount("rdsadmin", privileges),
      observedAccount("sl_expired", { ...privileges, passwordExpired: true }),
      observedAccount("sl_factor", { ...privileges, moreFactors: 1 }),
      observedAccount("sl_no", { ...privileges, plugin: "mysql_no_login" }),
      observedAccount("sl_text", { ...privileges, authenticationString: "x" }),
      observedAccount("sl_role", {
        ...privileges,
        locked: true,
        passwordExpired: true,
        authenticationString: "",
      }),
    ]);
    expect(Object.entries(found).map(([user, { closed, kind }]) => [user, kind, closed])).toEqual([
      ["admin", "administrator", undefined],
      ["rdsadmin", "server", undefined],
      ["sl_expired", "account", "password expired"],
      ["sl_factor", "account", undefined],
      ["sl_no", "account", "no login"],
      ["sl_text", "account", "no IAM login"],
      ["sl_role", "account", "a role, or never opened"],
    ]);
  });

  it("is about any table of a database, if none is named", () => {
    const tables = [
      { database: "orders", table: "items", privileges: ["SELECT"], grantOption: false, columns: [] },
    ];
    const found = reached([observedAccount("sl_jane", { tables })], {}, {}, { database: "orders" });
    expect(found["sl_jane"]!.ways).toEqual(["SELECT on `orders`.`items`"]);
  });
});
