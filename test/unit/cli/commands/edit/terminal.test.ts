import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";

const root = join(__dirname, "..", "..", "..", "..", "..");
const jane = "name: Jane\nemail: jane@example.com\ngrants: []\n";
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "users-"));
  writeFileSync(join(folder, "jane.yaml"), jane);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs `grant` at a terminal of its own, and types each answer when its question is there. */
function atTerminal(answers: readonly (readonly [question: string, typed: string])[], env: object = {}) {
  const command = `${process.execPath} --import tsx cli/aurora-users.ts grant --folder ${folder}`;
  const child = spawn("script", ["-qec", command, "/dev/null"], {
    cwd: root,
    env: { ...process.env, ...env },
  });
  const left = [...answers];
  let shown = "";
  let answered = 0;
  child.stdout.on("data", data => {
    shown += String(data);
    const [next] = left;
    // The question before may end alike, and codes of the terminal alone follow it.
    if (!next || !stripVTControlCharacters(shown.slice(answered)).endsWith(next[0])) return;
    answered = shown.length;
    left.shift();
    child.stdin.write(next[1]);
  });
  return new Promise<{ code: number | null; shown: string }>(resolve => {
    child.on("close", code => resolve({ code, shown }));
  });
}

const questions = [
  ["User: ", "jane\r"],
  ["or nothing: ", "orders\r"],
  ["Database: ", "orders\r"],
  ["admin): ", "read\r"],
  ["or nothing: ", "2099-12-31\r"],
  ["or nothing: ", "INC-1\r"],
] as const;

test("a real terminal is asked, and sees the difference in colours; without them with NO_COLOR", async () => {
  const { code, shown } = await atTerminal(questions, { NO_COLOR: "" });
  expect([code, shown.includes("\u001b[32m+  - cluster: orders\u001b[0m")]).toEqual([0, true]);
  expect(readFileSync(join(folder, "jane.yaml"), "utf8")).toBe(
    jane.replace(
      " []",
      "\n  - cluster: orders\n    databases: [orders]\n    role: read\n    expires: 2099-12-31\n    reason: INC-1",
    ),
  );
  writeFileSync(join(folder, "jane.yaml"), jane);
  const plain = await atTerminal(questions, { NO_COLOR: "1" });
  expect([
    plain.code,
    plain.shown.includes("+  - cluster: orders"),
    plain.shown.includes("\u001b[32m"),
  ]).toEqual([0, true, false]);
}, 60_000);

test("answers that are pasted at once are those of one question each", async () => {
  const pasted = questions.map(([, typed]) => typed).join("");
  const { code } = await atTerminal([["User: ", pasted]]);
  expect([code, readFileSync(join(folder, "jane.yaml"), "utf8")]).toEqual([
    0,
    expect.stringContaining(
      "databases: [orders]\n    role: read\n    expires: 2099-12-31\n    reason: INC-1",
    ),
  ]);
}, 60_000);

test.each([
  ["Ctrl-C", "\u0003"],
  ["Ctrl-D", "\u0004"],
])(
  "%s while it asks changes nothing",
  async (_, typed) => {
    const { code, shown } = await atTerminal([...questions.slice(0, 3), ["admin): ", typed]]);
    expect([code, shown]).toEqual([1, expect.stringContaining("Stopped: nothing was changed")]);
    expect(readFileSync(join(folder, "jane.yaml"), "utf8")).toBe(jane);
  },
  60_000,
);
