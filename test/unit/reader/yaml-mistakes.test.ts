import { problemLine } from "../../../core/users";
import { usersOf } from "./users-of";

const head = "name: Jane Doe\nemail: jane.doe@example.com\n";
const grant = (...lines: string[]) => `${head}grants:\n  - ${lines.join("\n    ")}\n`;
const onOrders = (...lines: string[]) => grant("cluster: orders", "databases: [orders]", ...lines);
const CONFLICT = "decide what holds, and take the lines with `<<<<<<<`, `=======` and `>>>>>>>` out";
const COLON = "a space is missing after the `:`; write `key: value`";
const DASH = "a space is missing after the `-`; write `- ` before each item";
const SPACE = "holds a no-break space (U+00A0) where YAML wants a plain space";
const CURLY = "a curly quote is no quote in YAML; type a straight one, or none";
const WILDCARD = "is no wildcard: names are literal; list each name";
const quote = (which: string) =>
  `the quote that opens here has no end; write the same quote (${which}) at the end of the text`;
const comment = (text: string) =>
  `must be text, but is empty; \`#\` begins a comment: put the value in quotes, as in "${text}"`;
const EXPIRES =
  "leave `expires` out, or write when the access ends: a date (the end of that day UTC) or a timestamp with its zone";

/** What somebody wrote, and the one problem, after the file's name. */
const mistakes: [kind: string, text: string, problem: string][] = [
  [
    "a merge conflict",
    `${head}grants:\n  - cluster: orders\n    databases: [orders]\n<<<<<<< HEAD\n    role: read\n=======\n    role: raed\n>>>>>>> branch\n`,
    `6:1: a merge conflict begins here, and ends in line 10; ${CONFLICT}`,
  ],
  [
    "a merge conflict with the base, of a whole file",
    `<<<<<<< HEAD\r\n${head}grants: []\r\n||||||| base\r\nname: x\r\n=======\r\nname: y\r\n>>>>>>> b\r\n`,
    `1:1: a merge conflict begins here, and ends in line 9; ${CONFLICT}`,
  ],
  [
    "a mark of a conflict that is left",
    `${head}=======\ngrants: []\n`,
    `3:1: a mark of a merge conflict is left here; ${CONFLICT}`,
  ],
  [
    "a conflict without an end",
    `${head}<<<<<<< HEAD\ngrants: []\n`,
    `3:1: a merge conflict begins here, and does not end; ${CONFLICT}`,
  ],
  ["no space after the last colon", onOrders("role:read"), `6:10: ${COLON}`],
  ["no space after the first colon", `name:Jane\nemail: j@example.com\ngrants: []\n`, `1:6: ${COLON}`],
  [
    "no space after a colon, before a list",
    grant("cluster: orders", "databases:[a]", "role: read"),
    `5:15: ${COLON}`,
  ],
  [
    "no space after the colon of an item",
    `${head}grants:\n  - cluster:orders\n    databases: [a]\n    role: read\n`,
    `4:13: ${COLON}`,
  ],
  [
    "no space after a colon between braces",
    `${head}grants:\n  - {cluster:orders, databases: [a], role: read}\n`,
    '4:6 grants[0]["cluster:orders"]: a space is missing after the `:` of "cluster"; write `key: value`',
  ],
  [
    "no space in all of a file",
    "name:Jane\n",
    "1:1: must be a map, but is text; write a space after each `:`",
  ],
  [
    "no space after a dash",
    `${head}grants:\n  -cluster: orders\n   databases: [a]\n   role: read\n`,
    `4:4: ${DASH}`,
  ],
  [
    "no space after the second dash",
    `${onOrders("role: read")}  -cluster: payments\n    databases: [b]\n    role: read\n`,
    `7:4: ${DASH}`,
  ],
  [
    "no space after a dash among others",
    grant("cluster: orders", "role: read", "databases:", "  - a", "  -b"),
    `8:8: ${DASH}`,
  ],
  [
    "no space after any dash",
    grant("cluster: orders", "role: read", "databases:", "  -a", "  -b"),
    "7:7 grants[0].databases: must be a list, but is text; begin each of its items with `- `",
  ],
  [
    "no-break spaces that indent",
    onOrders("role: read").replaceAll("\n    ", "\n\u00a0\u00a0\u00a0\u00a0"),
    `5:1: ${SPACE} (2 lines of this file have one); type it as a plain space`,
  ],
  ["a no-break space after a colon", onOrders("role:\u00a0read"), `6:10: ${SPACE}; type it as a plain space`],
  [
    "a no-break space after a dash",
    onOrders("role: read").replace("- ", "-\u00a0"),
    `4:4: ${SPACE}; type it as a plain space`,
  ],
  [
    "a wide space after a colon",
    onOrders("role:\u3000read"),
    "6:10: holds a special space (U+3000) where YAML wants a plain space; type it as a plain space",
  ],
  [
    "a no-break space after a value",
    onOrders("role: read\u00a0"),
    "6:11 grants[0].role: begins or ends with a no-break space (U+00A0), which looks like a space; leave it out",
  ],
  [
    "curly quotes around a name",
    `name: \u201cJane Doe\u201d\nemail: j@example.com\ngrants: []\n`,
    `1:7: ${CURLY}`,
  ],
  ["single curly quotes", onOrders("role: \u2018read\u2019"), `6:11: ${CURLY}`],
  [
    "curly quotes in a list",
    grant("cluster: orders", "databases: [\u201corders\u201d]", "role: read"),
    `5:17: ${CURLY}`,
  ],
  ["curly quotes around a key", onOrders("\u201crole\u201d: read"), `6:5: ${CURLY}`],
  [
    "curly quotes around a text with a colon",
    onOrders("role: read", "reason: \u201csee: INC-1\u201d"),
    `7:13: ${CURLY}`,
  ],
  [
    "a double quote without an end",
    `name: "Jane Doe\nemail: j@example.com\ngrants: []\n`,
    `1:7: ${quote('"')}`,
  ],
  ["a single quote without an end", onOrders("role: 'read", "reason: INC-1"), `6:11: ${quote("'")}`],
  [
    "a quote without an end, before a text with quotes",
    onOrders('role: "read', 'reason: "INC-1"'),
    `6:11: ${quote('"')}`,
  ],
  [
    "a quote without an end in a list",
    grant("cluster: orders", 'databases: ["a]', "role: read"),
    `5:17: ${quote('"')}`,
  ],
  [
    "a list without an end",
    grant("cluster: orders", "databases: [a", "role: read"),
    "5:16: the `[` here has no `]`; write the `]`",
  ],
  [
    "a map without an end",
    `${head}grants:\n  - {cluster: orders, databases: [a], role: read\n`,
    "4:5: the `{` here has no `}`; write the `}`",
  ],
  [
    "an apostrophe between single quotes",
    onOrders("role: read", "reason: 'Jane's'"),
    "7:19: is not YAML: text follows the quote that ends the value; put the whole value in quotes; between single quotes, `''` is an apostrophe",
  ],
  ["a ticket with #", onOrders("role: read", "reason: #1234"), `7:13 grants[0].reason: ${comment("#1234")}`],
  ["a name with #", "name: #Jane\nemail: j@example.com\ngrants: []\n", `1:7 name: ${comment("#Jane")}`],
  [
    "an item with #",
    grant("cluster: orders", "role: read", "databases:", "  - #a b"),
    `7:9 grants[0].databases[0]: ${comment("#a b")}`,
  ],
  ["a star in a list", grant("cluster: orders", "databases: [*]", "role: read"), `5:17: \`*\` ${WILDCARD}`],
  ["a star for a list", grant("cluster: orders", "role: read", "databases: *"), `6:16: \`*\` ${WILDCARD}`],
  [
    "a star as an item",
    grant("cluster: orders", "role: read", "databases:", "  - *"),
    `7:9: \`*\` ${WILDCARD}`,
  ],
  ["a percent sign", grant("cluster: orders", "databases: [%]", "role: read"), `5:17: \`%\` ${WILDCARD}`],
  [
    "an at sign",
    onOrders("role: read", "reason: @jane"),
    '7:13: a text cannot begin with "@" in YAML; put it in quotes',
  ],
  [
    "an empty expires",
    onOrders("role: read", "expires:"),
    `7:13 grants[0].expires: must be text, but is empty; ${EXPIRES}`,
  ],
  [
    "an expires of nothing",
    onOrders("role: read", 'expires: ""'),
    `7:14 grants[0].expires: is empty; ${EXPIRES}`,
  ],
  [
    "an expires of null",
    onOrders("role: read", "expires: ~"),
    `7:14 grants[0].expires: must be text, but is empty; ${EXPIRES}`,
  ],
  [
    "a line that is indented less",
    `${head}grants:\n  - cluster: orders\n   databases: [a]\n    role: read\n`,
    "5:1: is indented by 3 spaces, which matches no line before it; should it be 4?",
  ],
  [
    "a line that is indented more",
    `${head}grants:\n  - cluster: orders\n    databases: [a]\n     role: read\n`,
    "6:1: is indented by 5 spaces, which matches no line before it; should it be 4?",
  ],
];

describe("YAML as people write it", () => {
  const clusters = { orders: {}, payments: {} };

  it.each(mistakes)("%s is one problem, with the sentence that helps", (_kind, text, problem) => {
    const found = usersOf({ "jane.doe.yaml": text }, clusters);
    expect(found.problems.map(problemLine)).toEqual([`users/jane.doe.yaml:${problem}`]);
    expect(found.rosters).toEqual({});
  });

  it.each(mistakes)("%s hides no other mistake of the file", (_kind, text) => {
    const file = text.includes("\r\n") ? `${text}team: x\r\n` : `${text}team: x\n`;
    const alone = usersOf({ "jane.doe.yaml": text }, clusters).problems;
    const found = usersOf({ "jane.doe.yaml": file }, clusters).problems.map(problemLine);
    if (alone.length === 1 && text === "name:Jane\n") return;
    expect(found).toHaveLength(2);
    expect(found[1]).toMatch(/team: unknown key "team"/);
  });

  it("several mistakes are several problems, each where it is", () => {
    const text =
      "name: Jane: Doe\nemail: jane.doe\ngrants:\n  - cluster: ordesr\n    databases: [a\n    role: raed\n    expires: 2027-02-30\n";
    const found = usersOf({ "jane.doe.yaml": text }, clusters).problems;
    expect(found.map(({ line, column }) => `${line}:${column}`)).toEqual([
      "1:7",
      "2:8",
      "4:14",
      "5:16",
      "6:11",
      "7:14",
    ]);
  });

  it.each([
    "read: [",
    "read:\n  privileges: [SELECT]\n<<<<<<< a\nwrite: {}\n",
    "read:{privileges: [SELECT]}\nx: {privileges: [SELECT]}\n",
  ])("a roles.yaml with a mistake makes no role of other files unknown: %j", text => {
    const found = usersOf({ "roles.yaml": text, "jane.doe.yaml": onOrders("role: anything") }, clusters);
    expect(new Set(found.problems.map(({ file }) => file))).toEqual(new Set(["users/roles.yaml"]));
  });

  it.each([
    ["a reason that holds control characters", onOrders("role: read", "reason: #\u001b[2Jx\u0007")],
    ["a quote without an end before them", onOrders('role: "re\u001b[31m', "reason: x")],
    ["a key without a space before them", onOrders("role:\u001b]0;x\u0007", "reason: x")],
  ])("is quoted for a terminal: %s", (_what, text) => {
    const lines = usersOf({ "jane.doe.yaml": text }, clusters).problems.map(problemLine);
    expect(lines.length).toBeGreaterThan(0);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    expect(lines.join("")).not.toMatch(/[\u0000-\u001f]/);
  });

  it("what is written well is left alone: apostrophes, texts over several lines, quotes inside", () => {
    const text = `name: Jane O\u2019Brien\nemail: jane.doe@example.com\n${onOrders("role: read", "reason: the \u201cbig\u201d\n      -move, see a:b # why").slice(head.length)}`;
    expect(usersOf({ "jane.doe.yaml": text }, clusters).problems).toEqual([]);
  });

  it("a large file with many mistakes is reported soon, and its rest is not guessed", () => {
    const text = `${head}grants:\n${"  - {cluster:orders databases: [a}\n".repeat(5_000)}`;
    const started = performance.now();
    const { problems } = usersOf({ "jane.doe.yaml": text }, clusters);
    expect(problems.length).toBeLessThan(12);
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});
