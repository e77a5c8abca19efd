import type { Roster } from "../roster/roster";
import type { AccountPair } from "./declared-access";

/** The rosters of one cluster, and the moment by which grants expire. */
export interface ComparedRosters {
  readonly cluster: string;
  /** Absent: the cluster had no roster. */
  readonly before?: Roster | undefined;
  readonly after?: Roster | undefined;
  readonly now: Date;
}

/** Both rosters of a cluster, with an account of one of them. */
export interface PairInRosters {
  readonly cluster: string;
  readonly before: Roster;
  readonly after: Roster;
  readonly now: Date;
  readonly pair: AccountPair;
  /** The places in which somebody is administrator before. */
  readonly administered: () => ReadonlySet<string>;
}
