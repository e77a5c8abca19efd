import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { unzipSync } from "fflate";
import type { PreviewResponse } from "../core/payload";
import { FunctionRuntime } from "../local/function-runtime";
import { applyRequest, previewRequest, World } from "../test/mysql/reconciler/world";
import { atMost, type Figure, measured, type Part } from "./figure";
import { median, takeTurns } from "./measure";
import { sampleRoster } from "./sample-roster";

const LOADS = 15;
const CALLS = 3;
const COUNT = 1_000;
const MEMORY_MB = 128;

/** What the functions weigh: the zip, the time until its code is loaded, and memory with a large roster. */
export const functionSize: Part = async say => {
  const zip = readFileSync(join(__dirname, "..", "assets", "reconciler.zip"));
  say(`loading the code, ${LOADS} times`);
  const [load, bare] = await loadTimes(zip);
  say(`preview and apply of ${COUNT} accounts in a function of ${MEMORY_MB} MB`);
  return [
    atMost(measured("size of the functions' zip", "KB", [zip.length / 1024]), 1024, { strictly: true }),
    {
      ...measured(
        "loading the code in a new process, above bare node",
        "ms",
        load.map((ms, round) => ms - bare[round]!),
      ),
      baseline: { name: "node -e 0", value: median(bare) },
    },
    ...(await memory(zip)),
  ];
};

async function loadTimes(zip: Uint8Array): Promise<[number[], number[]]> {
  const directory = mkdtempSync(join(tmpdir(), "aurora-users-bench-"));
  try {
    for (const [name, bytes] of Object.entries(unzipSync(zip))) writeFileSync(join(directory, name), bytes);
    const node = (code: string) => () => {
      const { status, stderr } = spawnSync(process.execPath, ["-e", code], { cwd: directory, encoding: "utf8" });
      if (status !== 0) throw new Error(stderr);
    };
    const times = await takeTurns(
      { bundle: { run: node('require("./index.js")') }, bare: { run: node("0") } },
      { runs: LOADS, warmUps: 2 },
    );
    return [times.bundle, times.bare];
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Peak resident memory of each function's process, in which it runs alone; above its limit the process is killed. */
async function memory(zip: Uint8Array): Promise<Figure[]> {
  const world = await World.start();
  const runtime = new FunctionRuntime(world.aws.environment);
  try {
    await world.register("orders");
    runtime.addCode(zip);
    const call = async (handler: "preview" | "apply", payload: unknown) => {
      const outcome = await runtime.invoke(
        {
          ...{ FunctionName: handler, FunctionArn: `arn:aws:lambda:::function:${handler}`, Version: "$LATEST" },
          ...{ Handler: `index.${handler}`, Timeout: 300, MemorySize: MEMORY_MB },
          CodeSha256: createHash("sha256").update(zip).digest("base64"),
          Environment: { Variables: world.environment },
        },
        JSON.stringify(payload),
      );
      if (outcome.functionError) throw new Error(`${handler}: ${outcome.body.slice(0, 1_000)}`);
      return { answer: JSON.parse(outcome.body) as PreviewResponse, peak: outcome.maxRssMb };
    };
    const roster = sampleRoster(COUNT);
    const peaks = { preview: [] as number[], apply: [] as number[] };
    for (let time = 0; time < CALLS; time++) {
      runtime.endContainers();
      await world.dropAccounts();
      const preview = await call("preview", previewRequest("orders", roster, { gate: `gate-${time}` }));
      const tf = { action: time === 0 ? ("create" as const) : ("update" as const), prev_input: null };
      const request = applyRequest("orders", roster, preview.answer.changeSet, { gate: `gate-${time}`, tf });
      const apply = await call("apply", request);
      const again = await call("preview", previewRequest("orders", roster, { gate: `gate-${time}` }));
      if (again.answer.pending > 0) throw new Error(`the plan after is not empty: ${again.answer.summary}`);
      peaks.preview.push(again.peak);
      peaks.apply.push(apply.peak);
    }
    return (["preview", "apply"] as const).map(name =>
      atMost(measured(`peak memory of ${name}, ${COUNT} accounts`, "MB", peaks[name]), MEMORY_MB),
    );
  } finally {
    await runtime.stop();
    await world.stop();
  }
}
