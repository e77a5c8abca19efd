import { type ChildProcess, execFile, fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { applyRequest } from "../reconciler/reconciler-fixture";
import { isWhole, killPoints, ROSTER, statementCount } from "./change-set";
import type { Doom } from "./doomed-function";
import { KillScenario } from "./kill-scenario";

/** esbuild does not run inside jest's realm. */
async function bundle(directory: string): Promise<string> {
  const outfile = join(directory, "doomed-function.js");
  const options = {
    entryPoints: [join(__dirname, "doomed-function.ts")],
    outfile,
    bundle: true,
    platform: "node",
    target: "node20",
  };
  await promisify(execFile)(process.execPath, [
    "-e",
    `require("esbuild").buildSync(${JSON.stringify(options)})`,
  ]);
  return outfile;
}

const exited = (child: ChildProcess) =>
  new Promise<NodeJS.Signals | number | null>(resolve =>
    child.once("exit", (code, signal) => resolve(signal ?? code)),
  );

const partialRevokes = true;

/**
 * With `partial_revokes` ON, as on Aurora; the server is killed with it OFF (server.test.ts), so that both
 * are gone through.
 */
describe("killing the function", () => {
  const total = statementCount(partialRevokes);
  let scenario: KillScenario;
  let directory: string;
  let script: string;
  /** Started ahead, as it takes a while until it is ready. */
  let waiting: { child: ChildProcess; ready: Promise<unknown> } | undefined;

  const startFunction = () => {
    const env = {
      ...process.env,
      ...scenario.fixture.environment,
      LOG_LEVEL: "off",
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
    };
    const child = fork(script, { env, execArgv: [], stdio: ["ignore", "ignore", "inherit", "ipc"] });
    return { child, ready: new Promise(resolve => child.once("message", resolve)) };
  };

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "doomed-"));
    [scenario, script] = await Promise.all([KillScenario.start(partialRevokes), bundle(directory)]);
    waiting = startFunction();
  }, 180_000);
  afterAll(async () => {
    waiting?.child.kill("SIGKILL");
    await scenario?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  async function killAt(after: number, next: boolean): Promise<number> {
    const plan = await scenario.begin();
    const { child, ready } = waiting!;
    await ready;
    const exit = exited(child);
    child.send({ payload: applyRequest("orders", ROSTER, plan.changeSet), after, next } satisfies Doom);
    expect(await exit).toBe("SIGKILL");
    waiting = startFunction();
    await scenario.expectBounds();
    return scenario.finish();
  }

  it.each(killPoints(total))(
    `after %i of ${total} statements: nobody has too much or too little, and the next apply ends at the roster`,
    async n => {
      expect(await killAt(n, false)).toBe(total - n);
    },
  );

  it.each(isWhole ? [0, 7, 14, 21] : [14])(
    "with statement %i just sent, whether it ran or not: the same",
    async n => {
      expect([total - n, total - n - 1]).toContain(await killAt(n, true));
    },
  );
});
