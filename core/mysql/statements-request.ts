import type { Roster } from "../roster/roster";
import type { AccountId, ObservedAccount, ObservedState } from "./observed-state";
import type { Operation } from "./operation";
import type { Statement } from "./statement";
import type { AdministratorPrivileges } from "./unrevocable-grants";

export interface StatementsRequest {
  readonly roster: Roster;
  readonly observed: ObservedState;
  /** The moment by which grants expire, on the function's clock. */
  readonly now: Date;
  readonly prefix: string;
  /** What happens to accounts with the prefix that no roster ever declared. */
  readonly unmanaged: "remove" | "lock" | "report";
  /** What happens to accounts that have to go while objects run with their rights. */
  readonly definers: "block" | "strip";
  /** Accounts that earlier rosters of this cluster declared and that may still exist: they are removed. */
  readonly previouslyDeclared: readonly string[];
  /** Absent: unknown. A statement that the administrator may not run is then found when it fails. */
  readonly administrator?: AdministratorPrivileges | undefined;
  /** Whether only accounts that do not exist may be created, because no reviewer saw the change set. */
  readonly onlyCreate: boolean;
  /** Which accounts to process, by user name; the others are left as they are. Default: all. */
  readonly onlyUsers?: ((user: string) => boolean) | undefined;
}

export interface StatementsPlan {
  /** In the order in which they must run. */
  readonly statements: readonly Statement[];
  /** What a reviewer must know in addition to the statements. */
  readonly notes: readonly string[];
  /** How many statements an unseen set leaves for the next plan. */
  readonly waiting: number;
  /** Accounts whose open sessions would keep revoked rights and are ended after the statements. */
  readonly endSessions: readonly AccountId[];
  /** What this server cannot hold or this administrator cannot grant. With any of these, nothing runs. */
  readonly problems: readonly string[];
  /**
   * `problems` by user name. A problem concerns one account only; the other accounts can still be processed.
   */
  readonly problemsByUser: ReadonlyMap<string, readonly string[]>;
}

/** What one account needs. */
export interface AccountPlan {
  readonly user: string;
  readonly operations: readonly Operation[];
  readonly notes: readonly string[];
  readonly problems: readonly string[];
  readonly endSessions: readonly AccountId[];
  /** The existing accounts that this plan covers. */
  readonly handled: readonly ObservedAccount[];
  /** Whether the plan changes no existing account. */
  readonly isNew: boolean;
}
