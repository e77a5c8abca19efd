import { rosterSchema } from "../../../../core/roster/roster";
import { ruleViolations, violationText } from "../../../../core/rules";
import { problemLine } from "../../../../core/users";
import { NOW, usersOf } from "../../reader/users-of";

const PROJECTS = `shop: { owner: { name: O, email: o@example.com }, environments: { prod: { cluster: orders, databases: [shop] } } }`;
const JANE =
  "{ name: Jane, email: j@example.com, grants: [{ cluster: orders, databases: [payments], role: read }] }";
const found = (rules: string, name = "rules.yaml") => {
  const { problems, warnings } = usersOf(
    { [name]: rules, "projects.yaml": PROJECTS, "jane.yaml": JANE },
    { orders: {} },
  );
  return [...problems, ...warnings].map(problemLine);
};

describe("rules.yaml", () => {
  it.each<[string, string, string]>([
    [
      "a database",
      "a: { neverTogether: [paymnets:write, shop:write] }",
      'no project and no grant names "paymnets"; did you mean "payments"?',
    ],
    [
      "a project",
      "a: { endWithin: { role: read, days: 1, on: [shp] } }",
      'no project and no grant names "shp"; did you mean "shop"?',
    ],
    [
      "an environment",
      "a: { endWithin: { role: read, days: 1, on: [shop/prd] } }",
      '"shop" has no database or environment "prd"; did you mean "prod"?',
    ],
    [
      "a cluster",
      "a: { endWithin: { role: read, days: 1, on: [ordrs/shop] } }",
      'unknown cluster or project "ordrs"; did you mean "orders"?',
    ],
    [
      "a database of a cluster",
      "a: { endWithin: { role: read, days: 1, on: [orders/shup] } }",
      '"orders" has no database or environment "shup"; did you mean "shop"?',
    ],
    ["a role", "a: { mostHolders: { role: admn, most: 1 } }", 'unknown role "admn"; did you mean "admin"?'],
    [
      "a role of a pair",
      "a: { neverTogether: [payments:wrte, shop:write] }",
      'unknown role "wrte"; did you mean "write"?',
    ],
    [
      "a project of an owner",
      "a: { noSoleOwner: { on: [shup] } }",
      'unknown project "shup"; did you mean "shop"?',
    ],
    [
      "an excepted user",
      "a: { noSoleOwner: {}, except: { jnae: CHG-1 } }",
      'no file is of a user "jnae"; did you mean "jane"?',
    ],
    [
      "a kind of rule",
      "a: { neverTogehter: [payments:write, shop:write] }",
      'unknown key "neverTogehter"; did you mean "neverTogether"?',
    ],
    ["a field", "a: { mostHolders: { role: admin, mots: 1 } }", 'unknown key "mots"; did you mean "most"?'],
  ])("with a misspelt name of %s is reported: it would check nothing", (_, rules, problem) => {
    expect(found(rules)).toEqual([expect.stringContaining(problem)]);
    expect(found(rules)[0]).toMatch(/^users\/rules\.yaml:1:\d+ a/);
  });

  it.each<[string, string, string]>([
    ["names no role", "a: { neverTogether: [payments, shop:write] }", '"payments" names no role'],
    ["names one role only", "a: { neverTogether: [payments:write] }", "neverTogether"],
    ["is of two kinds", "a: { noSoleOwner: {}, readOnly: { users: [x] } }", "write a rule of its own for it"],
    ["names nobody", "a: { readOnly: {} }", "names nobody"],
    ["excepts without a reason", "a: { noSoleOwner: {}, except: { jane: } }", "except.jane"],
    ["means one database twice", "a: { neverTogether: [shop:write, orders/shop:read] }", "share a database"],
    [
      "has a pattern that can take long",
      'a: { reasonMatches: { pattern: "(a+)+$" } }',
      "which can take very long",
    ],
    ["has a pattern that is none", 'a: { reasonMatches: { pattern: "(a" } }', "has a `(` without a `)`"],
  ])("that %s is refused", (_, rules, problem) => {
    expect(found(rules).join("\n")).toContain(problem);
  });

  it("by another name is no user's file", () => {
    expect(found("a: { noSoleOwner: {} }", "rule.yaml").join()).toContain('did you mean "rules.yaml"?');
  });

  it("goes with the roster of each cluster where it names something", () => {
    const { rosters } = usersOf(
      {
        "rules.yaml":
          "b: { neverTogether: [shop:write, payments:write], why: x }\na: { endWithin: { role: admin, days: 3, on: [orders/payments] } }",
        "projects.yaml": PROJECTS,
        "jane.yaml": JANE,
      },
      { orders: {}, other: {} },
    );
    expect(rosters["orders"]?.rules).toEqual({
      a: { endWithin: { role: "admin", days: 3, strength: "define", databases: ["payments"] } },
      b: {
        why: "x",
        neverTogether: [
          { role: "write", strength: "change", databases: ["shop"] },
          { role: "write", strength: "change", databases: ["payments"] },
        ],
      },
    });
    // A database's name alone means it on each cluster.
    expect(Object.keys(rosters["other"]?.rules ?? {})).toEqual(["b"]);
    expect(usersOf({ "jane.yaml": JANE }, { orders: {} }).rosters["orders"]).not.toHaveProperty("rules");
  });
});

describe("names that JavaScript knows", () => {
  it.each(["constructor", "toString", "hasOwnProperty"])("%s is a name like any other", name => {
    const user = `{ name: U, email: u@example.com, grants: [{ cluster: orders, databases: [${name}], role: ${name} }] }`;
    const files = {
      "rules.yaml": `${name}: { endWithin: { role: ${name}, days: 3, on: [${name}] }, except: { ${name}: CHG-1 } }`,
      "roles.yaml": `${name}: { privileges: [CREATE] }`,
      [`${name}.yaml`]: user,
    };
    const fault = `jane holds ${name} or as much and it has no end, but must end within 3 days`;
    expect(usersOf({ ...files, "jane.yaml": user }).problems.map(problemLine)).toEqual([
      expect.stringContaining(fault),
    ]);
    const { problems, rosters } = usersOf(files);
    expect(problems).toEqual([]);
    // As a function gets it.
    const { accounts, ...roster } = rosters["orders"]!;
    const sl_jane = { ...accounts[`sl_${name}`], user: "jane" };
    const payload = JSON.stringify({ ...roster, accounts: { ...accounts, sl_jane } });
    const one = { cluster: name, roster: rosterSchema.parse(JSON.parse(payload)) };
    expect(ruleViolations([one], NOW).map(violation => violationText(violation))).toEqual([
      `${fault}: ${name} on "${name}" of "${name}" (sl_jane). The rule ${name} forbids it`,
    ]);
  });

  it("__proto__ is refused everywhere", () => {
    const rules =
      '__proto__: { readOnly: { users: [x] } }\na: { neverTogether: ["__proto__:read", "shop:read"] }';
    expect(found(rules).join()).toMatch(
      /`__proto__` cannot be a key.*no project and no grant names "__proto__"/,
    );
    expect(found("a: { readOnly: { users: [x] }, except: { __proto__: CHG-1 } }").join()).toMatch(
      /`__proto__` cannot be a key/,
    );
  });
});
