import type { NamedAccount, OwnNames } from "../roster/managed-names";
import type { Roster } from "../roster/roster";
import type { AccountId, ObservedAccount, ObservedState } from "./observed-state";
import type { Operation } from "./operation";
import type { KnownPasswords } from "./password-login";
import type { Statement } from "./statement";
import type { AdministratorPrivileges } from "./unrevocable-grants";

export interface StatementsRequest extends OwnNames {
  readonly roster: Roster;
  readonly observed: ObservedState;
  /** The moment by which grants expire, on the function's clock. */
  readonly now: Date;
  /** Accounts without the prefix that become declared ones, by the names of these. Default: none. */
  readonly takeOver?: ReadonlyMap<string, NamedAccount> | undefined;
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
  /** What the ledger knows of passwords, by `quoteAccount`. Absent: nothing. */
  readonly passwords?: KnownPasswords | undefined;
  /** The events that earlier runs disabled, by `eventKey`: they are enabled when the access returns. */
  readonly disabledEvents?: ReadonlySet<string> | undefined;
  /** Accounts that only lose GRANT OPTION and PROXY, unless `onlyUsers` names them. Default: none. */
  readonly grantOptionsOf?: ((user: string) => boolean) | undefined;
  /** Declared accounts that lose what they must and are given nothing. Default: none. */
  readonly onlyTakesFrom?: ((user: string) => boolean) | undefined;
  /**
   * Whether an account is that of an offboarded person. Such accounts are locked, also those that nobody
   * declared, and those that `onlyUsers` leaves as they are. Default: none.
   */
  readonly isOffboarded?: ((user: string) => boolean) | undefined;
  /** Which accounts to process, by user name; the others are left as they are. Default: all. */
  readonly onlyUsers?: ((user: string) => boolean) | undefined;
}

export interface StatementsPlan {
  /** In the order in which they must run. */
  readonly statements: readonly Statement[];
  /** What a reviewer must know in addition to the statements: first of accounts that change or cannot go. */
  readonly notes: readonly string[];
  /** How many statements an unseen set leaves for the next plan. */
  readonly waiting: number;
  /** Accounts whose open sessions would keep revoked rights and are ended after the statements. */
  readonly endSessions: readonly AccountId[];
  /**
   * Mistakes of the roster: what this server cannot hold or this administrator cannot grant. With any of
   * these, nothing of a reviewed roster runs.
   */
  readonly problems: readonly string[];
  /**
   * `problems` by user name. A problem concerns one account only; the other accounts can still be processed.
   */
  readonly problemsByUser: ReadonlyMap<string, readonly string[]>;
  /**
   * By user name, why an account cannot become as declared although the roster is right: somebody gave it
   * what cannot be taken from it. The statements do the rest for it, and everything for the others.
   */
  readonly leftOut: ReadonlyMap<string, string>;
  /** Accounts that have to go and are only locked, because these objects run with their rights, or may. */
  readonly notGone: readonly (AccountId & { readonly objects: readonly string[] })[];
  /** User names of accounts that hold GRANT OPTION, which no roster declares. */
  readonly handsOn: readonly string[];
  /** The events that the statements disable, by `eventKey`. */
  readonly disables: readonly string[];
  /** The new names of accounts that the statements rename, by user name. */
  readonly renames: ReadonlyMap<string, string>;
}

/** What one account needs. */
export interface AccountPlan {
  readonly user: string;
  readonly operations: readonly Operation[];
  readonly notes: readonly string[];
  readonly problems: readonly string[];
  /** See `StatementsPlan.leftOut`. */
  readonly leftOut: readonly string[];
  /** See `StatementsPlan.notGone`. */
  readonly notGone: readonly string[];
  readonly endSessions: readonly AccountId[];
  /** The existing accounts that this plan covers. */
  readonly handled: readonly ObservedAccount[];
  /** Whether the plan changes no existing account. */
  readonly isNew: boolean;
  /** Whether the administrator may not give it something that it lacks: then only what takes runs. */
  readonly isUngrantable: boolean;
}

/**
 * The plan of an account that needs nothing. Where thousands of plans are made, all members are written:
 * V8 builds a literal that begins with a spread ten times as slowly.
 */
export const NOTHING = {
  operations: [],
  notes: [],
  problems: [],
  leftOut: [],
  notGone: [],
  endSessions: [],
  handled: [],
  isNew: false,
  isUngrantable: false,
} satisfies Omit<AccountPlan, "user">;

/** A plan without statements. */
export const NO_STATEMENTS: StatementsPlan = {
  statements: [],
  notes: [],
  waiting: 0,
  endSessions: [],
  problems: [],
  problemsByUser: new Map(),
  leftOut: new Map(),
  notGone: [],
  handsOn: [],
  disables: [],
  renames: new Map(),
};
