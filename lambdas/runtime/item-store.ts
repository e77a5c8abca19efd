import type { Json } from "../../core/json";
import { pause } from "./deadline";

/** An item of a table whose keys are `pk` and `sk`. */
export interface Item {
  readonly pk: string;
  readonly sk: string;
  readonly [attribute: string]: Json | Uint8Array | undefined;
}

/**
 * What must hold for a write to happen: the item does not exist yet, or one of its attributes has this value.
 */
export type Condition = "absent" | { readonly attribute: string; readonly equals: string | number };

export interface Put {
  readonly table: string;
  readonly item: Item;
  readonly condition?: Condition | undefined;
}

/**
 * The operations of DynamoDB that the functions use. Tests have an implementation in memory. All reads are
 * strongly consistent.
 */
export interface ItemStore {
  get(table: string, pk: string, sk: string): Promise<Item | undefined>;
  /**
   * All items of a partition whose sort key begins with `prefix`, in order of the sort key.
   * @param mostPages of up to 1 MB each; by default any number
   * @throws TooManyItemsError if there are more
   */
  list(table: string, pk: string, prefix: string, mostPages?: number): Promise<Item[]>;
  /**
   * Writes all or nothing. `false`: a condition did not hold or another write interfered, so nothing was
   * written.
   */
  put(...puts: readonly Put[]): Promise<boolean>;
  remove(table: string, pk: string, sk: string): Promise<void>;
}

/** A partition has more items than anybody needs. */
export class TooManyItemsError extends Error {
  constructor(partition: string, mostPages: number) {
    super(`${partition} has more than ${mostPages} MB`);
    this.name = "TooManyItemsError";
  }
}

/** How often a conditional write is tried, and how long to pause before the next try, in milliseconds. */
export interface ConflictRetry {
  readonly attempts: number;
  readonly pauseMs?: (attempt: number) => number;
}

/**
 * Repeats a conditional write until it does not collide with another writer's.
 * @param write returns undefined after a collision
 * @returns undefined where every attempt collided
 */
export async function retryConflict<T>(
  { attempts, pauseMs = attempt => 20 * attempt + Math.random() * 50 }: ConflictRetry,
  write: () => Promise<T | undefined>,
): Promise<T | undefined> {
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const written = await write();
    if (written !== undefined) return written;
    await pause(pauseMs(attempt));
  }
  return undefined;
}
