import { ARN, iamArn, REGION, reconcilerIn, stackOf, statementsOf, synth } from "../synth";

describe("the enforcement function", () => {
  it("is retried twice, and a call that never succeeds ends in a queue", () => {
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
    expect(dead).toMatchObject({ message_retention_seconds: 14 * 86_400, sqs_managed_sse_enabled: true });
    // A change is not kept for later: the next scheduled run reads the parameter again.
    expect(sources).toMatchObject({ message_retention_seconds: 3_600, sqs_managed_sse_enabled: true });
    expect(sources.visibility_timeout_seconds).toBe(1800);
    expect(sources.redrive_policy).toBeUndefined();
    expect(resource["aws_lambda_event_source_mapping"]!["aurora-users-sources"]).toMatchObject({
      batch_size: 1,
      event_source_arn: "${aws_sqs_queue.aurora-users-sources.arn}",
    });
  });

  it("accepts in its queue only messages of the rules of the reconciler's sources", () => {
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

  it("has the permissions of apply, and may see whether clusters are awake, and empty its queue", () => {
    const stack = stackOf();
    reconcilerIn(stack, { eventBus: "access" });
    const policies = synth(stack).resource["aws_iam_role_policy"]!;
    const own = (action: string) =>
      statementsOf(policies[`aurora-users-${action}_base`].policy).filter(
        ({ Action }) => !Action[0]!.startsWith("logs:"),
      );
    const [apply, enforce] = [own("apply"), own("enforce")];
    expect(enforce.slice(0, apply.length)).toEqual(apply);
    expect(apply.find(({ Action }) => Action.includes("ssm:GetParametersByPath"))!.Resource).toEqual(
      ["", "/", "/*"].map(end => `${ARN("ssm")}parameter/aurora-users${end}`),
    );
    expect(enforce.slice(apply.length).map(({ Action, Resource }) => [Action, Resource])).toEqual([
      [["cloudwatch:GetMetricData"], "*"],
      [
        ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
        `${ARN("sqs")}aurora-users-sources`,
      ],
      [["sqs:SendMessage"], `${ARN("sqs")}aurora-users-dead-letters`],
    ]);
    expect(apply).toEqual(
      expect.arrayContaining([
        {
          Effect: "Allow",
          Action: ["ssm:GetParametersByPath"], // For the undo of an offboarding.
          Resource: ["", "/", "/*"].map(end => `${ARN("ssm")}parameter/aurora-users${end}`),
        },
        { Effect: "Allow", Action: ["events:PutEvents"], Resource: `${ARN("events")}event-bus/access` },
        {
          Effect: "Allow",
          Action: ["scheduler:GetSchedule", "scheduler:UpdateSchedule"],
          Resource: `${ARN("scheduler")}schedule/aurora-users/*`,
        },
        {
          Effect: "Allow",
          Action: ["iam:PassRole"],
          Resource: `${iamArn()}role/aurora-users-scheduler`,
          Condition: { StringEquals: { "iam:PassedToService": "scheduler.amazonaws.com" } },
        },
        {
          Effect: "Allow",
          Action: ["rds:DescribeDBClusters", "rds:DescribeDBInstances", "rds:DescribeGlobalClusters"],
          Resource: ["cluster", "db", "global-cluster"].map(
            kind => `${ARN("rds").replace(REGION, "*")}${kind}:*`,
          ),
        },
      ]),
    );
    expect(JSON.stringify(own("preview"))).not.toMatch(/events:|scheduler:|PassRole|sqs:|cloudwatch:|s3:/);
  });

  it("is called by a role that only schedules of its group can assume, and that has no other permission", () => {
    const stack = stackOf();
    reconcilerIn(stack);
    const { resource } = synth(stack);
    const role = resource["aws_iam_role"]!["aurora-users-scheduler"];
    expect(JSON.parse(role.assume_role_policy).Statement[0]).toMatchObject({
      Principal: { Service: "scheduler.amazonaws.com" },
      Condition: { ArnLike: { "aws:SourceArn": `${ARN("scheduler")}schedule-group/aurora-users` } },
    });
    expect(
      statementsOf(resource["aws_iam_role_policy"]!["aurora-users-scheduler"].policy).map(
        ({ Action, Resource }) => [Action, Resource],
      ),
    ).toEqual([
      [["lambda:InvokeFunction"], `${ARN("lambda")}function:aurora-users-enforce`],
      [["sqs:SendMessage"], `${ARN("sqs")}aurora-users-dead-letters`],
    ]);
  });

  it("traces all three functions if asked to", () => {
    const [off, on] = [{}, { tracing: true }].map(props => {
      const stack = stackOf();
      reconcilerIn(stack, props);
      return synth(stack).resource;
    });
    for (const action of ["preview", "apply", "enforce"]) {
      const made = on!["aws_lambda_function"]![`aurora-users-${action}`];
      expect(made.tracing_config).toEqual({ mode: "Active" });
      expect(made.environment.variables.TRACING).toBe("true");
      expect(on!["aws_iam_role_policy"]![`aurora-users-${action}_base`].policy).toContain(
        "xray:PutTraceSegments",
      );
    }
    expect(JSON.stringify(off)).not.toMatch(/xray|TRACING|tracing_config/);
  });
});
