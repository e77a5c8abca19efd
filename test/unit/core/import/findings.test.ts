import { constructText } from "../../../../core/import/construct-text";
import { findingsOf } from "../../../../core/import/findings";
import { observedStateOf } from "../../../../core/import/inventory";
import { neededCeiling } from "../../../../core/import/needed-ceiling";
import { row } from "../../../support/assemble";
import { inventoryWith } from "../../../support/inventory";
import { definedObject, observedAccount, rosterOf, withObjects } from "../../../support/observed";

const HASH = "$A$005$secret";
const byPassword = { plugin: "caching_sha2_password", authenticationString: HASH, tls: "" };
const found = (...asked: Parameters<typeof inventoryWith>) =>
  Object.fromEntries(findingsOf(inventoryWith(...asked)).map(({ finding, on }) => [finding, on]));

describe("what the report says of the server", () => {
  it("is nothing of a server whose accounts are as they should be", () => {
    expect(found([observedAccount("sl_jane", { databases: [row("orders", "SELECT")] })])).toEqual({});
  });

  it("names each kind of account", () => {
    const accounts = [
      observedAccount("app", byPassword),
      observedAccount("near", { ...byPassword, host: "10.%" }),
      observedAccount("shut", { ...byPassword, locked: true }),
      observedAccount("old", { ...byPassword, host: "10.%", plugin: "mysql_native_password" }),
      observedAccount("ldap", {
        ...byPassword,
        plugin: "authentication_ldap_sasl",
        authenticationString: "",
      }),
      observedAccount("open", { ...byPassword, host: "10.%", authenticationString: "" }),
      observedAccount("giver", { databases: [{ ...row("orders", "SELECT"), grantOption: true }] }),
      observedAccount("giver2", { roles: [{ user: "r", host: "%", adminOption: true }] }),
      observedAccount("wide", { globalPrivileges: ["SELECT"] }),
      observedAccount("wide2", { dynamicPrivileges: [{ name: "SHOW_ROUTINE", grantOption: false }] }),
    ];
    expect(found(accounts)).toEqual({
      "empty-password": ["'open'@'10.%'"],
      "any-host-password": ["'app'@'%'"],
      "native-password": ["'old'@'10.%'"],
      "grant-option": ["'giver'@'%'", "'giver2'@'%'"],
      "global-privileges": ["'wide'@'%'", "'wide2'@'%'"],
    });
  });

  it("is silent about accounts of the server, the administrator and roles", () => {
    const role = { locked: true, passwordExpired: true, authenticationString: "" };
    const globalPrivileges = ["SELECT"];
    const accounts = [
      observedAccount("rdsadmin", { globalPrivileges }),
      observedAccount("admin", { globalPrivileges }),
      observedAccount("team", { ...role, plugin: "caching_sha2_password", globalPrivileges }),
    ];
    expect(found(accounts)).toEqual({});
  });

  it("names anonymous accounts, and objects of definers that do not exist", () => {
    const objects = [definedObject("VIEW orders.v"), definedObject("EVENT orders.e")];
    const orphanedDefiners = [{ user: "gone", host: "%", objects }];
    expect(found([], { anonymousHosts: ["localhost", "10.%"], orphanedDefiners })).toEqual({
      anonymous: ["''@'10.%'", "''@'localhost'"],
      "dead-definers": ["EVENT orders.e of 'gone'@'%'", "VIEW orders.v of 'gone'@'%'"],
    });
  });

  it("names who has not logged in, if the server says who has", () => {
    const accounts = [
      observedAccount("app"),
      observedAccount("idle"),
      observedAccount("shut", { locked: true }),
    ];
    expect(found(accounts)).toEqual({});
    expect(found(accounts, {}, { users: ["app"], days: 1 })).toEqual({ unused: ["'idle'@'%'"] });
    const [unused] = findingsOf(inventoryWith(accounts, {}, { users: [], days: 1 }));
    expect(unused!.title).toMatch(/since it started, 1 day ago, or since .* emptied$/);
  });
});

describe("an inventory", () => {
  it("holds no hash, and is enough to plan with", () => {
    const accounts = [observedAccount("app", byPassword), observedAccount("sl_jane")];
    const inventory = inventoryWith(accounts);
    expect(JSON.stringify(inventory)).not.toContain(HASH);
    expect(JSON.stringify(inventory)).not.toContain("authenticationString");
    const [app, jane] = observedStateOf(inventory).accounts;
    expect(app!.authenticationString).not.toBe("");
    expect(jane).toEqual(accounts[1]);
  });
});

describe("the ceiling that is needed", () => {
  it("allows exactly what the roster has", () => {
    const roster = withObjects(rosterOf({ sl_jane: { orders: "write", a_b: "read" } }), {
      sl_app: {
        "`billing`.`t` (`a`)": { role: "own", privileges: ["UPDATE"], grantOption: true },
        "PATTERN `t_%`": "read",
        "PROCESS ON *.*": "PROCESS",
        "ROLE `team`": "team",
      },
    });
    expect(neededCeiling(roster)).toEqual({
      privileges: ["SELECT", "INSERT", "UPDATE"],
      databases: ["a_b", "billing", "orders", "t_%"].filter(name => name !== "t_%"),
      patterns: ["t_%"],
      global: ["PROCESS"],
      nativeRoles: ["team"],
      grantOption: true,
    });
    expect(neededCeiling(rosterOf({ sl_jane: { orders: "read" } }))).toEqual({
      privileges: ["SELECT"],
      databases: ["orders"],
    });
  });
});

describe("the construct's props as TypeScript", () => {
  it("are quoted, whatever the names are", () => {
    const hostile = 'a"]; process.exit(); //\u202e\n`${x}`';
    const text = constructText({
      ceiling: { privileges: ["SELECT"], databases: [hostile] },
      takeOver: { "jane.doe": "jane@%", app: "app@%" },
    });
    const read = new Function(`return {${text}}`)() as { ceiling: { databases: string[] }; takeOver: object };
    expect(read.ceiling.databases).toEqual([hostile]);
    expect(read.takeOver).toEqual({ "jane.doe": "jane@%", app: "app@%" });
    expect(text).not.toContain("\u202e");
    expect(text.split("\n").every(line => line.length < 110)).toBe(true);
  });
});
