import type { RosterAccount } from "../roster/roster";
import type { AccountPair } from "./enforceable-hosts";
import { termsOf } from "./iam-login";
import type { ObservedAccount } from "./observed-state";
import { isPasswordLogin } from "./password-login";

/**
 * What enforcement may do about an account's options.
 * @param found the account as it is, at each of its hosts. It counts as locked if all of them are.
 */
export function enforceableOptions(
  { last, next }: AccountPair,
  found: readonly ObservedAccount[],
  mayGive: boolean,
): Pick<RosterAccount, "suspended" | "limits" | "tls" | "keepsTerms" | "login" | "password"> {
  const isAgreed = next && last && next.suspended === last.suspended && (mayGive || next.suspended);
  const either = next?.suspended || last?.suspended;
  const isSuspended = isAgreed
    ? next.suspended
    : found.length > 0
      ? found.every(({ locked }) => locked)
      : either;
  const { limits, tls } = (last ?? next)!;
  const keepsTerms = !(mayGive && next && last && sameTerms(next, last));
  const login = enforceableLogin({ next, last }, found[0]);
  const password = login === "password" ? (last ?? next)!.password : undefined;
  return {
    login,
    password,
    suspended: isSuspended || undefined,
    limits,
    tls,
    keepsTerms: keepsTerms || undefined,
  };
}

/** The login that both rosters have; else the one that is found, as far as one of them has it. */
function enforceableLogin({ last, next }: AccountPair, found: ObservedAccount | undefined) {
  if (next && last && next.login === last.login) return next.login;
  const either = [next?.login, last?.login];
  if (either.includes("existing")) return "existing";
  return either.includes("password") && found && isPasswordLogin(found) ? "password" : undefined;
}

const sameTerms = (a: RosterAccount, b: RosterAccount): boolean =>
  JSON.stringify(termsOf(a)) === JSON.stringify(termsOf(b));
