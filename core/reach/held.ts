import type { AccountId, ObservedAccount } from "../mysql";

/** Where a privilege is looked for: all of a database, or something in it. */
export interface Place {
  readonly database: string;
  /** Absent: all of the database. */
  readonly object?: { readonly kind: "TABLE" | "PROCEDURE" | "FUNCTION"; readonly name: string };
}

/** Privileges that an account has at a place, by one grant. */
export interface Held {
  readonly level: "global" | "database" | "pattern" | "table" | "columns" | "routine";
  readonly privileges: readonly string[];
  /** What the grant is on, as SQL names it. */
  readonly on: string;
  /** The account, or the role, that holds it. */
  readonly holder: AccountId;
  readonly grantOption: boolean;
  /** Set if the server takes this row or another one that matches as well: which, nobody can foretell. */
  readonly isUnsure?: true;
}

/** The rights with which something is done: an account and its active roles. */
export interface Context {
  readonly account: ObservedAccount;
  /** Where its clients are: the account's host, or the one that the definer of code has. */
  readonly host: string;
  /** With the roles that these have. */
  readonly roles: readonly ObservedAccount[];
  /** Whether the account has to choose it by `SET ROLE`. */
  readonly isChosen: boolean;
}
