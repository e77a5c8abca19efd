import type { SESv2Client, SendEmailCommand } from "@aws-sdk/client-sesv2";
import type { SendMailOptions } from "nodemailer";
import type { ChannelOf } from "../../../core/events/notifications";
import type { Deadline } from "../../runtime/deadline";
import type { Secrets } from "../secrets";

/** Hands over one message. Fails where the server or SES does not take it. */
export type SendMail = (message: SendMailOptions) => Promise<void>;
export interface MailTransportNeeds {
  readonly secrets: Pick<Secrets, "smtpServer" | "forget">;
  readonly deadline: Deadline;
}
export type OpenMailTransport = (
  transport: ChannelOf<"email">["transport"],
  needs: MailTransportNeeds,
) => Promise<SendMail>;

/** What is needed of SES; loaded where a channel uses it. */
export interface Ses {
  readonly sesClient: SESv2Client;
  readonly SendEmailCommand: typeof SendEmailCommand;
}

const CONNECT_MS = 5_000;
const SILENCE_MS = 10_000;

/** By SES or SMTP. A message goes out within TLS or not at all. */
export const mailTransports =
  (ses: (region: string | undefined) => Promise<Ses>): OpenMailTransport =>
  async (transport, { deadline, secrets }) => {
    // Loaded where a channel sends mail.
    const { createTransport } = await import("nodemailer");
    if (transport.type === "ses") {
      const SES = await ses(transport.region);
      const { configurationSet } = transport;
      const extra = configurationSet === undefined ? {} : { ses: { ConfigurationSetName: configurationSet } };
      const mailer = createTransport({ SES } as never);
      return async message => void (await mailer.sendMail({ ...message, ...extra }));
    }
    const { host, port, username, password, secure, ca } = await secrets.smtpServer(transport.secretArn);
    const bound = (ms: number) => Math.max(1, Math.min(ms, deadline.left()));
    return async message => {
      // A connection a message: one that waits while the function is frozen is no longer one.
      const mailer = createTransport({
        ...{ host, port, secure, requireTLS: !secure },
        ...(username !== undefined && password !== undefined
          ? { auth: { user: username, pass: password } }
          : {}),
        tls: { rejectUnauthorized: true, minVersion: "TLSv1.2", ...(ca === undefined ? {} : { ca }) },
        ...{
          connectionTimeout: bound(CONNECT_MS),
          greetingTimeout: bound(CONNECT_MS),
          socketTimeout: bound(SILENCE_MS),
        },
      });
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
