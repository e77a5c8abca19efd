import { objectName, objectNames } from "./defined-objects";
import type { DesiredAccount } from "./desired-account";
import { quoteAccount } from "./quote";
import type { StatementsRequest } from "./statements-request";

/** Why this server or this administrator cannot give the account its declared access. Empty if they can. */
export function unsupportedReasons(
  account: DesiredAccount,
  { administrator, observed }: StatementsRequest,
): string[] {
  const problems: string[] = [];
  const name = quoteAccount(account);
  if (account.user === observed.self.user)
    problems.push(
      `${name} is the administrator that the reconciler logs in as, and is never altered: ` +
        "take it out of the roster.",
    );
  if (administrator) {
    const privileges = new Set(account.databases.flatMap(d => d.privileges));
    const lacking = [...privileges].filter(p => !administrator.grantable.includes(p));
    if (lacking.length > 0)
      problems.push(
        `The administrator ${quoteAccount(observed.self)} lacks ${lacking.join(", ")} ` +
          `and cannot give it to ${name}.`,
      );
  }
  const bySpelling = new Map<string, string>();
  for (const { spelled, database } of account.databases) {
    const other = bySpelling.get(spelled);
    if (other !== undefined)
      problems.push(
        `${name}: \`${other}\` and \`${database}\` are one database on this server, ` +
          "which compares names without case.",
      );
    bySpelling.set(spelled, database);
  }
  return problems;
}

/** Why the account must not be created: objects that nobody reviewed would run with its rights. */
export function orphanedReasons(account: DesiredAccount, { observed }: StatementsRequest): string[] {
  const orphaned = observed.orphanedDefiners.find(o => o.user === account.user && o.host === account.host);
  if (!orphaned) return [];
  return [
    `${quoteAccount(account)} does not exist, yet ${objectNames(orphaned.objects.map(objectName))} would run with its rights ` +
      "once it is created: give them another definer first.",
  ];
}
