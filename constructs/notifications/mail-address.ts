import type { Construct } from "constructs";
import { splitMailAddress } from "../../core/mail-address";
import { ValidationError } from "../terraform/validation-error";

/** `{`, because Parameter Store refuses `{{`, the wildcards of IAM, and characters that no sender needs. */
const REFUSED = /[${|}*?]/;

/** A mail address and its domain. */
export interface MailAddress {
  /** `access@mail.example.com` */
  readonly address: string;
  /** `mail.example.com` */
  readonly domain: string;
}

/**
 * Reads `Access <access@example.com>` or `access@example.com`.
 * @throws ValidationError if the text is neither
 */
export function parseMailAddress(scope: Construct, prop: string, text: string): MailAddress {
  const address = (/^[^<>{}\p{Cc}]*<([^<>]*)>$/u.exec(text)?.[1] ?? text).trim();
  const parts = splitMailAddress(address);
  if (!parts || REFUSED.test(parts.local))
    throw new ValidationError(
      `\`${prop}\` must be \`name@example.com\` or \`Name <name@example.com>\`, known at synth, got: ${JSON.stringify(text)}`,
      scope,
    );
  return { address, domain: parts.domain };
}
