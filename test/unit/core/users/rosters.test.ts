import { DATABASE_PRIVILEGES } from "../../../../core/catalogue/mysql-privileges";
import { DEFAULT_CEILING } from "../../../../core/roster/ceiling";
import { rosterSchema } from "../../../../core/roster/roster";
import { problemLine } from "../../../../core/users";
import { usersOf } from "../../reader/users-of";

const jane = (grants: string) => `name: Jane Doe\nemail: jane.doe@example.com\ngrants:\n${grants}`;

describe("rosters", () => {
  test("have each account with its databases, role, expiry, reason and project", () => {
    const { rosters, problems } = usersOf({
      "projects.yaml": `pay:
  owner: {name: T Z, email: t@example.com}
  environments:
    prod:
      cluster: payments
      databases: [payments, ledger]
      roles: {read_write: {privileges: [update, select, SELECT]}}
`,
      "jane.doe.yaml":
        jane(`  - {cluster: orders, databases: [orders, app_prod], role: read, expires: 2027-03-31, reason: INC-1}
  - {project: pay, environment: prod, role: read_write}
`),
      "sync.yaml":
        "name: Sync\nkind: service\ngrants:\n  - {cluster: orders, databases: [orders], role: write}\n",
    });

    expect(problems).toEqual([]);
    const overridden = { role: "read_write", privileges: ["SELECT", "UPDATE"], project: "pay/prod" };
    const inOrders = { role: "read", expires: "2027-04-01T00:00:00Z", reason: "INC-1" };
    const person = { kind: "person", user: "jane.doe", name: "Jane Doe", email: "jane.doe@example.com" };
    expect(rosters).toEqual({
      orders: {
        roles: { read: ["SELECT"], write: ["SELECT", "INSERT", "UPDATE"] },
        accounts: {
          "sl_jane.doe": { ...person, databases: { app_prod: inOrders, orders: inOrders } },
          sl_sync: { kind: "service", user: "sync", name: "Sync", databases: { orders: { role: "write" } } },
        },
      },
      payments: {
        roles: {},
        accounts: { "sl_jane.doe": { ...person, databases: { ledger: overridden, payments: overridden } } },
        projects: { pay: { owner: { name: "T Z", email: "t@example.com" } } },
      },
    });
    for (const roster of Object.values(rosters)) expect(rosterSchema.parse(roster)).toEqual(roster);
  });

  test("say that an account is suspended, and nothing of one that is not", () => {
    const user = (said: string) =>
      `name: N\nkind: service\n${said}grants:\n  - {cluster: orders, databases: [a], role: read}\n`;
    const { rosters, users, problems } = usersOf({
      "a.yaml": user("suspended: true\n"),
      "b.yaml": user("suspended: false\n"),
      "c.yaml": user(""),
    });
    expect(problems).toEqual([]);
    const { accounts } = rosters["orders"]!;
    expect(Object.values(accounts).map(account => account.suspended)).toEqual([true, undefined, undefined]);
    expect(Object.keys(accounts["sl_b"]!)).toEqual(["kind", "user", "name", "databases"]);
    expect(users.map(({ suspended }) => suspended)).toEqual([true, undefined, undefined]);
    expect(rosterSchema.parse(rosters["orders"])).toEqual(rosters["orders"]);
  });

  test("have only the owners of projects that the cluster's grants name", () => {
    const project = (email: string, cluster: string) =>
      `{owner: {name: N, email: ${email}}, environments: {prod: {cluster: ${cluster}, databases: [a]}}}`;
    const { rosters, problems } = usersOf({
      "projects.yaml": `b: ${project("b@example.com", "orders")}\na: ${project("a@example.com", "orders")}\nc: ${project("c@example.com", "payments")}\nd: ${project("d@example.com", "orders")}\n`,
      "e.yaml": jane("  - {project: b, environment: prod, role: read}\n"),
      "f.yaml": jane(
        "  - {project: a, environment: prod, role: read}\n  - {cluster: payments, databases: [x], role: read}\n",
      ),
    });
    expect(problems).toEqual([]);
    expect(Object.keys(rosters["orders"]!.projects!)).toEqual(["a", "b"]);
    expect(rosters["orders"]!.projects!["a"]).toEqual({ owner: { name: "N", email: "a@example.com" } });
    expect(rosters["payments"]).not.toHaveProperty("projects");
  });

  test("are empty for a declared cluster that nobody may reach", () => {
    const { rosters } = usersOf({ "a.yaml": "name: A\nemail: a@example.com\ngrants: []\n" }, { orders: {} });
    expect(rosters).toEqual({ orders: { roles: {}, accounts: {} } });
  });

  test("use the prefix of the cluster, or else that of the settings", () => {
    const files = {
      "settings.yaml": "prefix: db\n",
      "a.yaml": jane(
        "  - {cluster: orders, databases: [a], role: read}\n  - {cluster: payments, databases: [a], role: read}\n",
      ),
    };
    const { rosters } = usersOf(files, { orders: { prefix: "ord" }, payments: {} });
    expect(Object.values(rosters).map(({ accounts }) => Object.keys(accounts))).toEqual([
      ["ord_a"],
      ["db_a"],
    ]);
  });

  test("are refused if the longest prefix makes an account too long", () => {
    const files = { "a.yaml": `name: A\nemail: a@example.com\nusername: ${"x".repeat(28)}\ngrants: []\n` };
    expect(usersOf(files, { orders: {} }).problems).toEqual([]);
    expect(usersOf(files, { orders: { prefix: "orders" } }).problems).toHaveLength(1);
  });

  test("expand ALL, and accept it if the ceiling does", () => {
    const files = { "a.yaml": jane("  - {cluster: orders, databases: [a], role: trusted_admin}\n") };
    expect(
      usersOf(files, { orders: { ceiling: { privileges: DATABASE_PRIVILEGES } } }).rosters["orders"]!.roles,
    ).toEqual({
      trusted_admin: DATABASE_PRIVILEGES,
    });
    expect(usersOf(files, { orders: { ceiling: DEFAULT_CEILING } }).problems.map(problemLine)).toEqual([
      expect.stringContaining("asks for ALTER ROUTINE, which the cluster's ceiling does not allow"),
    ]);
  });

  test("keep a grant that has expired, with a warning", () => {
    const files = {
      "a.yaml": jane("  - {cluster: orders, databases: [a], role: read, expires: 2026-11-19}\n"),
    };
    const { rosters, problems, warnings } = usersOf(files);
    expect(problems).toEqual([]);
    expect(warnings.map(problemLine)).toEqual([
      'users/a.yaml:4:60 grants[0].expires: "2026-11-19" has passed: this grant gives nothing any more; take the grant out with `aurora-users prune`, or give it a new end',
    ]);
    expect(rosters["orders"]!.accounts["sl_a"]!.databases["a"]).toEqual({
      role: "read",
      expires: "2026-11-20T00:00:00Z",
    });
  });

  test("have text in composed form, as Terraform does", () => {
    const { users } = usersOf({
      "a.yaml": "name: Lucı\u0301a\nemail: a@example.com\naccount: lucı\u0301a\ngrants: []\n".replaceAll(
        "ı",
        "i",
      ),
    });
    expect(users.map(({ name, account }) => [name, account])).toEqual([["Luc\u00eda", "luc\u00eda"]]);
  });

  test("warn if a folder has no user", () => {
    expect(usersOf({}, { orders: {} }).warnings.map(problemLine)).toEqual([
      "users:1:1: holds no user: every managed account loses its access",
    ]);
  });

  test("follow aliases", () => {
    const { rosters, problems } = usersOf({
      "a.yaml": jane(
        "  - {cluster: orders, databases: &d [a, b], role: read}\n  - {cluster: payments, databases: *d, role: read}\n",
      ),
    });
    expect(problems).toEqual([]);
    expect(Object.keys(rosters["payments"]!.accounts["sl_a"]!.databases)).toEqual(["a", "b"]);
  });

  test("do not depend on the order of the files", () => {
    const files = Object.fromEntries(
      ["c", "a", "B"].map(n => [`${n}.yaml`, jane("  - {cluster: orders, databases: [a], role: read}\n")]),
    );
    const reversed = Object.fromEntries(Object.entries(files).reverse());
    expect(JSON.stringify(usersOf(files).rosters)).toBe(JSON.stringify(usersOf(reversed).rosters));
    expect(Object.keys(usersOf(files).rosters["orders"]!.accounts)).toEqual(["sl_B", "sl_a", "sl_c"]);
  });
});
