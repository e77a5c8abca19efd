import { existence, type NamesInGrants, type ObservedState, quoteIdentifier } from "../mysql";
import { foldDatabase } from "../mysql/database-name";
import { nameSome } from "../name-some";
import { columnsApart, type GrantedObject, isInner, objectKey } from "../roster/granted-object";
import { grantsOf, privilegesOf, type Roster } from "../roster/roster";
import { nearest } from "./nearest";

/** The longest list of databases that do not exist. */
const MOST = 10;
const CREATING = ["TRIGGER", "CREATE ROUTINE"] as const;

/** Notes about grants that are given, and that cannot be used on this server as it is. */
export const idleGrantNotes = (roster: Roster, observed: ObservedState): string[] => [
  ...absentDatabases(roster, observed),
  ...absentObjects(roster, observed),
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
      if (!existing.has(fold(database)))
        absent
          .set(database, absent.get(database) ?? [])
          .get(database)!
          .push(account);
  const notes = [...absent].slice(0, MOST).map(([database, accounts]) => {
    const missing = `database ${quoteIdentifier(database)}`;
    return absentText(missing, accounts, nearest(database, databases));
  });
  return absent.size > MOST ? [...notes, `${absent.size - MOST} more databases do not exist.`] : notes;
}

/** @param near what may have been meant */
function absentText(missing: string, accounts: readonly string[], near: string | undefined): string {
  const hint = near === undefined ? "" : `; did you mean ${quoteIdentifier(near)}?`;
  return `There is no ${missing}, which is granted to ${nameSome(accounts, 3)}${hint}`;
}

/** Notes about tables, columns and routines that do not exist: their grants wait. */
function absentObjects(roster: Roster, observed: ObservedState): string[] {
  const { objects = [] } = observed;
  const exists = existence(observed);
  const absent = new Map<string, { object: GrantedObject; accounts: string[] }>();
  for (const [account, details] of Object.entries(roster.accounts))
    for (const { object } of grantsOf(details))
      for (const part of (object && isInner(object) ? columnsApart(object) : []).filter(
        one => !exists(one),
      )) {
        const { columns: _, ...table } = part;
        // Of a table that is missing, its columns are not news.
        const missing = exists(table) ? part : table;
        const key = objectKey(missing);
        const { accounts } = absent.get(key) ?? { accounts: [] as string[] };
        accounts.push(account);
        absent.set(key, { object: missing, accounts });
      }
  const notes = [...absent.values()].slice(0, MOST).map(({ accounts, object }) => {
    const near = nearest(nameOf(object), objects.filter(one => isNear(one, object, observed)).map(nameOf));
    return absentText(kindOf(object), accounts, near);
  });
  if (notes.length === 0) return [];
  const more = absent.size > MOST ? [`${absent.size - MOST} more objects do not exist.`] : [];
  return [...notes, ...more, "The first plan that finds such an object grants it."];
}

const nameOf = ({ columns, name }: GrantedObject): string => columns?.[0] ?? name;

/** Whether the one is what the other may have meant: in the same database, or column of the same table. */
function isNear(one: GrantedObject, other: GrantedObject, names: NamesInGrants): boolean {
  const place = ({ columns, database, kind, name }: GrantedObject) =>
    JSON.stringify([kind, foldDatabase(database, names), columns ? foldDatabase(name, names) : null]);
  return place(one) === place(other);
}

/** ``table `orders`.`customers` `` */
const kindOf = ({ columns, kind, ...object }: GrantedObject): string => {
  const on = objectKey({ ...object, kind: "TABLE" });
  return columns ? `column ${quoteIdentifier(columns[0]!)} of ${on}` : `${kind.toLowerCase()} ${on}`;
};

function creators(roster: Roster, { distrustsCreators }: ObservedState): string[] {
  if (!distrustsCreators) return [];
  const named = CREATING.flatMap(privilege => {
    const users = Object.entries(roster.accounts)
      .filter(([, account]) =>
        grantsOf(account).some(({ grant }) => privilegesOf(roster, grant).includes(privilege)),
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
