import { GRANT_OPTION } from "../roster/roster";
import { isSameDatabase, type NamesInGrants } from "./database-name";
import type { DesiredAccount } from "./desired-account";
import { heldItems, itemKey } from "./object-items";
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

/** The databases of the account's grants, with the privileges on each and on what is in it. */
export const wantedOn = ({ databases, objects }: DesiredAccount) =>
  [
    ...databases.map(({ database, privileges }) => ({ database, privileges })),
    ...objects.map(({ database, items }) => ({
      database,
      privileges: items.map(({ privilege }) => privilege),
    })),
  ].map(({ database, privileges }) => ({
    database,
    privileges: privileges.filter(privilege => privilege !== GRANT_OPTION),
  }));

/**
 * What an account still lacks and the administrator may not give it there. Somebody else brought that about,
 * so it concerns this account alone.
 */
export function ungrantableReasons(
  account: DesiredAccount,
  existing: ObservedAccount | undefined,
  { administrator, observed }: Observation,
): string[] {
  if (!administrator || administrator.restrictions.length === 0) return [];
  const held = existing && heldItems(existing, observed);
  const missing = [
    ...account.databases.map(({ database, privileges, spelled }) => {
      const row = existing?.databases.find(({ name }) => name === spelled)?.privileges ?? [];
      return { database, privileges: privileges.filter(privilege => !row.includes(privilege)) };
    }),
    ...account.objects.map(({ database, items, key }) => ({
      database,
      privileges: items.filter(item => !held?.get(key)?.has(itemKey(item))).map(({ privilege }) => privilege),
    })),
  ];
  return missing.flatMap(({ database, privileges }) => {
    const restricted = restrictedOn(database, [...new Set(privileges)], administrator, observed);
    return restricted.length > 0 ? [sentence(observed.self, database, restricted)] : [];
  });
}

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
