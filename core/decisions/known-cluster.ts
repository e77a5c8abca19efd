import type { RemovalPolicy } from "../contract/payload";
import type { RegistryEntry } from "../contract/registry-entry";
import type { KnownPasswords } from "../mysql/password-login";
import type { OffboardMark } from "../roster/offboarded";
import type { Roster } from "../roster/roster";
import type { MaybeUnproven } from "../unproven";

/** A roster, and the accounts that earlier ones declared and that may still exist. */
export interface KnownRoster {
  readonly roster: Roster;
  readonly formerly: readonly string[];
}

/** What the ledger knows of a cluster. Its names are those of the ledger's items. */
export interface KnownCluster {
  readonly head: MaybeUnproven & {
    readonly owner?: string | undefined;
    /** The resource id of the cluster that was last worked on under this name. */
    readonly resourceId?: string | undefined;
    readonly target?: string | undefined;
    readonly applied?: string | undefined;
    /** The change set of an attempt that did not succeed. */
    readonly attempt?: string | undefined;
    /** The removal policy of the last successful call. */
    readonly removalPolicy?: RemovalPolicy | undefined;
    /** The change set of a removal that runs, or failed. */
    readonly removing?: string | undefined;
    /** Since when no hook holds the cluster. */
    readonly released?: string | undefined;
    readonly gates: readonly string[];
    /** Accounts that had to go and that objects keep alive, locked. */
    readonly lingering: readonly string[];
  };
  /** The version that an apply puts into effect, or put last. */
  readonly target?: (KnownRoster & { readonly changeSet: string }) | undefined;
  /** The version that is known to be in effect. */
  readonly applied?: KnownRoster | undefined;
  /** The events that runs disabled when the access of their definers ended, by `eventKey`. */
  readonly disabledEvents?: ReadonlySet<string> | undefined;
  /** What is known of passwords, by `quoteAccount`. */
  readonly passwords?: KnownPasswords | undefined;
  /** Who was offboarded, on all clusters. The rosters here do not show it. */
  readonly offboarded?: readonly OffboardMark[] | undefined;
}

/** A source in Parameter Store, as its last good document says. */
export interface KnownSource extends KnownRoster, MaybeUnproven {
  readonly name: string;
  /**
   * Accounts that the source made or took over, and that may still exist, with the moment since when, or
   * `UNCONFIRMED`. Only these may a run change for the source; it makes an account its own before it creates
   * it.
   */
  readonly own: Readonly<Record<string, string>>;
  /** Accounts whose entry changed since it was last put into effect. */
  readonly pending: readonly string[];
  /** The roster that was last put into effect. */
  readonly effective: Roster;
  /** Whether the registry no longer names the source. */
  readonly withdrawn: boolean;
  /** Accounts without a grant of the last good document that breaks a rule, and which rule that is. */
  readonly broken?: Readonly<Record<string, string>> | undefined;
}

/** What is known of a cluster, its registry entry, and its sources. */
export interface RegisteredCluster {
  readonly state: KnownCluster;
  readonly entry: RegistryEntry;
  readonly states: readonly KnownSource[];
}
