import { byCodeUnit } from "../json";
import { columnsApart, type GrantedObject, isInner, objectKey } from "../roster/granted-object";
import { grantsOf, type Roster, type RosterAccount } from "../roster/roster";
import type { NamesInGrants } from "./database-name";
import { placeKey } from "./object-names";

/** How the server reads names, and which of the named objects it has. */
export interface ObjectNames extends NamesInGrants {
  /**
   * Tables, columns (each apart) and routines. Absent: nobody looked, and every object counts as existing.
   */
  readonly objects?: readonly GrantedObject[] | undefined;
}

/** A function that tells whether the server has an object. @param names how the server reads names */
export function existence(names: ObjectNames): (object: GrantedObject) => boolean {
  if (names.objects === undefined) return () => true;
  const existing = new Set(names.objects.map(object => placeKey(object, names)));
  return object => existing.has(placeKey(object, names));
}

const objectGrants = (account: RosterAccount) => (account.objects ? grantsOf(account) : []);

/** The tables, columns and routines that rosters name, each once, columns apart. */
export function namedObjects(rosters: Iterable<Roster | undefined>): GrantedObject[] {
  const named = new Map<string, GrantedObject>();
  for (const roster of rosters)
    for (const account of Object.values(roster?.accounts ?? {}))
      for (const { object } of objectGrants(account))
        for (const one of object && isInner(object) ? columnsApart(object) : [])
          named.set(objectKey(one), one);
  return [...named.values()];
}

/** The native roles that rosters name, each once and in order. */
export function namedRoles(rosters: Iterable<Roster | undefined>): string[] {
  const named = new Set<string>();
  for (const roster of rosters)
    for (const account of Object.values(roster?.accounts ?? {}))
      for (const { object } of objectGrants(account)) if (object?.kind === "ROLE") named.add(object.name);
  return [...named].sort(byCodeUnit);
}
