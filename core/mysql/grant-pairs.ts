import { byCodeUnit, defined } from "../json";
import { columnsApart, type GrantedObject } from "../roster/granted-object";
import {
  type DatabaseGrant,
  givenBy,
  grantsOf,
  holdsAt,
  type PlacedGrant,
  type Roster,
  type RosterAccount,
} from "../roster/roster";
import { type NamesInGrants, spellDatabase } from "./database-name";
import { placeKey } from "./object-names";

/** The roster that an apply was about to put into effect, and the one of the last that succeeded. */
interface BothRosters {
  readonly target: Roster;
  readonly applied: Roster | undefined;
  readonly now: Date;
}

/**
 * A grant of the target roster, and the applied roster's grant of the same team, or of none, on the same
 * database, object or column.
 */
export interface GrantPair {
  readonly object?: GrantedObject;
  readonly to: DatabaseGrant | undefined;
  readonly from: DatabaseGrant | undefined;
}

/** Whether both rosters give the same by a grant, until the same time. */
export function isSame({ from, object, to }: GrantPair, { applied, target }: BothRosters): boolean {
  if (!to || !from || !applied || to.expires !== from.expires) return false;
  const [next, last] = [
    givenBy(target, { grant: to, ...defined({ object }) }),
    givenBy(applied, { grant: from, ...defined({ object }) }),
  ];
  return next.length === last.length && next.every(item => last.includes(item));
}

/** A pair, what tells its place from others, and where the account holds what it gives. */
interface PlacedPair extends PlacedGrant, GrantPair {
  readonly place: string;
  readonly key: string;
}
type PlacedPart = PlacedGrant & Pick<PlacedPair, "key" | "place">;

/** The grants of both rosters on databases; those on tables, columns and routines, each column apart. */
export function pairsOf(
  next: RosterAccount | undefined,
  last: RosterAccount | undefined,
  names: NamesInGrants,
): PlacedPair[] {
  const [to, from] = [next, last].map(account => {
    const found = new Map<string, PlacedPart>();
    for (const { object, ...placed } of account ? grantsOf(account) : []) {
      const parts = object ? columnsApart(object) : [undefined];
      for (const part of parts) {
        const key = part ? placeKey(part, names) : spellDatabase(placed.database, names);
        const place = part ? `object ${key}` : `database ${placed.database}`;
        const { team = "" } = placed.grant;
        // A roster without texts does not say which of several grants is whose.
        let id = JSON.stringify([place, team]);
        while (found.has(id)) id += "+";
        found.set(id, { ...placed, ...defined({ object: part }), place, key });
      }
    }
    return found;
  }) as [Map<string, PlacedPart>, Map<string, PlacedPart>];
  return [...new Set([...to.keys(), ...from.keys()])].sort(byCodeUnit).map(id => ({
    ...(to.get(id) ?? from.get(id))!,
    to: to.get(id)?.grant,
    from: from.get(id)?.grant,
  }));
}

/** What both rosters give on one place at `now`, by whichever grants. */
export function agreedItems(
  pairs: readonly GrantPair[],
  { applied, now, target }: BothRosters,
): ReadonlySet<string> {
  const given = (
    roster: Roster | undefined,
    grants: readonly (DatabaseGrant | undefined)[],
    object?: GrantedObject,
  ) =>
    new Set(
      grants.flatMap(grant =>
        roster && grant && holdsAt(grant, now) ? givenBy(roster, { grant, ...defined({ object }) }) : [],
      ),
    );
  const { object } = pairs[0]!;
  const next = given(
    target,
    pairs.map(({ to }) => to),
    object,
  );
  const last = given(
    applied,
    pairs.map(({ from }) => from),
    object,
  );
  return new Set([...next].filter(item => last.has(item)));
}
