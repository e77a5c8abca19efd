import type { AccountId } from "./observed-state";

/** One statement of a change set, as data: what runs, for whom, why. */
export interface Statement {
  readonly sql: string;
  /** The accounts that it changes. */
  readonly accounts: readonly AccountId[];
  readonly why: string;
  /** Whether it takes access away. When a group fails and is retried account by account, these come first. */
  readonly removes: boolean;
  /** The same for each of its accounts alone, in the order of `accounts`; what runs when the group is refused. */
  readonly each: readonly string[];
}
