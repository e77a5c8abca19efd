import { execFile } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import type { Roster } from "../core/roster/roster";
import { runStatements, succeeded } from "../lambdas/reconciler/mysql/run-statements";
import { makeRunDirectory } from "../local/process/run-directory";
import { BenchServer } from "./bench-server";
import { against, atMost, measured, type Part } from "./figure";
import { mixedRoster, ROUTINES, TABLES } from "./mixed-roster";
import { statementsFor } from "./statements-for";

const PROCESSES = 5;
const COUNT = 10_000;
const AIM = 2;
const AIM_MB = 128;
/** As Lambda starts Node in a function of 128 MB. */
const HEAP = ["--max-semi-space-size=6", "--max-old-space-size=116"];

/**
 * Reads and diffs accounts with grants on every level and with every option, and compares that with sending
 * SELECTs alone: the same ones, and those of all columns of the same tables. Both in a bundle, as functions
 * run. The diff is with a roster that the server holds, and with one that changes each eleventh account.
 */
export const readMixed: Part = async say => {
  // Without partial revokes, since there are patterns only then.
  const server = await BenchServer.start({ durable: false, partialRevokes: false });
  const directory = await makeRunDirectory("bench");
  try {
    say(`creating ${COUNT} accounts`);
    await createAccounts(server, mixedRoster(COUNT));
    const outfile = join(directory, "read-and-diff.js");
    const entryPoints = [join(__dirname, "read-and-diff.ts")];
    await build({ entryPoints, outfile, bundle: true, minify: true, platform: "node", target: "node20" });
    const run = async <T>(what: "times" | "memory", options: readonly string[] = []): Promise<T> => {
      const line = [...options, outfile, what, String(COUNT), ...server.asArguments];
      return JSON.parse((await promisify(execFile)(process.execPath, line)).stdout) as T;
    };
    say("reading and diffing");
    const times = await run<Record<"nothing" | "changes" | "same" | "whole", number[]>>("times");
    say(`the same in a process of its own, ${PROCESSES} times`);
    const peaks: Record<"connected" | "loaded" | "whole", number>[] = [];
    for (let time = 0; time < PROCESSES; time++) peaks.push(await run("memory", HEAP));
    const peakOf = (what: string, step: keyof (typeof peaks)[number]) =>
      measured(
        what,
        "MB",
        peaks.map(peak => peak[step]),
      );
    const nothing = measured(
      `reading and diffing ${COUNT} mixed accounts, nothing to do`,
      "ms",
      times.nothing,
    );
    const changes = measured("the same, each eleventh account changes", "ms", times.changes);
    return [
      against(nothing, "the same SELECTs, bare", times.same, AIM),
      against(nothing, "SELECT * of the same tables, bare", times.whole, AIM),
      against(changes, "the same SELECTs, bare", times.same),
      peakOf("memory of a process that is connected, and has read nothing", "connected"),
      peakOf(`the same with the roster of ${COUNT} accounts`, "loaded"),
      atMost(peakOf("peak memory of a process that does it", "whole"), AIM_MB, { strictly: true }),
    ];
  } finally {
    rmSync(directory, { recursive: true, force: true });
    await server.stop();
  }
};

async function createAccounts(server: BenchServer, roster: Roster): Promise<void> {
  const names = (count: number, kind: string) =>
    Array.from({ length: count }, (_, index) => `${kind}_${index}`);
  await server.byHand([
    "CREATE DATABASE orders",
    "CREATE DATABASE app_prod",
    ...names(TABLES, "table").map(name => `CREATE TABLE orders.${name} (id INT, total INT, note TEXT)`),
    ...names(ROUTINES, "routine").map(name => `CREATE PROCEDURE orders.${name}() SELECT 1`),
  ]);
  const session = await server.connect({ bulkRead: true });
  const statements = await statementsFor(session, roster);
  const fill = async (sql: string) => ({
    sql: sql.replaceAll("BY <password from Secrets Manager>", "BY 'Sample-1'"),
    passwords: [],
  });
  const report = await runStatements(session, statements, { left: () => 600_000 }, { fill });
  session.destroy();
  if (!succeeded(report)) throw new Error(JSON.stringify(report.results.find(({ error }) => error)));
}
