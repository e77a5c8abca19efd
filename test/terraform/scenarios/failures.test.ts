import { ClusterEndpoint } from "../../../constructs";
import {
  change,
  changes,
  expectNoChanges,
  must,
  plannedChangeSet,
  plannedStatements,
  shownStatements,
} from "../../support/terraform/plan";
import { Scenario } from "../../support/terraform/scenario";
import { World } from "../../support/terraform/world";

const DAN = { dan: { orders: "read" } };
const EVE = { eve: { orders: "read" } };

let world: World;
beforeAll(async () => {
  world = await World.start();
}, 180_000);
afterAll(() => world?.stop());
afterEach(async () => {
  world.cloud.aws.clearFaults();
  await world.ensureServer();
});

describe("after an update that fails, the plan shows the statements again, and the next apply finishes", () => {
  it("when the function crashes, is unreachable, or the server is gone: the revocation is not lost", async () => {
    const scenario = new Scenario(world, "fails");
    await scenario.deploy({ users: { ...DAN, ...EVE } });
    const terraform = await scenario.declare({ users: DAN });

    const breakages: [string, () => Promise<void>, () => Promise<void>][] = [
      [
        "crash",
        async () => world.cloud.aws.fault("shared-apply", "crash"),
        async () => world.cloud.aws.clearFaults(),
      ],
      [
        "unreachable",
        async () => world.cloud.aws.fault("shared-apply", "unreachable"),
        async () => world.cloud.aws.clearFaults(),
      ],
      ["server stopped", () => world.server.kill(), () => world.ensureServer()],
    ];
    for (const [what, breakIt, repairIt] of breakages) {
      const plan = must(await terraform.planText());
      expect([what, shownStatements(plan)]).toEqual([what, ["DROP USER 'fails_eve'@'%'"]]);
      await breakIt();
      const failed = await terraform.apply(plan.file);
      expect([what, failed.ok]).toEqual([what, false]);
      await repairIt();
      expect(Object.keys(await scenario.grants())).toEqual(["fails_dan", "fails_eve"]);
    }
    const last = must(await terraform.plan());
    expect(plannedStatements(last, "fails")).toEqual(["DROP USER 'fails_eve'@'%'"]);
    expect(last.text).toContain(`"DROP USER 'fails_eve'@'%'"`);
    // The record is deleted only after the hook has succeeded.
    expect(changes(last)).toEqual({
      "aws_lambda_invocation.fails-access": "update",
      "terraform_data.eve-on-fails": "delete",
    });
    must(await terraform.apply(last.file));
    expect(Object.keys(await scenario.grants())).toEqual(["fails_dan"]);
    expectNoChanges(await terraform.planText());
  }, 400_000);

  it("when a user is removed while the database cannot be reached: refused, not forgotten", async () => {
    const scenario = new Scenario(world, "down");
    await scenario.deploy({ users: { ...DAN, ...EVE } });
    const terraform = await scenario.declare({ users: DAN });
    await world.server.kill();
    const blind = must(await terraform.plan());
    expect(plannedChangeSet(blind, "down")).toMatchObject({ status: "unverified", statements: {} });
    expect(blind.text).toMatch(
      /Warning: Check block assertion failed[\s\S]*down[\s\S]*could not\s+be\s+observed/,
    );
    expect((await terraform.apply(blind.file)).ok).toBe(false);
    // Still down: not "No changes".
    expect(must(await terraform.planText()).changes).toBe(true);
    await world.ensureServer();
    // Reachable again. The state has the failed call as if it had succeeded.
    const seeing = must(await terraform.planText());
    expect(shownStatements(seeing)).toEqual(["DROP USER 'down_eve'@'%'"]);
    must(await terraform.apply(seeing.file));
    expect(Object.keys(await scenario.grants())).toEqual(["down_dan"]);
    expectNoChanges(await terraform.planText());
  }, 400_000);

  it("when the answer is lost after success: the next plan and apply converge", async () => {
    const scenario = new Scenario(world, "lost");
    await scenario.deploy({ users: DAN });
    const terraform = await scenario.declare({ users: { ...DAN, ...EVE } });
    const plan = must(await terraform.planText());
    world.cloud.aws.fault("shared-apply", "lose-response");
    expect((await terraform.apply(plan.file)).ok).toBe(false);
    world.cloud.aws.clearFaults();
    expect(Object.keys(await scenario.grants())).toEqual(["lost_dan", "lost_eve"]);
    must(await terraform.apply());
    expect(Object.keys(await scenario.grants())).toEqual(["lost_dan", "lost_eve"]);
    expectNoChanges(await terraform.planText());
  }, 400_000);
});

describe("a cluster that is looked up", () => {
  it("and has no secret that RDS manages stops the plan with the construct and what to give", async () => {
    const make = (identifier: string, more: Record<string, string>) =>
      world.callRds("CreateDBCluster", {
        DBClusterIdentifier: identifier,
        Engine: "aurora-mysql",
        MasterUsername: "steward",
        ...more,
      });
    await make("bare-db", { MasterUserPassword: "long-enough-1" });
    await make("managed-db", { ManageMasterUserPassword: "true" });
    const { secretArn } = world.cloud.description.clusters["orders"]!;
    const look = async (identifier: string, options = {}) => {
      const endpoint = ClusterEndpoint.fromLookup(identifier, options);
      const scenario = new Scenario(world, "looked");
      return (await scenario.declare({ users: DAN, cluster: { endpoint } })).plan();
    };
    const refused = await look("bare-db");
    expect(refused.ok).toBe(false);
    const text = refused.text.replace(/[\s│]+/g, " ");
    expect(text).toMatch(
      /\[looked\/looked\] the cluster bare-db has no secret that RDS manages: give `secretArn` or `iamUser`/,
    );
    expect(text).not.toContain("Invalid index");
    for (const options of [{ secretArn }, { iamUser: "steward" }]) must(await look("bare-db", options));
    const managed = must(await look("managed-db"));
    const { policy } = change(managed, "aws_iam_role_policy.looked-apply")!.change.after!;
    expect(JSON.parse(String(policy)).Statement[0]).toMatchObject({
      Action: ["secretsmanager:GetSecretValue", "kms:Decrypt"],
      Resource: [
        expect.stringMatching(/^arn:aws:secretsmanager:/),
        expect.stringMatching(/^arn:aws:kms:.*:key\//),
      ],
    });
  }, 400_000);
});

describe("a database that cannot be reached", () => {
  it("does not block the plan of other resources, has a warning, and leaves an empty plan empty", async () => {
    const scenario = new Scenario(world, "away");
    await scenario.deploy({ users: DAN, functions: {} });
    await world.server.kill();
    const quiet = must(await scenario.declare({ users: DAN, functions: {} }).then(t => t.planText()));
    expect(quiet.changes).toBe(false);
    expect(quiet.text).toMatch(
      /Warning: Check block assertion failed[\s\S]*away[\s\S]*could not\s+be\s+observed/,
    );
    const terraform = await scenario.declare({ users: DAN, functions: { logRetentionDays: 30 } });
    const plan = must(await terraform.plan());
    expect(changes(plan)).toEqual({
      "aws_cloudwatch_log_group.away-apply": "update",
      "aws_cloudwatch_log_group.away-enforce": "update",
      "aws_cloudwatch_log_group.away-preview": "update",
    });
    must(await terraform.apply(plan.file));
  }, 400_000);
});
