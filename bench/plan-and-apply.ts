import type { Terraform } from "../local/terraform/terraform";
import type { Users } from "../test/support/terraform/declaration";
import { must } from "../test/support/terraform/plan";
import { Scenario } from "../test/support/terraform/scenario";
import { World } from "../test/support/terraform/world";
import { against, atMost, type Figure, measured, type Part } from "./figure";
import { takeTurns } from "./measure";
import { type Rollout, rollOut, sampleUsers } from "./roll-out";

const PLANS = 3;
const FIRST_APPLIES_OF_FEW = 3;
const FEW = 10;
const MANY = 1_000;
const MOST = 10_000;
const EACH = "a record each";
const ONE = "one record";

/**
 * The time of a plan and a first apply with the real Terraform and provider, and the length of a plan. The
 * states are in a bucket with a lock file, as a team's are. One figure is measured with a local state.
 */
export const planAndApply: Part = async say => [...(await withRemoteState(say)), await withLocalState(say)];

const withRemoteState: Part = async say => {
  // A server each: a plan names new access of accounts that the cluster does not manage.
  const clusters = ["few", "many", "together", "most"];
  const world = await World.start({ clusters, ownProviders: true, remoteState: true });
  const first = (server: string, count: number, records: "grant" | "cluster", name = server) => {
    say(`first apply for ${count} users, ${records === "grant" ? EACH : ONE}`);
    return rollOut(new Scenario(world, name), { count, records, server });
  };
  try {
    const applyFew: number[] = [];
    let few: Rollout | undefined;
    for (let time = 0; time < FIRST_APPLIES_OF_FEW; time++) {
      few = await first("few", FEW, "grant", `few${time}`);
      applyFew.push(few.ms);
    }
    const many = await first("many", MANY, "grant");
    const together = await first("together", MANY, "cluster");
    const most = await first("most", MOST, "cluster");
    // The set of a first apply has 30,000 statements, and the plan repeats it. Those after it are small.
    const users = { ...sampleUsers(MOST), "new.comer": { orders: "read" } };
    await new Scenario(world, "most").deploy({ users, cluster: { records: "cluster" }, server: "most" });
    const bare = await world.shared();

    say(`plans without a change, ${PLANS} of each`);
    const plan = (terraform: Terraform) => ({ run: () => emptyPlan(terraform) });
    const plans = await takeTurns(
      {
        bare: plan(bare),
        few: plan(few!.terraform),
        many: plan(many.terraform),
        together: plan(together.terraform),
        most: plan(most.terraform),
      },
      { runs: PLANS, warmUps: 0 },
    );
    const applied = (count: number, how: string, ms: number) =>
      against(measured(`first apply, ${count} users, ${how}`, "ms", [ms]), `${FEW} users, ${EACH}`, applyFew);
    const planned = (count: number, how: string, ms: readonly number[], aim?: number) =>
      against(
        measured(`plan with no change, ${count} users, ${how}`, "ms", ms),
        "a stack without a cluster",
        plans.bare,
        aim,
      );
    return [
      applied(MANY, EACH, many.ms),
      applied(MANY, ONE, together.ms),
      applied(MOST, ONE, most.ms),
      planned(FEW, EACH, plans.few),
      planned(MANY, EACH, plans.many),
      planned(MANY, ONE, plans.together),
      planned(MOST, ONE, plans.most, 2),
      await linesOfPlan(new Scenario(world, "many"), "grant", EACH),
      await linesOfPlan(new Scenario(world, "together"), "cluster", ONE),
    ];
  } finally {
    await world.stop();
  }
};

async function withLocalState(say: Parameters<Part>[0]): Promise<Figure> {
  const world = await World.start({ ownProviders: true });
  try {
    say(`first apply for ${FEW} and ${MANY} users, ${EACH}, with a state in a local file`);
    const few = await rollOut(new Scenario(world, "few"), { count: FEW, records: "grant" });
    const many = await rollOut(new Scenario(world, "many"), { count: MANY, records: "grant" });
    const what = `first apply, ${MANY} users, ${EACH}, local state`;
    return against(measured(what, "ms", [many.ms]), `${FEW} users, local state`, [few.ms]);
  } finally {
    await world.stop();
  }
}

async function emptyPlan(terraform: Terraform): Promise<void> {
  const plan = must(await terraform.planText());
  if (plan.changes) throw new Error(`the plan after an apply is not empty:\n${plan.text}`);
}

/** The length of a plan in which one user changes role, one leaves, and one is new. */
async function linesOfPlan(scenario: Scenario, records: "grant" | "cluster", how: string): Promise<Figure> {
  const users: Record<string, Users[string]> = { ...sampleUsers(MANY), "new.comer": { orders: "read" } };
  delete users["user.0500"];
  users["user.0700"] = { ...users["user.0700"], orders: "admin" };
  const terraform = await scenario.declare({ users, cluster: { records }, server: scenario.name });
  const plan = must(await terraform.planText());
  if (!plan.changes) throw new Error(`the plan shows no change:\n${plan.text}`);
  // What a reviewer reads: `show` omits the line for each address that the plan refreshed.
  const shown = must(await terraform.run("show", "-no-color", plan.file));
  const lines = shown.stdout.trim().split("\n").length;
  return atMost(measured(`plan with three changes after ${MANY}, ${how}`, "lines", [lines]), 200, {
    strictly: true,
  });
}
