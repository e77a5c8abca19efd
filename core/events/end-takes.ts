import { columnsApart, type GrantedObject, isInner, objectKey } from "../roster/granted-object";
import { givenBy, grantsOf, holdsAt, type PlacedGrant, type Roster } from "../roster/roster";

/** Whether the end of an account's grant takes something that no other of its grants gives from then on. */
export function endTakes(roster: Roster, account: string, ending: PlacedGrant): boolean {
  const end = new Date(ending.grant.expires!);
  const others = grantsOf(roster.accounts[account]!).filter(({ grant }) => holdsAt(grant, end));
  const given = givenBy(roster, ending);
  // Nobody knows what a role gives of which the roster has no privileges.
  if (given.length === 0) return true;
  const parts = ending.object ? columnsApart(ending.object) : [undefined];
  return parts.some(part => {
    const kept = new Set(
      others.filter(other => covers(other, ending.database, part)).flatMap(other => givenBy(roster, other)),
    );
    return given.some(item => !kept.has(item));
  });
}

/** Whether what a grant gives reaches all of the place: it is on the same, or on what holds it. */
function covers(
  { database, object }: PlacedGrant,
  endingDatabase: string,
  part: GrantedObject | undefined,
): boolean {
  if (object === undefined) return database === endingDatabase && (part === undefined || isInner(part));
  if (part === undefined) return false;
  const { columns: _, ...whole } = part;
  const keys = columnsApart(object).map(objectKey);
  return [part, whole].some(one => keys.includes(objectKey(one)));
}
