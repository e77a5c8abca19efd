import type { DesiredAccount } from "./desired-account";
import { IAM_PLUGIN } from "./iam-login";
import type { ObservedAccount, ObservedRoutineGrant } from "./observed-state";
import type { Operation } from "./operation";
import { endsSoon } from "./password-end";
import { PASSWORD_LOGIN, PASSWORD_PLUGIN } from "./password-login";
import { quoteAccount } from "./quote";

/** The note about an account that gets another login, or whose password ends and is not set again. */
export function loginNotes(
  account: ObservedAccount,
  { terms: { login } }: DesiredAccount,
  operations: readonly Operation[],
  now: Date,
): string[] {
  if (login === "existing") return [];
  if (account.plugin === (login ? PASSWORD_PLUGIN : IAM_PLUGIN)) {
    const ends =
      login && !operations.some(({ text }) => text.each === PASSWORD_LOGIN) && endsSoon(account, now);
    return ends ? [ends] : [];
  }
  return [
    `${quoteAccount(account)} exists and logs in by ${account.plugin}. It is taken over: ` +
      `it logs in by ${login ? "a password in Secrets Manager" : "IAM token"} from then on, and its present login ends.`,
  ];
}

/** Notes about what stays. @param own what it holds on routines that it created */
export function accountNotes(existing: ObservedAccount, own: readonly ObservedRoutineGrant[]): string[] {
  const name = quoteAccount(existing);
  const held = ({ database, privileges, routine, type }: ObservedRoutineGrant) =>
    `${name} holds ${privileges.join(", ")} on ${type} ${database}.${routine}`;
  return [
    ...existing.strangeAttributes.map(
      attribute =>
        `${name} has \`${attribute}\` in mysql.user.User_attributes, which this release does not know. ` +
        "It stays. Try a login.",
    ),
    ...own.map(grant => `${held(grant)}, which it created. It keeps them.`),
    ...(existing.idleRoutines ?? []).map(
      grant =>
        `${held(grant)}, a name that the server stored wrongly. No REVOKE finds it, and it gives nothing.`,
    ),
  ];
}
