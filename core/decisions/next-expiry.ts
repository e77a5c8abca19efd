import { grantsOf, holdsAt, type Roster } from "../roster/roster";

/** When the next grant ends that holds now; undefined if none ends. */
export function nextExpiry(roster: Roster, now: Date): Date | undefined {
  const ends = Object.values(roster.accounts)
    .flatMap(grantsOf)
    .map(({ grant }) => grant)
    .filter(grant => grant.expires !== undefined && holdsAt(grant, now))
    .map(({ expires }) => Date.parse(expires!));
  // A spread would overflow the stack with very many grants.
  return ends.length === 0 ? undefined : new Date(ends.reduce((a, b) => Math.min(a, b)));
}
