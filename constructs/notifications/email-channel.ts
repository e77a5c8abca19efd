import type { Construct } from "constructs";
import type { ChannelOf } from "../../core/events/notifications";
import { defined } from "../../core/json";
import { arnOf } from "../terraform/arn";
import { assertArn, assertText, REGION } from "../terraform/assertions";
import { escapeData } from "../terraform/escape";
import { type PolicyStatement, secretStatements } from "../terraform/policy-document";
import { ValidationError } from "../terraform/validation-error";
import { type MailAddress, parseMailAddress } from "./mail-address";
import { type BoundChannel, type ChannelProps, NotificationChannel } from "./notification-channel";

/** Mail through Amazon SES, where the sender's address or domain must be verified. */
export interface SesTransport {
  readonly type: "ses";
  /**
   * The region of SES.
   * @default - the notifier's region
   */
  readonly region?: string;
  /**
   * The name of the configuration set: 1 to 64 letters, digits, `_` and `-`.
   * @default - the identity's default configuration set, if it has one
   */
  readonly configurationSet?: string;
}

/** Mail through an SMTP server with TLS. */
export interface SmtpTransport {
  readonly type: "smtp";
  /**
   * The ARN of a secret with JSON: `host`, `port`, and optionally `username`, `password`, `secure` (TLS from
   * the first byte; otherwise STARTTLS) and `ca` (PEM).
   */
  readonly secretArn: string;
  /**
   * The ARN of the customer's KMS key that encrypts the secret.
   * @default - none
   */
  readonly kmsKeyArn?: string;
}

export interface EmailChannelProps extends ChannelProps {
  /** The sender: `access@example.com` or `Access <access@example.com>`, at most 320 characters. */
  readonly from: string;
  /**
   * The address for replies, in the same form.
   * @default - the sender
   */
  readonly replyTo?: string;
  /**
   * How mail is sent.
   * @default - through SES in the notifier's region
   */
  readonly transport?: SesTransport | SmtpTransport;
  /**
   * Whether the person that an event is about gets a message.
   * @default true
   */
  readonly person?: boolean;
  /**
   * Whether the owners of the projects that an event is about get a message.
   * @default true
   */
  readonly owners?: boolean;
  /**
   * The addresses that get the messages about runs and drift (`reconcile.*`, `drift.detected`) and about
   * rotations that failed, not those to persons: each of 3 to 320 characters.
   * @default - none
   */
  readonly addresses?: readonly string[];
}

const CONFIGURATION_SET = { pattern: /^[A-Za-z0-9_-]{1,64}$/, rule: "the name of a configuration set" };

/**
 * Messages by e-mail: to the person, to the owners of the projects, and to a list of addresses.
 *
 * @example
 * new EmailChannel({ from: "Database access <access@example.com>", addresses: ["dba@example.com"] });
 * new EmailChannel({
 *   from: "access@example.com",
 *   transport: {
 *     type: "smtp",
 *     secretArn: "arn:aws:secretsmanager:eu-west-1:111122223333:secret:smtp-AbCdEf",
 *   },
 * });
 */
export class EmailChannel extends NotificationChannel {
  readonly #props: EmailChannelProps;

  constructor(props: EmailChannelProps) {
    super("email", props);
    this.#props = props;
  }

  bind(scope: Construct): BoundChannel {
    const { from, replyTo, transport = { type: "ses" }, ...recipients } = this.#props;
    const { person = true, owners = true, addresses = [] } = recipients;
    const sender = parseMailAddress(scope, "from", from);
    if (replyTo !== undefined) parseMailAddress(scope, "replyTo", replyTo);
    for (const address of addresses) parseMailAddress(scope, "addresses", address);
    if (!person && !owners && addresses.length === 0)
      throw new ValidationError(
        "`addresses` must name at least one address if neither `person` nor `owners` is true",
        scope,
      );
    const to = { person, owners, addresses };
    const texts = defined({ ...this.filter, type: "email" as const, from, replyTo, to });
    const way = boundTransport(scope, transport);
    this.assertReadable(scope, { ...texts, transport: way });
    return {
      channel: { ...escapeData(texts, "channels", scope), transport: way },
      statements:
        transport.type === "ses"
          ? sesStatements(scope, transport, sender)
          : secretStatements(transport.secretArn, transport.kmsKeyArn),
    };
  }
}

function boundTransport(
  scope: Construct,
  transport: SesTransport | SmtpTransport,
): ChannelOf<"email">["transport"] {
  if (transport.type === "smtp") {
    assertArn(scope, "secretArn", transport.secretArn, "secret");
    assertArn(scope, "kmsKeyArn", transport.kmsKeyArn, "key");
    return { type: "smtp", secretArn: transport.secretArn };
  }
  const { region, configurationSet } = transport;
  if (region !== undefined) assertText(scope, "region", region, REGION);
  if (configurationSet !== undefined)
    assertText(scope, "configurationSet", configurationSet, CONFIGURATION_SET);
  return { type: "ses", ...defined({ region, configurationSet }) };
}

/**
 * The permission to send from exactly this address, with any identity that SES has verified: the address, its
 * domain, or a parent domain.
 * @see
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsimpleemailservicev2.html
 */
function sesStatements(
  scope: Construct,
  { region, configurationSet }: SesTransport,
  sender: MailAddress,
): PolicyStatement[] {
  const labels = sender.domain.split(".");
  const domains = labels
    .slice(0, Math.max(1, labels.length - 1))
    .map((_, index) => labels.slice(index).join("."));
  const resources = [sender.address, ...domains].map(identity => `identity/${identity}`);
  if (configurationSet !== undefined) resources.push(`configuration-set/${configurationSet}`);
  return [
    {
      Action: ["ses:SendEmail", "ses:SendRawEmail"],
      Resource: resources.map(resource => arnOf(scope, "ses", resource, { region })),
      Condition: { StringEqualsIgnoreCase: { "ses:FromAddress": sender.address } },
    },
  ];
}
