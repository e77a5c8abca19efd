import type { Field } from "./field";
import type { Settings } from "./settings-file-schema";

/** Reports an address whose domain the settings do not allow. */
export function checkEmailDomain(field: Field, { emailDomains }: Settings): void {
  const email = field.text();
  if (email === undefined || !email.includes("@") || emailDomains.length === 0) return;
  const domain = email.slice(email.lastIndexOf("@") + 1);
  if (emailDomains.some(allowed => allowed.toLowerCase() === domain.toLowerCase())) return;
  const hint = `allowed are: ${emailDomains.join(", ")} (settings.yaml, emailDomains)`;
  field.error(`the domain "${domain}" is not allowed`, { hint });
}
