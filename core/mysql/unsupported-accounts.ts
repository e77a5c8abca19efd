import { inactiveRolesHint } from "./administrator-needs";
import { type NamesInGrants, rowsOverlap } from "./database-name";
import { objectName, objectNames } from "./defined-objects";
import type { DesiredAccount } from "./desired-account";
import type { AccountId, ObservedAccount } from "./observed-state";
import { isPasswordKept, isPasswordLogin } from "./password-login";
import { quoteAccount } from "./quote";
import { wantedOn } from "./restricted-grants";
import { serverProblems } from "./server-problems";
import type { StatementsRequest } from "./statements-request";
import { canGrantOn } from "./unrevocable-grants";

/**
 * Why this server or this administrator cannot give the account its declared access. Empty if they can.
 * @param existing the account, if it exists
 * @param former the same, or the one that it is made of, at another host or by another name
 */
export function unsupportedReasons(
  account: DesiredAccount,
  existing: ObservedAccount | undefined,
  request: StatementsRequest,
  former: ObservedAccount | undefined,
): string[] {
  const { administrator, observed } = request;
  const problems = lostPassword(account, former, request);
  const name = quoteAccount(account);
  if (account.user === observed.self.user)
    problems.push(
      `${name} is the administrator that the reconciler logs in as, and is never altered: ` +
        "take it out of the roster.",
    );
  if (administrator) {
    const lacking = wantedOn(account).flatMap(({ database, privileges }) =>
      privileges.flatMap(privilege =>
        canGrantOn(database, privilege, administrator, observed) ? [] : [{ database, privilege }],
      ),
    );
    const list = (of: readonly string[]) => [...new Set(of)].join(", ");
    if (lacking.length > 0)
      problems.push(
        `The administrator ${quoteAccount(observed.self)} lacks ${list(lacking.map(l => l.privilege))} on ` +
          `${list(lacking.map(l => l.database))} and cannot give it to ${name}.${inactiveRolesHint(observed)}`,
      );
  }
  problems.push(
    ...serverProblems(account, administrator, observed),
    ...patternProblems(account, existing, observed),
  );
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

/**
 * Why this server does not hold the account's patterns as they are meant. Grants that the account already has
 * side by side are none: an apply that died between a pattern and a name leaves both, and the account's other
 * grants must end all the same.
 */
function patternProblems(
  account: DesiredAccount,
  existing: ObservedAccount | undefined,
  names: NamesInGrants,
): string[] {
  const patterns = account.databases.filter(({ isPattern }) => isPattern);
  if (patterns.length > 0 && names.partialRevokes)
    return [
      `${quoteAccount(account)}: this server reads database names in grants literally (\`partial_revokes\` is ON), ` +
        `so the pattern \`${patterns[0]!.database}\` would give nothing: name the databases.`,
    ];
  const isFound = ({ spelled }: { readonly spelled: string }) =>
    existing?.databases.some(({ name }) => name === spelled) === true;
  return patterns.flatMap(pattern =>
    account.databases
      .filter(other => !(isFound(pattern) && isFound(other)))
      .filter(other => other !== pattern && rowsOverlap(pattern.spelled, other.spelled, names))
      .filter(other => !other.isPattern || pattern.spelled < other.spelled)
      .map(
        ({ database }) =>
          `${quoteAccount(account)}: the grants on \`${pattern.database}\` and \`${database}\` overlap, and MySQL ` +
          "applies only one of them to a database: change the pattern, or leave one of the two out.",
      ),
  );
}

/** Why an account that logs in as it does on the server cannot be created. */
export const absentReason = (account: AccountId): string =>
  `${quoteAccount(account)} does not exist, and with \`login: existing\` nobody can create it: only who has its ` +
  "password can. Create it by hand, take it out of the roster, or declare another login.";

/**
 * Why an account does not keep its login as it is: its password is only in its secret, which Terraform
 * deletes with the line `login: password`. One that somebody set by hand since may stay.
 */
export function lostPassword(
  { terms }: DesiredAccount,
  existing: ObservedAccount | undefined,
  { now, passwords }: StatementsRequest,
): string[] {
  if (terms.login !== "existing" || terms.keepsFound || !existing || !isPasswordLogin(existing)) return [];
  const known = passwords?.get(quoteAccount(existing));
  if (!known) return [];
  if (known.rotatingSince === undefined && !isPasswordKept(existing, known, now)) return [];
  return [
    `${quoteAccount(existing)} logs in by the password in its secret, which goes with \`login: password\`: ` +
      "with `login: existing` nobody would have it, and it would go on. Apply it without `login` first (by IAM " +
      "token), or give it a password by hand, then plan again.",
  ];
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
