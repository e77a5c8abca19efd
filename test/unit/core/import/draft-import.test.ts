import { namedByConstruct } from "../../../../core/import/construct-names";
import { type Draft, draftImport, type ImportRequest } from "../../../../core/import/draft-import";
import type { Person } from "../../../../core/import/people";
import type { ObservedAccount } from "../../../../core/mysql";
import { row } from "../../../support/assemble";
import { inventoryWith } from "../../../support/inventory";
import { NO_LIMITS, observedAccount } from "../../../support/observed";

const roles = new Map([["read", ["SELECT"]]] as const);
const byPassword = { plugin: "caching_sha2_password", authenticationString: "$A$005$x", tls: "" };
const found = (user: string, overrides: Partial<ObservedAccount> = {}) =>
  observedAccount(user, { databases: [row("orders", "SELECT")], ...byPassword, ...overrides });
/** The table of people: by account, the kind and what else is said. */
const table = (people: Readonly<Record<string, Omit<Person, "account">>>) =>
  new Map(Object.entries(people).map(([account, person]) => [account, { account, ...person }]));
const jane = { kind: "person", email: "jane@example.com" } as const;
const service = { kind: "service" } as const;

function draft(
  accounts: readonly ObservedAccount[],
  people: Readonly<Record<string, Omit<Person, "account">>>,
  more: Partial<ImportRequest> = {},
): Draft {
  const none = { declared: new Set<string>(), rejected: new Map<string, readonly string[]>() };
  const request = { cluster: "orders", asIs: false, people: table(people), roles, ...none, ...more };
  return draftImport(inventoryWith(accounts), request);
}
const files = (...asked: Parameters<typeof draft>) =>
  Object.fromEntries(draft(...asked).files.map(({ file, stem }) => [stem, file]));
const reasons = (...asked: Parameters<typeof draft>) =>
  draft(...asked)
    .leftOut.flatMap(one => one.reasons)
    .join("; ");
const grants = [{ cluster: "orders", databases: ["orders"], role: "read" }];

describe("a draft of user files", () => {
  it("lets people log in by IAM token, and services as before", () => {
    const accounts = [
      found("sl_jane"),
      found("sl_app"),
      observedAccount("sl_new", { databases: [row("orders", "SELECT")] }),
    ];
    expect(files(accounts, { sl_jane: jane, sl_app: service, sl_new: service })).toEqual({
      jane: { name: "jane", email: "jane@example.com", grants },
      app: { name: "app", kind: "service", login: "existing", grants },
      new: { name: "new", kind: "service", grants },
    });
  });

  it("declares people's logins as they are if it is asked for, but not those by IAM token", () => {
    const accounts = [found("sl_jane"), observedAccount("sl_joe", { databases: [row("orders", "SELECT")] })];
    const drafted = files(accounts, { sl_jane: jane, sl_joe: jane }, { asIs: true });
    expect([drafted["jane"]!.login, drafted["joe"]!.login]).toEqual(["existing", undefined]);
  });

  it("never lets go of a limit, a lock or a certificate", () => {
    const limits = { ...NO_LIMITS, connections: 4 };
    const certificate = { subject: "/CN=a", issuer: "", cipher: "" };
    const kept = { limits, locked: true, tls: "SPECIFIED", certificate };
    const accounts = [found("sl_jane", kept), found("sl_app", { ...kept, tls: "X509" })];
    const drafted = files(accounts, { sl_jane: jane, sl_app: service });
    const same = { suspended: true, limits: { connections: 4 } };
    expect(drafted["jane"]).toMatchObject({ ...same, tls: { subject: "/CN=a" } });
    expect(drafted["app"]).toMatchObject({ ...same, tls: "x509" });
    const cipher = { tls: "SPECIFIED", certificate: { ...certificate, cipher: "AES" } };
    expect(reasons([found("sl_jane", cipher)], { sl_jane: jane })).toContain("TLS requirement");
    expect(files([found("sl_app", cipher)], { sl_app: service })["app"]).toEqual({
      name: "app",
      kind: "service",
      login: "existing",
      grants,
    });
  });

  it("takes names, addresses, owners and ends from the table", () => {
    const people = {
      sl_jd: { ...jane, name: "Jane Doe", username: "jane.doe" },
      sl_bot: { kind: "agent", owner: "jane.doe", expires: "2027-01-31" },
    } as const;
    expect(files([found("sl_jd"), found("sl_bot")], people)).toEqual({
      "jane.doe": { name: "Jane Doe", email: "jane@example.com", account: "jd", grants },
      bot: {
        name: "bot",
        kind: "agent",
        owner: "jane.doe",
        grants: [{ ...grants[0], expires: "2027-01-31" }],
      },
    });
  });

  it("asks for a row for each account that can be declared, and for no other", () => {
    const all = [
      found("sl_jane"),
      observedAccount("sl_joe", { databases: [row("orders", "SELECT")] }),
      found("sl_empty", { databases: [] }),
    ];
    expect(draft(all, {}).missing).toEqual([
      { user: "sl_jane", kind: "service" },
      { user: "sl_joe", kind: "person" },
    ]);
  });

  it("names files so that each system can hold them, and the user name in the file where they differ", () => {
    const people = { "sl_a/b": service, sl_A_B: service, "sl_..": service, sl_roles: service };
    const drafted = files(
      Object.keys(people).map(user => found(user)),
      people,
    );
    expect(Object.entries(drafted).map(([stem, { username }]) => [stem, username])).toEqual([
      ["__", ".."],
      ["A_B", undefined],
      ["a_b-2", "a/b"],
      ["roles-2", "roles"],
    ]);
  });

  it("puts an account at several hosts into one file, if it is the same at all of them", () => {
    const hosts = [found("sl_app", { host: "10.2.%" }), found("sl_app", { host: "10.1.%" })];
    expect(files(hosts, { sl_app: service })["app"]).toMatchObject({ hosts: ["10.1.%", "10.2.%"] });
    const other = [hosts[0]!, found("sl_app", { host: "10.1.%", databases: [row("billing", "SELECT")] })];
    expect(reasons(other, { sl_app: service })).toContain("at different hosts differ");
  });

  it("names accounts without the prefix for the construct, unless one of that name has the prefix", () => {
    const accounts = [found("legacy"), found("sl_old"), found("old"), found("far", { host: "10.%" })];
    const people = { legacy: service, sl_old: service, old: service, far: service };
    const { leftOut, names } = draft(accounts, people);
    expect(names).toEqual({ takeOver: { legacy: "legacy@%" } });
    expect(leftOut.map(({ user }) => user)).toEqual(["far", "old"]);
    expect(files(accounts, people)["legacy"]).toMatchObject({ name: "legacy", login: "existing" });
  });

  it("keeps what the construct names already, and names nothing twice", () => {
    const before = { prefix: "sl", alsoManages: ["old@%"], takeOver: { "joe.doe": "joe@%" } };
    const { alsoManages, takeOver } = before;
    expect(namedByConstruct(before, ["old", "joe", "sl_x"], true)).toEqual({ alsoManages, takeOver });
    expect(namedByConstruct(before, ["app"], true)).toEqual({ alsoManages: ["old@%", "app@%"], takeOver });
    expect(namedByConstruct(before, ["app"], false)).toEqual({
      alsoManages,
      takeOver: { "joe.doe": "joe@%", app: "app@%" },
    });
  });

  it.each([
    ["acts as another one", { proxies: [{ user: "root", host: "%", grantOption: false }] }, /PROXY/],
    [
      "has partial revokes",
      { restrictions: [{ database: "orders", privileges: ["SELECT"] }] },
      /partial revokes on orders/,
    ],
    ["is a role of others", { members: [{ user: "sl_b", host: "%" }] }, /others have it as a role: sl_b/],
    [
      "administers the cluster",
      { roles: [{ user: "rds_superuser_role", host: "%", adminOption: false }] },
      /administrator/,
    ],
    ["holds nothing", { databases: [] }, /no privilege/],
    [
      "is locked while its events run",
      { locked: true, definerOf: [{ kind: "EVENT", database: "orders", name: "e", enabled: true }] },
      /locked, and EVENT orders.e run/,
    ],
  ] satisfies [string, Partial<ObservedAccount>, RegExp][])(
    "leaves out an account that %s",
    (_, held, reason) => {
      const people = { sl_app: service };
      expect(reasons([found("sl_app", held)], people)).toMatch(reason);
      expect(files([found("sl_app", held)], people)).toEqual({});
    },
  );

  it("leaves out what was rejected, and proposes no role for it", () => {
    const accounts = [found("sl_app", { databases: [row("orders", "DROP")] })];
    const rejected = new Map([["sl_app", ["the plan would not leave it"]]]);
    expect(draft(accounts, { sl_app: service }).roles).toHaveProperty("drop");
    const { leftOut, roles: none } = draft(accounts, { sl_app: service }, { rejected });
    expect([none, leftOut[0]!.reasons]).toEqual([{}, ["the plan would not leave it"]]);
  });

  it("leaves alone what the folder declares, the server's own accounts and native roles", () => {
    const role = {
      locked: true,
      passwordExpired: true,
      authenticationString: "",
      plugin: "caching_sha2_password",
    };
    const accounts = [
      found("sl_app"),
      found("rdsadmin"),
      found("admin"),
      found("", { host: "%" }),
      observedAccount("team", role),
    ];
    const {
      declared,
      files: none,
      leftOut,
      missing,
      nativeRoles,
    } = draft(accounts, {}, { declared: new Set(["sl_app"]) });
    expect([declared, none, leftOut, missing, nativeRoles]).toEqual([["sl_app"], [], [], [], ["'team'@'%'"]]);
  });
});
