import { SnsTopic } from "@cdktf/provider-aws/lib/sns-topic";
import type { TerraformStack } from "cdktf";
import {
  AccessNotifier,
  type AccessNotifierProps,
  EmailChannel,
  Reconciler,
  SlackChannel,
  SnsChannel,
  TeamsChannel,
} from "../../../../constructs";
import { notifierConfigSchema } from "../../../../core/events/notifications";
import { ACCOUNT, ARN, fakeBundle, stackOf, statementsOf, synth } from "../synth";

const SECRET = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:hook-AbCdEf";
const TOPIC = "arn:aws:sns:eu-west-1:111122223333:on-call";
const slack = new SlackChannel({ webhookSecretArn: SECRET });

const notifierIn = (stack: TerraformStack, props: Partial<AccessNotifierProps> = {}, id = "Notifier") =>
  new AccessNotifier(stack, id, { channels: [slack], bundle: fakeBundle(), ...props });

/** The statements of the notifier's role that a channel adds. */
const grantedFor = (channel: AccessNotifierProps["channels"][number]) => {
  const of = (channels: AccessNotifierProps["channels"]) => {
    const stack = stackOf();
    notifierIn(stack, { channels });
    return statementsOf(synth(stack).resource["aws_iam_role_policy"]!["aurora-users-notifier_base"].policy);
  };
  const usual = /^(ssm|dynamodb|sqs|logs):/;
  return of([channel]).filter(({ Action }) => !usual.test(Action[0]!));
};

describe("AccessNotifier", () => {
  it("writes a configuration that the function can read, with the queues' names as keys", () => {
    const stack = stackOf();
    const topic = new SnsTopic(stack, "Topic", { name: "on-call" });
    notifierIn(stack, {
      channels: [
        new EmailChannel({
          from: "Access <access@example.com>",
          addresses: ["dba@example.com"],
          owners: false,
        }),
        new SnsChannel({ name: "ops", topicArn: topic.arn, clusters: ["orders"] }),
        slack,
        new TeamsChannel({ webhookSecretArn: SECRET, events: ["reconcile.failed"] }),
      ],
    });
    const { locals, resource } = synth(stack);
    expect(resource["aws_ssm_parameter"]!["aurora-users-notifier-config"]).toMatchObject({
      name: "/aurora-users-notifier/config",
      insecure_value: "${jsonencode(local.aurora-users-notifier-config)}",
    });
    const config = notifierConfigSchema.parse(locals["aurora-users-notifier-config"]);
    expect(config.service).toBe("aurora-users-notifier");
    expect(config.channels).toMatchObject({
      "aurora-users-notifier-email": {
        type: "email",
        transport: { type: "ses" },
        to: { person: true, owners: false, addresses: ["dba@example.com"] },
      },
      "aurora-users-notifier-ops": {
        topicArn: "${aws_sns_topic.Topic.arn}",
        events: ["reconcile.failed", "drift.detected", "password.rotation-failed"],
        clusters: ["orders"],
      },
      "aurora-users-notifier-slack": { webhookSecretArn: SECRET },
      "aurora-users-notifier-teams": { events: ["reconcile.failed"] },
    });
    expect(Object.keys(resource["aws_sqs_queue"]!).sort()).toEqual(
      ["aurora-users-notifier-dead-letters", ...Object.keys(config.channels)].sort(),
    );
    expect(resource["aws_lambda_function"]!["aurora-users-notifier"]).toMatchObject({
      handler: "index.notify",
      environment: {
        variables: {
          CONFIG_PARAMETER: "/aurora-users-notifier/config",
          DELIVERIES_TABLE: "${aws_dynamodb_table.aurora-users-notifier-deliveries.name}",
        },
      },
    });
    expect(resource["aws_dynamodb_table"]!["aurora-users-notifier-deliveries"]).toMatchObject({
      hash_key: "pk",
      range_key: "sk",
      ttl: { attribute_name: "ttl", enabled: true },
    });
  });

  it("makes a queue for the events of each channel, and one dead-letter queue for all", () => {
    const stack = stackOf();
    const reconciler = Reconciler.fromReconcilerAttributes(stack, "Reconciler", {
      name: "access",
      eventBus: "people",
    });
    notifierIn(stack, {
      reconciler,
      channels: [new SnsChannel({ topicArn: TOPIC, clusters: ["orders"] })],
      timeout: 30,
      attempts: 7,
    });
    const { resource } = synth(stack);
    const rule = resource["aws_cloudwatch_event_rule"]!["access-notifier-sns"];
    expect(rule).toMatchObject({ name: "access-notifier-sns", event_bus_name: "people" });
    expect(JSON.parse(rule.event_pattern)).toEqual({
      source: ["aurora-users"],
      "detail-type": ["reconcile.failed", "drift.detected", "password.rotation-failed"],
      detail: { cluster: ["orders"] },
    });
    const { "access-notifier-sns": queue, "access-notifier-dead-letters": dead } = resource["aws_sqs_queue"]!;
    expect(queue.visibility_timeout_seconds).toBe(180);
    expect(JSON.parse(queue.redrive_policy)).toEqual({
      deadLetterTargetArn: "${aws_sqs_queue.access-notifier-dead-letters.arn}",
      maxReceiveCount: 7,
    });
    expect(JSON.parse(queue.policy).Statement[0].Condition.ArnLike["aws:SourceArn"]).toEqual([
      `${ARN("events")}rule/people/access-notifier-sns`,
    ]);
    expect(JSON.parse(dead.policy).Statement[0].Condition.ArnLike["aws:SourceArn"]).toEqual([
      `${ARN("events")}rule/people/access-notifier-sns`,
    ]);
    expect(resource["aws_cloudwatch_event_target"]!["access-notifier-sns"]).toMatchObject({
      event_bus_name: "people",
      arn: "${aws_sqs_queue.access-notifier-sns.arn}",
      dead_letter_config: { arn: "${aws_sqs_queue.access-notifier-dead-letters.arn}" },
    });
    expect(resource["aws_lambda_event_source_mapping"]!["access-notifier-sns"]).toMatchObject({
      batch_size: 10,
      function_response_types: ["ReportBatchItemFailures"],
      scaling_config: { maximum_concurrency: 2 },
    });
  });

  it("may read its own parameters and queues, and record sent messages", () => {
    const stack = stackOf();
    notifierIn(stack, { channels: [new SnsChannel({ topicArn: TOPIC })] });
    const statements = statementsOf(
      synth(stack).resource["aws_iam_role_policy"]!["aurora-users-notifier_base"].policy,
    );
    expect(statements.map(({ Action, Resource }) => [Action, Resource])).toEqual([
      [["ssm:GetParameter"], `${ARN("ssm")}parameter/aurora-users-notifier/*`],
      [["dynamodb:PutItem", "dynamodb:Query"], "${aws_dynamodb_table.aurora-users-notifier-deliveries.arn}"],
      [
        ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
        [`${ARN("sqs")}aurora-users-notifier-sns`],
      ],
      [["sns:Publish"], TOPIC],
      [
        ["logs:CreateLogStream", "logs:PutLogEvents"],
        "${aws_cloudwatch_log_group.aurora-users-notifier.arn}:*",
      ],
    ]);
  });

  it("may send from this address only, read this secret only, publish to this topic only", () => {
    expect(
      grantedFor(
        new EmailChannel({
          from: "A <access@mail.example.com>",
          transport: { type: "ses", region: "eu-west-1" },
        }),
      ),
    ).toEqual([
      {
        Effect: "Allow",
        Action: ["ses:SendEmail", "ses:SendRawEmail"],
        Resource: ["access@mail.example.com", "mail.example.com", "example.com"].map(
          identity => `arn:aws:ses:eu-west-1:${ACCOUNT}:identity/${identity}`,
        ),
        Condition: { StringEqualsIgnoreCase: { "ses:FromAddress": "access@mail.example.com" } },
      },
    ]);
    const secret = [{ Effect: "Allow", Action: ["secretsmanager:GetSecretValue"], Resource: SECRET }];
    expect(
      grantedFor(new EmailChannel({ from: "a@b.example", transport: { type: "smtp", secretArn: SECRET } })),
    ).toEqual(secret);
    expect(grantedFor(slack)).toEqual(secret);
    expect(grantedFor(new TeamsChannel({ webhookSecretArn: SECRET }))).toEqual(secret);
    const kmsKeyArn = "arn:aws:kms:eu-west-1:111122223333:key/k";
    expect(grantedFor(new SnsChannel({ topicArn: TOPIC, kmsKeyArn }))[1]).toMatchObject({
      Resource: kmsKeyArn,
    });
  });

  it("keeps every address when the construct moves", () => {
    const bundle = fakeBundle();
    const [before, after] = ["Notifier", "Renamed"].map(id => {
      const stack = stackOf();
      notifierIn(stack, { bundle }, id);
      return synth(stack).resource;
    });
    expect(before).toEqual(after);
  });

  const mail = (props: object) => ({ channels: [new EmailChannel({ from: "a@example.com", ...props })] });
  test.each<[string, Partial<AccessNotifierProps>, RegExp]>([
    ["no channel", { channels: [] }, /`channels` must hold at least one/],
    ["two channels of one name", { channels: [slack, slack] }, /got twice: slack/],
    [
      "a channel with the name of the dead-letter queue",
      { channels: [new SnsChannel({ name: "dead-letters", topicArn: TOPIC })] },
      /must not use the name `dead-letters`/,
    ],
    [
      "a channel's name that is an expression",
      { channels: [new SnsChannel({ name: "${path.root}", topicArn: TOPIC })] },
      /lower-case/,
    ],
    [
      "a cluster that is an expression",
      { channels: [new SnsChannel({ topicArn: TOPIC, clusters: ["${x}"] })] },
      /`clusters.0`/,
    ],
    [
      "an unknown event",
      { channels: [new SnsChannel({ topicArn: TOPIC, events: ["access" as never] })] },
      /`events.0`/,
    ],
    [
      "a topic that is an expression",
      { channels: [new SnsChannel({ topicArn: "${path.root}" })] },
      /`topicArn` must be the ARN of a topic/,
    ],
    [
      "a webhook instead of its secret",
      { channels: [new SlackChannel({ webhookSecretArn: "https://x" })] },
      /`webhookSecretArn`/,
    ],
    ["a sender that is an expression", mail({ from: "${path.root}@example.com" }), /`from` must be/],
    [
      "a sender's name that is an expression",
      mail({ from: "${path.root} <a@example.com>" }),
      /`from` must be/,
    ],
    [
      "a sender that holds a header",
      mail({ from: "A\nBcc: x@example.com <a@example.com>" }),
      /`from` must be/,
    ],
    [
      "an address that is an expression",
      mail({ addresses: ["${file(path.root)}@example.com"] }),
      /`addresses` must be/,
    ],
    ["an address that is a pattern of IAM", mail({ from: "*@example.com" }), /`from` must be/],
    [
      "a mail without recipients",
      mail({ person: false, owners: false }),
      /`addresses` must name at least one address/,
    ],
    [
      "a configuration set that is an expression",
      mail({ transport: { type: "ses", configurationSet: "${x}" } }),
      /`configurationSet`/,
    ],
    ["a name that is reserved for AWS", { name: "aws-x" }, /`name` must be 1 to 50/],
    [
      "names that are too long together",
      { name: "x".repeat(50), channels: [new SnsChannel({ name: "y".repeat(20), topicArn: TOPIC })] },
      /at most 63/,
    ],
    ["a zip that does not exist", { bundle: "/nowhere.zip" }, /makes assets.notifier\.zip/],
  ])("refuses %s", (_, props, message) => expect(() => notifierIn(stackOf(), props)).toThrow(message));

  it("refuses a second notifier of the same name in the app", () => {
    const stack = stackOf();
    notifierIn(stack);
    expect(() => notifierIn(stackOf(stack.node.root as never, "two"))).toThrow(
      /declared twice: at stack\/Notifier and at two\/Notifier/,
    );
  });
});
