import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Terraform, TerraformPlan } from "../../../local/terraform/terraform";
import { change, changes, expectNoChanges, must } from "../../support/terraform/plan";
import { Scenario } from "../../support/terraform/scenario";
import { World } from "../../support/terraform/world";

const USERS = { dan: { orders: "read" }, eve: { orders: "write" } };

let world: World;
beforeAll(async () => {
  world = await World.start();
}, 180_000);
afterAll(() => world?.stop());

const oneLine = (text: string) => text.replace(/[\s│]+/g, " ");

describe("a hook that Terraform forgot (state rm, a lost state, another workspace)", () => {
  const scenario = () => new Scenario(world, "forgot");
  const hook = "aws_lambda_invocation.forgot-access";
  /** Applies with a state that knows nothing but what AWS would refuse to make twice. */
  const applyWithEmptyState = async (terraform: Terraform) => {
    for (const [address, id] of [
      ["aws_ssm_parameter.forgot-registry", "/shared/forgot"],
      ["aws_scheduler_schedule.forgot-interval", "shared/forgot-interval"],
      ["aws_scheduler_schedule.forgot-expiry", "shared/forgot-expiry"],
      ["aws_iam_role.forgot-preview_run", "shared.forgot-preview"],
      ["aws_iam_role.forgot-apply_run", "shared.forgot-apply"],
    ])
      must(await terraform.run("import", "-no-color", address!, id!));
    must(await terraform.apply());
    must(await terraform.apply());
  };
  const expectRefused = async (terraform: Terraform, why: RegExp) => {
    const refused = await terraform.destroy(`-target=${hook}`);
    expect([refused.ok, oneLine(refused.text)]).toEqual([false, expect.stringMatching(why)]);
    expect(await scenario().tryAs("dan", "SELECT 1")).toBe("ok");
  };

  it("leaves `protect` in force", async () => {
    // As an older release made it.
    await scenario().deploy({ users: USERS, replacements: [["tf/${terraform.workspace}/${uuid()}", "tf"]] });
    const terraform = await scenario().declare({ users: USERS });
    expectNoChanges(await terraform.planText());
    must(await terraform.state("rm", hook));
    must(await terraform.apply());
    expectNoChanges(await terraform.planText());
    await expectRefused(terraform, /2 accounts are left \(forgot_dan, forgot_eve\)/);

    rmSync(join(terraform.directory, "terraform.tfstate"));
    await applyWithEmptyState(terraform);
    await expectRefused(terraform, /2 accounts are left/);

    must(await terraform.run("workspace", "new", "other"));
    await applyWithEmptyState(terraform);
    await expectRefused(terraform, /the cluster is declared in the workspace default, too/);
  }, 600_000);
});

describe('`removalPolicy: "remove"`', () => {
  const scenario = () => new Scenario(world, "removes");
  const hook = "aws_lambda_invocation.removes-access";
  const removes = { users: USERS, cluster: { removalPolicy: "remove" as const } };
  const LIST = "removalPolicy is remove: a destroy would drop 2 accounts: removes_dan, removes_eve";
  const messageBefore = (plan: TerraformPlan) =>
    JSON.parse(String(change(plan, hook)!.change.before!["result"])).message;

  it("says in each plan what a destroy drops; `state mv` and -replace drop nobody; a forgotten hook does not count", async () => {
    let terraform = await scenario().deploy({ users: USERS });
    expect(must(await terraform.planText()).text).not.toContain("would drop");
    terraform = await scenario().declare(removes);
    const declared = must(await terraform.plan());
    expect(changes(declared)).toEqual({
      [hook]: "update",
      "aws_ssm_parameter.removes-removal": "create",
    });
    must(await terraform.apply(declared.file));

    const settled = must(await terraform.plan());
    expect(settled.changes).toBe(false);
    expect(oneLine(settled.text)).toContain(`removes: ${LIST}.`);
    expect(JSON.stringify(settled.json!.checks)).toContain(`removes: ${LIST}.`);
    // Terraform shows no check in a plan of a destroy: the hook's last answer says it.
    const destroys = must(await terraform.plan("-destroy"));
    expect(oneLine(destroys.text)).toContain(LIST);
    expect(messageBefore(destroys)).toContain(LIST);

    const grants = await scenario().grants();
    must(await terraform.state("mv", hook, "aws_lambda_invocation.elsewhere"));
    const moved = must(await terraform.plan());
    expect(changes(moved)).toEqual({ [hook]: "create", "aws_lambda_invocation.elsewhere": "delete" });
    // Which of the two calls comes first is Terraform's choice.
    const applied = await terraform.apply(moved.file);
    if (!applied.ok) expect(oneLine(applied.text)).toMatch(/nobody is dropped.*\/removes\/removal is there/);
    expect(await scenario().grants()).toEqual(grants);
    expect(await scenario().tryAs("eve", "SELECT 1")).toBe("ok");
    must(await terraform.apply());
    expectNoChanges(await terraform.planText());
    must(await terraform.apply(`-replace=${hook}`));
    expect(await scenario().grants()).toEqual(grants);
    must(await terraform.state("rm", hook));
    must(await terraform.apply());
    expect(await scenario().grants()).toEqual(grants);

    const gone = await scenario().declare({ users: {}, withoutCluster: true });
    const taken = must(await gone.plan());
    expect(oneLine(taken.text)).toContain(LIST);
    must(await gone.apply(taken.file));
    expect(await scenario().grants()).toEqual({});
    expect(await scenario().tryAs("dan", "SELECT 1")).toMatch(/denied/);
  }, 600_000);
});
