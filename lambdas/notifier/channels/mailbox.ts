import { splitMailAddress } from "../../../core/mail-address";
import { clip, oneLine } from "../render/plain-text";
import { RecipientError } from "../runtime/errors";

/** One address and its owner's name, in the parts that the mail library quotes by itself. */
export interface Mailbox {
  readonly name: string;
  readonly address: string;
}

/**
 * One plain address, without a comment, quotes, a list, a route or a second address.
 * @throws RecipientError which does not repeat the address
 */
export function mailbox(address: string, name = ""): Mailbox {
  if (!splitMailAddress(address))
    throw new RecipientError(
      "the recipient's e-mail address is not valid: it must be like `name@example.com`",
    );
  return { name: clip(oneLine(name), 100), address };
}

/** `Jane Doe <jane@example.com>` or `jane@example.com`. @throws RecipientError */
export function parseMailbox(text: string): Mailbox {
  const [, name, address] = /^([^<>]*)<([^<>]*)>\s*$/.exec(text) ?? [];
  return address === undefined
    ? mailbox(text.trim())
    : mailbox(address.trim(), name!.trim().replace(/^"(.*)"$/, "$1"));
}
