/**
 * Counts what runs of the functions use on the local cloud, and prints what that costs a month on AWS:
 *
 *     npx tsx scripts/count-costs.ts
 *
 * The prices are those of scripts/prices.json. docs/operations.md has the table.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { sampleUsers } from "../bench/roll-out";
import { CLUSTER_ALARMS } from "../constructs";
import { must } from "../test/support/terraform/plan";
import { Scenario } from "../test/support/terraform/scenario";
import { World } from "../test/support/terraform/world";
import { countRun, type RunCounts } from "./cost/count-run";
import { type Month, monthlyCosts } from "./cost/monthly-costs";

const CLUSTERS = [1, 12, 100, 500];
const USERS = 20;

/** What a month has, beyond the clusters. */
const MONTH: Month = { days: 30, plansADay: 10, appliesADay: 2, enforcementsADay: 96 };

async function count(): Promise<Record<"plan" | "apply" | "enforcement", RunCounts>> {
  const world = await World.start();
  try {
    const scenario = new Scenario(world, "orders");
    await scenario.deploy({ users: sampleUsers(USERS) });
    const { aws } = world.cloud;
    // The first run of a function after a deployment does more.
    await aws.passTime(15 * 60_000);
    const terraform = await scenario.declare({ users: sampleUsers(USERS + 1) });
    let file = "";
    const plan = await countRun(world, async () => {
      file = must(await terraform.plan()).file;
    });
    const apply = await countRun(world, async () => void must(await terraform.apply(file)));
    const enforcement = await countRun(world, async () => void (await aws.passTime(15 * 60_000)));
    return { plan, apply, enforcement };
  } finally {
    await world.stop();
  }
}

async function main(): Promise<void> {
  const counts = await count();
  const prices = JSON.parse(readFileSync(join(__dirname, "prices.json"), "utf8"));
  process.stdout.write(`${JSON.stringify({ users: USERS, month: MONTH, counts }, null, 2)}\n\n`);
  process.stdout.write(
    `${monthlyCosts({ counts, month: MONTH, clusters: CLUSTERS, prices: prices.usd, alarms: CLUSTER_ALARMS.length })}\n`,
  );
}

main().catch((error: Error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
});
