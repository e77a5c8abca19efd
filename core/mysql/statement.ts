import type { AccountId } from "./observed-state";

/** One statement of a change set, as data. */
export interface Statement {
  readonly sql: string;
  /** The accounts that it changes. */
  readonly accounts: readonly AccountId[];
  /** The reason, for the audit trail. */
  readonly why: string;
  /** Whether it takes access away. If a group fails and is retried account by account, these run first. */
  readonly removes: boolean;
  /**
   * The same statement for each account alone, in the order of `accounts`: runs if the server refuses the
   * group.
   */
  readonly each: readonly string[];
}
