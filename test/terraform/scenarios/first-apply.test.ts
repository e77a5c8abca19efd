import {
  change,
  changes,
  expectNoChanges,
  must,
  plannedChangeSet,
  plannedStatements,
} from "../../support/terraform/plan";
import { Scenario } from "../../support/terraform/scenario";
import { summaryOf } from "../../support/terraform/summary";
import { World } from "../../support/terraform/world";

let world: World;
beforeAll(async () => {
  world = await World.start();
}, 180_000);
afterAll(() => world?.stop());

describe("a first apply on an empty cluster", () => {
  it("creates the accounts; a role change and a removal are planned and done; each next plan is empty", async () => {
    const scenario = new Scenario(world, "empty1");
    const jane = { "jane.doe": { orders: "read" } };
    const bob = { bob: { orders: { role: "write", reason: "INC-1" } } };
    let terraform = await scenario.declare({ users: { ...jane, ...bob } });
    const first = must(await terraform.plan());
    expect(change(first, "data.aws_lambda_invocation.empty1-preview")?.change.actions).toEqual(["read"]);
    expect(summaryOf(first, "first-apply")).toMatchObject({
      headline: "1 cluster not known yet: 2 people may gain, highest: not known yet",
      clusters: [{ cluster: "empty1", state: "unknown", statements: [] }],
    });
    must(await terraform.apply(first.file));
    expect(await scenario.grants()).toEqual({
      empty1_bob: ["SELECT, INSERT, UPDATE ON orders.*"],
      "empty1_jane.doe": ["SELECT ON orders.*"],
    });
    const second = must(await terraform.planText());
    expect(second.text).toContain("No changes");
    expect(await scenario.tryAs("jane.doe", "SELECT * FROM orders.orders")).toBe("ok");
    expect(await scenario.tryAs("jane.doe", "DELETE FROM orders.orders")).toMatch(/DELETE command denied/);

    // A role change. Its address names the person and the cluster, and the plan has the statement.
    terraform = await scenario.declare({ users: { "jane.doe": { orders: "write" }, ...bob } });
    const role = must(await terraform.plan());
    expect(changes(role)).toEqual({
      "aws_lambda_invocation.empty1-access": "update",
      "terraform_data.jane_doe-on-empty1": "update",
    });
    expect(role.text).toMatch(
      /terraform_data\.jane_doe-on-empty1 will be updated[\s\S]*?~ role += "read" -> "write"/,
    );
    expect(role.text).toContain(`"GRANT INSERT, UPDATE ON \`orders\`.* TO 'empty1_jane.doe'@'%'"`);
    expect(plannedStatements(role, "empty1")).toEqual([
      "GRANT INSERT, UPDATE ON `orders`.* TO 'empty1_jane.doe'@'%'",
    ]);
    expect(role.text).toMatch(/Warning: Check block assertion failed[\s\S]*1 statement/);
    expect(summaryOf(role, "role")).toMatchObject({
      headline: "1 person gains; highest: `write` on orders (was `read`)",
      clusters: [{ cluster: "empty1", state: "verified", warnings: [], driftStatements: 0 }],
      changes: [{ kind: "gain", user: "jane.doe", from: "read", to: "write", notes: [] }],
    });
    must(await terraform.apply(role.file));
    expect((await scenario.grants())["empty1_jane.doe"]).toEqual(["SELECT, INSERT, UPDATE ON orders.*"]);
    expectNoChanges(await terraform.planText());

    // A removal.
    terraform = await scenario.declare({ users: { "jane.doe": { orders: "write" } } });
    const removal = must(await terraform.plan());
    expect(plannedStatements(removal, "empty1")).toEqual(["DROP USER 'empty1_bob'@'%'"]);
    expect(changes(removal)).toEqual({
      "aws_lambda_invocation.empty1-access": "update",
      "terraform_data.bob-on-empty1": "delete",
    });
    expect(summaryOf(removal, "removal")).toMatchObject({
      headline: "1 person loses",
      sessions: ["empty1_bob on empty1"],
      changes: [{ kind: "loss", user: "bob", from: "write", reason: "INC-1" }],
    });
    must(await terraform.apply(removal.file));
    expect(Object.keys(await scenario.grants())).toEqual(["empty1_jane.doe"]);
    expectNoChanges(await terraform.planText());
  }, 300_000);
});

describe("a first apply on a cluster that already holds accounts with the prefix", () => {
  it("creates only what is missing; the next plan shows the rest, and the one after is empty", async () => {
    const scenario = new Scenario(world, "full1");
    await world.root.query(
      "CREATE USER 'full1_old'@'%' IDENTIFIED BY 'x', 'full1_jane'@'%' IDENTIFIED BY 'x'",
    );
    await world.root.query("GRANT DELETE ON orders.* TO 'full1_old'@'%', 'full1_jane'@'%'");
    const terraform = await scenario.declare({
      users: { jane: { orders: "read" }, fresh: { orders: "read" } },
      cluster: { unmanaged: "remove" },
      // Everything in one stack, as a user may have it.
      functions: {},
    });
    must(await terraform.apply());
    expect(await scenario.grants()).toEqual({
      full1_old: ["DELETE ON orders.*"],
      full1_jane: ["DELETE ON orders.*"],
      full1_fresh: ["SELECT ON orders.*"],
    });
    const rest = must(await terraform.plan());
    expect(plannedChangeSet(rest, "full1")?.status).toBe("changes");
    expect(plannedStatements(rest, "full1")).toEqual([
      "DROP USER 'full1_old'@'%'",
      "REVOKE DELETE ON `orders`.* FROM 'full1_jane'@'%'",
      expect.stringMatching(/^ALTER USER 'full1_jane'@'%' IDENTIFIED WITH AWSAuthenticationPlugin/),
      "GRANT SELECT ON `orders`.* TO 'full1_jane'@'%'",
    ]);
    must(await terraform.apply(rest.file));
    expect(await scenario.grants()).toEqual({
      full1_fresh: ["SELECT ON orders.*"],
      full1_jane: ["SELECT ON orders.*"],
    });
    expectNoChanges(await terraform.planText());
  }, 300_000);
});
