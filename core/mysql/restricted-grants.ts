import { isSameDatabase, type NamesInGrants } from "./database-name";
import type { DesiredAccount } from "./desired-account";
import type { AccountId, ObservedAccount, ObservedState } from "./observed-state";
import { quoteAccount, quoteIdentifier } from "./quote";
import type { AdministratorPrivileges } from "./unrevocable-grants";

type Observation = {
  readonly observed: ObservedState;
  readonly administrator?: AdministratorPrivileges | undefined;
};

/** Which of the privileges the administrator lacks on a database alone, by a partial revoke. */
export const restrictedOn = (
  database: string,
  privileges: readonly string[],
  administrator: AdministratorPrivileges | undefined,
  names: NamesInGrants,
): string[] => {
  const own = (administrator?.restrictions ?? []).filter(one =>
    isSameDatabase(one.database, database, names),
  );
  return privileges.filter(privilege => own.some(one => one.privileges.includes(privilege)));
};

const sentence = (self: AccountId, database: string, privileges: readonly string[]): string => {
  const grant = `${privileges.join(", ")} ON ${quoteIdentifier(database)}.*`;
  const name = quoteAccount(self);
  return (
    `The administrator ${name} lacks ${grant} by a partial revoke, and can neither give nor take it. Any account ` +
    `that can grant may have revoked it. As an account that may grant it, run: GRANT ${grant} TO ${name}.`
  );
};

/**
 * What an account still lacks and the administrator may not give it there. Somebody else brought that about,
 * so it concerns this account alone.
 */
export const ungrantableReasons = (
  account: DesiredAccount,
  existing: ObservedAccount | undefined,
  { administrator, observed }: Observation,
): string[] =>
  account.databases.flatMap(({ database, privileges, spelled }) => {
    const held = existing?.databases.find(({ name }) => name === spelled)?.privileges ?? [];
    const missing = privileges.filter(privilege => !held.includes(privilege));
    const restricted = restrictedOn(database, missing, administrator, observed);
    return restricted.length > 0 ? [sentence(observed.self, database, restricted)] : [];
  });

/** What the administrator lost on the databases of a roster. */
export function restrictionProblems(
  databases: Iterable<string>,
  { administrator, observed }: Observation,
): string[] {
  const all = (administrator?.restrictions ?? []).flatMap(({ privileges }) => privileges);
  return [...new Set(databases)].flatMap(database => {
    const lost = restrictedOn(database, [...new Set(all)], administrator, observed);
    return lost.length > 0 ? [sentence(observed.self, database, lost)] : [];
  });
}
