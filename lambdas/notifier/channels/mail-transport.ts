import type { SESv2Client, SendEmailCommand } from "@aws-sdk/client-sesv2";
import type { SendMailOptions } from "nodemailer";
import type { ChannelOf } from "../../../core/events/notifications";
import { defined } from "../../../core/json";
import type { Deadline } from "../../runtime/deadline";
import type { Secrets, SmtpServer } from "./secrets";

/** Hands over one message. Fails if the server or SES does not accept it. */
export type SendMail = (message: SendMailOptions) => Promise<void>;

export interface MailTransportContext {
  readonly secrets: Pick<Secrets, "smtpServer" | "forget">;
  readonly deadline: Deadline;
}

export type OpenMailTransport = (
  transport: ChannelOf<"email">["transport"],
  context: MailTransportContext,
) => Promise<SendMail>;

/** The parts of SES's client that are used. Loaded only if a channel uses SES. */
export interface Ses {
  readonly sesClient: SESv2Client;
  readonly SendEmailCommand: typeof SendEmailCommand;
}

const CONNECT_MS = 5_000;
const SILENCE_MS = 10_000;

/** Sends mail by SES or SMTP. A message is sent within TLS or not at all. */
export const mailTransports =
  (ses: (region: string | undefined) => Promise<Ses>): OpenMailTransport =>
  async (transport, { deadline, secrets }) => {
    const { createTransport } = await import("nodemailer");
    if (transport.type === "ses") {
      const mailer = createTransport({ SES: await ses(transport.region) } as never);
      const { configurationSet } = transport;
      const extra = configurationSet === undefined ? {} : { ses: { ConfigurationSetName: configurationSet } };
      return async message => void (await mailer.sendMail({ ...message, ...extra }));
    }
    const server = await secrets.smtpServer(transport.secretArn);
    return async message => {
      // A connection for each message: an open one does not survive while the function is frozen.
      const mailer = createTransport(smtpOptions(server, deadline));
      try {
        await mailer.sendMail(message);
      } catch (error) {
        secrets.forget(transport.secretArn);
        throw error;
      } finally {
        mailer.close();
      }
    };
  };

function smtpOptions({ ca, host, password, port, secure, username }: SmtpServer, deadline: Deadline) {
  const bound = (ms: number) => Math.max(1, Math.min(ms, deadline.left()));
  return defined({
    host,
    port,
    secure,
    requireTLS: !secure,
    auth: username === undefined || password === undefined ? undefined : { user: username, pass: password },
    tls: defined({ rejectUnauthorized: true, minVersion: "TLSv1.2" as const, ca }),
    connectionTimeout: bound(CONNECT_MS),
    greetingTimeout: bound(CONNECT_MS),
    socketTimeout: bound(SILENCE_MS),
  });
}
