import type { AccountId } from "./observed-state";

/** One statement of a change set, as data. */
export interface Statement {
  readonly sql: string;
  /** The accounts that it changes. */
  readonly accounts: readonly AccountId[];
  /** The new name of its one account, if it renames it. */
  readonly becomes?: AccountId | undefined;
  /** The user name of the account that takes over the logins, and must be complete before it runs. */
  readonly successor?: string | undefined;
  /** The reason, for the audit trail. */
  readonly why: string;
  /** Whether it takes access away. If a group fails and is retried account by account, these run first. */
  readonly removes: boolean;
  /** Whether an account would lack declared access if, without it, those ran that take access away. */
  readonly isNeeded: boolean;
  /**
   * The same statement for each account alone, in the order of `accounts`: runs if the server refuses the
   * group.
   */
  readonly each: readonly string[];
}
