import { hasPrefix } from "../roster/account-name";
import {
  isManagedName,
  type ManagedNames,
  managedName,
  namedAccounts,
  namesFaults,
  takenOver,
} from "../roster/managed-names";
import type { NamedByConstruct } from "./inventory";

/** The account's name without the prefix; of one to take over, what the construct says. */
export function partOf(user: string, names: ManagedNames): string {
  const { prefix } = names;
  const [name] = [...takenOver(names)].find(([, account]) => account.user === user) ?? [user];
  return hasPrefix(prefix, name) ? name.slice(prefix.length + 1) : name;
}

/** The name by which a roster has the account, if a file declares it. */
export const rosterName = (user: string, names: ManagedNames): string =>
  hasPrefix(names.prefix, user) ? user : managedName(names, partOf(user, names));

/** Whether the construct has to name the account, and does not yet. */
export const isUnnamed = (user: string, names: ManagedNames): boolean =>
  !isManagedName(names, user) && !namedAccounts(names).some(other => other.user === user);

/** The construct's names with these accounts: by their own names with `asIs`, else to be renamed. */
export function namedByConstruct(
  names: ManagedNames,
  users: readonly string[],
  asIs: boolean,
): NamedByConstruct {
  const { alsoManages, takeOver } = names;
  const unnamed = users.filter(user => isUnnamed(user, names));
  const accounts = unnamed.map(user => `${user}@%`);
  if (accounts.length === 0) return { alsoManages, takeOver };
  if (asIs) return { alsoManages: [...(alsoManages ?? []), ...accounts], takeOver };
  const more = Object.fromEntries(unnamed.map((user, at) => [partOf(user, names), accounts[at]!]));
  return { alsoManages, takeOver: { ...takeOver, ...more } };
}

/** Why the construct would refuse to name the account. @param administrator the functions' account */
export function namingReasons(
  user: string,
  names: ManagedNames,
  asIs: boolean,
  administrator: string,
): string[] {
  const { prefix } = names;
  const textsOf = (all: ManagedNames) =>
    namesFaults(all, administrator).map(({ hint, message }) => `${message} (${hint})`);
  const before = textsOf(names);
  return textsOf({ prefix, ...namedByConstruct(names, [user], asIs) }).filter(text => !before.includes(text));
}
