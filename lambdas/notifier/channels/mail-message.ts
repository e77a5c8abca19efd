import type { SendMailOptions } from "nodemailer";
import { oneLine } from "../render/plain-text";
import { type Replacements, renderHtml, renderSubject, renderText } from "../render/templates";
import { viewOf } from "../render/view";
import { recipientHash } from "./deliveries";
import type { MailRecipient } from "./mail-recipients";
import { mailbox, parseMailbox } from "./mailbox";

/** From whom a channel's mails are. */
export interface Sender {
  readonly from: string;
  readonly replyTo?: string | undefined;
}

/**
 * One mail to one recipient. Addresses are handed on in parts, and the envelope names the one recipient, so that nothing in a
 * name or an address becomes a second one. The same event gives the same recipient the same Message-ID.
 *
 * @throws RecipientError
 */
export function mailMessage(
  sender: Sender,
  recipient: MailRecipient,
  templates: Replacements,
): SendMailOptions {
  const [from, to] = [parseMailbox(sender.from), toMailbox(recipient)];
  const { id, correlationId } = recipient.event.detail;
  const view = viewOf(recipient.event, recipient.forOwner);
  return {
    from,
    to: [to],
    ...(sender.replyTo === undefined ? {} : { replyTo: parseMailbox(sender.replyTo) }),
    envelope: { from: from.address, to: [to.address] },
    subject: renderSubject(view, templates),
    text: renderText(view, templates),
    html: renderHtml(view, templates),
    messageId: `<${id}.${recipientHash(to.address).slice(0, 16)}@${from.address.split("@").at(-1)}>`,
    headers: {
      "Auto-Submitted": "auto-generated",
      "X-Auto-Response-Suppress": "All",
      "X-Aurora-Users-Correlation-Id": oneLine(correlationId).replace(/[^\x21-\x7e]/g, "?"),
    },
    disableFileAccess: true,
    disableUrlAccess: true,
    xMailer: false,
  };
}

/** Addresses of a list are the administrator's, and may be written with a name; those of people are addresses alone. */
function toMailbox({ address, name, event }: MailRecipient) {
  return name === "" && !("account" in event.detail) ? parseMailbox(address) : mailbox(address, name);
}
