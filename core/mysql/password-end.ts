import type { LoginTerms } from "./iam-login";
import type { ObservedAccount } from "./observed-state";
import { isPasswordLogin } from "./password-login";
import { quoteAccount } from "./quote";

const DAY_MS = 86_400_000;
/** A warning of the end comes in the last tenth of a password's time, and at most so many days before it. */
const WARNING_DAYS = 7;

/** When the server refuses the password, in milliseconds since 1970; undefined: never, or nobody knows. */
const passwordEnd = ({ passwordChanged, passwordLifetime }: ObservedAccount): number | undefined =>
  passwordChanged !== undefined && passwordLifetime
    ? passwordChanged * 1_000 + passwordLifetime * DAY_MS
    : undefined;

/** Whether the password's declared time is over: it was not set again in time. */
export const hasEnded = (account: ObservedAccount, now: Date): boolean =>
  (passwordEnd(account) ?? Number.POSITIVE_INFINITY) <= now.getTime();

/** Whether the password ends when it should, and has not ended yet. */
export const endsAsDeclared = (
  account: ObservedAccount,
  { expiresAfterDays = 0 }: LoginTerms,
  now: Date,
): boolean =>
  !account.passwordExpired && account.passwordLifetime === expiresAfterDays && !hasEnded(account, now);

/** Of a password that ends soon or has ended, when, in words; undefined: of no other. */
export function endsSoon(account: ObservedAccount, now: Date): string | undefined {
  const end = passwordEnd(account);
  if (end === undefined || !isPasswordLogin(account)) return undefined;
  const warningMs = Math.min(WARNING_DAYS, account.passwordLifetime! / 10) * DAY_MS;
  if (end - now.getTime() >= warningMs) return undefined;
  return (
    `The password of ${quoteAccount(account)} ends at ${new Date(end).toISOString()}, and no rotation has replaced ` +
    "it: the server refuses it from then on. See why its secret is not rotated, then rotate it."
  );
}
