import type { DynamodbTable } from "@cdktf/provider-aws/lib/dynamodb-table";
import type { Construct } from "constructs";
import type { NotifierConfig } from "../../core/events/notifications";
import { expectDeclared } from "../cluster/declared-clusters";
import { DeployedFunction } from "../reconciler/deployed-function";
import { functionBundle } from "../reconciler/function-bundle";
import { assertSettings, assertVpc } from "../reconciler/function-settings";
import { queue } from "../reconciler/queue";
import { assertEventBus, DEFAULT_EVENT_BUS, DEFAULT_RECONCILER_NAME } from "../reconciler/reconciler-names";
import { AccessConstruct } from "../terraform/access-construct";
import { encodeName } from "../terraform/address";
import { arnOf } from "../terraform/arn";
import { assertText, assertWhole } from "../terraform/assertions";
import { claimName } from "../terraform/claimed-names";
import { jsonBytes, jsonParameter, MAX_PARAMETER_BYTES } from "../terraform/json-parameter";
import { keyedTable } from "../terraform/keyed-table";
import type { PolicyStatement } from "../terraform/policy-document";
import { ValidationError } from "../terraform/validation-error";
import { ChannelDelivery, channelQueue, ruleOn } from "./channel-delivery";
import type { BoundChannel } from "./notification-channel";
import type { AccessNotifierAttributes, AccessNotifierProps, IAccessNotifier } from "./notifier-props";
import { templateParameters } from "./notifier-templates";

// SSM refuses parameters whose names begin with `aws` or `ssm`.
const NAME = {
  pattern: /^(?!aws|ssm)[A-Za-z0-9][A-Za-z0-9_-]{0,49}$/i,
  rule: "1 to 50 letters, digits, `_` and `-` that do not begin with `aws` or `ssm`",
};

/** A construct with the checked names of a notifier. */
abstract class NamedNotifier extends AccessConstruct implements IAccessNotifier {
  readonly name: string;
  readonly channelNames: readonly string[];
  readonly deadLetterQueue: string;

  constructor(scope: Construct, id: string, name: string, channelNames: readonly string[]) {
    super(scope, id);
    assertText(this, "name", name, NAME);
    assertChannelNames(this, channelNames);
    this.name = name;
    this.channelNames = channelNames;
    this.deadLetterQueue = `${name}-dead-letters`;
  }
}

/**
 * Sends messages about access to people, through channels. The notifier reads events from the event bus and
 * is not part of a run: a message that cannot be sent is retried, ends in the dead-letter queue, and neither
 * fails nor delays a run.
 *
 * @example
 * new AccessNotifier(this, "Notifier", {
 *   reconciler,
 *   channels: [
 *     new EmailChannel({ from: "access@example.com", addresses: ["dba@example.com"] }),
 *     new SlackChannel({
 *       webhookSecretArn: "arn:aws:secretsmanager:eu-west-1:111122223333:secret:slack-AbCdEf",
 *     }),
 *   ],
 * });
 */
export class AccessNotifier extends NamedNotifier {
  /** The notifier of another stack, for alarms and a dashboard. */
  static fromAccessNotifierAttributes(
    scope: Construct,
    id: string,
    attributes: AccessNotifierAttributes,
  ): IAccessNotifier {
    const { name = `${DEFAULT_RECONCILER_NAME}-notifier`, channelNames } = attributes;
    return new ImportedNotifier(scope, id, name, channelNames);
  }

  constructor(scope: Construct, id: string, props: AccessNotifierProps) {
    const { channels, reconciler, attempts = 5, timeout = 60, memorySize = 256 } = props;
    const name = props.name ?? `${reconciler?.name ?? DEFAULT_RECONCILER_NAME}-notifier`;
    const channelNames = channels.map(channel => channel.name);
    super(scope, id, name, channelNames);
    const eventBus = props.eventBus ?? reconciler?.eventBus ?? DEFAULT_EVENT_BUS;
    assertEventBus(this, eventBus);
    assertWhole(this, "attempts", attempts, [1, 1000]);
    assertWhole(this, "timeout", timeout, [10, 900]);
    assertWhole(this, "memorySize", memorySize, [128, 10_240]);
    assertVpc(this, props.vpc);
    assertSettings(this, props);
    claimName(this, "notifier", name);
    expectDeclared(
      this,
      channels.flatMap(channel => channel.clusters ?? []),
      reconciler,
    );

    const { lambda } = this.#function({ ...props, timeout, memorySize });
    const deadLetters = queue(this, "DeadLetters", {
      name: this.deadLetterQueue,
      rules: this.#queues().map(queueName => ruleOn(eventBus, queueName)),
      tags: props.tags,
    });
    const delivery = { notifier: name, eventBus, lambda, timeout, attempts, deadLetters, tags: props.tags };
    for (const channel of channels)
      new ChannelDelivery(this, `Channel-${channel.name}`, { ...delivery, channel });
  }

  /** The names of the channels' queues, in the order of the channels. */
  #queues(): string[] {
    return this.channelNames.map(channel => channelQueue(this.name, channel));
  }

  #function(props: AccessNotifierProps & { timeout: number; memorySize: number }): DeployedFunction {
    const bound = props.channels.map(channel => channel.bind(this));
    const table = this.#deliveries(props.tags);
    return new DeployedFunction(this, "Function", {
      address: encodeName(this.name),
      functionName: this.name,
      description: "Tells people what happened to access",
      roleName: this.name,
      roleDescription: `The notifier ${this.name}`,
      policyName: "notifier",
      statements: [...this.#statements(table), ...bound.flatMap(({ statements }) => statements)],
      handler: "index.notify",
      bundle: functionBundle(this, "notifier", { file: props.bundle }),
      memorySize: props.memorySize,
      timeout: props.timeout,
      variables: { CONFIG_PARAMETER: this.#config(bound, props.templates), DELIVERIES_TABLE: table.name },
      settings: props,
    });
  }

  /** Makes the parameter that the function reads its channels from. @returns the parameter's name */
  #config(bound: readonly BoundChannel[], templates: string | undefined): string {
    const path = `/${this.name}`;
    const config: NotifierConfig = {
      version: 1,
      service: this.name,
      channels: Object.fromEntries(this.#queues().map((name, index) => [name, bound[index]!.channel])),
      templates: templates === undefined ? {} : templateParameters(this, path, templates),
    };
    const bytes = jsonBytes(config);
    if (bytes > MAX_PARAMETER_BYTES)
      throw new ValidationError(
        `\`channels\` must have at most ${MAX_PARAMETER_BYTES} bytes as JSON, got: ${bytes}`,
        this,
      );
    jsonParameter(this, "Config", {
      logicalId: `${encodeName(this.name)}-config`,
      name: `${path}/config`,
      description: `The channels of ${this.name}`,
      value: () => config,
    });
    return `${path}/config`;
  }

  /** Makes the table of sent messages. They stay for two weeks, so that a retry does not send one twice. */
  #deliveries(tags: Record<string, string> | undefined): DynamodbTable {
    const name = `${this.name}-deliveries`;
    return keyedTable(this, "Deliveries", {
      logicalId: encodeName(name),
      name,
      ttl: { attributeName: "ttl", enabled: true },
      serverSideEncryption: { enabled: true },
      tags,
    });
  }

  #statements(deliveries: DynamodbTable): PolicyStatement[] {
    return [
      { Action: ["ssm:GetParameter"], Resource: arnOf(this, "ssm", `parameter/${this.name}/*`) },
      { Action: ["dynamodb:PutItem", "dynamodb:Query"], Resource: deliveries.arn },
      {
        Action: ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
        Resource: this.#queues().map(name => arnOf(this, "sqs", name)),
      },
    ];
  }
}

class ImportedNotifier extends NamedNotifier {}

function assertChannelNames(scope: Construct, names: readonly string[]): void {
  if (names.length === 0) throw new ValidationError("`channels` must hold at least one channel", scope);
  for (const [index, name] of names.entries()) {
    if (names.indexOf(name) !== index)
      throw new ValidationError(`\`channels\` must have different names, got twice: ${name}`, scope);
    if (name === "dead-letters")
      throw new ValidationError("`channels` must not use the name `dead-letters`, which is reserved", scope);
  }
}
