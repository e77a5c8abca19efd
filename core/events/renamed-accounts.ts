import type { Roster } from "../roster/roster";

/**
 * The new names of accounts that `after` renames, by the former one: of those that `before` has by that name
 * alone, and `after` by the new one alone.
 */
export function renamedAccounts(before: Roster | undefined, after: Roster): ReadonlyMap<string, string> {
  const was = before?.accounts ?? {};
  const renames = Object.entries(after.accounts).flatMap(([name, { formerly }]) =>
    formerly !== undefined &&
    Object.hasOwn(was, formerly) &&
    !Object.hasOwn(was, name) &&
    !Object.hasOwn(after.accounts, formerly)
      ? [[formerly, name] as const]
      : [],
  );
  return new Map(renames);
}
