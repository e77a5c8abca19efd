import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TerraformStack } from "cdktf";
import { AuroraCluster, ConnectPolicy, type IAuroraCluster } from "../../../constructs";
import { type Access, IamWorld, lostOnTheWay } from "../../support/terraform/iam-world";
import { change, changes, expectNoChanges, must } from "../../support/terraform/plan";

let world: IamWorld;
beforeAll(async () => {
  world = await IamWorld.start();
}, 120_000);
afterAll(() => world?.stop());

const PINNED = {
  Effect: "Allow",
  Principal: { AWS: "123456789012" },
  Action: "sts:TagSession",
  Condition: { StringEquals: { "aws:RequestTag/UserName": "${aws:username}" } },
};

const cluster = (stack: TerraformStack, id: string, more: object = {}): IAuroraCluster =>
  AuroraCluster.fromAuroraClusterAttributes(stack, id, {
    name: id,
    resourceId: `cluster-${id.toUpperCase().padStart(26, "0")}`,
    ...more,
  });

/** What an earlier release made of the same constructs: policies named after the clusters alone. */
function asBefore(directory: string): void {
  const file = join(directory, "cdk.tf.json");
  const made = JSON.parse(readFileSync(file, "utf8"));
  for (const policy of Object.values<Record<string, unknown>>(made.resource.aws_iam_role_policy)) {
    policy["name"] = "connect-orders";
    delete policy["name_prefix"];
    delete policy["lifecycle"];
  }
  delete made.resource.terraform_data;
  delete made.data.aws_iam_role;
  delete made.locals;
  writeFileSync(file, JSON.stringify(made));
}

describe("policies to log in, given to a role", () => {
  it("of clusters of one name: the later one no longer replaces the earlier, and nobody loses access by the upgrade", async () => {
    await world.makeRole("upgraded", [PINNED]);
    const build = (stack: TerraformStack) => {
      for (const region of ["eu-west-1", "us-east-1"])
        cluster(stack, region.replaceAll("-", ""), { name: "orders", region }).grantConnect({
          role: "upgraded",
        });
    };
    const terraform = await world.declare("upgraded", build);
    asBefore(terraform.directory);
    must(await terraform.apply());
    // The fault: IAM has one policy, and Terraform says that it made two.
    expect(world.inlinePolicies("upgraded")).toHaveLength(1);

    await world.declare("upgraded", build);
    const before = world.access("upgraded");
    const plan = must(await terraform.plan());
    const replaced = Object.entries(changes(plan)).filter(([address]) => address.startsWith("aws_"));
    expect(replaced.map(([, actions]) => actions)).toEqual(["create+delete", "create+delete"]);
    const since = world.mark();
    must(await terraform.apply(plan.file));
    expect(lostOnTheWay(before, world.stepsSince(since, "upgraded"))).toEqual([]);
    expect(
      world.inlinePolicies("upgraded").map(name => name.replace(/-[0-9a-f]{12}-[0-9a-f]{26}$/, "")),
    ).toEqual(["connect-eu-west-1-orders-people", "connect-us-east-1-orders-people"]);
    expectNoChanges(await terraform.planText());
  }, 240_000);

  it("of the former name, where the role has no room for two, stay as they are", async () => {
    await world.makeRole("full", [PINNED]);
    const terraform = await world.declare("full", stack => {
      cluster(stack, "orders").grantConnect({ role: "full" }, { policyName: "connect-orders" });
    });
    const file = join(terraform.directory, "cdk.tf.json");
    const made = readFileSync(file, "utf8");
    asBefore(terraform.directory);
    must(await terraform.apply());
    writeFileSync(file, made);
    const changed = Object.entries(changes(must(await terraform.plan())));
    expect(changed.filter(([address]) => address.startsWith("aws_"))).toEqual([]);
  }, 120_000);

  it.each([
    ["whose name Terraform completes", "replaced", undefined, 1, "aws_iam_role_policy.", true],
    ["of a name that the stack gives", "replaced-given", "connect-mine", 1, "aws_iam_role_policy.", false],
    ["in parts", "replaced-part", "connect-mine", 60, "aws_iam_policy.", true],
  ])(
    "%s: the role has the same after one was replaced",
    async (...given) => {
      const [, role, policyName, count, kind, isKeptMeanwhile] = given;
      await world.makeRole(role, [PINNED]);
      const terraform = await world.declare(role, stack => {
        const clusters = Array.from({ length: count }, (_, index) => cluster(stack, `c${index}`));
        new ConnectPolicy(stack, "P", { clusters, grantee: { role }, ...(policyName && { policyName }) });
      });
      must(await terraform.apply());
      const before = world.access(role);
      const policyCount = world.policyCount(role);
      expect(before.size).toBe(count);
      const address = (await terraform.stateList()).find(found => found.startsWith(kind));
      const since = world.mark();
      must(await terraform.apply(`-replace=${address}`));
      expect([world.access(role), world.policyCount(role)]).toEqual([before, policyCount]);
      expect(lostOnTheWay(before, world.stepsSince(since, role)).length === 0).toBe(isKeptMeanwhile);
      expectNoChanges(await terraform.planText());
    },
    120_000,
  );

  it("are divided where they get too long, and nobody loses access while clusters move between them", async () => {
    await world.makeRole("many", [PINNED]);
    const names = Array.from({ length: 110 }, (_, index) => `c${index}`);
    const build = (chosen: readonly string[]) => (stack: TerraformStack) => {
      const clusters = chosen.map(name => cluster(stack, name));
      new ConnectPolicy(stack, "Many", { clusters, grantee: { role: "many" } });
    };
    const steps: [string, string[], number][] = [
      ["few", names.slice(1, 20), 1],
      ["more than fit", names.slice(1, 60), 2],
      ["one before all others", names.slice(0, 60), 2],
      ["another role's worth", names, 3],
      ["without some in the middle", [...names.slice(0, 10), ...names.slice(40)], 2],
      ["few", names.slice(80, 90), 1],
    ];
    let before: Access = new Set<string>();
    for (const [what, chosen, count] of steps) {
      const terraform = await world.declare("many", build(chosen));
      const since = world.mark();
      must(await terraform.apply());
      const after = world.access("many");
      const kept = new Set([...before].filter(arn => after.has(arn)));
      expect([what, lostOnTheWay(kept, world.stepsSince(since, "many"))]).toEqual([what, []]);
      expect([what, after.size, world.policyCount("many")]).toEqual([what, chosen.length, count]);
      before = after;
    }
    const terraform = await world.declare("many", build(names.slice(80, 90)));
    expectNoChanges(await terraform.planText());
  }, 400_000);

  it("name both clusters while one takes the other's place, and nobody loses access to either", async () => {
    await world.makeRole("moved", [PINNED]);
    const [former, next] = ["FORMER", "NEXT"].map(name => `cluster-${name}`) as [string, string];
    const steps: [string, object, string[]][] = [
      ["today", { resourceId: former }, [former]],
      ["before the move", { resourceId: former, nextResourceIds: [former, next] }, [former, next]],
      ["after the move", { resourceId: next, nextResourceIds: [former, next] }, [former, next]],
      ["when the former one is gone", { resourceId: next }, [next]],
    ];
    let before: Access = new Set<string>();
    for (const [what, ids, named] of steps) {
      const terraform = await world.declare("moved", stack => {
        cluster(stack, "orders", ids).grantConnect({ role: "moved" });
      });
      const since = world.mark();
      must(await terraform.apply());
      const after = world.access("moved");
      const kept = new Set([...before].filter(arn => after.has(arn)));
      expect([what, lostOnTheWay(kept, world.stepsSince(since, "moved"))]).toEqual([what, []]);
      expect([what, [...after].map(arn => /dbuser:([^/]+)/.exec(arn)![1]).sort()]).toEqual([what, named]);
      before = after;
    }
  }, 120_000);

  it("hold the session's tag as that text, and the plan is refused while callers choose the tag", async () => {
    const anyCaller = {
      Effect: "Allow",
      Principal: { AWS: "*" },
      Action: ["sts:AssumeRole", "sts:TagSession"],
    };
    await world.makeRole("loose", [anyCaller]);
    const terraform = await world.declare("loose", stack => {
      cluster(stack, "orders").grantConnect({ role: "loose" });
    });
    const refused = await terraform.plan();
    expect(refused.ok).toBe(false);
    expect(refused.text.replace(/[\s│]+/g, " ")).toMatch(
      /the role loose lets a caller choose the session tag UserName.*= \$\{aws:username\} or \$\{aws:PrincipalTag\/UserName\}\. Or, .*`tagSetters`/,
    );

    await world.iam("UpdateAssumeRolePolicy", {
      RoleName: "loose",
      PolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: [PINNED] }),
    });
    const plan = must(await terraform.plan());
    const [address] = Object.keys(changes(plan)).filter(found => found.startsWith("aws_iam_role_policy."));
    const { policy } = change(plan, address!)!.change.after as { policy: string };
    expect(JSON.parse(policy).Statement[0].Resource).toEqual([
      expect.stringMatching(/:dbuser:cluster-0{20}ORDERS\/sl_\$\{aws:PrincipalTag\/UserName\}$/),
    ]);
  }, 120_000);

  it("are refused for clusters of another account, and for a role that has the tag itself", async () => {
    await world.makeRole("tagged", [PINNED], { username: "jane.doe" });
    const terraform = await world.declare("tagged", stack => {
      cluster(stack, "orders", { accountId: "444455556666" }).grantConnect({ role: "tagged" });
    });
    const { ok, text } = await terraform.plan();
    expect(ok).toBe(false);
    expect(text.replace(/[\s│]+/g, " ")).toMatch(
      /works in the account 123456789012, and its policy would name clusters of 444455556666/,
    );
    expect(text.replace(/[\s│]+/g, " ")).toMatch(/the role tagged has the tag UserName itself/);
  }, 120_000);
});
