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

/** The time of a plan and a first apply with the real Terraform and provider, and the length of a plan. */
export const planAndApply: Part = async say => {
  const world = await World.start({ ownProviders: true });
  try {
    say(`first apply for ${FEW} users, ${FIRST_APPLIES_OF_FEW} times`);
    const applyFew: number[] = [];
    let few: Rollout | undefined;
    for (let time = 0; time < FIRST_APPLIES_OF_FEW; time++) {
      few = await rollOut(new Scenario(world, `few${time}`), { count: FEW, records: "grant" });
      applyFew.push(few.ms);
    }
    say(`first apply for ${MANY} users, a record for each`);
    const many = await rollOut(new Scenario(world, "many"), { count: MANY, records: "grant" });
    say(`first apply for ${MANY} users, one record for all`);
    const together = await rollOut(new Scenario(world, "together"), { count: MANY, records: "cluster" });

    say(`plans without a change, ${PLANS} of each`);
    const plan = (terraform: Terraform) => ({ run: () => emptyPlan(terraform) });
    const plans = await takeTurns(
      { few: plan(few!.terraform), many: plan(many.terraform), together: plan(together.terraform) },
      { runs: PLANS, warmUps: 0 },
    );
    const fewUsers = `${FEW} users`;
    const records = (how: string) => `${MANY} users, ${how}`;
    return [
      against(measured(`first apply, ${records("a record each")}`, "ms", [many.ms]), fewUsers, applyFew),
      against(measured(`first apply, ${records("one record")}`, "ms", [together.ms]), fewUsers, applyFew),
      against(
        measured(`plan with no change, ${records("a record each")}`, "ms", plans.many),
        fewUsers,
        plans.few,
      ),
      against(
        measured(`plan with no change, ${records("one record")}`, "ms", plans.together),
        fewUsers,
        plans.few,
      ),
      await linesOfPlan(new Scenario(world, "many"), "grant", "a record each"),
      await linesOfPlan(new Scenario(world, "together"), "cluster", "one record"),
    ];
  } finally {
    await world.stop();
  }
};

async function emptyPlan(terraform: Terraform): Promise<void> {
  const plan = must(await terraform.planText());
  if (plan.changes) throw new Error(`the plan after an apply is not empty:\n${plan.text}`);
}

/** The length of a plan in which one user changes role, one leaves, and one is new. */
async function linesOfPlan(scenario: Scenario, records: "grant" | "cluster", how: string): Promise<Figure> {
  const users: Record<string, Users[string]> = { ...sampleUsers(MANY), "new.comer": { orders: "read" } };
  delete users["user.0500"];
  users["user.0700"] = { ...users["user.0700"], orders: "admin" };
  const terraform = await scenario.declare({ users, cluster: { records } });
  const plan = must(await terraform.planText());
  if (!plan.changes) throw new Error(`the plan shows no change:\n${plan.text}`);
  // What a reviewer reads: `show` omits the line for each address that the plan refreshed.
  const shown = must(await terraform.run("show", "-no-color", plan.file));
  const lines = shown.stdout.trim().split("\n").length;
  return atMost(measured(`plan with three changes after ${MANY}, ${how}`, "lines", [lines]), 200, {
    strictly: true,
  });
}
