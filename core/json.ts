/** A value that JSON can hold. */
export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [key: string]: Json | undefined };

/** Compares strings by UTF-16 code unit, so that the order is the same in every locale. */
export const byCodeUnit = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/**
 * JSON text with the keys of every object in order and without undefined members, so that equal values have
 * equal text. Rosters and audit items are hashed in this form.
 */
export function canonicalJson(value: Json | undefined): string {
  if (Array.isArray(value)) return `[${value.map(item => canonicalJson(item ?? null)).join(",")}]`;
  if (value !== null && typeof value === "object") {
    const members = Object.entries(value as { [key: string]: Json | undefined })
      .filter(([, member]) => member !== undefined)
      .sort(([a], [b]) => byCodeUnit(a, b))
      .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
    return `{${members.join(",")}}`;
  }
  return JSON.stringify(value ?? null);
}

type Defined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/**
 * The record without its undefined members: an optional member is then absent. Keeps the order of the
 * members.
 */
export const defined = <T extends object>(record: T): Defined<T> =>
  Object.fromEntries(Object.entries(record).filter(([, member]) => member !== undefined)) as Defined<T>;

/**
 * A record of the entries (a Map, or `Object.entries`), its keys in order. Of two equal keys the last counts.
 */
export const sortedRecord = <T>(entries: Iterable<readonly [string, T]>): Record<string, T> =>
  Object.fromEntries([...entries].sort(([a], [b]) => byCodeUnit(a, b)));

/** A member that a record has itself, not by its prototype. Undefined if there is no record or no key. */
export const own = <T>(
  record: Readonly<Record<string, T>> | undefined,
  key: string | undefined,
): T | undefined => (record && key !== undefined && Object.hasOwn(record, key) ? record[key] : undefined);

/** Reads JSON. The problem quotes nothing of the text, which may hold a secret. */
export function parseJson(text: string): { readonly value: unknown } | { readonly problem: string } {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return { problem: "the text is not JSON" };
  }
}
