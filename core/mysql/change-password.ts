import type { AccountChange } from "./account-change";
import { changeTerms } from "./change-terms";
import type { ObservedAccount } from "./observed-state";
import { type Operation, operation, Step } from "./operation";
import { endsAsDeclared, hasEnded } from "./password-end";
import { isPasswordKept, isPasswordLogin, keepsTerms, secondPassword } from "./password-login";
import { FORMS } from "./statement-forms";

/** How an account logs in, and how it should. */
export type LoginChange = Pick<AccountChange, "desired" | "observed" | "password" | "now">;

/**
 * Gives the account the password in Secrets Manager. Its grants stay. Where only limits or the TLS
 * requirement differ, the password stays, too. A password that somebody else set is replaced, and a second
 * one that is over, or that no rotation left, is discarded: after a replacement only if that has worked.
 */
export function changePassword(change: LoginChange): Operation[] {
  const { desired, now, observed: account, password } = change;
  const { terms } = desired;
  const isKept = terms.keepsFound
    ? isPasswordLogin(account)
    : isPasswordKept(account, password, now) && endsAsDeclared(account, terms, now);
  if (!isKept) {
    const text = FORMS.changeLogin.write(terms);
    return [operation(Step.ChangeLogin, account, text, whyReset(change)), ...discard(change, true)];
  }
  if (terms.keepsFound && account.tls !== "") return discard(change);
  return [...(keepsTerms(account, terms) ? [] : changeTerms(account, desired)), ...discard(change)];
}

function whyReset({ desired: { terms }, now, observed: account, password }: LoginChange): string {
  if (!isPasswordLogin(account)) return `logs in by ${account.plugin || "no plugin"}, not by password`;
  if (account.passwordLifetime === terms.expiresAfterDays && hasEnded(account, now))
    return "its password was not rotated in time, and has ended";
  if (!endsAsDeclared(account, terms, now))
    return terms.expiresAfterDays
      ? "its password would end at another time"
      : "its password would end by itself";
  if (password?.rotatingSince !== undefined) return "a rotation of its password did not come to its end";
  return password ? "somebody else changed its password" : "its password is not known to be the one declared";
}

/** After a rotation the password before it works until its time is over; sessions that it opened go on. */
function discard({ now, observed: account, password }: LoginChange, isReset = false): Operation[] {
  if (!isPasswordLogin(account)) return [];
  const found = secondPassword(account, password, now);
  if (found === "keep") return [];
  const [step, why] =
    found === "over"
      ? ([Step.Limit, "the password before the last rotation is over"] as const)
      : ([Step.ChangeLogin, "no rotation left this second password"] as const);
  const text = FORMS.discardOldPassword.write();
  return [{ ...operation(isReset ? Step.DiscardPassword : step, account, text, why), rank: 1 }];
}

/** Discards the password of before the last rotation once its time is over, and no other one. */
export const discardOver = (change: LoginChange): Operation[] =>
  isOldPasswordOver(change.observed, change.password, change.now) ? discard(change) : [];

/** Whether the password of before the last rotation is to be discarded. */
export const isOldPasswordOver = (
  account: ObservedAccount,
  password: LoginChange["password"],
  now: Date,
): boolean => isPasswordLogin(account) && secondPassword(account, password, now) === "over";
