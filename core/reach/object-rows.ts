import { lowerName } from "../catalogue/lower-case";
import { groupBy } from "../group-by";
import { type ObservedAccount, quoteIdentifier } from "../mysql";
import { foldDatabase, type NamesInGrants } from "../mysql/database-name";
import type { Held, Place } from "./held";

/** With the table or routine itself, where `on` has columns. */
export type HeldOnObject = Held & { readonly object: string };

/** What an account holds on tables and routines, by database and name. */
export class ObjectRows {
  readonly #holder: ObservedAccount;
  readonly #names: NamesInGrants;
  readonly #tables: ReadonlyMap<string, ObservedAccount["tables"]>;
  readonly #routines: ReadonlyMap<string, ObservedAccount["routines"]>;
  // Of most accounts, one database is asked for at most.
  readonly #found = new Map<string, ByName>();

  constructor(holder: ObservedAccount, names: NamesInGrants) {
    this.#holder = holder;
    this.#names = names;
    const fold = ({ database }: { readonly database: string }) => foldDatabase(database, names);
    this.#tables = groupBy(holder.tables, fold);
    this.#routines = groupBy(holder.routines, fold);
  }

  /** At all of a database, only what is on tables counts. */
  at({ database, object }: Place): readonly HeldOnObject[] {
    const folded = foldDatabase(database, this.#names);
    if (!this.#tables.has(folded) && !this.#routines.has(folded)) return [];
    const known = this.#found.get(folded) ?? this.#read(folded);
    this.#found.set(folded, known);
    if (!object) return [...known.tables.values()].flat();
    const { kind, name } = object;
    if (kind === "TABLE") return known.tables.get(foldDatabase(name, this.#names)) ?? [];
    return known.routines.get(routineKey(kind, name)) ?? [];
  }

  #read(folded: string): ByName {
    const holder = this.#holder;
    const tables = new Map<string, HeldOnObject[]>();
    for (const row of this.#tables.get(folded) ?? []) {
      const key = foldDatabase(row.table, this.#names);
      tables.set(key, [...(tables.get(key) ?? []), ...heldOnTable(holder, row)]);
    }
    const routines = new Map<string, HeldOnObject[]>();
    for (const { database, grantOption, privileges, routine, type } of this.#routines.get(folded) ?? []) {
      const on = named(database, routine);
      const held: HeldOnObject = { level: "routine", privileges, on, object: on, holder, grantOption };
      if (privileges.length > 0) routines.set(routineKey(type, routine), [held]);
    }
    return { tables, routines };
  }
}

type ByName = Readonly<Record<"routines" | "tables", ReadonlyMap<string, readonly HeldOnObject[]>>>;

/** The server compares names of routines without case. */
const routineKey = (type: string, name: string): string => `${type} ${lowerName(name)}`;

const named = (database: string, name: string): string =>
  `${quoteIdentifier(database)}.${quoteIdentifier(name)}`;

function heldOnTable(
  holder: ObservedAccount,
  { columns, database, grantOption, privileges, table }: ObservedAccount["tables"][number],
): HeldOnObject[] {
  const on = named(database, table);
  const common = { on, object: on, holder, grantOption };
  const held: HeldOnObject[] = [
    { ...common, level: "table", privileges },
    ...columns.map(one => ({
      ...common,
      level: "columns" as const,
      privileges: [one.privilege],
      on: `${on} (${one.columns.map(quoteIdentifier).join(", ")})`,
    })),
  ];
  return held.filter(one => one.privileges.length > 0);
}
