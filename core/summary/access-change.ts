import type { UserKind } from "../roster/roster";

/**
 * What a change does to an account's access in one place:
 * - `gain`, `loss`: the account may do more, or less, than before
 * - `both`: it may do other things than before
 * - `terms`: it may do the same as before, and something about it changes (its end, its reason, a limit)
 * - `drift`: the statements change something that no change of the roster explains
 */
export type ChangeKind = "gain" | "loss" | "both" | "terms" | "drift";

/** What a reviewer should look at, by rule. */
export const MARKS = [
  "first administrator",
  "production write without an end",
  "ends in more than 90 days",
  "agent",
  "owner grants themselves",
  "suspended",
] as const;
export type Mark = (typeof MARKS)[number];

/** How much a grant allows, the least first. */
export const LEVELS = ["reading", "writing", "administrator"] as const;
export type Level = (typeof LEVELS)[number];

/**
 * Why a change does not happen with the apply, or may not:
 * - `refused`, `unverified`: nothing is applied to the cluster
 * - `failed`: Terraform applies nothing of the plan
 * - `unknown`: the plan does not know what the apply will do
 * - `unseen`: it waits for the next plan
 * - `left out`: the database does not let it happen
 */
export const DOUBTS = ["unverified", "refused", "failed", "unknown", "unseen", "left out"] as const;
export type Doubt = (typeof DOUBTS)[number];

/** One row of a summary: what changes for an account in one place. */
export interface AccessChange {
  readonly kind: ChangeKind;
  /** Absent: the apply makes the change. */
  readonly doubt?: Doubt | undefined;
  readonly account: string;
  readonly user: string;
  /** Absent: the account has no file: nobody declares it, or a source does. */
  readonly userKind?: UserKind | undefined;
  readonly name?: string | undefined;
  readonly email?: string | undefined;
  readonly cluster: string;
  /** A database, an object, or what of the whole server; absent: the account itself. */
  readonly place?: string | undefined;
  /** The role, or privileges; absent: no access. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** When the access ends (ISO 8601, UTC); absent: no end, or no access. */
  readonly until?: string | undefined;
  readonly reason?: string | undefined;
  /** Who answers for it: the owner of the project or of the agent. */
  readonly owner?: string | undefined;
  readonly marks: readonly Mark[];
  /** How much the account may do there before and after; absent: nothing, or not known. */
  readonly fromLevel?: Level | undefined;
  readonly toLevel?: Level | undefined;
  /** Of a change of the account itself that gives something: the most that it has, and where. */
  readonly holds?: { readonly role: string; readonly place: string } | undefined;
  /** Whether open sessions of the account end when it is applied. */
  readonly endsSessions?: true | undefined;
  /** What else is to be said. */
  readonly notes: readonly string[];
}

/** Whether the account may do something that it could not do before. */
export const isGain = ({ kind }: Pick<AccessChange, "kind">): boolean => kind === "gain" || kind === "both";

/** The text of an account without access in a place. */
export const NO_ACCESS = "no access";
