import type { Roster } from "../roster/roster";
import type { AccountId, ObservedAccount, ObservedState } from "./observed-state";
import type { Operation } from "./operation";
import type { Statement } from "./statement";
import type { AdministratorPrivileges } from "./unrevocable-grants";

export interface StatementsRequest {
  readonly roster: Roster;
  readonly observed: ObservedState;
  /** By whose clock grants expire: the function's. */
  readonly now: Date;
  readonly prefix: string;
  /** What happens to accounts with the prefix that no roster ever declared. */
  readonly unmanaged: "remove" | "lock" | "report";
  readonly definers: "block" | "strip";
  /** Accounts that earlier rosters of this cluster declared and that may still exist: they go. */
  readonly previouslyDeclared: readonly string[];
  /** Absent: it was not looked at, and a statement that the server refuses is found when it runs. */
  readonly administrator?: AdministratorPrivileges | undefined;
  /** An unseen set: it only creates accounts that do not exist. */
  readonly onlyCreate: boolean;
  /** The accounts to deal with, by user name; absent: all. The others are left as they are. */
  readonly onlyUsers?: ((user: string) => boolean) | undefined;
}

export interface StatementsPlan {
  /** In the order in which they must run. */
  readonly statements: readonly Statement[];
  /** What a reviewer must know beside the statements. */
  readonly notes: readonly string[];
  /** Statements that an unseen set leaves for the next plan. */
  readonly waiting: number;
  /** Accounts whose open sessions outlive the statements and have to be ended after them. */
  readonly endSessions: readonly AccountId[];
  /** What this server cannot hold or this administrator cannot give: with any of these, nothing runs. */
  readonly problems: readonly string[];
  /** The same by user name: each is of one account alone, whoever else is dealt with. */
  readonly problemsByUser: ReadonlyMap<string, readonly string[]>;
}

/** What one account needs, and what is to be said of it. */
export interface AccountPlan {
  readonly operations: readonly Operation[];
  readonly notes: readonly string[];
  readonly problems: readonly string[];
  /** Accounts whose open sessions have to be ended. */
  readonly ended: readonly AccountId[];
  /** The existing accounts that are dealt with by this. */
  readonly settled: readonly ObservedAccount[];
  /** Whether nothing of it touches what exists already. */
  readonly isNew: boolean;
}
