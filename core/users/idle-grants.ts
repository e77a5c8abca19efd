import { type ObservedState, quoteIdentifier } from "../mysql";
import { foldDatabase } from "../mysql/database-name";
import { nameSome } from "../name-some";
import { privilegesOf, type Roster } from "../roster/roster";
import { nearest } from "./nearest";

/** The longest list of databases that do not exist. */
const MOST = 10;
const CREATING = ["TRIGGER", "CREATE ROUTINE"] as const;

/** Notes about grants that are given, and that cannot be used on this server as it is. */
export const idleGrantNotes = (roster: Roster, observed: ObservedState): string[] => [
  ...absentDatabases(roster, observed),
  ...creators(roster, observed),
];

function absentDatabases(roster: Roster, observed: ObservedState): string[] {
  const { databases } = observed;
  if (databases === undefined) return [];
  const fold = (name: string) => foldDatabase(name, observed);
  const existing = new Set(databases.map(fold));
  const absent = new Map<string, string[]>();
  for (const [account, { databases: granted }] of Object.entries(roster.accounts))
    for (const database of Object.keys(granted))
      if (!existing.has(fold(database))) absent.set(database, [...(absent.get(database) ?? []), account]);
  const notes = [...absent].slice(0, MOST).map(([database, accounts]) => {
    const near = nearest(database, databases);
    const hint = near === undefined ? "" : `; did you mean ${quoteIdentifier(near)}?`;
    const granted = `granted to ${nameSome(accounts, 3)}`;
    return `There is no database ${quoteIdentifier(database)}, which is ${granted}${hint}`;
  });
  return absent.size > MOST ? [...notes, `${absent.size - MOST} more databases do not exist.`] : notes;
}

function creators(roster: Roster, { distrustsCreators }: ObservedState): string[] {
  if (!distrustsCreators) return [];
  const named = CREATING.flatMap(privilege => {
    const users = Object.entries(roster.accounts)
      .filter(([, { databases }]) =>
        Object.values(databases).some(grant => privilegesOf(roster, grant).includes(privilege)),
      )
      .map(([user]) => user);
    return users.length === 0 ? [] : [`${privilege} (${nameSome(users, 3)})`];
  });
  if (named.length === 0) return [];
  return [
    `\`log_bin_trust_function_creators\` is OFF on this server, so ${named.join(" and ")} may not be enough: ` +
      "the server refuses triggers, and functions that are not DETERMINISTIC (1418, 1419). Set it to 1 in the " +
      "cluster's parameter group.",
  ];
}
