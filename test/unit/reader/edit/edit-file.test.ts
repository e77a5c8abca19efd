import { diffChars } from "diff";
import fc from "fast-check";
import { parse } from "yaml";
import { type Edit, editFile, grantItems } from "../../../../reader";
import type { EditPath } from "../../../../reader/edit/edit-file";
import { type GeneratedFile, type GeneratedGrant, generatedFile, HOSTILE } from "./user-text";

/** Files of the property tests; AURORA_USERS_SUITES=all takes as many as before a release. */
const FILES = process.env["AURORA_USERS_SUITES"] === "all" ? 500 : 60;

const read = (text: string) => parse(text.replace(/^\uFEFF/, ""), { version: "1.2", schema: "core" });

/** The content that an edit asks for, from the content that the generator says. */
type Ask = (grants: GeneratedGrant[] | null, content: Record<string, unknown>) => void;

interface Tried {
  readonly edit: Edit;
  readonly ask: Ask;
  /** What may be gone from the text, and what may be new. */
  readonly isGone: (removed: string) => boolean;
  readonly isNew: (added: string) => boolean;
}

const item = (value: string) => ({ cluster: "new", databases: ["n1", value], role: "read", reason: value });
const put = (record: Record<string, unknown>, key: string, value: unknown): void => {
  record[key] = value;
};
const isNothing = (text: string) => text === "";
const isAny = () => true;
const at = (index: number): EditPath => ["grants", index];
/** Only blanks, quotes and the like in addition to the names of one grant. */
const ofGrant = (index: number) => (removed: string) =>
  !/outside/.test(removed) && !new RegExp(`(role|cluster|db|inside)(?!${index})\\d`).test(removed);

/** Every kind of edit, at one grant of the file. */
function editsOf({ content }: GeneratedFile, index: number, value: string): Tried[] {
  const grants = content.grants ?? [];
  const tried: Tried[] = [
    {
      edit: { op: "append", map: [], key: "grants", value: item(value) },
      ask: (list, all) => put(all, "grants", [...(list ?? []), item(value)]),
      isGone: isNothing,
      isNew: isAny,
    },
    {
      edit: { op: "set", map: [], key: "suspended", value: true, after: "email" },
      ask: (_, all) => put(all, "suspended", true),
      isGone: isNothing,
      isNew: added => added === "" || /^(\r?\n|, )?"?suspended"?: true(\r?\n)?$/.test(added),
    },
  ];
  if ("suspended" in content)
    tried.push({
      edit: { op: "unset", map: [], key: "suspended" },
      ask: (_, all) => void delete all["suspended"],
      isGone: removed => /^\s*"?suspended"?: true,?\s*$/.test(removed),
      isNew: isNothing,
    });
  const grant = grants[index];
  if (!grant) return tried;
  tried.push(
    {
      edit: { op: "remove", map: [], key: "grants", indexes: new Set([index]) },
      ask: (list, all) =>
        put(
          all,
          "grants",
          list?.filter((_, n) => n !== index),
        ),
      isGone: ofGrant(index),
      isNew: isNothing,
    },
    {
      edit: { op: "set", map: at(index), key: "reason", value, after: "role" },
      ask: list => put(list![index]!, "reason", value),
      isGone: removed => !/[\n]|inside|outside|db|role\d/.test(removed.replace(/^>-\r?\n\s*/, "")),
      isNew: isAny,
    },
    {
      edit: { op: "set", map: at(index), key: "expires", value: "2028-02-29", after: "role" },
      ask: list => put(list![index]!, "expires", "2028-02-29"),
      isGone: removed => /^[-\d]*$/.test(removed),
      isNew: added => /^[-\d]*$/.test(added) || /^\s*,?\s*"?expires"?: "?2028-02-29"?\s*$/.test(added),
    },
  );
  for (const key of ["reason", "expires"].filter(one => one in grant))
    tried.push({
      edit: { op: "unset", map: at(index), key },
      ask: list => void delete list![index]![key],
      isGone: removed => !/outside|db|role\d/.test(removed) && (removed.match(/inside/g) ?? []).length <= 2,
      isNew: isNothing,
    });
  const databases = grant["databases"] as string[];
  // A grant without a database is none: the last one goes with its grant.
  if (databases.length === 1) return tried;
  tried.push({
    edit: { op: "remove", map: at(index), key: "databases", indexes: new Set([databases.length - 1]) },
    ask: list => void (list![index]!["databases"] as string[]).pop(),
    isGone: removed => new RegExp(`^[\\s,'"-]*db${index}x${databases.length - 1}[\\s,'"]*$`).test(removed),
    isNew: isNothing,
  });
  return tried;
}

interface Difference {
  readonly removed: string;
  readonly added: string;
}

/**
 * What is gone from a text and what is new in it. If a text is only gone, or only new, there are several
 * places where it can have been (`ab` from `xabab`): each of them counts.
 */
function differences(before: string, after: string): Difference[] {
  const most = Math.min(before.length, after.length);
  let [from, to] = [0, 0];
  while (from < most && before[from] === after[from]) from++;
  while (to < most && before.at(-1 - to) === after.at(-1 - to)) to++;
  if (from + to >= most) {
    const [long, size] =
      before.length > after.length ? [before, before.length - most] : [after, after.length - most];
    const starts = Array.from({ length: from + to - most + 1 }, (_, n) => most - to + n);
    const parts = starts.map(start => long.slice(start, start + size));
    return parts.map(part => (long === before ? { removed: part, added: "" } : { removed: "", added: part }));
  }
  const parts = diffChars(before, after);
  const joined = (kind: "removed" | "added") => parts.flatMap(p => (p[kind] ? [p.value] : [])).join("");
  const window = {
    removed: before.slice(from, before.length - to),
    added: after.slice(from, after.length - to),
  };
  return [window, { removed: joined("removed"), added: joined("added") }];
}

/** An empty list is written as `[]` next to its key, before a comment that stays. */
const withoutEmpty = (text: string): string => text.replace(/^(grants:) \[\]/m, "$1");

const hasOneEnd = (text: string): boolean => !/(^|[^\r])\n/.test(text) || !text.includes("\r\n");

describe("an edit", () => {
  test(`of ${FILES} files says exactly what was asked, and every other byte stays`, () => {
    const counts = { tried: 0, refused: 0, anchored: 0 };
    fc.assert(
      fc.property(generatedFile, fc.nat(3), fc.constantFrom(...HOSTILE), (file, at, value) => {
        const index = at % Math.max(1, file.content.grants?.length ?? 0);
        expect(read(file.text)).toEqual(file.content);
        for (const { ask, edit, isGone, isNew } of editsOf(file, index, value)) {
          const edited = editFile(file.text, [edit]);
          if (file.hasAnchors) counts.anchored++;
          else counts.tried++;
          if ("fault" in edited) {
            if (!file.hasAnchors) counts.refused++;
            expect(edited.fault).toMatch(/by hand$/);
            expect(edited.line).toBeGreaterThan(0);
            continue;
          }
          const expected = structuredClone(file.content) as Record<string, unknown>;
          ask(expected["grants"] as GeneratedGrant[] | null, expected);
          expect(read(edited.text)).toEqual(expected);
          const found = differences(withoutEmpty(file.text), withoutEmpty(edited.text));
          const isRight = found.some(({ added, removed }) => isGone(removed) && isNew(added));
          const shown = JSON.stringify({ edit: { ...edit, indexes: undefined }, before: file.text, found });
          expect([isRight, shown]).toEqual([true, shown]);
          expect([hasOneEnd(edited.text), edited.text.startsWith("\uFEFF")]).toEqual([
            true,
            file.text.startsWith("\uFEFF"),
          ]);
          if (edit.op === "append" || edit.op === "set")
            expect(/\n$/.test(edited.text)).toBe(/\n$/.test(file.text));
        }
      }),
      { numRuns: FILES },
    );
    expect(counts.tried).toBeGreaterThan(FILES);
    expect(counts.refused / counts.tried).toBeLessThan(0.02);
    if (FILES === 500) console.log(counts);
  });

  test("of an alias is refused, and says so with its line", () => {
    const text = "name: J\ngrants:\n  - &a {cluster: o, role: read}\n  - *a\n";
    const set: Edit = { op: "set", map: ["grants", 0], key: "role", value: "write" };
    expect(editFile(text, [set])).toEqual({
      line: 3,
      fault:
        "holds anchors or aliases (`&`, `*`), or is written so that it cannot be edited here; write it by hand",
    });
    const other: Edit = { op: "set", map: ["grants", 1], key: "role", value: "write" };
    expect(editFile(text, [other])).toMatchObject({ fault: expect.stringContaining("by hand") });
    const added = editFile(text, [{ op: "append", map: [], key: "grants", value: { cluster: "x" } }]);
    expect(added).toEqual({ text: `${text}  - cluster: x\n` });
  });

  test.each([
    ["invalid YAML", "name: [\n", 2],
    ["two documents", "name: J\n---\nname: K\n", 2],
    ["no map", "- a\n", 1],
    ["an empty file", "", 1],
  ])("of %s is refused", (_, text, line) => {
    const edited = editFile(text, [{ op: "append", map: [], key: "grants", value: "x" }]);
    expect(edited).toMatchObject({ fault: expect.any(String) });
    expect("line" in edited && edited.line).toBeLessThanOrEqual(line);
  });

  test("of a grant is found by its line, also after a byte order mark", () => {
    expect(grantItems("\uFEFFname: J\ngrants:\n  - a: 1\n  # c\n  - {b: 2}\n")).toEqual([
      { index: 0, line: 3, grant: { a: 1 } },
      { index: 1, line: 5, grant: { b: 2 } },
    ]);
  });
});

test.each(["\n", "\r\n"])("a file that is JSON stays JSON when its last grant goes (%j)", end => {
  const text = ["{", '  "grants": [', '    {"role": "a"},', '    {"role": "b"}', "  ]", "}", ""].join(end);
  const edited = editFile(text, [{ op: "remove", map: [], key: "grants", indexes: new Set([1]) }]);
  expect(JSON.parse("text" in edited ? edited.text : "")).toEqual({ grants: [{ role: "a" }] });
  expect(edited).toEqual({ text: text.replace(`,${end}    {"role": "b"}`, "") });
});
