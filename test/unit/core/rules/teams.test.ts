import { on, person, problemsOf, rostersOf } from "./files";

const DUTIES = "duties: { neverTogether: [billing/payments:write, ledger:write] }";
const team = (name: string, members: string, ...grants: string[]) =>
  `${name}:\n  owner: { name: T, email: t@example.com }\n  members: [${members}]\n  grants:\n` +
  grants.map(grant => `    - { ${grant} }\n`).join("");

describe("a rule that a team's grant breaks", () => {
  it("names the team and both places: the member's own grant, and the line of the team", () => {
    const teams = team("pay", "jane", on("shop", "read", "orders"), on("ledger", "write"));
    expect(problemsOf(DUTIES, { jane: person("jane", [on("payments", "write")]), teams })).toEqual([
      'users/teams.yaml:6 pay.grants[1]: jane holds what one person never holds together: write on "payments" ' +
        'of "billing" (users/jane.yaml:1), write on "ledger" of "billing" by team pay (users/teams.yaml:6). ' +
        'The rule "duties" (users/rules.yaml:1) forbids it',
    ]);
  });

  it("is found where the member's own grant on the same place is weaker, and said at the team's", () => {
    const jane = person("jane", [on("payments", "write"), on("ledger", "read")]);
    const [problem] = problemsOf(DUTIES, { jane, teams: team("pay", "jane", on("ledger", "write")) });
    expect(problem).toMatch(
      /^users\/teams\.yaml:5 .*write on "ledger" of "billing" by team pay \(users\/teams/,
    );
  });

  it("is broken by two teams together, and only for who is in both", () => {
    const teams =
      team("books", "jane, joe", on("ledger", "write")) + team("pay", "jane", on("payments", "write"));
    const people = { jane: person("jane", []), joe: person("joe", []) };
    const problems = problemsOf(DUTIES, { ...people, teams });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(
      /jane holds.*by team pay \(users\/teams\.yaml:10\).*by team books \(users\/te/,
    );
    expect(problemsOf(DUTIES, { ...people, teams: teams.replace("jane, joe", "joe") })).toEqual([]);
  });

  it("holds for a new member, and for an agent of a member", () => {
    const few = "few: { mostHolders: { role: admin, most: 1, on: [ledger] } }";
    const people = { jane: person("jane", []), joe: person("joe", []) };
    const of = (members: string) =>
      problemsOf(few, { ...people, teams: team("t", members, on("ledger", "admin")) });
    expect(of("jane")).toEqual([]);
    expect(of("jane, joe")).toEqual([
      expect.stringMatching(/^users\/teams\.yaml:5 t\.grants\[0\]: .*2 hold admin/),
    ]);
    const bot = `{ name: Bot, kind: agent, owner: jane, writes: true, grants: [{ ${on("payments", "write")}, expires: 2026-12-31 }] }`;
    expect(problemsOf(DUTIES, { ...people, bot, teams: team("t", "jane", on("ledger", "write")) })).toEqual([
      expect.stringMatching(/jane holds what one person never holds together/),
    ]);
  });

  it("is one problem, however many members the team has", () => {
    const ends = "ends: { endWithin: { role: write, days: 9 } }";
    const people = { jane: person("jane", []), joe: person("joe", []), ann: person("ann", []) };
    expect(
      problemsOf(ends, { ...people, teams: team("t", "jane, joe, ann", on("ledger", "write")) }),
    ).toEqual([expect.stringMatching(/^users\/teams\.yaml:5 .*It is the same for 2 more of the team$/)]);
  });

  it("is one of the owner of a project alone, unless a team gives somebody else access", () => {
    const olga = "{ name: Olga, email: olga@example.com, grants: [] }";
    const files = { olga, joe: person("joe", []) };
    const two = "two: { noSoleOwner: { on: [books] } }";
    const of = (members: string) =>
      problemsOf(two, { ...files, teams: team("t", members, on("ledger", "read")) });
    expect(of("olga")).toEqual([expect.stringMatching(/olga owns books\/prod .*only person.*by team t/)]);
    expect(of("olga, joe")).toEqual([]);
  });
});

it("lets the last grant go of a database that a rule names, and the rule still holds for sources there", () => {
  const rules = "duties: { neverTogether: [gone:write, ledger:write, billing/old:write] }";
  const people = { jane: person("jane", [on("ledger", "read")]) };
  expect(problemsOf(rules, people)).toEqual([]);
  expect(rostersOf(rules, people)["billing"]?.rules).toEqual({
    duties: {
      neverTogether: ["gone", "ledger", "old"].map(database => ({
        role: "write",
        strength: "change",
        databases: [database],
      })),
    },
  });
});

it("takes a place that can be no database, or is on no cluster, for none", () => {
  const text = "x".repeat(200);
  const rules = `a: { endWithin: { role: read, days: 9, on: [${text}, billing/${text}, "no/where"] } }`;
  const people = { jane: person("jane", [on("ledger", "read")]) };
  expect(problemsOf(rules, people)).toEqual([]);
  expect(rostersOf(rules, people)["billing"]).not.toHaveProperty("rules");
});

it("tells each cluster who has another address and no account there: a source may name them", () => {
  const corp = person("ann", [on("ledger", "read")]).replace("ann@example.com", "ann@corp.example");
  const people = { ann: corp, jane: person("jane", []), joe: person("joe", []) };
  const teams = team("t", "jane", on("shop", "read", "orders"));
  const of = (cluster: string, one: string) =>
    JSON.stringify(rostersOf(one, { ...people, teams })[cluster]?.rules);
  const contractors = "contractors: { readOnly: { emailDomains: [Example.com] } }";
  expect(of("billing", contractors)).toContain('"people":["jane","joe"]');
  expect(of("orders", contractors)).toContain('"people":["joe"]');
  const mail = "mail: { emailDomains: { role: write, domains: [corp.example] } }";
  expect(of("billing", mail)).toContain('"people":["jane","joe"]');
});
