import { DynamodbTable } from "@cdktf/provider-aws/lib/dynamodb-table";
import { SsmParameter } from "@cdktf/provider-aws/lib/ssm-parameter";
import { TerraformLocal, Token } from "cdktf";
import { Construct, type IConstruct } from "constructs";
import type { NotifierConfig } from "../../core/events/notifications";
import { functionBundle } from "../reconciler/function-bundle";
import { DeployedFunction, type FunctionSettings, type FunctionVpc } from "../reconciler/lambda-function";
import { queue } from "../reconciler/queue";
import { assertEventBus, DEFAULT_EVENT_BUS, DEFAULT_RECONCILER_NAME } from "../reconciler/reconciler-names";
import { assertVpc, assertWhole, type IReconciler } from "../reconciler/reconciler-props";
import { encodeName } from "../terraform/address";
import { arnOf } from "../terraform/arn";
import { claimName } from "../terraform/claimed-names";
import type { PolicyStatement } from "../terraform/policy-document";
import { ValidationError } from "../terraform/validation-error";
import { ChannelDelivery, channelQueue, ruleOn } from "./channel-delivery";
import type { BoundChannel, NotificationChannel } from "./notification-channel";
import { templateParameters } from "./notifier-templates";

/** The function that tells people what happened. All of its names are known at synth. */
export interface IAccessNotifier extends IConstruct {
  /** Begins every name; `service` in its metrics and logs. */
  readonly name: string;
  /** Its channels, by name. */
  readonly channelNames: readonly string[];
  /** Where messages end that were never sent, by the queue's name. */
  readonly deadLetterQueue: string;
}

/** What is needed to look at the notifier of another stack. */
export interface AccessNotifierAttributes {
  /**
   * The name it was given.
   * @default "aurora-users-notifier"
   */
  readonly name?: string;
  /** The names of its channels. */
  readonly channelNames: readonly string[];
}

export interface AccessNotifierProps extends FunctionSettings {
  /** Where messages go; at least one channel, each with a name of its own. */
  readonly channels: readonly NotificationChannel[];
  /**
   * Whose events it tells of.
   * @default - those on `eventBus`
   */
  readonly reconciler?: IReconciler;
  /**
   * The event bus, by name, of the same account and region.
   * @default - that of `reconciler`, else "default"
   */
  readonly eventBus?: string;
  /**
   * Begins every name: 1 to 50 letters, digits, `_` and `-`; with the longest channel's name at most 63.
   * @default - that of the reconciler, and "-notifier"
   */
  readonly name?: string;
  /**
   * A folder with templates of messages, in files named `<event>.<subject|html|text>` (`access.granted.html`), in Mustache.
   * @default - the templates that ship
   */
  readonly templates?: string;
  /**
   * How often a message is tried before it goes to the dead-letter queue, 1 to 1000.
   * @default 5
   */
  readonly attempts?: number;
  /**
   * How long a call may take, in seconds, 10 to 900: up to ten messages. A message that failed is tried again after six times that.
   * @default 60
   */
  readonly timeout?: number;
  /**
   * Memory, in MB, 128 to 10240.
   * @default 256
   */
  readonly memorySize?: number;
  /**
   * In which network it runs, where a mail server can be reached from within one only.
   * @default - outside any VPC
   */
  readonly vpc?: FunctionVpc;
  /**
   * The function's zip.
   * @default - the one that ships with this package
   */
  readonly bundle?: string;
}

/**
 * Tells people what happened, by channels. It hears of it from the event bus, and is no part of a run: a message that cannot be sent
 * is tried again, ends in the dead-letter queue, and neither fails nor delays anything.
 *
 * @example
 * new AccessNotifier(this, "Notifier", {
 *   reconciler,
 *   channels: [
 *     new EmailChannel({ from: "access@example.com", addresses: ["dba@example.com"] }),
 *     new SlackChannel({ webhookSecretArn: "arn:aws:secretsmanager:eu-west-1:111122223333:secret:slack-AbCdEf" }),
 *   ],
 * });
 */
export class AccessNotifier extends Construct implements IAccessNotifier {
  /** The notifier of another stack, for alarms and a dashboard. */
  static fromAccessNotifierAttributes(
    scope: Construct,
    id: string,
    attributes: AccessNotifierAttributes,
  ): IAccessNotifier {
    return new ImportedNotifier(scope, id, attributes);
  }

  readonly name: string;
  readonly channelNames: readonly string[];
  readonly deadLetterQueue: string;

  constructor(scope: Construct, id: string, props: AccessNotifierProps) {
    super(scope, id);
    const { channels, reconciler, attempts = 5, timeout = 60, memorySize = 256, tags } = props;
    const eventBus = props.eventBus ?? reconciler?.eventBus ?? DEFAULT_EVENT_BUS;
    this.name = props.name ?? `${reconciler?.name ?? DEFAULT_RECONCILER_NAME}-notifier`;
    this.channelNames = channels.map(({ name }) => name);
    this.deadLetterQueue = deadLetterQueueOf(this.name);
    assertName(this, this.name);
    assertEventBus(this, eventBus);
    assertChannelNames(this, this.channelNames);
    assertWhole(this, "attempts", attempts, 1, 1000);
    assertWhole(this, "timeout", timeout, 10, 900);
    assertWhole(this, "memorySize", memorySize, 128, 10_240);
    assertVpc(this, props.vpc);
    claimName(this, "notifier", this.name);

    const bound = channels.map(channel => channel.bind(this));
    const queues = this.channelNames.map(channel => channelQueue(this.name, channel));
    const path = `/${this.name}`;
    const templates = props.templates === undefined ? {} : templateParameters(this, path, props.templates);
    const config = this.config(path, queues, bound, templates);
    const table = this.deliveries(tags);
    const { lambda } = new DeployedFunction(this, "Function", {
      address: encodeName(this.name),
      functionName: this.name,
      description: "Tells people what happened to access",
      roleName: this.name,
      roleDescription: `The notifier ${this.name}`,
      policyName: "notifier",
      statements: [...this.statements(path, queues, table), ...bound.flatMap(({ statements }) => statements)],
      handler: "index.notify",
      bundle: functionBundle(this, "notifier", props.bundle),
      memorySize,
      timeout,
      variables: { CONFIG_PARAMETER: config.name, DELIVERIES_TABLE: table.name },
      vpc: props.vpc,
      settings: props,
    });
    const deadLetters = queue(this, "DeadLetters", {
      name: this.deadLetterQueue,
      rules: queues.map(name => ruleOn(eventBus, name)),
      tags,
    });
    for (const channel of channels)
      new ChannelDelivery(this, `Channel-${channel.name}`, {
        ...{ notifier: this.name, channel, eventBus, lambda, timeout, attempts, deadLetters, tags },
      });
  }

  /** What the function reads, as JSON that Terraform makes, since ARNs may be known to it only. */
  private config(
    path: string,
    queues: readonly string[],
    bound: readonly BoundChannel[],
    templates: Record<string, string>,
  ) {
    const config: NotifierConfig = {
      version: 1,
      service: this.name,
      channels: Object.fromEntries(queues.map((name, index) => [name, bound[index]!.channel])),
      templates,
    };
    const bytes = Buffer.byteLength(JSON.stringify(config));
    if (bytes > 8192)
      throw new ValidationError(
        `\`channels\` must not be larger than 8192 bytes as JSON, and have ${bytes}`,
        this,
      );
    const local = new TerraformLocal(this, "Channels", config);
    local.overrideLogicalId(`${encodeName(this.name)}-config`);
    const parameter = new SsmParameter(this, "Config", {
      name: `${path}/config`,
      description: `The channels of ${this.name}`,
      type: "String",
      ...(bytes > 4096 ? { tier: "Advanced" } : {}),
      // Not `value`, which plans hide. Nothing in it is secret.
      insecureValue: `\${jsonencode(local.${local.friendlyUniqueId})}`,
    });
    parameter.overrideLogicalId(`${encodeName(this.name)}-config`);
    return { name: `${path}/config` };
  }

  /** What was sent already, for a fortnight: so that a message that is tried again is not sent twice. */
  private deliveries(tags: Record<string, string> | undefined): { name: string; arn: string } {
    const name = `${this.name}-deliveries`;
    const table = new DynamodbTable(this, "Deliveries", {
      name,
      billingMode: "PAY_PER_REQUEST",
      hashKey: "pk",
      rangeKey: "sk",
      attribute: [
        { name: "pk", type: "S" },
        { name: "sk", type: "S" },
      ],
      ttl: { attributeName: "ttl", enabled: true },
      serverSideEncryption: { enabled: true },
      ...(tags ? { tags } : {}),
    });
    table.overrideLogicalId(encodeName(name));
    return { name: table.name, arn: table.arn };
  }

  private statements(path: string, queues: readonly string[], table: { arn: string }): PolicyStatement[] {
    return [
      { Action: ["ssm:GetParameter"], Resource: arnOf(this, "ssm", `parameter${path}/*`) },
      { Action: ["dynamodb:PutItem", "dynamodb:Query"], Resource: table.arn },
      {
        Action: ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
        Resource: queues.map(name => arnOf(this, "sqs", name)),
      },
    ];
  }
}

class ImportedNotifier extends Construct implements IAccessNotifier {
  readonly name: string;
  readonly channelNames: readonly string[];
  readonly deadLetterQueue: string;

  constructor(scope: Construct, id: string, attributes: AccessNotifierAttributes) {
    super(scope, id);
    this.name = attributes.name ?? `${DEFAULT_RECONCILER_NAME}-notifier`;
    assertName(this, this.name);
    this.channelNames = attributes.channelNames;
    assertChannelNames(this, this.channelNames);
    this.deadLetterQueue = deadLetterQueueOf(this.name);
  }
}

const deadLetterQueueOf = (name: string): string => `${name}-dead-letters`;

function assertName(scope: Construct, name: string): void {
  // It is the beginning of SSM parameters' names, too.
  if (Token.isUnresolved(name) || !/^(?!aws|ssm)[A-Za-z0-9][A-Za-z0-9_-]{0,49}$/i.test(name))
    throw new ValidationError(
      `\`name\` must be 1 to 50 letters, digits, \`_\` and \`-\`, without \`aws\` or \`ssm\` before them, known at synth, got: ${name}`,
      scope,
    );
}

function assertChannelNames(scope: Construct, names: readonly string[]): void {
  if (names.length === 0) throw new ValidationError("`channels` must hold at least one channel", scope);
  for (const [index, name] of names.entries()) {
    if (names.indexOf(name) !== index)
      throw new ValidationError(`\`channels\` must have different names, got twice: ${name}`, scope);
    if (name === "dead-letters")
      throw new ValidationError("`channels`: the name `dead-letters` is taken", scope);
  }
}
