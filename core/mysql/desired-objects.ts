import { groupBy } from "../group-by";
import { byCodeUnit } from "../json";
import { columnsApart, isInner, objectKey } from "../roster/granted-object";
import { GRANT_OPTION, givenBy, type PlacedGrant, type Roster } from "../roster/roster";
import { foldDatabase, type NamesInGrants } from "./database-name";
import type { existence } from "./existing-objects";
import { itemKey, type ObjectItem } from "./object-items";
import { keyOfObject, routineKey, tableKey } from "./object-names";
import type { ObservedAccount } from "./observed-state";
import { sortedPrivileges } from "./sorted-privileges";

/** What one account should have on one table or routine. */
export interface DesiredObject {
  readonly database: string;
  /** The object as GRANT names it. */
  readonly name: string;
  /** The same text for the same object. */
  readonly key: string;
  /** The roles of the grants, with commas between. */
  readonly role: string;
  readonly items: readonly DesiredItem[];
}

export interface DesiredItem extends ObjectItem {
  /** Whether the table, column or routine exists. */
  readonly exists: boolean;
}

const NO_OBJECTS: readonly DesiredObject[] = [];

/**
 * What the account's current grants on tables, columns and routines give, all of them together.
 * @param placed the grants that are current
 */
export function desiredObjects(
  roster: Roster,
  placed: readonly PlacedGrant[],
  names: NamesInGrants,
  exists: ReturnType<typeof existence>,
): readonly DesiredObject[] {
  const parts = placed.flatMap(({ grant, object }) =>
    object && isInner(object)
      ? columnsApart(object).map(part => ({ grant, part, key: keyOfObject(part, names) }))
      : [],
  );
  if (parts.length === 0) return NO_OBJECTS;
  return [...groupBy(parts, ({ key }) => key)]
    .map(([key, of]) => {
      const { database, kind, name } = of[0]!.part;
      const folded = foldDatabase(database, names);
      const own = kind === "TABLE" ? foldDatabase(name, names) : name;
      const items = of.flatMap(({ grant, part }) => {
        const isThere = exists(part);
        return sortedPrivileges(givenBy(roster, { grant })).map(privilege => ({
          privilege,
          // GRANT OPTION is of a whole table: no column has one.
          column: privilege === GRANT_OPTION ? undefined : part.columns?.[0],
          exists: isThere,
        }));
      });
      return {
        key,
        database: folded,
        name: objectKey({ kind, database: folded, name: own }),
        role: rolesText(of),
        items: [...new Map(items.map(item => [itemKey(item), item])).values()],
      };
    })
    .filter(({ items }) => items.length > 0)
    .sort((a, b) => byCodeUnit(a.name, b.name));
}

/** The roles of the grants, each once, with commas between. */
export const rolesText = (of: readonly Pick<PlacedGrant, "grant">[]): string =>
  [...new Set(of.map(({ grant }) => grant.role))].join(", ");

/**
 * The items that the server accepts in one GRANT. It refuses a table that does not exist (1146), unless
 * CREATE is among the privileges; a column (1054) or routine (1305) always.
 */
export function grantable(items: readonly DesiredItem[]): readonly DesiredItem[] {
  const creates = items.some(({ column, privilege }) => privilege === "CREATE" && column === undefined);
  return items.filter(({ column, exists }) => exists || (creates && column === undefined));
}

/** The account with what it holds on tables and routines beyond the declared grants on these. */
export function withoutDesired<A extends Pick<ObservedAccount, "routines" | "tables">>(
  account: A,
  desired: readonly DesiredObject[],
  names: NamesInGrants,
): A {
  if (desired.length === 0) return account;
  const wanted = new Map(desired.map(({ items, key }) => [key, new Set(items.map(itemKey))]));
  const isExtra = (key: string) => (item: ObjectItem) => wanted.get(key)?.has(itemKey(item)) !== true;
  const tables = account.tables.map(table => {
    const extra = isExtra(tableKey(table, names));
    return {
      ...table,
      privileges: table.privileges.filter(privilege => extra({ privilege })),
      columns: table.columns
        .map(({ columns, privilege }) => ({
          privilege,
          columns: columns.filter(column => extra({ privilege, column })),
        }))
        .filter(({ columns }) => columns.length > 0),
    };
  });
  const routines = account.routines.map(routine => {
    const extra = isExtra(routineKey(routine, names));
    return { ...routine, privileges: routine.privileges.filter(privilege => extra({ privilege })) };
  });
  return {
    ...account,
    tables: tables.filter(t => t.privileges.length > 0 || t.columns.length > 0 || t.grantOption),
    routines: routines.filter(r => r.privileges.length > 0 || r.grantOption),
  };
}
