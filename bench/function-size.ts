import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { unzipSync } from "fflate";
import { must } from "../test/support/terraform/plan";
import { Scenario } from "../test/support/terraform/scenario";
import { World } from "../test/support/terraform/world";
import { atMost, type Figure, measured, type Part } from "./figure";
import { median, takeTurns } from "./measure";
import { rollOut } from "./roll-out";

const LOADS = 15;
const ROLL_OUTS = 3;
const COUNT = 1_000;
/** The constructs' default memory of a function, and Lambda's minimum for comparison. */
const MEMORY_MB = [256, 128] as const;

/** The functions' size, the time to load their code, and their memory with a large roster. */
export const functionSize: Part = async say => {
  const zip = readFileSync(join(__dirname, "..", "assets", "reconciler.zip"));
  say(`loading the code, ${LOADS} times`);
  const [load, bare] = await loadTimes(zip);
  const memory: Figure[] = [];
  for (const memorySize of MEMORY_MB) {
    say(`preview and apply of ${COUNT} accounts in functions of ${memorySize} MB, ${ROLL_OUTS} times`);
    memory.push(...(await peakMemory(memorySize)));
  }
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
    ...memory,
  ];
};

async function loadTimes(zip: Uint8Array): Promise<[number[], number[]]> {
  const directory = mkdtempSync(join(tmpdir(), "aurora-users-bench-"));
  try {
    for (const [name, bytes] of Object.entries(unzipSync(zip))) writeFileSync(join(directory, name), bytes);
    const node = (code: string) => () => {
      const { status, stderr } = spawnSync(process.execPath, ["-e", code], {
        cwd: directory,
        encoding: "utf8",
      });
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

/**
 * The highest resident memory of each function's process, when Terraform deploys it with this much memory.
 * Lambda and the local cloud kill a process above its limit.
 */
async function peakMemory(memorySize: number): Promise<Figure[]> {
  const world = await World.start();
  try {
    const { aws } = world.cloud;
    const peaks = { preview: [] as number[], apply: [] as number[] };
    for (let time = 0; time < ROLL_OUTS; time++) {
      aws.endContainers();
      const before = aws.invocations.length;
      const { terraform } = await rollOut(new Scenario(world, `size${time}`), {
        count: COUNT,
        records: "cluster",
        functions: { memorySize },
      });
      must(await terraform.planText());
      for (const name of ["preview", "apply"] as const) {
        const calls = aws.invocations
          .slice(before)
          .filter(({ functionName }) => functionName.endsWith(`-${name}`));
        peaks[name].push(Math.max(...calls.map(({ maxRssMb }) => maxRssMb)));
      }
    }
    return (["preview", "apply"] as const).map(name =>
      atMost(
        measured(`peak memory of ${name} (${memorySize} MB), ${COUNT} accounts`, "MB", peaks[name]),
        memorySize,
      ),
    );
  } finally {
    await world.stop();
  }
}
