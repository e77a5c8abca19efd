import { readFileSync } from "node:fs";
import { join } from "node:path";
import { problemLine } from "../../../../core/users";
import { AGENT_LIMITS } from "../../../../core/users/agents";
import { usersOf } from "../../reader/users-of";

const DOCUMENT = readFileSync(join(__dirname, "..", "..", "..", "..", "docs", "agents.md"), "utf8");

/** The first cells of a table, by the first words of its heading. */
function firstCells(heading: string): string[] {
  const [, ...rows] = DOCUMENT.split(`\n| ${heading}`)[1]!.split("\n\n")[0]!.split("\n|");
  return rows.slice(1).map(row => row.split(" | ")[0]!.trim());
}

const OWNER = "{ name: Jane Doe, email: jane.doe@example.com, grants: [] }";
const READ = "cluster: orders, databases: [orders], role: read";
const ENDS = "expires: 2027-03-31";
const agent = (said: string, grant = `${READ}, ${ENDS}`) =>
  `{ name: Bot, kind: agent, ${said}, grants: [{ ${grant} }] }`;
const OWNED = "owner: jane.doe";

interface Rule {
  /** The rule's first words in the document. */
  readonly rule: string;
  readonly keeps: string;
  /** Files that break it, each with the problem. */
  readonly breaks: readonly (readonly [file: string, problem: string])[];
}

/** Every rule of the document that a file can break. */
const RULES: readonly Rule[] = [
  {
    rule: "`owner` is the user name of a person in the folder",
    keeps: agent(OWNED),
    breaks: [
      [agent("email: b@example.com"), "owner: is missing"],
      [agent("owner: gone"), 'owner: unknown user "gone"'],
    ],
  },
  {
    rule: "each grant has `expires`",
    keeps: agent(OWNED),
    breaks: [[agent(OWNED, READ), "grants[0]: has no `expires`"]],
  },
  {
    rule: "each grant gives SELECT and SHOW VIEW alone, unless the file says `writes: true`",
    keeps: agent(`${OWNED}, writes: true`, `cluster: orders, databases: [orders], role: write, ${ENDS}`),
    breaks: [
      [
        agent(OWNED, `cluster: orders, databases: [orders], role: write, ${ENDS}`),
        "gives an agent INSERT, UPDATE",
      ],
      [agent(OWNED, `cluster: orders, database: orders, procedures: [p], ${ENDS}`), "gives an agent EXECUTE"],
    ],
  },
  {
    rule: "no grant is of the whole server (`global`, `nativeRoles`), unless the file says `writes: true`",
    keeps: agent(`${OWNED}, writes: true`, `cluster: orders, nativeRoles: [reporting], ${ENDS}`),
    breaks: [
      [agent(OWNED, `cluster: orders, global: [PROCESS], ${ENDS}`), "gives an agent PROCESS"],
      [agent(OWNED, `cluster: orders, nativeRoles: [reporting], ${ENDS}`), "gives an agent ROLE `reporting`"],
    ],
  },
  {
    rule: "no grant has `grantOption`, also with `writes: true`",
    keeps: agent(`${OWNED}, writes: true`, `${READ}, grantOption: false, ${ENDS}`),
    breaks: [
      [
        agent(`${OWNED}, writes: true`, `${READ}, grantOption: true, ${ENDS}`),
        "lets an agent hand on access",
      ],
    ],
  },
  {
    rule: "it logs in by IAM token, as a service does",
    keeps: agent(`${OWNED}, login: iam`),
    breaks: [[agent(`${OWNED}, login: password`), "only a service logs in by password"]],
  },
  {
    rule: "a file of a person or service has neither `owner` nor `writes`",
    keeps: "{ name: Sync, kind: service, grants: [] }",
    breaks: [
      [`{ name: Sync, kind: service, ${OWNED}, grants: [] }`, "only an agent has `owner`"],
      ["{ name: P, email: p@example.com, writes: false, grants: [] }", "only an agent has `writes`"],
    ],
  },
];

/** The other rules, which say what an agent gets. */
const GETS = {
  "the account has limits": (file: string) => accountOf(file).limits,
  "messages about it go to its `email`, or else to its owner's": (file: string) => accountOf(file).email,
  "it is suspended while its owner is suspended": (file: string) =>
    accountOf(file, OWNER.replace("grants", "suspended: true, grants")).suspended,
} as const;

const found = (file: string, owner = OWNER) => usersOf({ "jane.doe.yaml": owner, "bot.yaml": file });
const accountOf = (file: string, owner?: string) => found(file, owner).rosters["orders"]!.accounts["sl_bot"]!;

describe("docs/agents.md", () => {
  it("states these rules, each of which is tested here, and no other", () => {
    const tested = [...RULES.map(({ rule }) => rule), ...Object.keys(GETS)];
    const stated = firstCells("rule ");
    expect(stated.filter(rule => !tested.some(one => rule.startsWith(one)))).toEqual([]);
    expect(stated).toHaveLength(tested.length);
  });

  it.each(RULES.map(one => [one.rule, one] as const))("%s", (_, { breaks, keeps }) => {
    expect(found(keeps).problems).toEqual([]);
    for (const [file, problem] of breaks)
      expect(found(file).problems.map(problemLine)).toEqual([expect.stringContaining(problem)]);
  });

  it("says what an agent gets", () => {
    const file = agent(OWNED);
    expect(Object.entries(GETS).map(([rule, got]) => [rule, got(file)])).toEqual([
      ["the account has limits", AGENT_LIMITS],
      ["messages about it go to its `email`, or else to its owner's", "jane.doe@example.com"],
      ["it is suspended while its owner is suspended", true],
    ]);
    expect(
      GETS["messages about it go to its `email`, or else to its owner's"](
        agent(`${OWNED}, email: b@example.com`),
      ),
    ).toBe("b@example.com");
  });

  it("has the limits by default", () => {
    const rows = Object.entries(AGENT_LIMITS).map(
      ([name, most]) => `| \`${name}\` | ${most.toLocaleString("en")}`,
    );
    for (const row of rows) expect(DOCUMENT).toContain(row);
    expect(firstCells("limit ")).toHaveLength(rows.length);
  });

  it("keeps the owner of an agent: without that file the folder has a problem", () => {
    const alone = usersOf({ "bot.yaml": agent(OWNED) });
    expect(alone.problems.map(problemLine)).toEqual([expect.stringContaining('unknown user "jane.doe"')]);
  });
});
