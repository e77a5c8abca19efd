import { createHash } from "node:crypto";
import fc from "fast-check";
import { type FolderState, usersFolder } from "../../../../cli/git/folder-at";
import { Git } from "../../../../cli/git/git";
import { compareStates } from "../../../../cli/summary/compare-states";
import { ruleWarnings } from "../../../../core/summary/rule-changes";
import { summarizeUsers } from "../../../../core/summary/summarize-users";
import type { Summary } from "../../../../core/summary/summary";
import { UsersError } from "../../../../reader";

const RUNS = process.env["AURORA_USERS_SUITES"] === "all" ? 2_000 : 100;
const NOW = new Date("2026-11-20T12:00:00Z");
const git = new Git(__dirname, {});

type Files = Readonly<Record<string, string | undefined>>;

/** A state whose files are all read from memory: Git is not asked. */
const state = (files: Files): FolderState => ({
  shown: "users",
  entries: Object.entries(files)
    .flatMap(([name, text]) => (text === undefined ? [] : [[name, Buffer.from(text)] as const]))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, content]) => ({
      name,
      kind: "file" as const,
      size: content.length,
      hash: createHash("sha1").update(content).digest("hex"),
      read: () => content,
    })),
});

const assembled = (files: Files) => usersFolder(git, state(files), () => true).assemble({ now: NOW }).rosters;

const warningsOf = (summary: unknown) => (summary as Summary).clusters.flatMap(({ warnings }) => warnings);

/** The result, or that there are problems. */
function tried(make: () => unknown): unknown {
  try {
    return make();
  } catch (error) {
    if (error instanceof UsersError) return "problems";
    throw error;
  }
}

const grants = fc
  .array(fc.constantFrom("shop", "pay"), { maxLength: 2 })
  .chain(places =>
    fc.tuple(
      ...[...new Set(places)].map(place =>
        fc.constantFrom(
          ...["read", "write", "admin"].map(
            role => `  - { cluster: orders, databases: [${place}], role: ${role} }`,
          ),
        ),
      ),
    ),
  )
  .map(lines => (lines.length === 0 ? "grants: []\n" : `grants:\n${lines.join("\n")}\n`));
const userFile = (name: string) =>
  fc.option(
    fc
      .tuple(grants, fc.constantFrom("", "suspended: true\n"))
      .map(([text, more]) => `name: ${name}\nemail: ${name}@example.com\n${more}${text}`),
    { nil: undefined, freq: 8 },
  );
/** An agent is suspended with its owner. */
const agentFile = fc.option(
  fc
    .constantFrom("ann", "bob")
    .map(
      owner =>
        `name: bot\nkind: agent\nowner: ${owner}\ngrants:\n  - { cluster: orders, databases: [shop], ` +
        "role: read, expires: 2026-12-24 }\n",
    ),
  { nil: undefined },
);
const teams = fc.option(
  fc
    .tuple(fc.subarray(["ann", "bob"], { minLength: 1 }), fc.constantFrom("read", "write"))
    .map(
      ([members, role]) =>
        `ops:\n  owner: { name: Ann, email: ann@example.com }\n  members: [${members.join(", ")}]\n  grants:\n` +
        `    - { cluster: orders, databases: [shop], role: ${role} }\n`,
    ),
  { nil: undefined },
);
const rules = fc.constantFrom(
  undefined,
  "few: { mostHolders: { role: admin, most: 1, per: cluster } }\n",
  "few: { mostHolders: { role: admin, most: 2, per: cluster } }\n",
  "soon: { endWithin: { role: admin, days: 30 } }\n",
  "apart: { neverTogether: ['shop:write', 'pay:write'] }\n",
  "reads: { readOnly: { users: [bob] } }\n",
);
const roles = fc.constantFrom(
  ...["SELECT", "SELECT, DELETE"].map(privileges =>
    [
      `read: { description: r, privileges: [${privileges}] }`,
      "write: { description: w, privileges: [SELECT, INSERT] }",
      "admin: { description: a, privileges: [SELECT, INSERT, ALTER] }\n",
    ].join("\n"),
  ),
);
const folder: fc.Arbitrary<Files> = fc.record({
  "ann.yaml": userFile("ann"),
  "bob.yaml": userFile("bob"),
  "cat.yaml": userFile("cat"),
  "bot.yaml": agentFile,
  "teams.yaml": teams,
  "rules.yaml": rules,
  "roles.yaml": roles,
});
/** A state, and one in which some of its files are others. */
const states = fc
  .tuple(
    folder,
    folder,
    fc.subarray(["ann.yaml", "bob.yaml", "cat.yaml", "bot.yaml", "teams.yaml", "rules.yaml", "roles.yaml"]),
  )
  .map(([before, other, changed]): [Files, Files] => [
    before,
    { ...before, ...Object.fromEntries(changed.map(name => [name, other[name]])) },
  ]);

describe("two states of a folder", () => {
  it(`compared by some of their files are as those compared by all (${RUNS} pairs)`, () => {
    let fine = 0;
    fc.assert(
      fc.property(states, ([before, after]) => {
        const whole = tried(() => summarizeUsers(assembled(before), assembled(after), NOW));
        const quick = tried(() => compareStates(git, state(before), state(after), NOW));
        if (whole !== "problems") {
          fine++;
          expect((quick as { changes: unknown }).changes).toEqual((whole as { changes: unknown }).changes);
          expect((quick as { headline: unknown }).headline).toEqual(
            (whole as { headline: unknown }).headline,
          );
          expect(warningsOf(quick)).toEqual(warningsOf(whole));
        } else if (before["rules.yaml"]?.startsWith("few") || after["rules.yaml"]?.startsWith("few"))
          expect(quick).toBe("problems");
      }),
      { numRuns: RUNS },
    );
    expect(fine).toBeGreaterThan(RUNS / 10);
  });

  const one = (role: string) =>
    `name: x\nemail: x@example.com\ngrants:\n  - { cluster: orders, databases: [shop], role: ${role} }\n`;

  it("a rule that counts all files is a problem although the file that breaks it with the new one is the same", () => {
    const same = {
      "bob.yaml": one("write"),
      "rules.yaml": "few: { mostHolders: { role: write, most: 1, per: cluster } }\n",
    };
    expect(() =>
      compareStates(
        git,
        state({ ...same, "ann.yaml": one("read") }),
        state({ ...same, "ann.yaml": one("write") }),
        NOW,
      ),
    ).toThrow(UsersError);
  });

  const user = (...grants: readonly string[]) =>
    `name: x\nemail: x@example.com\ngrants:\n${grants.map(text => `  - { cluster: ${text} }\n`).join("")}`;
  const APART = "apart: { neverTogether: ['shop:write', 'pay:write'] }\n";

  it.each<[string, Files, string, string]>([
    [
      "who was administrator before",
      { "bob.yaml": user("orders, databases: [shop], role: admin") },
      user("orders, databases: [shop], role: read"),
      user("orders, databases: [shop], role: admin"),
    ],
    [
      "that the places of a rule are still there",
      { "bob.yaml": user("orders, databases: [shop, pay], role: read"), "rules.yaml": APART },
      user("orders, databases: [shop, pay], role: read"),
      user("orders, databases: [shop], role: read"),
    ],
    [
      "that a cluster was there, whose rule now has another place",
      { "bob.yaml": user("billing, databases: [shop], role: read"), "rules.yaml": APART },
      user("orders, databases: [shop], role: read"),
      user("orders, databases: [shop], role: read", "billing, databases: [pay], role: read"),
    ],
  ])("files that are the same say %s", (_, same, old, young) => {
    const [before, after] = [
      { ...same, "ann.yaml": old },
      { ...same, "ann.yaml": young },
    ];
    const whole = summarizeUsers(assembled(before), assembled(after), NOW);
    expect(compareStates(git, state(before), state(after), NOW)).toEqual(whole);
  });

  it("with teams needs the files of those who change, and no other member's", () => {
    const same = {
      "bob.yaml": "a file that nobody could read: [",
      "teams.yaml": [
        "ops:",
        "  owner: { name: Ann, email: ann@example.com }",
        "  members: [ann, bob]",
        "  grants:",
        "    - { cluster: orders, databases: [pay], role: read }\n",
      ].join("\n"),
    };
    const gone = one("read").replace(/^grants:.*/ms, "grants: []\n");
    const { changes } = compareStates(
      git,
      state({ ...same, "ann.yaml": one("read") }),
      state({ ...same, "ann.yaml": gone }),
      NOW,
    );
    expect(changes.map(({ kind, place, user }) => [kind, user, place])).toEqual([["loss", "ann", "shop"]]);
  });

  it("a change of the rules alone is on top: each rule that is added, changed or dropped", () => {
    const same = { "bob.yaml": one("read") };
    const few = (most: number) => `few: { mostHolders: { role: admin, most: ${most}, per: cluster } }\n`;
    const soon = "soon: { endWithin: { role: admin, days: 30 } }\n";
    const warnings = (before: string, after: string) =>
      compareStates(
        git,
        state({ ...same, "rules.yaml": before }),
        state({ ...same, "rules.yaml": after }),
        NOW,
      ).clusters[0]!.warnings;
    expect(warnings(few(1) + soon, few(2))).toEqual(["2 rules change: few changed, soon DROPPED"]);
    expect(warnings(few(1), few(1) + soon)).toEqual(["1 rule changes: soon added"]);
    expect(warnings(few(1), few(1))).toEqual([]);
  });

  it("users of other clusters that a rule names change no rule", () => {
    const roster = (...people: string[]) => ({
      roles: {},
      accounts: {},
      rules: { own: { readOnly: { users: ["x"], people } } },
    });
    const both = { cluster: "a", before: roster("jane"), after: roster("joe"), now: NOW };
    expect(ruleWarnings(both)).toEqual([]);
  });

  it("a cluster that comes or goes changes no rule", () => {
    const roster = { roles: {}, accounts: {}, rules: {} };
    expect(ruleWarnings({ cluster: "a", after: roster, now: NOW })).toEqual([]);
  });
});
