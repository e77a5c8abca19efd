import { DEFAULT_CEILING } from "../../../core/roster/ceiling";
import { rosterSchema } from "../../../core/roster/roster";
import { problemLine } from "../../../core/users";
import { usersOf } from "./users-of";

const HEAD = "name: Jane Doe\nemail: jane.doe@example.com\ngrants:\n";
const PROJECTS = `shop:
  owner: {name: Priya Nair, email: priya.nair@example.com}
  environments:
    prod:
      cluster: orders
      databases: [orders, archive]
      roles: {write: {privileges: [SELECT, INSERT]}}
`;
const clusters = { orders: { ceiling: { ...DEFAULT_CEILING, databases: ["orders", "archive"] } } };

const found = (...grants: readonly string[]) =>
  usersOf(
    { "jane.yaml": HEAD + grants.map(grant => `  - {${grant}}\n`).join(""), "projects.yaml": PROJECTS },
    clusters,
  );
const problems = (...grants: readonly string[]) =>
  found(...grants).problems.map(problem => problemLine(problem).replace(/^users\/jane.yaml:/, ""));
const ON = "cluster: orders, database: orders";

describe("a grant on what is in a database", () => {
  it("becomes one entry of the roster for each table and routine", () => {
    const { problems, rosters } = found(
      "cluster: orders, databases: [archive], role: read",
      `${ON}, tables: [customers, "o\`t"], role: write, expires: 2027-03-31, reason: INC-1`,
      `${ON}, columns: {customers: [name, id], invoices: [total]}, privileges: [update, SELECT]`,
      `${ON}, procedures: [close_order], functions: [net]`,
      "project: shop, environment: prod, database: archive, tables: [t], role: write",
    );
    expect(problems).toEqual([]);
    const jane = rosters["orders"]!.accounts["sl_jane"]!;
    const terms = { role: "write", expires: "2027-04-01T00:00:00Z", reason: "INC-1" };
    const update = { role: "SELECT, UPDATE", privileges: ["SELECT", "UPDATE"] };
    const execute = { role: "EXECUTE", privileges: ["EXECUTE"] };
    expect(jane.databases).toEqual({ archive: { role: "read" } });
    expect(Object.entries(jane.objects!)).toEqual([
      ["FUNCTION `orders`.`net`", execute],
      ["PROCEDURE `orders`.`close_order`", execute],
      ["`archive`.`t`", { role: "write", privileges: ["SELECT", "INSERT"], project: "shop/prod" }],
      ["`orders`.`customers`", terms],
      ["`orders`.`customers` (`id`, `name`)", update],
      ["`orders`.`invoices` (`total`)", update],
      ["`orders`.`o``t`", terms],
    ]);
    expect(Object.keys(rosters["orders"]!.roles)).toEqual(["read", "write"]);
    expect(rosterSchema.safeParse(rosters["orders"]).success).toBe(true);
  });

  it("may be in a database that another grant gives as a whole", () => {
    const grants = ["cluster: orders, databases: [orders], role: read", `${ON}, tables: [t], role: write`];
    expect(problems(...grants)).toEqual([]);
  });

  it.each<[string, readonly string[], string]>([
    [
      "a role that cannot all be there",
      [`${ON}, tables: [t, u], role: admin`],
      '4:5 grants[0]: the role "admin" on "orders.t", "orders.u" of "orders": asks for CREATE TEMPORARY TABLES, EXECUTE, CREATE ROUTINE, EVENT, which MySQL does not grant on a table; on a table there are: SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, REFERENCES, INDEX, ALTER, CREATE VIEW, SHOW VIEW, TRIGGER',
    ],
    [
      "a privilege that columns have not",
      [`${ON}, columns: {t: [a]}, privileges: [SELECT, DELETE]`],
      '4:5 grants[0]: SELECT, DELETE on "orders.t (a)" of "orders": asks for DELETE, which MySQL does not grant on a column; on a column there are: SELECT, INSERT, UPDATE, REFERENCES',
    ],
    [
      "more than the ceiling allows",
      [`${ON}, procedures: [p], privileges: [ALTER ROUTINE]`],
      `4:5 grants[0]: ALTER ROUTINE on "orders.procedure p" of "orders": asks for ALTER ROUTINE, which the cluster's ceiling does not allow; ask for less, or let the ceiling of the cluster allow it (the \`ceiling\` of its construct)`,
    ],
    [
      "a database beyond the ceiling",
      ["cluster: orders, database: hr, tables: [t], role: read"],
      '4:5 grants[0]: the role "read" on "hr.t" of "orders": is not among the databases that the ceiling names (orders, archive); ask for less, or let the ceiling of the cluster allow it (the `ceiling` of its construct)',
    ],
    [
      "one of the server's databases",
      ["cluster: orders, database: mysql, tables: [user], role: read"],
      `4:33 grants[0].database: "mysql" reaches one of the server's own databases (mysql, sys, performance_schema, information_schema), which are never granted; leave it out`,
    ],
    [
      "a pattern",
      [`${ON}, tables: ["t%"], role: read`],
      '4:50 grants[0].tables[0]: "t%" looks like a pattern; names are literal; list each table',
    ],
    [
      "a table's name in two spellings",
      [`${ON}, tables: [t, T], role: read`],
      '4:53 grants[0].tables[1]: "T" is already in this list, at users/jane.yaml:4; leave one out',
    ],
    [
      "a column twice",
      [`${ON}, columns: {t: [a, b]}, role: read`, `${ON}, columns: {t: [B]}, role: write`],
      '5:5 grants[1]: grants "orders.t (B)" on "orders", and users/jane.yaml:4 grants it, too; leave one of the two out: an account has one grant on a table, column or routine',
    ],
    [
      "a table twice",
      [
        `${ON}, tables: [t], role: read`,
        "project: shop, environment: prod, database: orders, tables: [t], role: read",
      ],
      '5:5 grants[1]: grants "orders.t" on "orders", and users/jane.yaml:4 grants it, too; leave one of the two out: an account has one grant on a table, column or routine',
    ],
    [
      "neither role nor privileges",
      [`${ON}, tables: [t]`],
      "4:5 grants[0]: gives nothing; write `role` or `privileges`",
    ],
    [
      "both role and privileges",
      [`${ON}, tables: [t], role: read, privileges: [SELECT]`],
      "4:66 grants[0].privileges: `privileges` cannot be combined with `role`; leave one of the two out",
    ],
    [
      "privileges on nothing",
      [`${ON}, privileges: [SELECT]`],
      "4:5 grants[0]: names nothing in the database; write `tables`, `columns`, `procedures` or `functions`; or `databases` for all of a database",
    ],
    [
      "no database",
      ["cluster: orders, tables: [t], role: read"],
      "4:5 grants[0].database: is missing; write `database`: the literal name of the database that has the tables, columns or routines",
    ],
    [
      "several databases",
      ["cluster: orders, databases: [orders], tables: [t], role: read"],
      "4:23 grants[0].databases: `databases` cannot be combined with `tables`, `columns`, `procedures`, `functions` or `privileges`; write `database`, and a grant for each database",
    ],
    [
      "a database that the environment has not",
      ["project: shop, environment: prod, database: orderz, tables: [t], role: read"],
      '4:50 grants[0].database: "orderz" is no database of shop/prod (users/projects.yaml:5); did you mean "orders"?',
    ],
    [
      "no list of columns",
      [`${ON}, columns: {t: []}, role: read`],
      "4:54 grants[0].columns.t: is empty; name at least one",
    ],
  ])("is refused for %s", (_what, grants, problem) => {
    expect(problems(...grants)).toEqual([problem]);
  });
});
