import { approversOfPlans, missingApprovals, NOTHING_OWNED } from "../../../../core/approvers";
import type { Roster } from "../../../../core/roster/roster";
import { readPlan } from "../../../../core/summary/read-plan";
import { NOW, type PlannedCluster, planJson } from "../../../support/summary-plans";
import { usersOf } from "../../reader/users-of";

const FOLDER = usersOf({
  "projects.yaml": `
shop:
  owner: { name: Olga, email: olga@example.com }
  environments: { prod: { cluster: orders, databases: [shop_eu] } }
books:
  owner: { name: Bo, email: bo@example.com }
  environments: { prod: { cluster: orders, databases: [ledger] } }
`,
  "olga.yaml":
    "{ name: Olga, email: olga@example.com, grants: [{ cluster: orders, databases: [shop_eu], role: read }] }",
});
const ROSTER = FOLDER.rosters["orders"]!;
const MORE: Roster = {
  ...ROSTER,
  accounts: {
    ...ROSTER.accounts,
    sl_app: { kind: "service", user: "app", databases: { ledger: { role: "read" } } },
  },
};

const approvals = (planned: Partial<PlannedCluster>, more = {}) =>
  approversOfPlans(FOLDER, FOLDER, [
    readPlan(
      planJson([{ cluster: "orders", before: ROSTER, after: ROSTER, ...planned }], more),
      "plan.json",
      NOW,
    ),
  ]);
const owners = (planned: Partial<PlannedCluster>) =>
  approvals(planned).required.map(({ owner, touched }) => `${owner}: ${touched.join(", ")}`);
const SHOP = "olga@example.com: database orders/shop_eu";
const BOOKS = "bo@example.com: database orders/ledger";

describe("who has to agree to a plan", () => {
  it("nobody has to where nothing changes, also with unlike folders: the rosters are the plan's", () => {
    expect(approvals({})).toEqual({ required: [], unowned: [], gaining: [], unsure: [] });
    const plan = readPlan(planJson([{ cluster: "orders", before: ROSTER, after: ROSTER }]), "p", NOW);
    expect(approversOfPlans(FOLDER, { ...FOLDER, rosters: {} }, [plan]).required).toEqual([]);
  });

  it("owners of what the app grants itself have to, which no file of the folder has", () => {
    expect(owners({ after: MORE })).toEqual([BOOKS]);
  });

  it.each<[string, string, string[], string[]]>([
    ["of a database", "REVOKE DELETE ON `shop\\_eu`.* FROM 'sl_mallory'@'%'", [SHOP], []],
    ["of a pattern", "REVOKE DELETE ON `shop_eu`.* FROM 'sl_mallory'@'%'", [SHOP], []],
    ["of all databases by pattern", "REVOKE DELETE ON `%`.* FROM 'sl_mallory'@'%'", [BOOKS, SHOP], []],
    ["of a table", "REVOKE SELECT ON `ledger`.`rows` FROM 'sl_mallory'@'%'", [BOOKS], []],
    ["of the server", "REVOKE PROCESS ON *.* FROM 'sl_mallory'@'%'", [], ["server orders"]],
    ["of an account that nobody declares", "DROP USER 'sl_mallory'@'%'", [], ["server orders"]],
    ["of a declared account", "ALTER USER 'sl_olga'@'%' ACCOUNT UNLOCK", [SHOP], []],
    [
      "of a database that nobody owns",
      "REVOKE SELECT ON `stray`.* FROM 'sl_mallory'@'%'",
      [],
      ["database orders/stray"],
    ],
  ])("drift %s counts", (_, statement, required, unowned) => {
    expect(owners({ statements: [statement] })).toEqual(required);
    expect(approvals({ statements: [statement] })).toMatchObject({ unowned, unsure: [] });
  });

  it("an owner gains by drift that gives them access back", () => {
    const found = approvals({ statements: ["GRANT SELECT ON `shop\\_eu`.* TO 'sl_olga'@'%'"] });
    expect(missingApprovals(found, ["olga@example.com"])).toHaveLength(1);
    expect(missingApprovals(found, ["bo@example.com"])).toEqual([]);
  });

  it("nobody can agree to what is not known", () => {
    const unknown = approvals({ unknown: true, after: undefined });
    expect(missingApprovals(unknown, ["olga@example.com", "bo@example.com"])).toEqual([
      "the plan does not know yet who has access to orders after it",
    ]);
    expect(approvals({}, { errored: true }).unsure).toEqual(["the plan failed: it is not whole"]);
    expect(approvals({ statements: ["FLUSH PRIVILEGES"] }).unsure).toEqual([
      "SQL on orders could not be read (statements: 1)",
    ]);
  });

  it("a project that only the plan's roster names has its owner from there", () => {
    const after = {
      ...MORE,
      projects: { books: { owner: { email: "bo@example.com" } } },
      accounts: {
        sl_app: {
          kind: "service" as const,
          user: "app",
          databases: { ledger: { role: "read", project: "books/prod" } },
        },
      },
    };
    const plan = readPlan(
      planJson([{ cluster: "orders", before: { roles: {}, accounts: {} }, after }]),
      "p",
      NOW,
    );
    expect(approversOfPlans(NOTHING_OWNED, NOTHING_OWNED, [plan])).toMatchObject({
      required: [{ owner: "bo@example.com", touched: ["project books"] }],
      unowned: ["database orders/ledger"],
    });
  });
});
