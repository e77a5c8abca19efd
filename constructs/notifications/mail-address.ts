import type { Construct } from "constructs";
import { ValidationError } from "../terraform/validation-error";

// Excludes `{`, because Parameter Store refuses `{{`, and the wildcards of IAM.
const LOCAL = /^[\w!#%&'+/=^`~-]+(\.[\w!#%&'+/=^`~-]+)*$/;
const DOMAIN = /^[\p{L}\p{N}]([\p{L}\p{N}-]*[\p{L}\p{N}])?(\.[\p{L}\p{N}]([\p{L}\p{N}-]*[\p{L}\p{N}])?)*$/u;

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
  const at = address.lastIndexOf("@");
  const [local, domain] = [address.slice(0, at), address.slice(at + 1)];
  if (at < 1 || local.length > 64 || address.length > 254 || !LOCAL.test(local) || !DOMAIN.test(domain))
    throw new ValidationError(
      `\`${prop}\` must be \`name@example.com\` or \`Name <name@example.com>\`, known at synth, got: ${JSON.stringify(text)}`,
      scope,
    );
  return { address, domain };
}
