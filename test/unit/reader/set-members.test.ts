import fc from "fast-check";
import { parse } from "yaml";
import { setMembers } from "../../../reader";

const head = "# Teams\npay:   # payments\n  owner: {name: 'T Z', email: t@example.com}\n";
const tail =
  "\n  grants: []\n\n'other':\n  owner: {name: O, email: o@example.com}\n  members: [x]\n  grants: []\n";
const edit = (text: string, ...names: string[]) => {
  const result = setMembers(text, "pay", new Set(names));
  return "text" in result ? result.text : `${result.line}: ${result.fault}`;
};

describe("members of a team in a text", () => {
  it("join after the others, and who leaves takes their own line alone", () => {
    const list = (items: string) => `${head}  members:\n    # leads\n${items}    # end${tail}`;
    const before = list("    - jane  # since 2019\n    - 'john'\n    - \"ann\"\n");
    expect(edit(before, "jane", "ann", "zoe", "bob")).toBe(
      list('    - jane  # since 2019\n    - "ann"\n    - bob\n    - zoe\n'),
    );
    expect(edit(before, "jane", "john", "ann")).toBe(before);
  });

  it("are written in a list of either form, also an empty one, with every line end", () => {
    const flow = (items: string) => `${head}  members: ${items}${tail}`;
    expect(edit(flow("[jane, 'john']"), "john", "o'brien", "true", "a,b")).toBe(
      flow(`['john', "a,b", o'brien, "true"]`),
    );
    expect(edit(flow("[]"), "jane", "bob")).toBe(flow("[bob, jane]"));
    expect(edit(flow("[jane]"))).toBe(flow("[]"));
    expect(edit(flow("[ # none yet\n  ]"), "jane")).toBe(flow("[jane # none yet\n  ]"));
    const windows = `${head}  members:\n  - jane\n  - john${tail}`.replaceAll("\n", "\r\n");
    expect(edit(`\uFEFF${windows}`, "john", "zoe")).toBe(
      `\uFEFF${windows.replace("  - jane\r\n", "").replace("- john\r\n", "- john\r\n  - zoe\r\n")}`,
    );
    expect(edit("pay:\n  members:\n  - jane", "jane", "bob")).toBe("pay:\n  members:\n  - jane\n  - bob\n");
    expect(edit(`${head}  members:\n    - jane${tail}`)).toBe(`${head}  members: []\n${tail.slice(1)}`);
  });

  it("are not changed in a list that others share, or that is none", () => {
    const shared = `a:\n  members: &all [jane]\npay:\n  members: *all\n`;
    expect(edit(shared, "bob")).toMatch(/^4: is written so that its members cannot be changed on their own/);
    expect(setMembers(shared, "a", new Set(["bob"]))).toMatchObject({ line: 2 });
    expect(edit("pay:\n  members: jane\n", "bob")).toMatch(/^2: /);
    expect(edit("pay:\n  owner: {}\n", "bob")).toMatch(/^1: /);
  });

  it("are read back as asked for, and nothing else changes, whatever names and form", () => {
    const name = fc.constantFrom(
      "jane",
      "john.doe",
      "o'brien",
      "a, b",
      "#x",
      "- y",
      "yes",
      "1",
      "{z}",
      "é",
      '"',
      "a: b",
      "null",
      "~",
      "&a",
      "*a",
      "${x}",
      "%{if}",
      "a\nb",
      "\u202Eb",
      "\u0007",
      "\u0085",
      "\u2028",
      " a ",
      "x".repeat(300),
      "? k",
      "!t",
      "@a",
      "|",
    );
    const names = fc.uniqueArray(name, { maxLength: 6 });
    fc.assert(
      fc.property(names, names, fc.boolean(), fc.boolean(), (before, after, isFlow, isWindows) => {
        const written = before.map(one => JSON.stringify(one));
        const list =
          isFlow || before.length === 0
            ? ` [${written.join(", ")}]`
            : `\n${written.map(one => `  - ${one} # of ${one.length}`).join("\n")}`;
        const lf = `${head}  members:${list}${tail}`;
        const text = isWindows ? lf.replaceAll("\n", "\r\n") : lf;
        const result = edit(text, ...after);
        expect(new Set(parse(result).pay.members)).toEqual(new Set(after));
        const members = parse(result).pay.members;
        expect(parse(result)).toEqual({ ...parse(text), pay: { ...parse(text).pay, members } });
        expect(result.startsWith(isWindows ? head.replaceAll("\n", "\r\n") : head)).toBe(true);
        expect(result.replaceAll("\r", "").endsWith(tail.slice(1))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
