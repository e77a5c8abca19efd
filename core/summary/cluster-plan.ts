import type { ChangeSetBody, PreviewResponse, RemovalPolicy } from "../contract/payload";
import type { Roster } from "../roster/roster";

/** What a preview answered, as far as a plan has it: an older release answers less. */
export type PreviewSays = {
  readonly [K in Exclude<keyof PreviewResponse, "protocol" | "changeSet">]?: PreviewResponse[K] | undefined;
};

/** What a plan says of one cluster. */
export interface ClusterPlan {
  readonly cluster: string;
  /** The roster of the last apply; absent: there was none. */
  readonly before?: Roster | undefined;
  /** The roster of the plan; absent: the hook is deleted, or its roster is not known. */
  readonly after?: Roster | undefined;
  readonly changeSet?: { readonly id: string; readonly body: ChangeSetBody } | undefined;
  /** Whether the change set is that of the last apply: nothing of it runs. */
  readonly isRepeated: boolean;
  /** What the preview answered; absent: nothing that the plan holds. */
  readonly preview?: PreviewSays | undefined;
  /** What changes of the cluster's registry entry, such as a raised ceiling; absent: nothing that counts. */
  readonly entryWarning?: string | undefined;
  /** What the plan does to the hook. `forget` leaves the cluster as it is. */
  readonly action: "none" | "create" | "update" | "delete" | "forget";
  /** Of a deletion: what it does to the accounts that remain. */
  readonly removalPolicy?: RemovalPolicy | undefined;
  /** Whether the hook's input is known only at apply. */
  readonly isUnknown: boolean;
}

/** A plan, with all clusters in it, in the order of their names. */
export interface AccessPlan {
  /** When it was made. */
  readonly now: Date;
  readonly clusters: readonly ClusterPlan[];
  /** Whether Terraform says that the plan failed, so that it is not whole. */
  readonly errored: boolean;
  /** Whether Terraform says that it left something out: `-target`, or what it deferred. */
  readonly isPartial: boolean;
}
