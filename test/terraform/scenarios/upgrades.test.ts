import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Bundle, bundleWith } from "../../support/terraform/bundle";
import { changes, expectNoChanges, must, shownStatements } from "../../support/terraform/plan";
import { Scenario } from "../../support/terraform/scenario";
import { World } from "../../support/terraform/world";

let world: World;
let folder: string;
beforeAll(async () => {
  // As of clusters that have no run roles yet.
  world = await World.start({ clusterRolesOnly: false });
  folder = mkdtempSync(join(tmpdir(), "bundles-"));
}, 180_000);
afterAll(() => world?.stop());

const bundle = async (name: string, change: Bundle) => {
  const file = join(folder, `${name}.zip`);
  writeFileSync(file, await bundleWith(change));
  return file;
};

const enforce = (cluster: string) => ({ protocol: 1, action: "enforce", cluster, trigger: "interval" });
const READ = { dan: { orders: "read" } };
const WRITE = { dan: { orders: "write" } };
const GRANT = ["GRANT INSERT, UPDATE ON `orders`.* TO 'code_dan'@'%'"];

describe("a change of function code, policy or tags", () => {
  it("leaves the statements of the same plan visible", async () => {
    const scenario = new Scenario(world, "code");
    await scenario.deploy({ users: READ, functions: {} });
    const changed: [string, Parameters<typeof scenario.declare>[0]["functions"]][] = [
      ["code", { bundle: await bundle("other", { banner: "// another build" }) }],
      ["tags", { tags: { team: "platform" } }],
      [
        "policy and memory",
        { memorySize: 512, permissionsBoundary: "arn:aws:iam::123456789012:policy/boundary" },
      ],
    ];
    for (const [what, functions] of changed) {
      const plan = must(await (await scenario.declare({ users: WRITE, functions: functions! })).planText());
      expect([what, shownStatements(plan)]).toEqual([what, GRANT]);
      expect(plan.text).toContain("aws_lambda_function.code-preview will be updated in-place");
      expect(plan.text).toContain("aws_lambda_invocation.code-access will be updated in-place");
    }
  }, 600_000);
});

describe("a broken function", () => {
  it("blocks the plan with its error, and is repaired by -replace of the gates", async () => {
    const scenario = new Scenario(world, "broken");
    await scenario.deploy({ users: READ, functions: {} });
    const broken = { bundle: await bundle("broken", { banner: `throw new Error("broken on load");` }) };
    must(await (await scenario.declare({ users: READ, functions: broken })).apply());
    const terraform = await scenario.declare({ users: READ, functions: {} });
    const stuck = await terraform.plan();
    expect(stuck.ok).toBe(false);
    expect(stuck.text).toMatch(/broken on load/);
    must(
      await terraform.apply("-replace=terraform_data.broken-gate", "-replace=terraform_data.broken-ready"),
    );
    expect(await scenario.grants()).toEqual({ broken_dan: ["SELECT ON orders.*"] });
    must(await terraform.apply());
    expectNoChanges(await terraform.planText());
  }, 600_000);
});

describe("a new protocol", () => {
  it("is planned and applied in one go, and the next plan is empty", async () => {
    const scenario = new Scenario(world, "proto");
    // As an older release made it: its functions, and a hook and a gate with its protocol.
    const old = { bundle: await bundle("old", { protocol: 0 }) };
    const replacements = [[`"protocol": 1`, `"protocol": 0`]] as const;
    must(await (await scenario.declare({ users: READ, functions: old, replacements })).apply());
    expect(await scenario.grants()).toEqual({ proto_dan: ["SELECT ON orders.*"] });
    const terraform = await scenario.declare({ users: READ, functions: {} });
    const plan = must(await terraform.plan());
    expect(changes(plan)["terraform_data.proto-gate"]).toBe("create+delete");
    must(await terraform.apply(plan.file));
    expect(await scenario.grants()).toEqual({ proto_dan: ["SELECT ON orders.*"] });
    must(await terraform.apply());
    expectNoChanges(await terraform.planText());
  }, 600_000);
});

describe("a cluster of an earlier release", () => {
  it("gets its run roles, then its entry, then their policies; only then the former policies go", async () => {
    const scenario = new Scenario(world, "runs");
    const { aws } = world.cloud;
    await scenario.deploy({ users: READ, cluster: { runRoles: false } });
    const own = await aws.invoke("shared-enforce", enforce("runs"));
    expect(own).toMatchObject({ result: { outcome: "enforced" } });
    const terraform = await scenario.declare({ users: READ });
    const before = aws.requests.length;
    const plan = must(await terraform.plan());
    expect(changes(plan)["aws_iam_role_policy.runs-apply"]).toBe("create+delete");
    expect(changes(plan)["aws_ssm_parameter.runs-registry"]).toBe("update");
    must(await terraform.apply(plan.file));
    const writes = aws.requests
      .slice(before)
      .map(({ operation }) => operation)
      .filter(name => /^(CreateRole|PutParameter|PutRolePolicy|DeleteRolePolicy)$/.test(name));
    expect(writes).toEqual([
      ...["CreateRole", "CreateRole", "PutParameter"],
      ...["PutRolePolicy", "PutRolePolicy", "PutRolePolicy"],
      ...["DeleteRolePolicy", "DeleteRolePolicy", "DeleteRolePolicy"],
    ]);
    const count = world.iam.calls.length;
    const run = await aws.invoke("shared-enforce", enforce("runs"));
    expect(run).toMatchObject({ result: { outcome: "enforced" } });
    const roles = new Set(
      world.iam.calls
        .slice(count)
        .filter(({ action }) => action.startsWith("dynamodb:"))
        .map(({ role }) => role),
    );
    expect([...roles]).toEqual(["shared.runs-apply"]);
    expect(await scenario.grants()).toEqual({ runs_dan: ["SELECT ON orders.*"] });
    must(await terraform.apply());
    expectNoChanges(await terraform.planText());
  }, 600_000);
});
