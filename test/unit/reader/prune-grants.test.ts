import { pruneGrants } from "../../../reader";

const now = new Date("2026-11-20T12:00:00Z");
const prune = (text: string, until = now) => pruneGrants(text, until);
const textOf = (text: string, until = now) => {
  const pruning = prune(text, until);
  if ("fault" in pruning) throw new Error(pruning.fault);
  return pruning.text;
};
const head = "name: Jane Doe\nemail: jane.doe@example.com\n";

const cases: { title: string; before: string; after: string }[] = [
  {
    title: "a grant between two others, and leaves their comments, quotes and order alone",
    before: `# yaml-language-server: $schema=../schemas/user.schema.json
name:   "Jane Doe" # as she writes it
email: jane.doe@example.com

grants: # reviewed in March
  # Reads the orders.
  - cluster: orders
    databases: [ a,b ]   # both
    role: read
  # For the migration.
  - cluster: orders
    # Only c.
    databases:
      - c
    role: write # not more
    expires: 2026-11-01 # then it is done
    # Ask Priya.
  # Stays.

  - cluster: payments
    databases: ['d']
    role: read
    expires: 2027-01-01
# The end.
`,
    after: `# yaml-language-server: $schema=../schemas/user.schema.json
name:   "Jane Doe" # as she writes it
email: jane.doe@example.com

grants: # reviewed in March
  # Reads the orders.
  - cluster: orders
    databases: [ a,b ]   # both
    role: read
  # For the migration.
  # Stays.

  - cluster: payments
    databases: ['d']
    role: read
    expires: 2027-01-01
# The end.
`,
  },
  {
    title: "the only grant, and leaves an empty list with the comments around it",
    before: `${head}grants: # none soon\n  # first\n  - {cluster: o, databases: [a], role: read, expires: 2026-11-01}\n  # last\nkind: person\n`,
    after: `${head}grants: [] # none soon\n  # first\n  # last\nkind: person\n`,
  },
  {
    title: "the last of several at the end of a file without a line break",
    before: `${head}grants:\n- cluster: o\n  databases: [a]\n  role: read\n- cluster: p\n  databases: [a]\n  role: read\n  expires: 2026-11-01`,
    after: `${head}grants:\n- cluster: o\n  databases: [a]\n  role: read\n`,
  },
  {
    title: "one of two groups of empty lines, around a removed grant",
    before: `${head}grants:\n  - {cluster: o, databases: [a], role: read}\n\n  - {cluster: p, databases: [a], role: read, expires: 2026-11-01}\n\n  - {cluster: q, databases: [a], role: read}\n`,
    after: `${head}grants:\n  - {cluster: o, databases: [a], role: read}\n\n  - {cluster: q, databases: [a], role: read}\n`,
  },
  {
    title: "a grant with a text of several lines",
    before: `${head}grants:\n  - cluster: o\n    databases: [a]\n    role: read\n    expires: 2026-11-01\n    reason: |\n      one\n\n      # no comment\n  - {cluster: q, databases: [a], role: read}\n`,
    after: `${head}grants:\n  - {cluster: q, databases: [a], role: read}\n`,
  },
  {
    title: "a grant whose dash is alone on its line",
    before: `${head}grants:\n  - # why\n    expires: 2026-11-01\n    cluster: o\n    databases: [a]\n    role: read\n  - {cluster: q, databases: [a], role: read}\n`,
    after: `${head}grants:\n  - {cluster: q, databases: [a], role: read}\n`,
  },
  {
    title: "the first, middle and last of a list in one line",
    before: `{name: J, email: j@example.com, grants: [{cluster: o, databases: [a], role: r, expires: 2026-01-01}, {cluster: p, databases: [a], role: r}, {cluster: q, databases: [a], role: r, expires: 2026-01-01}, {cluster: s, databases: [a], role: r}, {cluster: t, databases: [a], role: r, expires: 2026-01-01}]}\n`,
    after: `{name: J, email: j@example.com, grants: [{cluster: p, databases: [a], role: r}, {cluster: s, databases: [a], role: r}]}\n`,
  },
  {
    title: "everything of a list in one line",
    before: `${head}grants: [{cluster: o, databases: [a], role: r, expires: 2026-01-01}, {cluster: p, databases: [a], role: r, expires: 2026-01-01}] # old\n`,
    after: `${head}grants: [] # old\n`,
  },
  {
    title: "lines of a flow list, with the comments of the others kept",
    before: `${head}grants: [\n  # one\n  {cluster: o, databases: [a], role: r}, # o\n  {cluster: p, databases: [a],\n   role: r, expires: 2026-01-01} # p\n  # end\n]\n`,
    after: `${head}grants: [\n  # one\n  {cluster: o, databases: [a], role: r}, # o\n  # end\n]\n`,
  },
  {
    title: "a JSON-like list",
    before: `{\n  "name": "J",\n  "email": "j@example.com",\n  "grants": [\n    {"cluster": "o", "databases": ["a"], "role": "r", "expires": "2026-01-01"},\n    {"cluster": "p", "databases": ["a"], "role": "r"}\n  ]\n}\n`,
    after: `{\n  "name": "J",\n  "email": "j@example.com",\n  "grants": [\n    {"cluster": "p", "databases": ["a"], "role": "r"}\n  ]\n}\n`,
  },
  {
    title: "grants by project, of hostile text",
    before: `${head}grants:\n  - {project: s, environment: "prod", role: r, reason: "}, {# - x: [", expires: 2026-01-01}\n  - {project: s, environment: "prod", role: r, reason: "}, {# - x: ["}\n`,
    after: `${head}grants:\n  - {project: s, environment: "prod", role: r, reason: "}, {# - x: ["}\n`,
  },
];

describe("pruneGrants takes out", () => {
  test.each(cases)("$title", ({ before, after }) => {
    expect(textOf(before)).toBe(after);
    expect(prune(after)).toEqual({ text: after, pruned: [] });
  });

  test.each(cases)("$title, with CRLF and a byte order mark kept", ({ before, after }) => {
    const windows = (text: string) => `\uFEFF${text.replaceAll("\n", "\r\n")}`;
    expect(textOf(windows(before))).toBe(windows(after));
  });

  test.each([
    ["2026-11-18", true],
    ["2026-11-19", true],
    ["2026-11-20", false],
    ["2026-11-20T12:00:00Z", true],
    ["2026-11-20T12:00:01Z", false],
    ["2026-11-20T14:00+02:00", true],
    ["2026-11-20T13:59:59.999+01:00", false],
    ['"2026-11-18"', true],
    ["'2026-11-18' # quoted", true],
  ])("what ends at %s by the day's noon: %s", (expires, gone) => {
    const text = `${head}grants:\n  - cluster: o\n    databases: [a, b]\n    role: read\n    expires: ${expires}\n`;
    expect(textOf(text)).toBe(gone ? `${head}grants: []\n` : text);
  });

  test("nothing of a grant without an end, and nothing where there are none", () => {
    for (const grants of ["[]", "\n  - {cluster: o, databases: [a], role: r}"]) {
      const text = `${head}grants: ${grants}\n`;
      expect(prune(text)).toEqual({ text, pruned: [] });
    }
  });

  test("what it names, with the line", () => {
    const text = `${head}grants:\n  - {cluster: o, databases: [a, b], role: r, expires: 2026-01-01}\n  - project: s\n    environment: prod\n    role: w\n    expires: 2026-02-01T00:00Z\n`;
    expect(prune(text)).toMatchObject({
      pruned: [
        { index: 0, line: 4, what: "r on o: a, b", expires: "2026-01-02T00:00:00Z" },
        { index: 1, line: 5, what: "w on s/prod", expires: "2026-02-01T00:00:00Z" },
      ],
    });
  });
});

describe("pruneGrants leaves alone", () => {
  test.each([
    [
      "an anchor in the grant",
      "grants:\n  - {cluster: o, databases: &d [a], role: r, expires: 2026-01-01}\n",
      4,
    ],
    [
      "an alias in another",
      "x: &d [a]\ngrants:\n  - {cluster: o, databases: [a], role: r, expires: 2026-01-01}\n  - {cluster: p, databases: *d, role: r}\n",
      3,
    ],
    [
      "an alias for the grant",
      "x: &g {cluster: o, databases: [a], role: r, expires: 2026-01-01}\ngrants:\n  - *g\n",
      3,
    ],
  ])("a file with %s", (_, text, line) => {
    expect(prune(head + text)).toEqual({ line, fault: expect.stringContaining("holds anchors or aliases") });
  });

  test("a file with anchors in which nothing is over", () => {
    const text = `${head}grants:\n  - {cluster: o, databases: &d [a], role: r}\n  - {cluster: p, databases: *d, role: r}\n`;
    expect(prune(text)).toEqual({ text, pruned: [] });
  });

  test("a grant that is written so that it cannot be removed on its own", () => {
    const text = `${head}? grants\n: - {cluster: o, databases: [a], role: r, expires: 2026-01-01}\n`;
    expect(prune(text)).toEqual({ line: 4, fault: expect.stringContaining("remove it by hand") });
  });
});
