import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { change, changes, expectNoChanges, must } from "../../support/terraform/plan";
import { Scenario } from "../../support/terraform/scenario";
import { World } from "../../support/terraform/world";

const USERS = { dan: { orders: "read" }, eve: { orders: "write" } };

let world: World;
beforeAll(async () => {
  world = await World.start({ clusters: ["orders", "payments"] });
}, 180_000);
afterAll(() => world?.stop());

describe("replacing", () => {
  it("a hook or a gate (-replace, taint, renamed, qualified) loses no account, and the next plan is empty", async () => {
    const scenario = new Scenario(world, "swap");
    let terraform = await scenario.deploy({ users: USERS });
    const grants = await scenario.grants();
    expect(Object.keys(grants)).toEqual(["swap_dan", "swap_eve"]);
    const settled = async (what: string) => {
      expect([what, await scenario.grants()]).toEqual([what, grants]);
      const plan = must(await terraform.planText());
      expect([what, plan.changes ? plan.text : "No changes"]).toEqual([what, "No changes"]);
    };

    must(await terraform.apply("-replace=aws_lambda_invocation.swap-access"));
    await settled("-replace of the hook");
    must(await terraform.run("taint", "aws_lambda_invocation.swap-access"));
    must(await terraform.apply());
    await settled("taint of the hook");
    must(await terraform.apply("-replace=terraform_data.swap-gate"));
    await settled("-replace of the gate");
    must(await terraform.run("taint", "terraform_data.swap-gate"));
    must(await terraform.apply());
    await settled("taint of the gate");

    // Another construct: the same addresses.
    terraform = await scenario.declare({ users: USERS, construct: "Renamed" });
    await settled("a renamed construct");

    // Terraform makes the new policy first, under the same name, and then deletes that.
    for (const policy of ["aws_iam_role_policy.swap-apply", "aws_iam_role_policy.swap-enforce"]) {
      must(await terraform.apply(`-replace=${policy}`));
      const next = must(await terraform.plan());
      expect([policy, changes(next)[policy]]).toEqual([policy, "create"]);
      must(await terraform.apply(next.file));
      await settled(`${policy} and another apply`);
    }
    for (const named of ["aws_ssm_parameter.swap-registry", "aws_scheduler_schedule.swap-interval"]) {
      const refused = await terraform.apply(`-replace=${named}`);
      expect([named, refused.ok]).toEqual([named, false]);
      expect(refused.text).toMatch(/AlreadyExists|ConflictException/);
      await settled(`${named}, which is refused`);
    }

    const version = await world.publishVersion("shared-apply");
    terraform = await scenario.declare({
      users: USERS,
      replacements: [[`"lifecycle_scope": "CRUD",`, `"lifecycle_scope": "CRUD", "qualifier": "${version}",`]],
    });
    const qualified = must(await terraform.plan());
    expect(changes(qualified)["aws_lambda_invocation.swap-access"]).toBe("create+delete");
    must(await terraform.apply(qualified.file));
    await settled("a changed qualifier");
  }, 600_000);

  it("the functions by functions of another name loses no account", async () => {
    const scenario = new Scenario(world, "fns");
    let terraform = await scenario.deploy({ users: USERS, functions: {} });
    const grants = await scenario.grants();
    terraform = await scenario.declare({ users: USERS, functions: { name: "fns-two" } });
    const plan = must(await terraform.plan());
    expect(change(plan, "aws_lambda_invocation.fns-access")?.change.actions).toEqual(["create", "delete"]);
    must(await terraform.apply(plan.file));
    expect(await scenario.grants()).toEqual(grants);
    must(await terraform.apply());
    expect(await scenario.grants()).toEqual(grants);
    expectNoChanges(await terraform.planText());
  }, 600_000);

  it("the stack by one of another name needs its state and `adopt`, and loses no account", async () => {
    const scenario = new Scenario(world, "stack");
    const old = await scenario.deploy({ users: USERS });
    const grants = await scenario.grants();

    // Without its state it is another stack that declares the same cluster: the roles are in its way.
    const stranger = await (
      await scenario.declare({ users: {}, stack: "stranger", cluster: { adopt: true } })
    ).apply();
    expect(stranger.ok).toBe(false);
    expect(stranger.text).toMatch(/EntityAlreadyExists/);
    expect(await scenario.grants()).toEqual(grants);
    expectNoChanges(await old.planText());

    let renamed = await scenario.declare({ users: USERS, stack: "stack-two" });
    copyFileSync(join(old.directory, "terraform.tfstate"), join(renamed.directory, "terraform.tfstate"));
    const refused = await renamed.apply();
    expect(refused.ok).toBe(false);
    expect(refused.text.replace(/\s+/g, " ")).toMatch(/stack belongs to `stack`.*set `adopt`/);
    expect(await scenario.grants()).toEqual(grants);

    renamed = await scenario.deploy({ users: USERS, stack: "stack-two", cluster: { adopt: true } });
    expect(await scenario.grants()).toEqual(grants);
    expectNoChanges(await renamed.planText());
    renamed = await scenario.deploy({ users: USERS, stack: "stack-two" });
    expectNoChanges(await renamed.planText());
  }, 600_000);
});

describe("destroying", () => {
  it("is refused by default while there are accounts; with `remove` it drops the managed accounts alone", async () => {
    const scenario = new Scenario(world, "gone");
    let terraform = await scenario.deploy({ users: USERS });
    await world.root.query("CREATE USER 'gone_mallory'@'%' IDENTIFIED BY 'x'");
    const refused = await terraform.destroy();
    expect(refused.ok).toBe(false);
    expect(refused.text.replace(/\s+/g, " ")).toMatch(
      /2 accounts are left \(gone_dan, gone_eve\).*Apply an empty roster first, or set/,
    );
    expect(Object.keys(await scenario.grants())).toEqual(["gone_dan", "gone_eve", "gone_mallory"]);
    terraform = await scenario.deploy({ users: USERS, cluster: { removalPolicy: "remove" } });
    must(await terraform.destroy());
    expect(Object.keys(await scenario.grants())).toEqual(["gone_mallory"]);
  }, 600_000);

  it("of an emptied cluster succeeds by default", async () => {
    const scenario = new Scenario(world, "emptied");
    await scenario.deploy({ users: USERS });
    const terraform = await scenario.deploy({ users: {} });
    must(await terraform.destroy());
  }, 600_000);
});

describe("a cluster", () => {
  it("taken out of the app is named by the shared stack's check", async () => {
    const scenario = new Scenario(world, "taken");
    const declaration = { users: USERS };
    await scenario.deploy(declaration);
    const declared = must(
      await (await world.shared((app, shared) => scenario.addTo(app, shared, declaration))).planText(),
    );
    expect(declared.text).not.toMatch(/taken/);
    const without = must(await (await world.shared()).planText());
    expect(without.text).toMatch(/Warning: Check block assertion failed[\s\S]*taken/);
  }, 600_000);

  it("replaced by another is named by the check while accounts are on the old server", async () => {
    const scenario = new Scenario(world, "moved");
    await scenario.deploy({ users: USERS });
    const terraform = await scenario.declare({ users: USERS, server: "payments" });
    const plan = must(await terraform.plan());
    expect(changes(plan)["aws_lambda_invocation.moved-access"]).toBe("create+delete");
    must(await terraform.apply(plan.file));
    const next = must(await terraform.planText());
    expect(next.changes).toBe(false);
    const shared = must(
      await (
        await world.shared((app, shared) => scenario.addTo(app, shared, { users: USERS, server: "payments" }))
      ).planText(),
    );
    expect(shared.text.replace(/\s+/g, " ")).toMatch(/moved.*cluster-LOCALORDERS/);
  }, 600_000);
});
