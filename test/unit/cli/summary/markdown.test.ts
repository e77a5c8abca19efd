import MarkdownIt from "markdown-it";
import { COMMENT_LIMIT, codeSpan, markdownText } from "../../../../cli/summary/markdown";
import { fitNotes } from "../../../../core/contract/change-set";
import type { Roster, RosterAccount } from "../../../../core/roster/roster";
import { readPlan } from "../../../../core/summary/read-plan";
import { summarizePlan } from "../../../../core/summary/summarize-plan";
import type { Summary } from "../../../../core/summary/summary";
import { hostileStrings } from "../../../support/hostile-strings";
import { observedState } from "../../../support/observed";
import { NOW, type PlannedCluster, planJson, plannedSql } from "../../../support/summary-plans";

const ROLES: Roster["roles"] = {
  read: ["SELECT"],
  write: ["SELECT", "INSERT"],
  admin: ["SELECT", "INSERT", "ALTER"],
};
const summaryOf = (clusters: readonly PlannedCluster[]): Summary =>
  summarizePlan(readPlan(planJson(clusters), "plan.json", NOW));

/** So many people with a role on one database, named `sl_person.00001`. */
const people = (count: number, role: string, more: Partial<RosterAccount> = {}): Roster => ({
  roles: ROLES,
  accounts: Object.fromEntries(
    Array.from({ length: count }, (_, index) => {
      const user = `person.${String(index + 1).padStart(5, "0")}`;
      const reason = "for a long time and with many words, so that a row of the table is long";
      return [
        `sl_${user}`,
        { kind: "person" as const, user, databases: { shop: { role, reason } }, ...more },
      ];
    }),
  ),
});
const none: Roster = { roles: ROLES, accounts: {} };
const wordsOf = (text: string) => new Set(text.match(/person\.\d{5}/g) ?? []);

describe("the size of a comment", () => {
  it("of a plan for 5,000 people is within the limit, and counts what does not fit", () => {
    const after = people(5_000, "read");
    const text = markdownText(
      summaryOf([
        { cluster: "orders", before: none, after, statements: plannedSql(after, observedState([])) },
      ]),
    );
    expect(text.length).toBeLessThanOrEqual(COMMENT_LIMIT);
    const rows = text.match(/^\| gains /gm)!.length;
    expect(rows).toBeGreaterThan(50);
    expect(/(\d+) more rows left out here/.exec(text)?.[1]).toBe(String(5_000 - rows));
    expect(text).toMatch(
      /\d+ statements and notes left out here\.|SQL on <code>orders<\/code>: 5000 statements/,
    );
    expect(text.split("\n")[0]).toBe("**5000 people gain; highest: `read` on shop (new)**");
  });

  it.each([
    ["losses", people(5_000, "read"), none],
    ["gains of administrators", none, people(5_000, "admin")],
    ["losses of a part", people(5_000, "write"), people(5_000, "read")],
  ])("names each of 5,000 %s", (_, before, after) => {
    const text = markdownText(summaryOf([{ cluster: "orders", before, after }]));
    expect(text.length).toBeLessThanOrEqual(COMMENT_LIMIT);
    const begins = /each name begins with `(sl_person\.0?)`: `([^`]*)`/.exec(text);
    expect(begins?.[2]?.split(" ").length ?? wordsOf(text).size).toBe(5_000);
  });

  it("is within the limit if 1,000 accounts are left out, and counts those that are not named on top", () => {
    const after = people(1_500, "read");
    const leftOut = Object.keys(after.accounts).map(
      name => `LEFT OUT: ${name}. ${"It cannot be. ".repeat(20)}`,
    );
    const summary = summaryOf([
      { cluster: "down", before: none, after: people(1, "read"), status: "unverified" },
      { cluster: "orders", before: none, after, status: "changes", notes: fitNotes(leftOut) },
      { cluster: "z", before: none, after: people(1, "read"), status: "refused" },
    ]);
    const text = markdownText(summary);
    expect(text.length).toBeLessThanOrEqual(COMMENT_LIMIT);
    expect(text.split("\n")[2]).toMatch(
      /`down`: `NOT VERIFIED.*`orders`: `NOT ALL NOTES ARE THERE.*`z`: `REFUSED.*and 899 more LEFT OUT/,
    );
    expect(summary.clusters[1]!.warnings.at(-1)).toBe(
      "NOT ALL NOTES ARE THERE (... and 501 more notes.): more accounts may be left out than are named",
    );
  });

  it("says on top how many names are missing where not even the bare names of all fit", () => {
    const text = markdownText(
      summaryOf([{ cluster: "orders", before: people(12_000, "read"), after: none }]),
    );
    expect(text.length).toBeLessThanOrEqual(COMMENT_LIMIT);
    expect(text.split("\n").slice(0, 25).join("\n")).toMatch(/ONLY THE FIRST \d+ FIT, \d+ ARE MISSING HERE/);
    expect(text).toContain("(12000)");
  });

  it("keeps to another limit", () => {
    const text = markdownText(summaryOf([{ cluster: "orders", before: none, after: people(500, "read") }]), {
      limit: 8_000,
    });
    expect(text.length).toBeLessThanOrEqual(8_000);
  });

  it("names losses and gains of administrators in the first 25 lines of a plan with more than 15 changes", () => {
    const before = people(20, "read");
    const after = { ...people(16, "read"), roles: ROLES };
    const accounts = { ...after.accounts };
    for (const name of Object.keys(accounts).slice(0, 2))
      accounts[name] = { ...accounts[name]!, databases: { shop: { role: "admin" } } };
    for (const name of Object.keys(accounts).slice(2, 14))
      accounts[name] = { ...accounts[name]!, databases: { shop: { role: "write" } } };
    const text = markdownText(summaryOf([{ cluster: "orders", before, after: { ...after, accounts } }]));
    const first = text.split("\n").slice(0, 25).join("\n");
    expect(first).toContain("14 people gain, 4 lose");
    expect(first).toMatch(
      /\*\*Administrator's access gained\*\* \(2\): `sl_person\.00001` .*`sl_person\.00002`/,
    );
    expect(first).toMatch(/\*\*Access lost\*\* \(4\): `sl_person\.00017`.*00018.*00019.*00020/);
  });
});

/** The text outside of code, and every tag, as a library renders the Markdown. */
function renderedBy(markdown: string) {
  const tokens = new MarkdownIt({ html: true, linkify: true }).parse(markdown, {});
  const inline = tokens.flatMap(token => token.children ?? []);
  const blocks = tokens.filter(({ type }) => type === "html_block").map(({ content }) => content);
  return {
    text: inline.filter(({ type }) => type === "text").map(({ content }) => content),
    code: inline.filter(({ type }) => type === "code_inline").map(({ content }) => content),
    html: [...inline.filter(({ type }) => type === "html_inline").map(({ content }) => content), ...blocks],
    links: inline.filter(({ type }) => /^(link|image)/.test(type)).length,
    cells: tokens.filter(({ type }) => type === "td_open").length,
    rows: tokens.filter(({ type }) => type === "tr_open").length,
  };
}

/** Names that would be a mention, a reference, a link or markup. */
const NAMES = [
  "@octocat",
  "#1",
  "GH-1",
  "example/repo#1",
  "www.evil.example",
  "http://evil.example/?a=1",
  "mail@evil.example",
  "[a](javascript:alert(1))",
  "![a](http://evil.example/a.png)",
  "`@octocat`",
  "``` @octocat",
  "`",
  "a\\|b | @octocat |",
  "|",
  "\\",
  "</code><script>alert(1)</script>",
  "<!-- aurora-users-summary -->",
  "<details open>",
  ":smile:",
  "\u202e\u2066@octocat",
  "a\n\n# heading @octocat\n| x |",
  "**bold** _it_ ~~s~~",
  "&#64;octocat",
  "   ",
];

describe("names from elsewhere", () => {
  const hostile = [...NAMES, ...hostileStrings()].map(text => text.slice(0, 250)).filter(text => text !== "");

  it.each([
    ["by hand", NAMES],
    ["made at random", hostile.filter((_, index) => index % 10 === 3)],
  ])("stay text wherever a summary has them: %s", (_, list) => {
    for (const name of list) {
      const account: RosterAccount = {
        kind: "person",
        user: name,
        name,
        email: name,
        databases: { shop: { role: name.slice(0, 60), reason: name, project: `p${name.slice(0, 60)}/prod` } },
      };
      const projects = { [`p${name.slice(0, 60)}`.split("/")[0]!]: { owner: { email: name } } };
      const rules = { [name.slice(0, 60)]: { readOnly: { users: [name] } } };
      const team = { ...account.databases["shop"]!, project: undefined, team: name };
      const bob: RosterAccount = { ...account, databases: { shop: team } };
      const accounts = { sl_jane: account, sl_bob: bob };
      const teams = { [name]: { owner: { email: name } } };
      const after: Roster = { roles: {}, accounts, projects, teams, rules };
      const summary = summaryOf([
        {
          cluster: "orders",
          before: none,
          after,
          status: "changes",
          statements: [`GRANT SELECT ON \`${name.replaceAll("`", "``")}\`.* TO 'sl_jane'@'%'`],
          notes: [name],
          preview: { unmanaged: [name], summary: name },
        },
      ]);
      const found = renderedBy(markdownText(summary));
      expect(found.links).toBe(0);
      expect(found.rows).toBe(summary.changes.length + 1);
      expect(found.cells).toBe(summary.changes.length * 10);
      expect(summary.changes.length).toBeGreaterThan(0);
      expect(found.text.filter(text => /@|#\d|octocat|evil|alert/.test(text))).toEqual([]);
      expect(found.html.join("")).not.toMatch(/script|octocat|evil|open>/);
      expect(found.html.join("").match(/<!--/g)).toHaveLength(1);
    }
  });

  it("are shown as they are in code, but for characters that nobody sees", () => {
    for (const name of NAMES.filter(text => !/[\n\u202e]|^\s+$/.test(text)))
      expect(renderedBy(`x ${codeSpan(name)} y`).code).toEqual([name]);
  });

  it("a marker of one's own cannot end the comment", () => {
    const [first, ...others] = markdownText(summaryOf([{ cluster: "orders", before: none, after: none }]), {
      marker: "stack/prod",
    })
      .split("\n")
      .reverse();
    expect(first).toBe("<!-- aurora-users-summary: stack/prod -->");
    expect(others.join("\n")).not.toContain("<!--");
  });
});
