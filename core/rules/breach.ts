import type { Roster } from "../roster/roster";
import type { RosterRule } from "../roster/roster-rules";
import type { Holding } from "./holdings";

/** What breaks a rule, before anyone says which. */
export interface Breach {
  /** What is wrong, as a sentence without its end. */
  readonly fault: string;
  /** What to do. */
  readonly hint: string;
  /** Every grant that takes part. */
  readonly at: readonly Holding[];
  /** Those of them that a message names. */
  readonly shown: readonly Holding[];
  /**
   * Set if a person has access alone, which no taking away of grants would heal: whether the access of others
   * has `ended`, so that time broke the rule and no change did, or there `never` was any.
   */
  readonly alone?: "ended" | "never" | undefined;
}

/** A rule on one of its clusters. */
interface OnCluster<R> {
  readonly rule: R;
  readonly cluster: string;
  readonly roles: Roster["roles"];
  /** The grants there, without those of excepted users. */
  readonly holdings: readonly Holding[];
  /** The grants there that have ended, those of excepted users included. */
  readonly ended: readonly Holding[];
  /** The databases that grants of the cluster name. */
  readonly known: readonly string[];
}
export type RuleOnCluster = OnCluster<RosterRule>;

/** A rule of one kind on one of its clusters. */
export type RulePart<K extends string> = OnCluster<Extract<RosterRule, Readonly<Record<K, unknown>>>>;
