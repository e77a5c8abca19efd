import { Token } from "cdktf";
import type { Construct } from "constructs";
import type { ChannelOf } from "../../core/events/notifications";
import { arnOf } from "../terraform/arn";
import { assertArn } from "../terraform/assert-arn";
import { escapeData } from "../terraform/escape";
import type { PolicyStatement } from "../terraform/policy-document";
import { ValidationError } from "../terraform/validation-error";
import { type MailAddress, parseMailAddress } from "./mail-address";
import { type BoundChannel, type ChannelProps, NotificationChannel } from "./notification-channel";

/** Mail by Amazon SES. The sender's address or domain has to be verified there. */
export interface SesTransport {
  readonly type: "ses";
  /**
   * The region of SES.
   * @default - the notifier's
   */
  readonly region?: string;
  /**
   * The configuration set, by name.
   * @default - that of the identity, if any
   */
  readonly configurationSet?: string;
}

/** Mail by a server that speaks SMTP with TLS. */
export interface SmtpTransport {
  readonly type: "smtp";
  /** A secret with JSON: `host`, `port`, and optionally `username`, `password`, `secure`, `ca`; by its ARN. */
  readonly secretArn: string;
  /**
   * The customer's key that the secret is encrypted with, as an ARN.
   * @default - none
   */
  readonly kmsKeyArn?: string;
}

export interface EmailChannelProps extends ChannelProps {
  /** The sender: `access@example.com` or `Access <access@example.com>`. */
  readonly from: string;
  /**
   * Where answers go.
   * @default - to the sender
   */
  readonly replyTo?: string;
  /**
   * How it is sent.
   * @default - by SES, in the notifier's region
   */
  readonly transport?: SesTransport | SmtpTransport;
  /**
   * Whether the person whom an event is about gets a message.
   * @default true
   */
  readonly person?: boolean;
  /**
   * Whether the owners of the projects concerned get one.
   * @default true
   */
  readonly owners?: boolean;
  /**
   * Who gets all messages.
   * @default - nobody
   */
  readonly addresses?: readonly string[];
}

/**
 * Messages by e-mail: to the person, to the owners of the projects, and to a list.
 *
 * @example
 * new EmailChannel({ from: "Database access <access@example.com>", addresses: ["dba@example.com"] });
 * new EmailChannel({
 *   from: "access@example.com",
 *   transport: { type: "smtp", secretArn: "arn:aws:secretsmanager:eu-west-1:111122223333:secret:smtp-AbCdEf" },
 * });
 */
export class EmailChannel extends NotificationChannel {
  constructor(private readonly props: EmailChannelProps) {
    super("email", props);
  }

  bind(scope: Construct): BoundChannel {
    const {
      from,
      replyTo,
      transport = { type: "ses" },
      person = true,
      owners = true,
      addresses = [],
    } = this.props;
    const sender = parseMailAddress(scope, "from", from);
    if (replyTo !== undefined) parseMailAddress(scope, "replyTo", replyTo);
    for (const address of addresses) parseMailAddress(scope, "addresses", address);
    if (!person && !owners && addresses.length === 0)
      throw new ValidationError(
        "`addresses` must name somebody where neither `person` nor `owners` gets a message",
        scope,
      );
    const texts = {
      ...this.filter,
      type: "email",
      from,
      ...(replyTo === undefined ? {} : { replyTo }),
      to: { person, owners, addresses },
    } as const;
    const way = transportOf(scope, transport);
    const channel: ChannelOf<"email"> = { ...texts, transport: way };
    this.assertReadable(scope, channel);
    const statements =
      transport.type === "ses" ? sesStatements(scope, transport, sender) : smtpStatements(transport);
    return { channel: { ...escapeData({ ...texts }, "channels", scope), transport: way }, statements };
  }
}

function transportOf(
  scope: Construct,
  transport: SesTransport | SmtpTransport,
): ChannelOf<"email">["transport"] {
  if (transport.type === "smtp") {
    assertArn(scope, "secretArn", transport.secretArn);
    if (transport.kmsKeyArn !== undefined) assertArn(scope, "kmsKeyArn", transport.kmsKeyArn);
    return { type: "smtp", secretArn: transport.secretArn };
  }
  const { region, configurationSet } = transport;
  const named = (prop: string, value: string | undefined, pattern: RegExp) => {
    if (value !== undefined && (Token.isUnresolved(value) || !pattern.test(value)))
      throw new ValidationError(
        `\`${prop}\` must be known at synth and be the name of one, got: ${value}`,
        scope,
      );
  };
  named("region", region, /^[a-z0-9-]{1,64}$/);
  named("configurationSet", configurationSet, /^[A-Za-z0-9_-]{1,64}$/);
  return {
    type: "ses",
    ...(region === undefined ? {} : { region }),
    ...(configurationSet === undefined ? {} : { configurationSet }),
  };
}

/**
 * Sending from that very address, by whichever identity SES has verified: the address, its domain, or a domain above.
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsimpleemailservicev2.html
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
  const resources = [
    ...[sender.address, ...domains].map(identity => `identity/${identity}`),
    ...(configurationSet === undefined ? [] : [`configuration-set/${configurationSet}`]),
  ];
  return [
    {
      Action: ["ses:SendEmail", "ses:SendRawEmail"],
      Resource: resources.map(resource => arnOf(scope, "ses", resource, region)),
      Condition: { StringEqualsIgnoreCase: { "ses:FromAddress": sender.address } },
    },
  ];
}

const smtpStatements = ({ secretArn, kmsKeyArn }: SmtpTransport): PolicyStatement[] => [
  { Action: ["secretsmanager:GetSecretValue"], Resource: secretArn },
  ...(kmsKeyArn === undefined ? [] : [{ Action: ["kms:Decrypt"], Resource: kmsKeyArn }]),
];
