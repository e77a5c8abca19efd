import { rosterSchema } from "../../../../core/roster/roster";
import { problemLine } from "../../../../core/users";
import { usersOf } from "../../reader/users-of";

const PROJECTS = `shop:
  owner: {name: O, email: o@example.com}
  environments: {prod: {cluster: orders, databases: [shop]}}
`;
const user = (...grants: string[]) =>
  `name: N\nkind: service\ngrants:\n${grants.map(grant => `  - {${grant}}\n`).join("")}`;
const read = (...grants: string[]) =>
  usersOf({ "projects.yaml": PROJECTS, "a.yaml": user(...grants) }, { orders: {} });
const problemsOf = (...grants: string[]) =>
  read(...grants).problems.map(problem => problemLine(problem).replace(/^users\/a\.yaml:/, ""));

describe("grants of the whole server, patterns and GRANT OPTION", () => {
  test("stand in the roster by what they name, each with its own end", () => {
    const { problems, rosters } = read(
      "cluster: orders, global: [process, Replication  Client], expires: 2027-03-31, reason: INC-1",
      "project: shop, environment: prod, nativeRoles: [AWS_LAMBDA_ACCESS, 'team `x']",
      "cluster: orders, pattern: 'tenant\\_%', role: read",
      "cluster: orders, databases: [orders], role: read, grantOption: true",
      "cluster: orders, database: orders, tables: [t], privileges: [INSERT], grantOption: true",
    );
    expect(problems).toEqual([]);
    const { accounts } = rosters["orders"]!;
    const terms = { expires: "2027-04-01T00:00:00Z", reason: "INC-1" };
    const project = "shop/prod";
    expect(accounts["sl_a"]).toEqual({
      kind: "service",
      user: "a",
      name: "N",
      databases: { orders: { role: "read", grantOption: true } },
      objects: {
        "PROCESS ON *.*": { role: "PROCESS ON *.*", ...terms },
        "REPLICATION CLIENT ON *.*": { role: "REPLICATION CLIENT ON *.*", ...terms },
        "ROLE `AWS_LAMBDA_ACCESS`": { role: "ROLE `AWS_LAMBDA_ACCESS`", project },
        "ROLE `team ``x`": { role: "ROLE `team ``x`", project },
        "PATTERN `tenant\\_%`": { role: "read" },
        "`orders`.`t`": { role: "INSERT", privileges: ["INSERT"], grantOption: true },
      },
    });
    for (const roster of Object.values(rosters)) expect(rosterSchema.parse(roster)).toEqual(roster);
  });

  test("name a privilege that is never granted, or not there, with what to do", () => {
    expect(
      problemsOf(
        "cluster: orders, global: [PROCES, SUPER, SET_USER_ID, BACKUP_ADMIN, SELECT, ALL, INVOKE LAMBDA, GRANT OPTION, NOPE]",
      ),
    ).toEqual([
      '4:32 grants[0].global[0]: MySQL has no global privilege "PROCES"; did you mean "PROCESS"?',
      "4:40 grants[0].global[1]: SUPER is never granted: its holder could get any access, or harm the server; leave it out",
      "4:47 grants[0].global[2]: SET_USER_ID is never granted: its holder could get any access, or harm the server; leave it out",
      "4:60 grants[0].global[3]: BACKUP_ADMIN cannot be granted: Aurora's administrator does not hold it; leave it out",
      "4:74 grants[0].global[4]: SELECT on the whole server reaches the server's own databases; grant it on `databases`, or on a `pattern`",
      "4:82 grants[0].global[5]: ALL on the whole server reaches the server's own databases; name each privilege",
      "4:87 grants[0].global[6]: INVOKE LAMBDA is no privilege since Aurora MySQL 3, but the role AWS_LAMBDA_ACCESS; write `nativeRoles: [AWS_LAMBDA_ACCESS]`",
      "4:102 grants[0].global[7]: GRANT OPTION is not granted on the whole server; write `grantOption: true` at a grant on databases",
      expect.stringContaining('MySQL has no global privilege "NOPE"; there are: PROCESS, RELOAD'),
    ]);
  });

  test("name no account that is managed, of AWS or of the server as a role", () => {
    expect(
      problemsOf(
        "cluster: orders, nativeRoles: [sl_jane, rds_superuser_role, rdsadmin, root, mysql.sys, AWS_X, r, r]",
      ),
    ).toEqual([
      ...["sl_jane", "rds_superuser_role", "rdsadmin", "root", "mysql.sys"].map((name, index) =>
        expect.stringContaining(
          `nativeRoles[${index}]: "${name}" is a managed account, or an account of the server or of AWS, which is never granted as a role`,
        ),
      ),
      expect.stringContaining('nativeRoles[7]: "r" is already in this list'),
    ]);
  });

  test("a pattern has a wildcard, and reaches none of the server's databases", () => {
    const pattern = (text: string) => `cluster: orders, pattern: '${text}', role: read`;
    for (const wrong of ["orders", "a\\_b", "a/%", "a*%", "a\\b%", "%\\"])
      expect([wrong, problemsOf(pattern(wrong))]).toEqual([
        wrong,
        [expect.stringContaining("cannot be a pattern of databases")],
      ]);
    for (const own of ["%", "my%", "s_s", "performance\\_schem_", "MYSQ_", "%s%"])
      expect([own, problemsOf(pattern(own))]).toEqual([
        own,
        [expect.stringContaining("reaches one of the server's own databases")],
      ]);
    expect(problemsOf(pattern("tenant_%"))).toEqual([]);
  });

  test("a pattern overlaps with no database or pattern of the same account and cluster", () => {
    const [tenants, db] = [
      "cluster: orders, pattern: 'tenant_%', role: read",
      "cluster: orders, databases: [Tenant_1], role: read",
    ];
    expect(problemsOf(tenants, db)).toEqual([
      '5:5 grants[1]: "Tenant_1" on "orders" and "tenant_%", users/a.yaml:4, can be one database: MySQL applies one of them; change the pattern, or leave one of the two out',
    ]);
    expect(problemsOf(tenants, "cluster: orders, pattern: '%_prod', role: read")).toHaveLength(1);
    expect(
      problemsOf(
        "cluster: orders, pattern: 'tenant\\_%', role: read",
        "cluster: orders, databases: [tenantX1], role: read",
      ),
    ).toEqual([]);
  });

  test("are a grant of their own, each named once", () => {
    expect(problemsOf("cluster: orders, databases: [a], role: read, global: [PROCESS]")).toEqual([
      expect.stringContaining(
        "`global` cannot be combined with `databases` and `role`; write a grant of its own for it",
      ),
    ]);
    expect(problemsOf("cluster: orders, databases: [a], pattern: 'x%', role: read")).toEqual([
      expect.stringContaining(
        "`pattern` cannot be combined with `databases` and `role`; write a grant of its own for it",
      ),
    ]);
    expect(
      problemsOf("cluster: orders, global: [PROCESS]", "project: shop, environment: prod, global: [PROCESS]"),
    ).toEqual([expect.stringContaining("an account has one grant on a global privilege")]);
    expect(problemsOf("cluster: orders, global: []")).toEqual([
      expect.stringContaining("grants[0].global: is empty"),
    ]);
  });

  test("are above a ceiling that does not name them", () => {
    const files = {
      "a.yaml": user(
        "cluster: orders, global: [PROCESS, RELOAD], nativeRoles: [r, AWS_X]",
        "cluster: orders, databases: [orders], role: read, grantOption: true",
        "cluster: orders, pattern: 't%', role: read",
      ),
    };
    const under = (ceiling: object) =>
      usersOf(files, { orders: { ceiling: { privileges: ["SELECT"], ...ceiling } } }).problems.map(
        ({ message }) => message,
      );
    expect(under({ databases: ["orders"] })).toEqual([
      '"global PROCESS", "global RELOAD" of "orders": the cluster\'s ceiling names no such global privilege',
      '"native role AWS_X", "native role r" of "orders": the cluster\'s ceiling names no such native role',
      'the role "read" on "orders" of "orders": asks for GRANT OPTION, which the cluster\'s ceiling does not allow',
      'the role "read" on "pattern t%" of "orders": is not among the patterns that the ceiling names, as it must be where the ceiling names databases',
    ]);
    const all = { global: ["PROCESS", "RELOAD"], nativeRoles: ["r", "AWS_X"], grantOption: true };
    expect(under({ databases: ["orders"], patterns: ["t%"], ...all })).toEqual([]);
    expect(under(all)).toEqual([]);
  });
});
