import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { findSpin, type Spin } from "../../local/process/spin";

const run = promisify(execFile);
const ROOT = join(__dirname, "..", "..");
const MODEL = join(__dirname, "protocol.pml");
const text = readFileSync(MODEL, "utf8");

const SCENES = ["APPLIES", "DATES", "SOURCES", "HOOKS"] as const;
type Scene = (typeof SCENES)[number];

/** For each guard: a scene in which its absence does harm, and what then fails. */
const GUARDS: readonly [guard: string, scene: Scene, what: string, fails: RegExp][] = [
  ["NO_ANSWER", "APPLIES", "a copy gets the answer of the first call", /answered/],
  ["NO_SECOND_LOOK", "APPLIES", "a copy that waited looks for the answer again", /answered/],
  ["NO_LOCK", "APPLIES", "one run at a time", /answered|intents/],
  ["NO_LOCK_WHILE_RECORDING", "APPLIES", "a failure is recorded before the lock is free", /answered|intents/],
  ["NO_SHOWN", "APPLIES", "nothing runs that the plan did not show", /shownTake|shownGive/],
  ["NO_SPENT", "APPLIES", "a change set that ran permits nothing more", /spent|intents/],
  ["NO_ATTEMPT", "APPLIES", "the attempt is open before anything runs", /owed/],
  ["NO_VERIFY", "APPLIES", "the server is observed again", /owed/],
  ["NO_OPEN_AFTER_FAILURE", "APPLIES", "a failed attempt stays open", /owed/],
  ["NO_SETTLED", "APPLIES", "an unobserved plan is empty only if nothing is under way", /owed/],
  ["NO_EXPIRY_AT_APPLY", "DATES", "an apply gives nothing that expired since the plan", /expired/],
  ["NO_EXPIRY_AT_ENFORCEMENT", "DATES", "a scheduled run gives nothing that expired", /taken|expired/],
  ["NO_TARGET_FIRST", "DATES", "the target is written before anything runs", /takenByApply/],
  ["NO_BOTH_ROSTERS", "DATES", "a scheduled run gives only what both rosters hold", /takenByApply/],
  ["NO_SETTLE_LAST", "SOURCES", "a source is settled after its accounts were taken", /due/],
  ["NO_REMOVING", "HOOKS", "a scheduled run gives nothing back during a removal", /takenByRemoval/],
  ["NO_NAMES", "HOOKS", "hooks have names: a count takes one hook for another", /hooksOfTerraform|db==0/],
  ["NO_NEWEST", "HOOKS", "a hook that was replaced holds nothing", /hooksOfTerraform/],
  [
    "NO_FORMER",
    "HOOKS",
    "a late copy of a creation does not make a former hook the last one",
    /hooksOfTerraform|db==0/,
  ],
  ["NO_PARAMETER", "HOOKS", "nobody is dropped while the stack's parameter is there", /hooksOfTerraform/],
  ["NO_SECOND_JUDGEMENT", "HOOKS", "a deletion that waited is judged again", /hooksOfTerraform/],
  ["NO_CREATE_BEFORE_DESTROY", "HOOKS", "a new hook is created before the old one goes", /hooksOfTerraform/],
];

describe("the model of the protocol", () => {
  let tools: Spin;
  let folder: string;

  beforeAll(async () => {
    tools = await findSpin();
    folder = mkdtempSync(join(tmpdir(), "aurora-users-model-"));
  }, 120_000);
  afterAll(() => folder && rmSync(folder, { recursive: true, force: true }));

  /** Searches all states of a scene. @returns what the search said */
  async function search(scene: Scene, guard?: string): Promise<string> {
    const cwd = mkdtempSync(join(folder, "search-"));
    const defines = [scene, ...(guard ? [guard] : [])].map(name => `-D${name}`);
    await run(tools.spin, [`-P${tools.compiler} -E -x c`, ...defines, "-a", MODEL], { cwd });
    // A search that ends at the first bug is short, so that compiling is what takes time.
    const options = ["-DSAFETY", "-DMEMLIM=2000", "-w", guard ? "-O0" : "-O1"];
    await run(tools.compiler, [...options, "-o", "pan", "pan.c"], { cwd });
    const { stdout } = await run(join(cwd, "pan"), ["-m20000", "-w23"], { cwd });
    return stdout;
  }

  it.each(SCENES)("holds its properties in every state of the scene %s", async scene => {
    const said = await search(scene);
    expect(said).toMatch(/errors: 0\b/);
    expect(said).not.toMatch(/search was not completed|max search depth too small|out of memory/i);
    const states = Number(/([\d.e+]+) states, stored/.exec(said)?.[1]);
    expect(states).toBeGreaterThan(10_000);
  });

  it.each(GUARDS)("finds the bug again without %s in %s: %s", async (guard, scene, _what, fails) => {
    const said = await search(scene, guard);
    expect(said).toMatch(/errors: 1\b/);
    expect(/assertion violated.*/.exec(said)?.[0]).toMatch(fails);
  });

  it("has no guard that is not removed here, and no scene that is not searched", () => {
    const named = (pattern: RegExp) =>
      [...new Set([...text.matchAll(pattern)].map(([, name]) => name!))].sort();
    expect(named(/#if(?:n?def) (NO_\w+)/g)).toEqual(GUARDS.map(([guard]) => guard).sort());
    expect(named(/(?:#ifdef |defined\()(?!NO_)(\w+)/g)).toEqual([...SCENES].sort());
  });

  it("names functions that are in the code", () => {
    const steps = [...text.matchAll(/= (\w+), ([\w./-]+\.ts)/g)].map(([, name, file]) => ({
      name,
      file: file!,
    }));
    expect(steps.length).toBeGreaterThan(25);
    const missing = steps.filter(({ file, name }) => {
      if (!existsSync(join(ROOT, file))) return true;
      const code = readFileSync(join(ROOT, file), "utf8");
      return !new RegExp(`(function|class|const) ${name}\\b|^  (async )?${name}\\(`, "m").test(code);
    });
    expect(missing).toEqual([]);
  });
});
