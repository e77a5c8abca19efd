import { defined } from "../../../core/json";
import { oneLine } from "../render/plain-text";
import { type Replacements, renderHtml, renderSubject, renderText } from "../render/templates";
import { viewOf } from "../render/view";
import { recipientHash } from "./deliveries";
import type { MailRecipient } from "./mail-recipients";
import { mailbox, parseMailbox } from "./mailbox";

/** The sender of a channel's mails. */
export interface Sender {
  readonly from: string;
  readonly replyTo?: string | undefined;
}

/**
 * One mail to one recipient. Addresses are passed in parts and the envelope names one recipient, so that no
 * text in a name or an address becomes a second recipient. The same event gives the same recipient the same
 * Message-ID.
 * @throws RecipientError
 */
export function mailMessage(sender: Sender, recipient: MailRecipient, templates: Replacements) {
  const [from, to] = [parseMailbox(sender.from), toMailbox(recipient)];
  const { id, correlationId } = recipient.event.detail;
  const view = viewOf(recipient.event, recipient.forOwner);
  return defined({
    from,
    to: [to],
    replyTo: sender.replyTo === undefined ? undefined : parseMailbox(sender.replyTo),
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
    xMailer: false as const,
  });
}

/**
 * Addresses of a list are the administrator's, who may write them with a name. Those of people are addresses
 * only.
 */
const toMailbox = ({ address, name, event }: MailRecipient) =>
  name === "" && !("account" in event.detail) ? parseMailbox(address) : mailbox(address, name);
