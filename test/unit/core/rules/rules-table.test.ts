import { on, person, problemsOf, warningsOf } from "./files";

type Users = Readonly<Record<string, string>>;
interface Case {
  readonly rule: string;
  readonly keeps: readonly (readonly [why: string, users: Users])[];
  readonly breaks: readonly (readonly [how: string, users: Users, fault: string])[];
}

const jane = (...grants: string[]): Users => ({ jane: person("jane", grants) });
const TOGETHER = "duties: { neverTogether: [payments:write, ledger:write], why: four eyes }";
const TABLE = "cluster: orders, database: shop, privileges: [SELECT], tables: [t]";
const PAYS = on("payments", "write");
const BOOKS = on("ledger", "write");
const holds = "jane holds what one person never holds together";
const ends = (date: string) => `, expires: ${date}`;
const reason = (text: string) => `, reason: ${JSON.stringify(text)}`;
const priv = (...privileges: string[]) => `database: ledger, privileges: [${privileges.join(", ")}]`;
const admins = (count: number, role = "admin"): Users =>
  Object.fromEntries(
    Array.from({ length: count }, (_, at) => [`u${at}`, person(`u${at}`, [on("payments", role)])] as const),
  );

const CASES: Readonly<Record<string, Case>> = {
  neverTogether: {
    rule: TOGETHER,
    keeps: [
      ["one of the two", jane(PAYS)],
      ["reading the other", jane(PAYS, on("ledger", "read"))],
      ["each held by another person", { ...jane(PAYS), joe: person("joe", [BOOKS]) }],
      ["one of them expired", jane(PAYS, BOOKS + ends("2026-11-01"))],
      ["a pattern that matches neither", jane(PAYS, 'cluster: billing, pattern: "led_r", role: write')],
      ["a global privilege, which reaches no data", jane(PAYS, "cluster: billing, global: [PROCESS]")],
      [
        "a role of Aurora, which reaches no data",
        jane(PAYS, "cluster: billing, nativeRoles: [AWS_LAMBDA_ACCESS]"),
      ],
    ],
    breaks: [
      ["both", jane(PAYS, BOOKS), holds],
      ["a role that gives more", jane(PAYS, on("ledger", "admin")), holds],
      [
        "privileges of its own",
        jane(PAYS, `cluster: billing, ${priv("INSERT", "UPDATE")}, tables: [t]`),
        holds,
      ],
      [
        "one privilege that changes data",
        jane(PAYS, `cluster: billing, ${priv("DELETE")}, tables: [t]`),
        holds,
      ],
      ["a column", jane(PAYS, `cluster: billing, ${priv("UPDATE")}, columns: { t: [a] }`), holds],
      ["a procedure", jane(PAYS, "cluster: billing, database: ledger, procedures: [book]"), holds],
      ["a pattern", jane(PAYS, 'cluster: billing, pattern: "LED%", role: write'), holds],
      [
        "patterns of both",
        jane(
          'cluster: billing, pattern: "pay%", role: write',
          'cluster: billing, pattern: "led%", role: write',
        ),
        holds,
      ],
      ["a native role", jane(PAYS, "cluster: billing, nativeRoles: [reporting]"), holds],
      ["another spelling", jane(PAYS, on("LEDGER", "write")), holds],
      ["a project for both", jane("project: books, environment: prod, role: write"), holds],
      ["one of them on another cluster", jane(on("payments", "write", "orders"), BOOKS), holds],
      ["one that ends", jane(PAYS, BOOKS + ends("2027-01-01")), holds],
      ["a suspended account", { jane: person("jane", [PAYS, BOOKS], ", suspended: true") }, holds],
      [
        "an agent of the person",
        {
          ...jane(PAYS),
          bot: `{ name: Bot, kind: agent, owner: jane, writes: true, grants: [{ ${BOOKS}${ends("2026-12-31")} }] }`,
        },
        holds,
      ],
    ],
  },
  mostHolders: {
    rule: "few: { mostHolders: { role: admin, most: 2, per: cluster } }",
    keeps: [
      ["as many as may", admins(2)],
      ["more who hold less", admins(4, "read_write")],
      ["two clusters, two each", { ...admins(2), v: person("v", [on("shop", "admin", "orders")]) }],
      [
        "one person twice",
        { ...admins(1), v: person("v", [on("payments", "admin"), on("ledger", "admin")]) },
      ],
    ],
    breaks: [
      ["one more", admins(3), 'on "billing" 3 hold admin or as much, and 2 people may'],
      ["a role with more", { ...admins(2), v: person("v", [on("ledger", "trusted_admin")]) }, "3 hold admin"],
      [
        "privileges of its own",
        {
          ...admins(2),
          v: person("v", ["cluster: billing, database: ledger, privileges: [ALTER], tables: [t]"]),
        },
        "3 hold admin",
      ],
    ],
  },
  endWithin: {
    rule: "ends: { endWithin: { role: write, days: 30, on: [ledger] } }",
    keeps: [
      ["the last day", jane(BOOKS + ends("2026-12-20"))],
      ["reading without an end", jane(on("ledger", "read"))],
      ["another database without an end", jane(PAYS)],
    ],
    breaks: [
      ["no end", jane(BOOKS), "it has no end, but must end within 30 days"],
      ["a day too late", jane(BOOKS + ends("2026-12-21")), "it ends at 2026-12-22T00:00:00Z"],
      ["a table", jane(`cluster: billing, ${priv("INSERT")}, tables: [t]`), "it has no end"],
    ],
  },
  reasonMatches: {
    rule: 'tickets: { reasonMatches: { pattern: "^(INC|CHG)-[0-9]+", role: write } }',
    keeps: [
      ["a ticket", jane(PAYS + reason("INC-12, by phone"))],
      ["reading without a reason", jane(on("ledger", "read"))],
    ],
    breaks: [
      ["no reason", jane(PAYS), "without a `reason`"],
      ["no ticket", jane(PAYS + reason("see INC-12")), "with another `reason`"],
    ],
  },
  emailDomains: {
    rule: "mail: { emailDomains: { role: admin, domains: [corp.example] } }",
    keeps: [
      [
        "the domain, in any case",
        { j: person("j", [on("ledger", "admin")]).replace("j@example.com", "j@CORP.example") },
      ],
      [
        "a service without an address",
        { s: `{ name: S, kind: service, grants: [{ ${on("ledger", "admin")} }] }` },
      ],
    ],
    breaks: [
      ["another domain", jane(on("ledger", "admin")), "has the address jane@example.com"],
      [
        "a sub-domain",
        { j: person("j", [on("ledger", "admin")]).replace("j@example.com", "j@x.corp.example") },
        "has the address",
      ],
    ],
  },
  readOnly: {
    rule: 'contractors: { readOnly: { emailDomains: [contractor.example], users: ["ext-*"] } }',
    keeps: [
      ["reading", { "ext-a": person("a", [on("ledger", "read")]) }],
      ["others", jane(on("ledger", "admin"))],
    ],
    breaks: [
      ["a user name that matches", { "ext-a": person("a", [BOOKS]) }, "ext-a is to read only, and has more"],
      [
        "an address of the domain",
        { j: person("j", [BOOKS]).replace("j@example.com", "j@Contractor.example") },
        "is to read only",
      ],
      [
        "a global privilege",
        { "ext-a": person("a", ["cluster: billing, global: [PROCESS]"]) },
        "is to read only",
      ],
      [
        "GRANT OPTION",
        { "ext-a": person("a", [`${on("ledger", "read")}, grantOption: true`]) },
        "is to read only",
      ],
      [
        "an agent",
        {
          "ext-a": person("a", []),
          bot: `{ name: B, kind: agent, owner: ext-a, writes: true, grants: [{ ${BOOKS}${ends("2026-12-31")} }] }`,
        },
        "is to read only",
      ],
    ],
  },
  noSoleOwner: {
    rule: "eyes: { noSoleOwner: { on: [shop] } }",
    keeps: [
      ["nobody", {}],
      [
        "the owner and another person",
        { olga: person("olga", [on("shop", "read", "orders")]), ...jane(on("shop", "read", "orders")) },
      ],
      ["another person alone", jane(on("shop", "admin", "orders"))],
      ["a project that the rule does not name", { olga: person("olga", [BOOKS]) }],
    ],
    breaks: [
      ["the owner alone", { olga: person("olga", [on("shop", "read", "orders")]) }, "olga owns shop/prod"],
      [
        "the owner with a grant of their own that ended, and a service with another",
        {
          olga: person("olga", [on("shop", "read", "orders"), `${TABLE}${ends("2026-11-01")}`]),
          s: `{ name: S, kind: service, grants: [{ ${on("shop", "read", "orders")}${ends("2026-11-01")} }] }`,
        },
        "olga owns shop/prod",
      ],
      [
        "the owner and an agent of theirs",
        {
          olga: person("olga", [on("shop", "read", "orders")]),
          bot: `{ name: B, kind: agent, owner: olga, grants: [{ ${on("shop", "read", "orders")}${ends("2026-12-31")} }] }`,
        },
        "is the only person with access",
      ],
      [
        "the owner and a service",
        {
          olga: person("olga", [on("shop_staging", "write", "orders")]),
          s: `{ name: S, kind: service, grants: [{ ${on("shop_staging", "write", "orders")} }] }`,
        },
        "olga owns shop/staging",
      ],
    ],
  },
};

describe.each(Object.entries(CASES))("the rule %s", (_, { breaks, keeps, rule }) => {
  it.each(keeps)("allows %s", (_why, users) => {
    expect(problemsOf(rule, users)).toEqual([]);
  });

  it.each(breaks)("refuses %s", (_how, users, fault) => {
    expect(problemsOf(rule, users).join("\n")).toContain(fault);
  });
});

it("holds for nobody that it excepts, with a reason", () => {
  const excepted = TOGETHER.replace(" }", ", except: { jane: until the second clerk starts } }");
  expect(problemsOf(excepted, jane(PAYS, BOOKS))).toEqual([]);
  expect(problemsOf(excepted, { ...jane(PAYS, BOOKS), joe: person("joe", [PAYS, BOOKS]) })).toHaveLength(1);
});

it("excepts an agent by its own name, and counts an excepted person where another would be alone", () => {
  const bot = `{ name: B, kind: agent, owner: jane, writes: true, grants: [{ ${BOOKS}${ends("2026-12-31")} }] }`;
  const excepting = TOGETHER.replace(" }", ", except: { bot: CHG-1 } }");
  expect(problemsOf(excepting, { ...jane(PAYS), bot })).toEqual([]);
  const users = {
    olga: person("olga", [on("shop", "read", "orders")]),
    ...jane(on("shop", "read", "orders")),
  };
  expect(problemsOf("eyes: { noSoleOwner: { on: [shop] }, except: { jane: CHG-1 } }", users)).toEqual([]);
});

it("names both grants with file and line, the rule, its line and why", () => {
  const [problem] = problemsOf(`\n${TOGETHER}`, {
    jane: `name: Jane\nemail: j@example.com\ngrants:\n  - { ${PAYS} }\n  - { ${BOOKS} }\n`,
  });
  expect(problem).toBe(
    'users/jane.yaml:5 grants[1]: jane holds what one person never holds together: write on "payments" of ' +
      '"billing" (users/jane.yaml:4), write on "ledger" of "billing" (users/jane.yaml:5). ' +
      'The rule "duties" (users/rules.yaml:2) forbids it: four eyes',
  );
});

it("counts over all clusters together, or on one database, as the rule says", () => {
  const users = {
    a: person("a", [on("payments", "admin")]),
    b: person("b", [on("ledger", "admin")]),
    c: person("c", [on("shop", "admin", "orders")]),
  };
  const rule = (per: string) => `few: { mostHolders: { role: admin, most: 2, per: ${per} } }`;
  expect(problemsOf(rule("everywhere"), users).join()).toContain("on all clusters together 3 hold admin");
  expect(problemsOf(rule("cluster"), users)).toEqual([]);
  expect(problemsOf(rule("database").replace("2", "1"), users)).toEqual([]);
  const pattern = { ...users, d: person("d", ['cluster: billing, pattern: "led%", role: admin']) };
  expect(problemsOf(rule("database").replace("2", "1"), pattern).join()).toContain(
    'on "ledger" of "billing" 2 hold',
  );
});

it("warns of an owner who is alone by time, so that a change that takes access away goes through", () => {
  const olga = person("olga", [on("shop", "read", "orders")]);
  const joe = (end: string) => person("joe", [on("shop", "read", "orders") + ends(end)]);
  const rule = "eyes: { noSoleOwner: { on: [shop] } }";
  expect(problemsOf(rule, { olga, joe: joe("2026-11-01") })).toEqual([]);
  expect(warningsOf(rule, { olga, joe: joe("2026-11-01") }).join()).toContain("olga owns shop/prod");
  expect(warningsOf(rule, { olga, joe: joe("2027-11-01") }).join()).not.toContain("olga owns");
  const suspended = person("joe", [on("shop", "read", "orders")], ", suspended: true");
  expect(problemsOf(rule, { olga, joe: suspended })).toEqual([]);
});
