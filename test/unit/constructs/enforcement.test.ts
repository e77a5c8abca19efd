import { RdsCluster } from "@cdktf/provider-aws/lib/rds-cluster";
import { Testing } from "cdktf";
import { AuditAnchorBucket, type ClusterAttributes, ClusterSource, Reconciler } from "../../../constructs";
import { scheduleName } from "../../../constructs/cluster-schedules";
import { enforceRequestSchema } from "../../../core/enforcement";
import { registryEntrySchema } from "../../../core/registry-entry";
import { ARN, clusterIn, reconcilerIn, stackOf, statementsOf, synth } from "./synth";

const IAM = ARN("iam").replace(/:\$\{data\.aws_region[^}]*\}:/, "::");

describe("the enforcement function", () => {
  it("is tried again twice, and what never succeeded ends in a queue", () => {
    const stack = stackOf();
    reconcilerIn(stack);
    const { resource } = synth(stack);
    expect(resource["aws_lambda_function_event_invoke_config"]!["aurora-users-enforce"]).toMatchObject({
      function_name: "${aws_lambda_function.aurora-users-enforce.function_name}",
      maximum_retry_attempts: 2,
      maximum_event_age_in_seconds: 900,
      destination_config: { on_failure: { destination: "${aws_sqs_queue.aurora-users-dead-letters.arn}" } },
    });
    const { "aurora-users-dead-letters": dead, "aurora-users-sources": sources } = resource["aws_sqs_queue"]!;
    for (const made of [dead, sources])
      expect(made).toMatchObject({ message_retention_seconds: 14 * 86_400, sqs_managed_sse_enabled: true });
    expect(sources.visibility_timeout_seconds).toBe(1800);
    expect(JSON.parse(sources.redrive_policy)).toEqual({
      deadLetterTargetArn: "${aws_sqs_queue.aurora-users-dead-letters.arn}",
      maxReceiveCount: 5,
    });
    expect(resource["aws_lambda_event_source_mapping"]!["aurora-users-sources"]).toMatchObject({
      batch_size: 1,
      event_source_arn: "${aws_sqs_queue.aurora-users-sources.arn}",
    });
  });

  it("takes from its queue only what rules of the reconciler's sources put there", () => {
    const stack = stackOf();
    reconcilerIn(stack, { name: "access" });
    const { policy } = synth(stack).resource["aws_sqs_queue"]!["access-sources"];
    expect(JSON.parse(policy).Statement).toEqual([
      {
        Effect: "Allow",
        Principal: { Service: "events.amazonaws.com" },
        Action: "sqs:SendMessage",
        Resource: `${ARN("sqs")}access-sources`,
        Condition: { ArnLike: { "aws:SourceArn": [`${ARN("events")}rule/access-source-*`] } },
      },
    ]);
  });

  it("may do what apply may, find clusters, see whether they are awake, and empty its queue", () => {
    const stack = stackOf();
    reconcilerIn(stack, { eventBus: "access" });
    const policies = synth(stack).resource["aws_iam_role_policy"]!;
    const own = (action: string) =>
      statementsOf(policies[`aurora-users-${action}_base`].policy).filter(({ Action }) => !Action[0]!.startsWith("logs:"));
    const [apply, enforce] = [own("apply"), own("enforce")];
    expect(enforce.slice(0, apply.length)).toEqual(apply);
    expect(enforce.slice(apply.length).map(({ Action, Resource }) => [Action, Resource])).toEqual([
      [["ssm:GetParametersByPath"], ["", "/", "/*"].map(end => `${ARN("ssm")}parameter/aurora-users${end}`)],
      [["cloudwatch:GetMetricData"], "*"],
      [["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"], `${ARN("sqs")}aurora-users-sources`],
      [["sqs:SendMessage"], `${ARN("sqs")}aurora-users-dead-letters`],
    ]);
    expect(apply).toEqual(
      expect.arrayContaining([
        { Effect: "Allow", Action: ["events:PutEvents"], Resource: `${ARN("events")}event-bus/access` },
        {
          Effect: "Allow",
          Action: ["scheduler:GetSchedule", "scheduler:UpdateSchedule"],
          Resource: `${ARN("scheduler")}schedule/aurora-users/*`,
        },
        {
          Effect: "Allow",
          Action: ["iam:PassRole"],
          Resource: `${IAM}role/aurora-users-scheduler`,
          Condition: { StringEquals: { "iam:PassedToService": "scheduler.amazonaws.com" } },
        },
      ]),
    );
    expect(JSON.stringify(own("preview"))).not.toMatch(/events:|scheduler:|iam:|sqs:|cloudwatch:|s3:/);
  });

  it("is called by a role that schedules of its group alone can assume, and that can do nothing else", () => {
    const stack = stackOf();
    reconcilerIn(stack);
    const { resource } = synth(stack);
    const role = resource["aws_iam_role"]!["aurora-users-scheduler"];
    expect(JSON.parse(role.assume_role_policy).Statement[0]).toMatchObject({
      Principal: { Service: "scheduler.amazonaws.com" },
      Condition: { ArnLike: { "aws:SourceArn": `${ARN("scheduler")}schedule-group/aurora-users` } },
    });
    expect(
      statementsOf(resource["aws_iam_role_policy"]!["aurora-users-scheduler"].policy).map(({ Action, Resource }) => [
        Action,
        Resource,
      ]),
    ).toEqual([
      [["lambda:InvokeFunction"], `${ARN("lambda")}function:aurora-users-enforce`],
      [["sqs:SendMessage"], `${ARN("sqs")}aurora-users-dead-letters`],
    ]);
  });

  it("traces all three functions where that is asked for", () => {
    const [off, on] = [{}, { tracing: true }].map(props => {
      const stack = stackOf();
      reconcilerIn(stack, props);
      return synth(stack).resource;
    });
    for (const action of ["preview", "apply", "enforce"]) {
      const made = on!["aws_lambda_function"]![`aurora-users-${action}`];
      expect(made.tracing_config).toEqual({ mode: "Active" });
      expect(made.environment.variables.TRACING).toBe("true");
      expect(on!["aws_iam_role_policy"]![`aurora-users-${action}_base`].policy).toContain("xray:PutTraceSegments");
    }
    expect(JSON.stringify(off)).not.toMatch(/xray|TRACING|tracing_config/);
  });
});

describe("the audit trail's anchor", () => {
  it("is a bucket whose objects nobody deletes, that takes nothing without TLS", () => {
    const stack = stackOf();
    new AuditAnchorBucket(stack, "Anchor", {
      bucket: "example-audit",
      retentionDays: 30,
      mode: "COMPLIANCE",
      writers: ["arn:aws:iam::111122223333:role/aurora-users-apply", "arn:aws:iam::111122223333:role/aurora-users-enforce"],
    });
    const { resource } = synth(stack);
    expect(resource["aws_s3_bucket"]!["example-audit"]).toMatchObject({ bucket: "example-audit", object_lock_enabled: true });
    expect(resource["aws_s3_bucket_versioning"]!["example-audit"].versioning_configuration).toEqual({ status: "Enabled" });
    expect(resource["aws_s3_bucket_object_lock_configuration"]!["example-audit"].rule).toEqual({
      default_retention: { mode: "COMPLIANCE", days: 30 },
    });
    expect(resource["aws_s3_bucket_public_access_block"]!["example-audit"]).toMatchObject({
      block_public_acls: true,
      block_public_policy: true,
      ignore_public_acls: true,
      restrict_public_buckets: true,
    });
    const [tls, writers] = JSON.parse(resource["aws_s3_bucket_policy"]!["example-audit"].policy).Statement;
    expect(tls).toMatchObject({ Effect: "Deny", Principal: "*", Condition: { Bool: { "aws:SecureTransport": "false" } } });
    expect(writers).toMatchObject({
      Principal: { AWS: ["arn:aws:iam::111122223333:root"] },
      Action: "s3:PutObject",
      Resource: expect.stringMatching(/:s3:::example-audit\/aurora-users\/\*$/),
    });
  });

  it("is written by apply and enforcement, below its prefix only; the preview does not know it", () => {
    const stack = stackOf();
    const auditAnchor = AuditAnchorBucket.fromBucketAttributes(stack, "Anchor", {
      bucket: "logging-account",
      prefix: "access/prod",
      kmsKeyArn: "arn:aws:kms:eu-west-1:111122223333:key/k",
    });
    reconcilerIn(stack, { auditAnchor });
    const { resource } = synth(stack);
    for (const action of ["apply", "enforce"]) {
      expect(resource["aws_lambda_function"]![`aurora-users-${action}`].environment.variables).toMatchObject({
        AUDIT_ANCHOR_BUCKET: "logging-account",
        AUDIT_ANCHOR_PREFIX: "access/prod/",
      });
      const statements = statementsOf(resource["aws_iam_role_policy"]![`aurora-users-${action}_base`].policy);
      expect(
        statements.filter(({ Action }) => /^(s3|kms):/.test(Action[0]!)).map(({ Action, Resource }) => [Action, Resource]),
      ).toEqual([
        [["s3:PutObject"], expect.stringMatching(/:s3:::logging-account\/access\/prod\/\*$/)],
        [["kms:GenerateDataKey"], "arn:aws:kms:eu-west-1:111122223333:key/k"],
      ]);
    }
    expect(JSON.stringify(resource["aws_lambda_function"]!["aurora-users-preview"])).not.toContain("ANCHOR");
  });

  test.each<[string, object, RegExp]>([
    ["a bucket that is an expression", { bucket: "${path.root}" }, /`bucket` must be/],
    ["a prefix that is a pattern", { prefix: "*" }, /`prefix` must be/],
    ["a retention of no day", { retentionDays: 0 }, /`retentionDays`/],
    ["a writer that is everybody", { writers: ["*"] }, /`writers` must be ARNs of roles/],
  ])("refuses %s", (_, props, message) => {
    expect(() => new AuditAnchorBucket(stackOf(), "Anchor", { bucket: "example", ...props })).toThrow(message);
  });
});

describe("a cluster's schedules", () => {
  it("are two, however many grants there are, and call the enforcement function with the cluster's name", () => {
    const stack = stackOf();
    clusterIn(stack, { enforcement: { everyMinutes: 5 } });
    const schedules = synth(stack).resource["aws_scheduler_schedule"]!;
    expect(Object.keys(schedules)).toEqual(["orders-expiry", "orders-interval"]);
    expect(schedules["orders-interval"]).toMatchObject({
      name: "orders-interval",
      group_name: "aurora-users",
      schedule_expression: "rate(5 minutes)",
      flexible_time_window: { mode: "OFF" },
      depends_on: ["aws_ssm_parameter.orders-registry", "aws_iam_role_policy.orders-enforce"],
      target: {
        arn: `${ARN("lambda")}function:aurora-users-enforce`,
        role_arn: `${IAM}role/aurora-users-scheduler`,
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

  it("say a minute in the singular", () => {
    const stack = stackOf();
    clusterIn(stack, { enforcement: { everyMinutes: 1 } });
    expect(synth(stack).resource["aws_scheduler_schedule"]!["orders-interval"].schedule_expression).toBe("rate(1 minute)");
  });

  it("have names that EventBridge takes, different ones for different clusters", () => {
    const names = ["a".repeat(62), `${"a".repeat(61)}b`, "a.b_c-D"].flatMap(cluster => [
      scheduleName(cluster, "interval"),
      scheduleName(cluster, "expiry"),
    ]);
    for (const name of names) expect(name).toMatch(/^[0-9A-Za-z_.-]{1,64}$/);
    expect(new Set(names).size).toBe(names.length);
  });

  it("are nothing that the gate waits for, so that they replace none", () => {
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
    expect(() => clusterIn(stackOf(), { enforcement: { everyMinutes } })).toThrow(/`everyMinutes` must be a whole number from 1/);
  });

  it("let the enforcement function read the secret that the others read, in a policy of its own", () => {
    const stack = stackOf();
    clusterIn(stack);
    const policies = synth(stack).resource["aws_iam_role_policy"]!;
    expect(policies["orders-enforce"]).toMatchObject({ role: "aurora-users-enforce", policy: policies["orders-apply"].policy });
  });

  it("are known from the name alone where the functions are another stack's", () => {
    const stack = stackOf();
    const imported = Reconciler.fromReconcilerAttributes(stack, "Reconciler", { name: "access", eventBus: "people" });
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
    ClusterSource.fromAttributes({
      ...{ endpoint: "shop.cluster-c1abcdefghij.eu-west-1.rds.amazonaws.com", resourceId: "r", secretArn: "arn:s", region: "r" },
      ...more,
    });

  it("says what is done about drift", () => {
    expect(entryOf({}).drift).toBe("report");
    expect(entryOf({ enforcement: { drift: "repair" } }).drift).toBe("repair");
    expect(() => entryOf({ enforcement: { drift: "ignore" as never } })).toThrow(/`drift` must be one of report, repair/);
  });

  it("says by what CloudWatch knows a cluster that pauses", () => {
    expect(entryOf({ source: at({}) }).pausing).toBeUndefined();
    expect(entryOf({ source: at({ pausing: true }) }).pausing).toEqual({ clusterIdentifier: "shop" });
    expect(entryOf({ source: at({ pausing: true, clusterIdentifier: "other" }) }).pausing).toEqual({
      clusterIdentifier: "other",
    });
    expect(entryOf({ source: ClusterSource.fromLookup("looked-up", { pausing: true }) }).pausing).toEqual({
      clusterIdentifier: "looked-up",
    });
    expect(() => entryOf({ source: at({ pausing: true, endpoint: "db.example.com" }) })).toThrow(/`clusterIdentifier`/);
  });

  it.each([
    [0, { clusterIdentifier: "${aws_rds_cluster.Rds.cluster_identifier}" }],
    [0.5, undefined],
  ])("sees from a minimum of %s ACU whether it pauses", (minCapacity, pausing) => {
    const stack = stackOf(Testing.app());
    const rds = new RdsCluster(stack, "Rds", {
      engine: "aurora-mysql",
      serverlessv2ScalingConfiguration: { minCapacity, maxCapacity: 4 },
    });
    clusterIn(stack, { source: ClusterSource.fromRdsCluster(rds) });
    expect(synth(stack).locals["orders-registry"].pausing).toEqual(pausing);
  });
});
