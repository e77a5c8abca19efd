import { declaredGrants } from "../../../../core/import/declared-grants";
import { RoleNames } from "../../../../core/import/name-roles";
import type { ObservedAccount, ObservedState } from "../../../../core/mysql";
import { row } from "../../../support/assemble";
import { observedAccount, observedState } from "../../../support/observed";

const roles = new Map([
  ["read", ["SELECT"]],
  ["also_read", ["SELECT"]],
  ["write", ["SELECT", "INSERT"]],
] as const);
const declare = (held: Partial<ObservedAccount>, overrides: Partial<ObservedState> = {}) =>
  declaredGrants(observedAccount("sl_app", held), {
    cluster: "orders",
    prefix: "sl",
    observed: observedState([], overrides),
    roleOf: new RoleNames(roles).nameOf,
  });
const OFF = { partialRevokes: false };

describe("the grants that declare what an account holds", () => {
  it("have one role for each set of privileges, and the databases in order", () => {
    const databases = [row("b", "INSERT", "SELECT"), row("c", "SELECT"), row("a", "SELECT")];
    const grants = [
      { cluster: "orders", databases: ["a", "c"], role: "read" },
      { cluster: "orders", databases: ["b"], role: "write" },
    ];
    expect(declare({ databases })).toEqual({ grants, reasons: [] });
    expect(declare({ databases: databases.toReversed() })).toEqual({ grants, reasons: [] });
  });

  it("name a row as this server reads it: literally, or as a pattern", () => {
    const databases = [row("my_db", "SELECT"), row("my\\_own", "SELECT")];
    expect(declare({ databases }, OFF).grants).toEqual([
      { cluster: "orders", databases: ["my_own"], role: "read" },
      { cluster: "orders", pattern: "my_db", role: "read" },
    ]);
    expect(declare({ databases: [row("my_db", "SELECT")] }).grants).toEqual([
      { cluster: "orders", databases: ["my_db"], role: "read" },
    ]);
    // Escaped where names are literal, it gives access to nothing.
    expect(declare({ databases: [row("my\\_own", "SELECT")] }).reasons.join()).toContain("my\\\\_own");
    expect(declare({ databases: [row("t%", "SELECT")] }).reasons.join()).toContain("looks like a pattern");
  });

  it("give each column once, by what it has, and GRANT OPTION once for a table", () => {
    const columns = [
      { privilege: "SELECT", columns: ["b", "a"] },
      { privilege: "UPDATE", columns: ["b"] },
    ];
    const table = { database: "orders", table: "t", privileges: [], grantOption: true, columns };
    expect(declare({ tables: [table] }).grants).toEqual([
      {
        cluster: "orders",
        database: "orders",
        columns: { t: ["a"] },
        privileges: ["SELECT"],
        grantOption: true,
      },
      { cluster: "orders", database: "orders", columns: { t: ["b"] }, privileges: ["SELECT", "UPDATE"] },
    ]);
  });

  it("leave out what the server gave an account on its own routines", () => {
    const routines = [
      {
        database: "orders",
        routine: "p",
        type: "PROCEDURE",
        privileges: ["EXECUTE", "ALTER ROUTINE"],
        grantOption: false,
      },
    ] as const;
    const definerOf = [{ kind: "PROCEDURE", database: "orders", name: "p" }] as const;
    const databases = [row("orders", "SELECT", "CREATE ROUTINE")];
    expect(declare({ databases, definerOf, routines }).grants).toHaveLength(1);
    expect(declare({ databases, routines }).grants).toHaveLength(2);
  });

  it.each([
    ["a privilege on the whole server", { globalPrivileges: ["SELECT"] }, /SELECT on the whole server/],
    [
      "a privilege that is never granted",
      { dynamicPrivileges: [{ name: "ROLE_ADMIN", grantOption: false }] },
      /ROLE_ADMIN is never/,
    ],
    [
      "GRANT OPTION on the server",
      { globalPrivileges: ["PROCESS"], globalGrantOption: true },
      /GRANT OPTION on the whole/,
    ],
    [
      "a dynamic privilege with it",
      { dynamicPrivileges: [{ name: "SHOW_ROUTINE", grantOption: true }] },
      /GRANT OPTION on the whole/,
    ],
    ["GRANT OPTION alone", { databases: [{ ...row("orders"), grantOption: true }] }, /GRANT OPTION alone/],
    [
      "a privilege of another server",
      { databases: [row("orders", "LOAD FROM S3")] },
      /LOAD FROM S3 .* can be declared/,
    ],
    ["the server's own databases", { databases: [row("mysql", "SELECT")] }, /server's own databases/],
    ["a role that is not active", { roles: [{ user: "team", host: "%", adminOption: false }] }, /not active/],
    [
      "a role of another host",
      { roles: [{ user: "team", host: "10.%", adminOption: false }] },
      /another host/,
    ],
    [
      "a managed account as a role",
      { roles: [{ user: "sl_x", host: "%", adminOption: false }] },
      /never granted as a role/,
    ],
    [
      "a role that is active alone",
      { defaultRoles: [{ user: "team", host: "%" }] },
      /active that is not granted/,
    ],
  ] satisfies [string, Partial<ObservedAccount>, RegExp][])(
    "say why there are none: %s",
    (_, held, reason) => {
      const { grants, reasons } = declare({ databases: [row("shop", "SELECT")], ...held });
      expect(reasons.join("; ")).toMatch(reason);
      for (const grant of grants) expect(JSON.stringify(grant)).not.toMatch(/mysql|ROLE_ADMIN|LOAD FROM/);
    },
  );

  it("have native roles that are active after a login, and no mandatory ones", () => {
    const id = (user: string) => ({ user, host: "%" });
    const granted = (user: string) => ({ ...id(user), adminOption: false });
    const held = { roles: [granted("all"), granted("team")], defaultRoles: [id("team"), id("all")] };
    expect(declare(held, { mandatoryRoles: [id("all")] })).toEqual({
      grants: [{ cluster: "orders", nativeRoles: ["team"] }],
      reasons: [],
    });
  });
});

describe("names of roles", () => {
  it("are of a known role of exactly these privileges, the first in roles.yaml", () => {
    const names = new RoleNames(roles);
    expect([names.nameOf(["SELECT"]), names.nameOf(["INSERT", "SELECT"])]).toEqual(["read", "write"]);
    expect(names.added).toEqual({});
  });

  it("depend on the privileges of a new one alone, whatever came before it", () => {
    const long = ["SELECT", "INSERT", "UPDATE", "DELETE"];
    const [one, other] = [new RoleNames(roles), new RoleNames(roles)];
    other.nameOf(["CREATE VIEW"]);
    expect(one.nameOf(long)).toBe(other.nameOf(long.toReversed()));
    expect(other.nameOf(["CREATE VIEW", "SELECT"])).toBe("select_create-view");
    expect(other.added).toEqual({
      "create-view": {
        description: "As found on the server: `read` with CREATE VIEW and without SELECT",
        privileges: ["CREATE VIEW"],
      },
      "select_create-view": {
        description: "As found on the server: `read` with CREATE VIEW",
        privileges: ["SELECT", "CREATE VIEW"],
      },
      set_0000f: { description: "As found on the server: `write` with UPDATE, DELETE", privileges: long },
    });
  });

  it("do not take the name of another role", () => {
    const names = new RoleNames(new Map([["create-view", ["SELECT"]]] as const));
    expect(names.nameOf(["CREATE VIEW"])).toBe("create-view_imported");
  });
});
