import { approversOf, missingApprovals } from "../../../../core/approvers";
import { usersOf } from "../../reader/users-of";

type Files = Readonly<Record<string, string>>;
const PROJECTS = `
shop:
  owner: { name: Olga, email: olga@example.com }
  environments: { prod: { cluster: orders, databases: [shop] } }
books:
  owner: { name: Bo, email: Bo@example.com }
  environments: { prod: { cluster: billing, databases: [ledger] } }
`;
const ROLES = `
read: { privileges: [SELECT] }
write: { privileges: [INSERT], inherits: [read] }
admin: { owner: { name: Dan, email: dan@example.com }, privileges: [CREATE], inherits: [write] }
`;
const person = (name: string, ...grants: string[]) =>
  `{ name: ${name}, email: ${name}@example.com, grants: [${grants.map(grant => `{ ${grant} }`).join(", ")}] }`;
const on = (database: string, role = "read", cluster = "orders") =>
  `cluster: ${cluster}, databases: [${database}], role: ${role}`;
const BEFORE: Files = {
  "projects.yaml": PROJECTS,
  "roles.yaml": ROLES,
  "jane.yaml": person("jane", on("shop")),
  "olga.yaml": person("olga"),
};

const change = (after: Files, before = BEFORE) => {
  const [one, other] = [usersOf(before), usersOf({ ...before, ...after })];
  expect([...one.problems, ...other.problems]).toEqual([]);
  return approversOf(one, other);
};
const owners = (after: Files) =>
  change(after).required.map(({ owner, touched }) => `${owner}: ${touched.join(", ")}`);

describe("who has to agree", () => {
  it.each<[string, Files, string[]]>([
    ["nothing", {}, []],
    ["a reason alone", { "jane.yaml": person("jane", `${on("shop")}, reason: CHG-1`) }, []],
    [
      "a gain",
      { "jane.yaml": person("jane", on("shop", "write")) },
      ["olga@example.com: database orders/shop"],
    ],
    ["a loss", { "jane.yaml": person("jane") }, ["olga@example.com: database orders/shop"]],
    [
      "a later end",
      { "jane.yaml": person("jane", `${on("shop")}, expires: 2027-01-01`) },
      ["olga@example.com: database orders/shop"],
    ],
    [
      "a suspension",
      { "jane.yaml": person("jane", on("shop")).replace("grants", "suspended: true, grants") },
      ["olga@example.com: database orders/shop"],
    ],
    [
      "two clusters by project and by a role with an owner",
      {
        "jane.yaml": person("jane", on("shop"), "project: books, environment: prod, role: admin"),
      },
      ["bo@example.com: database billing/ledger, project books", "dan@example.com: role admin"],
    ],
    [
      "a table",
      { "joe.yaml": person("joe", "cluster: billing, database: ledger, tables: [t], role: read") },
      ["bo@example.com: database billing/ledger"],
    ],
    [
      "a pattern",
      { "joe.yaml": person("joe", 'cluster: billing, pattern: "led%", role: read') },
      ["bo@example.com: database billing/ledger"],
    ],
    [
      "another spelling",
      { "joe.yaml": person("joe", on("LEDGER", "read", "billing")) },
      ["bo@example.com: database billing/ledger"],
    ],
    [
      "what the role gives",
      { "roles.yaml": ROLES.replace("[SELECT]", "[SELECT, SHOW VIEW]") },
      ["olga@example.com: database orders/shop"],
    ],
    [
      "another owner: the one before has to agree",
      {
        "projects.yaml": PROJECTS.replace("olga@", "jane@"),
        "jane.yaml": person("jane", on("shop", "write")),
      },
      ["olga@example.com: database orders/shop, project shop"],
    ],
    [
      "the owner of a role",
      { "roles.yaml": ROLES.replace("dan@", "jane@") },
      ["dan@example.com: role admin"],
    ],
    [
      "another owner and a grant by the project: the one before alone",
      {
        "projects.yaml": PROJECTS.replace("Bo@", "eve@"),
        "jane.yaml": person("jane", on("shop"), "project: books, environment: prod, role: read"),
      },
      ["bo@example.com: database billing/ledger, project books"],
    ],
    [
      "another owner of a role and a grant of it: the one before alone",
      { "roles.yaml": ROLES.replace("dan@", "eve@"), "jane.yaml": person("jane", on("shop", "admin")) },
      ["dan@example.com: role admin", "olga@example.com: database orders/shop"],
    ],
    [
      "a new project: its new owner",
      {
        "projects.yaml": `${PROJECTS}\nnew: { owner: { name: N, email: n@example.com }, environments: { prod: { cluster: orders, databases: [new] } } }`,
        "jane.yaml": person("jane", on("shop"), on("new")),
      },
      ["n@example.com: database orders/new"],
    ],
  ])("to %s", (_, after, expected) => {
    expect(owners(after)).toEqual(expected);
  });

  it("names no rules for a new user elsewhere whose address a rule is about", () => {
    const rules = {
      "rules.yaml":
        "a: { readOnly: { emailDomains: [x.example] } }\n" +
        "b: { emailDomains: { role: write, domains: [example.com] } }",
    };
    const guest = person("guest", on("stray", "read", "billing")).replace("@example.com", "@x.example");
    expect(change({ "guest.yaml": guest }, { ...BEFORE, ...rules }).unowned).toEqual([
      "database billing/stray",
    ]);
  });

  it("names what nobody owns: databases, global privileges, rules", () => {
    const after = {
      "jane.yaml": person("jane", on("shop"), on("stray"), "cluster: billing, global: [PROCESS]"),
      "rules.yaml": "a: { readOnly: { users: [x] } }",
    };
    expect(change(after)).toMatchObject({
      required: [],
      unowned: ["database orders/stray", "rules of rules.yaml", "server billing"],
    });
  });
});

describe("the owner of a team", () => {
  const team = (members: string, role = "read", owner = "tina@example.com") =>
    `crew: { owner: { name: Tina, email: ${owner} }, members: [${members}], grants: [{ ${on("shop", role)} }] }`;
  const before = { ...BEFORE, "joe.yaml": person("joe"), "teams.yaml": team("joe") };
  const OLGA = "olga@example.com: database orders/shop";

  it.each<[string, Files, string[]]>([
    ["a member", { "teams.yaml": team("joe, olga") }, [OLGA, "tina@example.com: team crew"]],
    [
      "a member who has the same of their own",
      { "teams.yaml": team("joe, jane") },
      ["tina@example.com: team crew"],
    ],
    ["who leaves", { "teams.yaml": team("") }, [OLGA, "tina@example.com: team crew"]],
    ["its grants", { "teams.yaml": team("joe", "write") }, [OLGA, "tina@example.com: team crew"]],
    [
      "another owner",
      { "teams.yaml": team("joe", "read", "jane@example.com") },
      ["tina@example.com: team crew"],
    ],
    ["a grant of a member's own", { "joe.yaml": person("joe", on("shop", "write")) }, [OLGA]],
  ])("has to agree to %s", (_, after, expected) => {
    const { required } = change(after, before);
    expect(required.map(({ owner, touched }) => `${owner}: ${touched.join(", ")}`)).toEqual(expected);
  });

  it("who becomes a member gains by that", () => {
    const files = { ...before, "tina.yaml": person("tina") };
    const approvals = change({ "teams.yaml": team("joe, tina") }, files);
    expect(missingApprovals(approvals, ["tina@example.com", "olga@example.com"])).toEqual([]);
    expect(missingApprovals(approvals, ["tina@example.com"])).toHaveLength(2);
  });
});

it("a cluster that is new has its rules as it comes", () => {
  const before = { ...BEFORE, "rules.yaml": "a: { readOnly: { users: [x] } }" };
  expect(
    change({ "jane.yaml": person("jane", on("shop"), on("ledger", "read", "billing")) }, before),
  ).toMatchObject({
    required: [{ owner: "bo@example.com" }],
    unowned: [],
  });
});

describe("an approval", () => {
  const gain = change({ "jane.yaml": person("jane", on("shop", "write")) });
  const ofOwner = change({ "olga.yaml": person("olga", on("shop", "write")) });

  it.each<[string, typeof gain, string[], number]>([
    ["of nobody does not suffice", gain, [], 1],
    ["of another person does not suffice", gain, ["bo@example.com"], 1],
    ["of the owner suffices, in any case", gain, ["Olga@Example.com"], 0],
    ["of owners who gain themselves does not suffice", ofOwner, ["olga@example.com"], 1],
    [
      "of owners who gain, and of somebody who does not, suffices",
      ofOwner,
      ["olga@example.com", "bo@example.com"],
      0,
    ],
    ["of somebody else suffices where owners gain", ofOwner, ["bo@example.com"], 0],
  ])("%s", (_, approvals, approvers, missing) => {
    expect(missingApprovals(approvals, approvers)).toHaveLength(missing);
  });

  it("of an owner with a new address in the same change is still one of somebody who gains", () => {
    const renamed = person("olga", on("shop", "write")).replace("olga@", "other@");
    const approvals = change(
      { "olga.yaml": renamed },
      { ...BEFORE, "olga.yaml": person("olga", on("shop")) },
    );
    expect(missingApprovals(approvals, ["olga@example.com"])).toHaveLength(1);
    expect(missingApprovals(approvals, ["other@example.com"])).toHaveLength(1);
  });

  it("of an owner is none for what an agent of theirs gains", () => {
    const bot = `{ name: B, kind: agent, owner: olga, grants: [{ ${on("shop")}, expires: 2026-12-31 }] }`;
    expect(missingApprovals(change({ "bot.yaml": bot }), ["olga@example.com"])).toHaveLength(1);
  });
});
