/**
 * Counts what runs of the functions use on the local cloud into scripts/cost/counted.json, and prints what
 * that costs a month on AWS with the prices of scripts/prices.json:
 *
 *     npx tsx scripts/count-costs.ts
 *
 * docs/operations.md has the table.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { sampleUsers } from "../bench/roll-out";
import { must } from "../test/support/terraform/plan";
import { Scenario } from "../test/support/terraform/scenario";
import { World } from "../test/support/terraform/world";
import { costTable } from "./cost/cost-table";
import { countRun, type RunCounts } from "./cost/count-run";
import type { Month } from "./cost/monthly-costs";

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
  const counted = { users: USERS, month: MONTH, counts: await count() };
  writeFileSync(join(__dirname, "cost", "counted.json"), `${JSON.stringify(counted, null, 2)}\n`);
  process.stdout.write(`${costTable()}\n`);
}

main().catch((error: Error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
});
