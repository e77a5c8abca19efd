import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { patchText } from "../../../../cli/terminal/print-patch";

let work: string;
beforeEach(() => {
  work = mkdtempSync(join(tmpdir(), "patch-"));
});
afterEach(() => rmSync(work, { recursive: true, force: true }));

const apply = (command: string, args: string[], patch: string) =>
  spawnSync(command, args, { cwd: work, input: patch, encoding: "utf8" });
const FILES = process.env["AURORA_USERS_SUITES"] === "all" ? 200 : 25;

const line = fc.constantFrom(
  "name: Jane",
  "- a",
  "--- b",
  "+++ c",
  "@@ -1 +1 @@",
  "",
  "\u001b[2J é",
  "x\r",
  "\\ No",
);
const text = fc
  .tuple(fc.array(line, { maxLength: 12 }), fc.boolean())
  .map(([lines, isOpen]) => lines.join("\n") + (isOpen || lines.length === 0 ? "" : "\n"));
const file = fc.constantFrom(
  "users/jane.doe.yaml",
  "users/jane doe.yaml",
  "users/zoë@example.com.yaml",
  'users/q".yaml',
);
const states = fc.tuple(file, fc.option(text, { nil: undefined }), fc.option(text, { nil: undefined }));

test.each([
  ["git apply", "git", ["apply", "--whitespace=nowarn", "-"]],
  ["git apply --check, then patch -p1", "patch", ["-p1", "--binary", "--posix"]],
])("%s turns the old text into the new one, byte by byte", (_, command, args) => {
  fc.assert(
    fc.property(states, ([name, before, after]) => {
      // A patch of git says nothing of an empty file that is new or gone, and patch knows no quoted names.
      fc.pre(before !== "" && after !== "" && (before ?? after) !== undefined);
      fc.pre(command === "git" || (before !== undefined && after !== undefined && /^[\w./]+$/.test(name)));
      const path = join(work, name);
      mkdirSync(dirname(path), { recursive: true });
      rmSync(path, { force: true });
      if (before !== undefined) writeFileSync(path, before);
      const patch = patchText([{ file: name, before, after }]);
      if (before === after) return expect(patch).toBe("");
      const { status, stderr } = apply(command, args, patch);
      expect([status, stderr, patch]).toEqual([0, expect.any(String), patch]);
      expect(existsSync(path) ? readFileSync(path, "utf8") : undefined).toBe(after);
    }),
    { numRuns: FILES },
  );
});
