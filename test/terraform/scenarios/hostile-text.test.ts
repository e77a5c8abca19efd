import { Aspects, TerraformResource } from "cdktf";
import type { IConstruct } from "constructs";
import type { Users } from "../../support/terraform/declaration";
import { change, expectNoChanges, must, plannedChangeSet } from "../../support/terraform/plan";
import { Scenario } from "../../support/terraform/scenario";
import { World } from "../../support/terraform/world";

let world: World;
beforeAll(async () => {
  world = await World.start();
}, 180_000);
afterAll(() => world?.stop());

const REASONS = {
  "jane.doe": "${path.root} $${x} %{if true}yes%{endif} %%{",
  "jane-doe": 'x", "role" = "admin',
  janedoe: "back\\slash \\\" 'quote' `tick`; DROP USER root; -- ",
  jane_doe: "one line\ttab \u{1F600} end",
  "x',role=`a": "${jsonencode(local.hostile-roster)}",
} as const;

/** What aspects set on records reaches Terraform. */
async function recordsWithAspects(scenario: Scenario, users: Users): Promise<void> {
  const visit = (node: IConstruct) => {
    if (!(node instanceof TerraformResource) || !node.friendlyUniqueId.endsWith("-on-hostile")) return;
    node.lifecycle = { preventDestroy: true };
    node.provisioners = [{ type: "local-exec", command: "echo made" }];
  };
  const terraform = await scenario.declare({
    users: { ...users, "new.comer": { orders: "read" } },
    adjust: stack => Aspects.of(stack).add({ visit }),
  });
  const applied = must(await terraform.apply());
  expect(applied.text).toContain("terraform_data.new_comer-on-hostile (local-exec): made");
  expectNoChanges(await terraform.planText());
  const destroy = await terraform.planText("-destroy");
  expect(destroy.ok).toBe(false);
  expect(destroy.text).toMatch(/Instance cannot be destroyed[\s\S]*new_comer-on-hostile/);
}

/** One record for all users holds the same text; a plan shows what changes of it. */
async function oneRecordForAll(scenario: Scenario, users: Users): Promise<void> {
  const cluster = { records: "cluster" } as const;
  let terraform = await scenario.declare({ users, cluster });
  must(await terraform.apply());
  expect(await scenario.tryAs("new.comer", "SELECT 1")).not.toBe("ok");
  expectNoChanges(await terraform.planText());
  const reason = "another ${reason}";
  terraform = await scenario.declare({
    users: { ...users, janedoe: { orders: { role: "read", reason } } },
    cluster,
  });
  const plan = must(await terraform.planText());
  const [, record] = plan.text.split("# terraform_data.hostile-grants must be replaced");
  expect(record).toContain('"another ${reason}"');
  expect(record).not.toContain("jane-doe");
  expect(record).toMatch(/unchanged attributes hidden/);
}

describe("text of users", () => {
  it("stays text in Terraform and in SQL, and the plan after is empty", async () => {
    const scenario = new Scenario(world, "hostile");
    const users = Object.fromEntries(
      Object.entries(REASONS).map(([user, reason]) => [user, { orders: { role: "read", reason } }]),
    );
    let terraform = await scenario.declare({ users });
    const plan = must(await terraform.plan());
    const records = Object.fromEntries(
      (plan.json?.resource_changes ?? [])
        .filter(({ address }) => address.startsWith("terraform_data.") && address.endsWith("-on-hostile"))
        .map(
          ({ change: { after } }) =>
            after!["input"] as { user: string; databases: Record<string, { role: string; reason: string }> },
        )
        .map(({ user, databases }) => [user, databases["orders"]]),
    );
    expect(records).toEqual(
      Object.fromEntries(Object.entries(REASONS).map(([user, reason]) => [user, { role: "read", reason }])),
    );
    must(await terraform.apply(plan.file));
    expect(await scenario.grants()).toEqual(
      Object.fromEntries(Object.keys(REASONS).map(user => [`hostile_${user}`, ["SELECT ON orders.*"]])),
    );
    for (const user of Object.keys(REASONS))
      expect(await scenario.tryAs(user, "SELECT * FROM orders.orders")).toBe("ok");
    expectNoChanges(await terraform.planText());

    // The ledger and the hook's input hold the text as a user wrote it.
    terraform = await scenario.declare({
      users: { ...users, "jane.doe": { orders: { role: "write", reason: REASONS["jane.doe"] } } },
    });
    const next = must(await terraform.plan());
    expect(Object.values(plannedChangeSet(next, "hostile")!.statements)).toEqual([
      "GRANT INSERT, UPDATE ON `orders`.* TO 'hostile_jane.doe'@'%'",
    ]);
    const input = JSON.parse(
      change(next, "aws_lambda_invocation.hostile-access")!.change.after!["input"] as string,
    );
    expect(input.roster.accounts["hostile_jane.doe"].databases.orders.reason).toBe(REASONS["jane.doe"]);

    await recordsWithAspects(scenario, users);
    await oneRecordForAll(scenario, users);
  }, 400_000);
});
