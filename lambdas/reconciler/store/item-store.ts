import type { Json } from "../../../core/json";

/** An item of a table whose keys are `pk` and `sk`. */
export interface Item {
  readonly pk: string;
  readonly sk: string;
  readonly [attribute: string]: Json | Uint8Array | undefined;
}

/** What must hold for a write to happen: the item is not there yet, or one of its attributes has this value. */
export type Condition = "absent" | { readonly attribute: string; readonly equals: string | number };

export interface Put {
  readonly table: string;
  readonly item: Item;
  readonly condition?: Condition;
}

/** What ledger and audit trail need of DynamoDB, and what stands in for it in tests. All reads are strongly consistent. */
export interface ItemStore {
  get(table: string, pk: string, sk: string): Promise<Item | undefined>;
  /** All items of a partition whose sort key begins with `prefix`, in order of the sort key. */
  list(table: string, pk: string, prefix: string): Promise<Item[]>;
  /** Writes all or nothing. `false`: a condition did not hold, or another write was in the way; nothing was written. */
  put(...puts: readonly Put[]): Promise<boolean>;
  remove(table: string, pk: string, sk: string): Promise<void>;
}
