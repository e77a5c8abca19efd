import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { type AuroraCluster, ParameterStoreSource } from "../../../constructs";
import { expectNoChanges, must } from "../../support/terraform/plan";
import { Scenario } from "../../support/terraform/scenario";
import { World } from "../../support/terraform/world";

let world: World;
beforeAll(async () => {
  // With queues, so that the schedules fire.
  world = await World.start({ addToShared: () => {} });
}, 180_000);
afterAll(() => world?.stop());

const inAnHour = () =>
  `${new Date(world.cloud.aws.clock.now().getTime() + 3_600_000).toISOString().slice(0, 19)}Z`;

describe("a destroy that is refused because accounts remain", () => {
  const scenario = () => new Scenario(world, "stays");
  const declare = (expires: string) => {
    const synthesised = world.stacks.synthesise(app => {
      const stack = scenario().addTo(app, world.addShared(app), {
        users: { dan: { orders: { role: "read", expires } }, eve: { orders: "read" } },
      });
      const cluster = stack.node.findChild("stays") as unknown as AuroraCluster;
      const assumeRolePolicy = '{"Version":"2012-10-17","Statement":[]}';
      cluster.grantConnect({
        role: new IamRole(stack, "Developers", { name: "developers", assumeRolePolicy }),
      });
      new ParameterStoreSource(stack, "Source", {
        name: "shop/prod",
        clusters: [{ cluster, databases: ["orders"] }],
        roles: { read: ["SELECT"] },
        mailDomains: [],
      });
    });
    return world.terraform(synthesised, "stays");
  };

  it("leaves enforcement and logins as they were, says what is gone, and an apply puts that back", async () => {
    const expires = inAnHour();
    const terraform = await declare(expires);
    must(await terraform.apply());
    must(await terraform.apply());
    const before = await terraform.stateList();

    const refused = await terraform.destroy();
    expect(refused.ok).toBe(false);
    expect(refused.text.replace(/[\s│]+/g, " ")).toMatch(
      /2 accounts are left.* Access still ends on its date\. The records of the grants and the policies of `grantConnect` may be destroyed already/,
    );
    const after = await terraform.stateList();
    expect(before.filter(address => !after.includes(address))).toEqual([
      expect.stringMatching(/^aws_cloudwatch_event_rule\./),
      expect.stringMatching(/^aws_cloudwatch_event_target\./),
      "aws_iam_role.Developers",
      expect.stringMatching(/^aws_iam_role_policy\.stays_Connect/),
      "terraform_data.dan-on-stays",
      "terraform_data.eve-on-stays",
    ]);

    expect(await scenario().tryAs("dan", "SELECT 1")).toBe("ok");
    const { aws } = world.cloud;
    const fired = await aws.passTime(Date.parse(expires) - aws.clock.now().getTime() + 60_000, {
      only: name => name === "stays-expiry",
    });
    expect(fired[0]).toMatchObject({ at: new Date(expires) });
    expect(await scenario().tryAs("dan", "SELECT 1")).toMatch(/denied/);
    expect(await scenario().tryAs("eve", "SELECT 1")).toBe("ok");

    must(await terraform.apply());
    expect(await terraform.stateList()).toEqual(before);
    expectNoChanges(await terraform.planText());
  }, 400_000);
});
