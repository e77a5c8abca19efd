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
  }, 400_000);
});
