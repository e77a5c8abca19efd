import { spawn, spawnSync } from "node:child_process";
import fs, { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { changeFiles, takeBackInterrupted } from "../../../../cli/commands/change-files";
import { EDIT_JOURNAL, readUsers } from "../../../../reader";
import { runCli } from "../run-cli";

const root = join(__dirname, "..", "..", "..", "..");
let folder: string;
// At its first call Node's rmSync takes the other functions as they are then: no spies.
beforeAll(() => rmSync(mkdtempSync(join(tmpdir(), "users ")), { recursive: true }));
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "users "));
  for (const name of names.slice(0, 3)) writeFileSync(join(folder, name), OLD);
});
afterEach(() => {
  jest.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

const OLD = "name: Old\nkind: service\ngrants: []\n";
const NEW = "name: New\nkind: service\ngrants: []\n";
/** Two files are changed, one is removed, one is new. */
const names = ["a.yaml", "b.yaml", "c.yaml", "d.yaml"];
const changes = [
  { name: "a.yaml", before: OLD, after: NEW },
  { name: "b.yaml", before: OLD, after: NEW },
  { name: "c.yaml", before: OLD, after: undefined },
  { name: "d.yaml", before: undefined, after: NEW },
];
const state = () =>
  Object.fromEntries(
    readdirSync(folder)
      .filter(name => !name.startsWith("."))
      .map(name => [name, readFileSync(join(folder, name), "utf8")]),
  );
const old = { "a.yaml": OLD, "b.yaml": OLD, "c.yaml": OLD };
const changed = { "a.yaml": NEW, "b.yaml": NEW, "d.yaml": NEW };

/** Calls of the file system in which a process can be killed. */
const STEPS = ["writeFileSync", "linkSync", "renameSync", "unlinkSync", "fsyncSync"];

/** Changes the files in a process that is killed in its n-th call, half-way through if that writes. */
function killedAt(step: number): NodeJS.Signals | null {
  const script = `
    const fs = require("node:fs");
    let step = 0;
    for (const name of ${JSON.stringify(STEPS)}) {
      const call = fs[name];
      fs[name] = (...args) => {
        if (++step === ${step}) {
          if (name === "writeFileSync") call(args[0], args[1].slice(0, args[1].length / 2));
          process.kill(process.pid, "SIGKILL");
          for (;;);
        }
        return call(...args);
      };
    }
    const { changeFiles } = require(${JSON.stringify(join(root, "cli/commands/change-files.ts"))});
    changeFiles(${JSON.stringify(folder)}, ${JSON.stringify(changes)});`;
  return spawnSync(process.execPath, ["--require", "tsx/cjs", "-e", script], { cwd: root }).signal;
}

/** The same in this process, which does nothing more after its n-th call, and then counts as gone. */
function stoppedAt(step: number): boolean {
  let count = 0;
  const spies = [...STEPS, "rmSync"].map(name => {
    const call = fs[name as "linkSync"] as (...args: unknown[]) => unknown;
    return jest.spyOn(fs, name as "linkSync").mockImplementation((...args: unknown[]) => {
      if (name !== "rmSync" && count < step && ++count === step && name === "writeFileSync")
        call(args[0], String(args[1]).slice(0, String(args[1]).length / 2));
      if (count >= step) throw new Error("stopped");
      return call(...args) as undefined;
    });
  });
  const pid = Object.getOwnPropertyDescriptor(process, "pid")!;
  Object.defineProperty(process, "pid", { ...pid, value: 999_999_999 });
  const failure = attempt(() => changeFiles(folder, changes));
  Object.defineProperty(process, "pid", pid);
  for (const spy of spies) spy.mockRestore();
  return failure !== undefined;
}

/** Tries steps until one is behind the last, and looks at the folder after each. @returns that step */
function tryAll(isKilledAt: (step: number) => boolean, stride: number): number {
  let step = 1;
  for (; isKilledAt(step); step += stride) {
    const isHalf = fs.existsSync(join(folder, EDIT_JOURNAL));
    const problems = readUsers(folder)
      .inspect()
      .problems.map(({ file, message }) => `${file}: ${message}`);
    if (isHalf)
      expect(problems.join()).toContain(
        `${EDIT_JOURNAL}: an edit of this folder is running, or was interrupted`,
      );
    else expect([old, changed]).toContainEqual(state());
    const isDone = !isHalf && fs.existsSync(join(folder, "d.yaml"));
    takeBackInterrupted(folder);
    expect(state()).toEqual(isDone ? changed : old);
    expect(readUsers(folder).inspect().problems).toEqual([]);
    if (isDone) continue;
    changeFiles(folder, changes);
    expect([state(), readdirSync(folder).filter(name => name.startsWith("."))]).toEqual([changed, []]);
    changeFiles(
      folder,
      changes.map(({ name, before, after }) => ({ name, before: after, after: before })),
    );
    expect(state()).toEqual(old);
  }
  expect(state()).toEqual(changed);
  return step;
}

test("a process that stops in any step leaves all files old, or all new, for every reader", () => {
  // Every call was tried: journal, three new texts, two files in place of others, one removed, the journal.
  expect(tryAll(stoppedAt, 1)).toBeGreaterThan(14);
});

test("so does one that is really killed", () => {
  const stride = process.env["AURORA_USERS_SUITES"] === "all" ? 1 : 8;
  expect(tryAll(step => killedAt(step) === "SIGKILL", stride)).toBeGreaterThan(14);
}, 300_000);

test.each(STEPS)("a failure of %s leaves everything as it was, whichever call fails", name => {
  const call = fs[name as "linkSync"] as (...args: unknown[]) => unknown;
  for (let failing = 1; ; failing++) {
    let count = 0;
    const spy = jest.spyOn(fs, name as "linkSync").mockImplementation((...args: unknown[]) => {
      if (++count === failing)
        throw Object.assign(new Error("ENOSPC: no space left"), { code: "ENOSPC", syscall: name });
      return call(...args) as undefined;
    });
    const failure = attempt(() => changeFiles(folder, changes));
    spy.mockRestore();
    if (failure === undefined) {
      expect([failing > 1, state()]).toEqual([true, changed]);
      return;
    }
    expect(failure).toContain("ENOSPC");
    expect([state(), readdirSync(folder)]).toEqual([old, names.slice(0, 3)]);
  }
});

function attempt(run: () => void): string | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

test("a file that changed since it was read is not overwritten", () => {
  writeFileSync(join(folder, "b.yaml"), `${OLD}# more\n`);
  expect(attempt(() => changeFiles(folder, changes))).toBe(
    "The users folder was not changed: b.yaml changed while this command ran. run it again",
  );
  expect([state(), readdirSync(folder)]).toEqual([{ ...old, "b.yaml": `${OLD}# more\n` }, names.slice(0, 3)]);
});

test("an edit waits for no other: while one runs, the next is refused; both edits are never lost", async () => {
  const journal = { pid: process.pid, host: hostname(), files: [] };
  writeFileSync(join(folder, EDIT_JOURNAL), JSON.stringify(journal));
  const suspended = await runCli(["suspend", "a", "--folder", folder]);
  expect([suspended.code, suspended.err]).toEqual([1, expect.stringContaining("is changing this folder")]);
  expect((await runCli(["check", folder])).code).toBe(1);
  expect(state()).toEqual(old);
  rmSync(join(folder, EDIT_JOURNAL));

  const cli = (...argv: string[]) =>
    new Promise<number | null>(resolve => {
      const args = [
        "--import",
        "tsx",
        join("cli", "aurora-users.ts"),
        "grant",
        "a",
        ...argv,
        "--folder",
        folder,
      ];
      spawn(process.execPath, args, { cwd: root }).on("close", resolve);
    });
  const terms = (n: number) => ["--cluster", "orders", "--database", `db${n}`, "--role", "read"];
  const all = process.env["AURORA_USERS_SUITES"] === "all" ? [1, 2, 3, 4] : [1, 2];
  const codes = await Promise.all(all.map(n => cli(...terms(n))));
  const granted = all.filter(n => state()["a.yaml"]?.includes(`db${n}]`));
  expect(granted).toEqual(all.filter((_, n) => codes[n] === 0));
  expect(granted.length).toBeGreaterThan(0);
}, 60_000);

test("an edit that was taken back by hand in part is left to a person", () => {
  const files = changes.map(({ name, before, after }) => ({ name, before, after }));
  writeFileSync(join(folder, EDIT_JOURNAL), JSON.stringify({ pid: 999_999_999, host: hostname(), files }));
  writeFileSync(join(folder, "a.yaml"), "something else\n");
  expect(attempt(() => takeBackInterrupted(folder))).toContain(
    "a.yaml changed since an edit was interrupted",
  );
  expect(state()["a.yaml"]).toBe("something else\n");
});

describe("a journal that somebody committed", () => {
  let elsewhere: string;
  beforeEach(() => {
    elsewhere = mkdtempSync(join(tmpdir(), "elsewhere "));
    writeFileSync(join(elsewhere, "config"), OLD);
  });
  afterEach(() => rmSync(elsewhere, { recursive: true, force: true }));
  const journal = (name: string) =>
    JSON.stringify({ pid: 999_999_999, host: hostname(), files: [{ name, before: "evil", after: OLD }] });

  test.each([
    ["../x.yaml"],
    ["/etc/x.yaml"],
    [".."],
    [""],
    [".npmrc"],
    ["package.json"],
    ["a\0.yaml"],
    ["..\\x.yaml\u001b"],
  ])("writes to no file %j", name => {
    writeFileSync(join(folder, EDIT_JOURNAL), journal(name));
    expect(attempt(() => takeBackInterrupted(folder))).toContain("is no users file of this folder");
    expect(state()).toEqual(old);
  });

  test("writes through no link, nor does an edit", async () => {
    fs.symlinkSync(join(elsewhere, "config"), join(folder, "link.yaml"));
    writeFileSync(join(folder, EDIT_JOURNAL), journal("link.yaml"));
    const { code, err } = await runCli(["suspend", "a", "--folder", folder]);
    expect([code, err]).toEqual([
      1,
      expect.stringContaining("link.yaml is no users file of this folder, or a"),
    ]);
    rmSync(join(folder, EDIT_JOURNAL));
    const change = { name: "link.yaml", before: OLD, after: NEW };
    expect(attempt(() => changeFiles(folder, [change]))).toContain("or a link");
    rmSync(join(folder, "link.yaml"));
    // The name of a temporary file can be guessed.
    for (const name of [`${EDIT_JOURNAL}.${process.pid}.tmp`, `.a.yaml.${process.pid}.tmp`])
      fs.symlinkSync(join(elsewhere, "config"), join(folder, name));
    changeFiles(folder, changes);
    expect([state(), readFileSync(join(elsewhere, "config"), "utf8")]).toEqual([changed, OLD]);
  });
});

test("a dry run takes no interrupted edit back: it says so, and writes nothing", async () => {
  const files = [{ name: "a.yaml", before: NEW, after: OLD }];
  writeFileSync(join(folder, EDIT_JOURNAL), JSON.stringify({ pid: 999_999_999, host: hostname(), files }));
  const dry = [
    ["suspend", "a", "--folder", folder],
    ["new", "x", "--name", "X", "--email", "x@example.com", "--folder", folder],
    ["prune", folder],
  ];
  for (const argv of dry) {
    const { code, err } = await runCli([...argv, "--dry-run"]);
    expect([code, err]).toEqual([1, expect.stringContaining("an edit of it was interrupted")]);
  }
  expect([state(), fs.existsSync(join(folder, EDIT_JOURNAL))]).toEqual([old, true]);
});
