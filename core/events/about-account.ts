import type { Roster } from "../roster/roster";
import type { Cause } from "./events";
import { personOf } from "./run-events";

interface About<C> {
  readonly user?: string | undefined;
  readonly cause: C;
  /** Of the cause `parameter`: the sources whose documents changed the account. */
  readonly sources?: readonly string[] | undefined;
}

/** What the audit trail says of an account: the person it is for, and why a run touches it. */
export type AboutAccount = (account: string) => About<Cause>;
/** The same, also of a run that changes no access. */
export type AboutAnyRun = (account: string) => About<Cause | "rotation">;

/** @param rosters the rosters that may name the account's person, the first one that does counts */
export const aboutAccounts =
  (causeOf: (account: string) => Cause, ...rosters: readonly Roster[]): AboutAccount =>
  account => {
    const { user } = personOf(account, ...rosters);
    return { user: user === account ? undefined : user, cause: causeOf(account) };
  };
