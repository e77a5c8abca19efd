import type { NodePath, UsersFile } from "./located-node";
import { textAt } from "./located-node";
import { type Problem, problemAt } from "./problem";
import type { Settings } from "./settings-file-schema";

/** Whether the address at a path has one of the domains that the settings allow. No address: nothing to say. */
export function checkEmailDomain(
  source: UsersFile,
  path: NodePath,
  settings: Settings,
  problems: Problem[],
): void {
  const email = textAt(source.tree, path);
  if (email === undefined || !email.includes("@") || settings.emailDomains.length === 0) return;
  const domain = email.slice(email.lastIndexOf("@") + 1);
  if (settings.emailDomains.some(allowed => allowed.toLowerCase() === domain.toLowerCase())) return;
  const hint = `allowed are: ${settings.emailDomains.join(", ")} (settings.yaml, emailDomains)`;
  problems.push(problemAt(source, path, `the domain "${domain}" is not allowed`, hint));
}
