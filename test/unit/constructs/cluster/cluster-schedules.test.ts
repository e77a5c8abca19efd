import { RdsCluster } from "@cdktf/provider-aws/lib/rds-cluster";
import { Testing } from "cdktf";
import { type ClusterAttributes, ClusterEndpoint, Reconciler } from "../../../../constructs";
import { scheduleName } from "../../../../constructs/cluster/cluster-schedules";
import { enforceRequestSchema } from "../../../../core/contract/enforcement";
import { registryEntrySchema } from "../../../../core/contract/registry-entry";
import { ARN, clusterIn, iamArn, reconcilerIn, stackOf, synth } from "../synth";

describe("a cluster's schedules", () => {
  it("are two, whatever the number of grants, and call enforcement with the cluster's name", () => {
    const stack = stackOf();
    clusterIn(stack, { enforcement: { everyMinutes: 5 } });
    const schedules = synth(stack).resource["aws_scheduler_schedule"]!;
    expect(Object.keys(schedules)).toEqual(["orders-expiry", "orders-interval"]);
    expect(schedules["orders-interval"]).toMatchObject({
      name: "orders-interval",
      group_name: "aurora-users",
      schedule_expression: "rate(5 minutes)",
      flexible_time_window: { mode: "OFF" },
      depends_on: [
        "aws_ssm_parameter.orders-registry",
        "aws_iam_role_policy.orders-apply",
        "aws_iam_role_policy.orders-enforce",
      ],
      target: {
        arn: `${ARN("lambda")}function:aurora-users-enforce`,
        role_arn: `${iamArn()}role/aurora-users-scheduler`,
        dead_letter_config: { arn: `${ARN("sqs")}aurora-users-dead-letters` },
      },
    });
    for (const trigger of ["expiry", "interval"])
      expect(enforceRequestSchema.parse(JSON.parse(schedules[`orders-${trigger}`].target.input))).toEqual({
        protocol: 1,
        action: "enforce",
        cluster: "orders",
        trigger,
      });
  });

  it("leave the date of the next expiry to the functions", () => {
    const stack = stackOf();
    clusterIn(stack);
    const { resource, locals } = synth(stack);
    expect(resource["aws_scheduler_schedule"]!["orders-expiry"]).toMatchObject({
      schedule_expression: "at(2099-12-31T00:00:00)",
      schedule_expression_timezone: "UTC",
      lifecycle: { ignore_changes: ["schedule_expression"] },
    });
    expect(resource["aws_scheduler_schedule"]!["orders-interval"]).not.toHaveProperty("lifecycle");
    expect(locals["orders-registry"].expirySchedule).toBe("aurora-users/orders-expiry");
  });

  // Terraform sends the whole schedule with each update, also the time that the functions set. AWS refuses
  // the update once that time is over. So nothing of this schedule may change under its name: a change here
  // needs another name in `scheduleName`. Terraform then makes a new one, with a date far away.
  it.each([
    {},
    { enforcement: { everyMinutes: 5, drift: "repair" as const } },
    { name: "orders", prefix: "x" },
  ])("give Terraform no reason to update the expiry's: %j", props => {
    const stack = stackOf();
    clusterIn(stack, props);
    expect(synth(stack).resource["aws_scheduler_schedule"]!["orders-expiry"]).toEqual({
      name: "orders-expiry",
      group_name: "aurora-users",
      description: "Enforces access to orders when the next grant ends; the functions move it",
      schedule_expression: "at(2099-12-31T00:00:00)",
      schedule_expression_timezone: "UTC",
      flexible_time_window: { mode: "OFF" },
      lifecycle: { ignore_changes: ["schedule_expression"] },
      depends_on: expect.any(Array),
      target: {
        arn: `${ARN("lambda")}function:aurora-users-enforce`,
        role_arn: `${iamArn()}role/aurora-users-scheduler`,
        input: '{"protocol":1,"action":"enforce","cluster":"orders","trigger":"expiry"}',
        retry_policy: { maximum_event_age_in_seconds: 3600, maximum_retry_attempts: 30 },
        dead_letter_config: { arn: `${ARN("sqs")}aurora-users-dead-letters` },
      },
    });
  });

  it("write one minute in the singular", () => {
    const stack = stackOf();
    clusterIn(stack, { enforcement: { everyMinutes: 1 } });
    expect(synth(stack).resource["aws_scheduler_schedule"]!["orders-interval"].schedule_expression).toBe(
      "rate(1 minute)",
    );
  });

  it("have names that EventBridge accepts, and different ones for different clusters", () => {
    const names = ["a".repeat(62), `${"a".repeat(61)}b`, "a.b_c-D"].flatMap(cluster => [
      scheduleName(cluster, "interval"),
      scheduleName(cluster, "expiry"),
    ]);
    for (const name of names) expect(name).toMatch(/^[0-9A-Za-z_.-]{1,64}$/);
    expect(new Set(names).size).toBe(names.length);
  });

  it("are not part of the gate, so a new schedule replaces no gate", () => {
    const stack = stackOf();
    const reconciler = reconcilerIn(stack);
    clusterIn(stack, { reconciler });
    const { resource } = synth(stack);
    expect(JSON.stringify(resource["terraform_data"]!["orders-gate"])).not.toMatch(/enforce|schedule|sqs/);
    expect(resource["aws_scheduler_schedule"]!["orders-interval"].depends_on).toEqual(
      expect.arrayContaining([
        "aws_scheduler_schedule_group.aurora-users",
        "aws_iam_role_policy.aurora-users-scheduler",
        "aws_lambda_function.aurora-users-enforce",
      ]),
    );
  });

  test.each([0, 1441, 1.5])("refuse an interval of %s minutes", everyMinutes => {
    expect(() => clusterIn(stackOf(), { enforcement: { everyMinutes } })).toThrow(
      /`enforcement\.everyMinutes` must be a whole number from 1/,
    );
  });

  it("let the enforcement function read the same secret as the others, with its own policy, without run roles", () => {
    const stack = stackOf();
    clusterIn(stack, { runRoles: false });
    const policies = synth(stack).resource["aws_iam_role_policy"]!;
    expect(policies["orders-enforce"]).toMatchObject({
      role: "aurora-users-enforce",
      policy: policies["orders-apply"].policy,
    });
  });

  it("follow from the reconciler's name alone if its functions are in another stack", () => {
    const stack = stackOf();
    const imported = Reconciler.fromReconcilerAttributes(stack, "Reconciler", {
      name: "access",
      eventBus: "people",
    });
    expect(imported).toMatchObject({
      enforceFunction: "access-enforce",
      enforceRole: "access-enforce",
      schedulerRole: "access-scheduler",
      scheduleGroup: "access",
      eventBus: "people",
      sourceQueue: "access-sources",
      deadLetterQueue: "access-dead-letters",
    });
  });
});

describe("the registry entry", () => {
  const entryOf = (props: Parameters<typeof clusterIn>[1]) => {
    const stack = stackOf();
    clusterIn(stack, props);
    const entry = synth(stack).locals["orders-registry"];
    // Where Terraform looks the cluster up, only Terraform knows the port.
    return registryEntrySchema.parse({ ...entry, port: 3306 });
  };
  const at = (more: Partial<ClusterAttributes>) =>
    ClusterEndpoint.fromAttributes({
      endpoint: "shop.cluster-c1abcdefghij.eu-west-1.rds.amazonaws.com",
      resourceId: "cluster-R",
      secretArn: "arn:aws:secretsmanager:eu-west-1:111122223333:secret:orders-AbCdEf",
      region: "eu-west-1",
      ...more,
    });

  it("holds the drift policy", () => {
    expect(entryOf({}).drift).toBe("report");
    expect(entryOf({ enforcement: { drift: "repair" } }).drift).toBe("repair");
    expect(() => entryOf({ enforcement: { drift: "ignore" as never } })).toThrow(
      /`enforcement\.drift` must be one of report, repair/,
    );
  });

  it("holds the CloudWatch identifier of a cluster that pauses", () => {
    expect(entryOf({ endpoint: at({}) }).pausing).toBeUndefined();
    expect(entryOf({ endpoint: at({ pausing: true }) }).pausing).toEqual({ clusterIdentifier: "shop" });
    expect(entryOf({ endpoint: at({ pausing: true, clusterIdentifier: "other" }) }).pausing).toEqual({
      clusterIdentifier: "other",
    });
    expect(entryOf({ endpoint: ClusterEndpoint.fromLookup("looked-up", { pausing: true }) }).pausing).toEqual(
      {
        clusterIdentifier: "looked-up",
      },
    );
    expect(() => entryOf({ endpoint: at({ pausing: true, endpoint: "db.example.com" }) })).toThrow(
      /`clusterIdentifier`/,
    );
  });

  it.each([
    [0, { clusterIdentifier: "${aws_rds_cluster.Rds.cluster_identifier}" }],
    [0.5, undefined],
  ])("derives from a minimum of %s ACU whether the cluster pauses", (minCapacity, pausing) => {
    const stack = stackOf(Testing.app());
    const rds = new RdsCluster(stack, "Rds", {
      manageMasterUserPassword: true,
      engine: "aurora-mysql",
      serverlessv2ScalingConfiguration: { minCapacity, maxCapacity: 4 },
    });
    clusterIn(stack, { endpoint: ClusterEndpoint.fromRdsCluster(rds) });
    expect(synth(stack).locals["orders-registry"].pausing).toEqual(pausing);
  });
});
