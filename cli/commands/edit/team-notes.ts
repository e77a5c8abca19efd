import { canonicalJson, type Json } from "../../../core/json";
import { parseObjectKey, placeText } from "../../../core/roster/granted-object";
import type { AssembledUsers, FileGrant, User } from "../../../core/users";

/** A grant as people name it: `read on orders: shop.items, until 2031-01-31T00:00:00Z`. */
const fileGrantText = ({ cluster, databases, expires, objects = [], role }: FileGrant): string => {
  const names = objects.flatMap(key => {
    const object = parseObjectKey(key);
    return object ? [placeText(object.database, object)] : [];
  });
  const end = expires === undefined ? "" : `, until ${expires}`;
  return `${role} on ${cluster}: ${[...databases, ...names].join(", ")}${end}`;
};

/** The grants that users have by their teams, and that are in force. */
const ofTeams = ({ grantPlaces }: AssembledUsers, now: Date) =>
  grantPlaces.filter(
    ({ grant: { expires, team } }) =>
      team !== undefined && !(expires !== undefined && new Date(expires) <= now),
  );

/**
 * What teams give where an edit changed a user's own grants: it adds up with what was given, and remains of
 * what was taken.
 */
export function teamNotes(before: AssembledUsers, after: AssembledUsers, now: Date): string[] {
  const teams = ofTeams(after, now);
  if (teams.length === 0) return [];
  const own = ({ grantPlaces }: AssembledUsers) =>
    new Map(
      grantPlaces
        .filter(({ grant }) => grant.team === undefined)
        .flatMap(({ grant, user }) => placesOf(grant).map(place => ({ user, grant: place })))
        .map(place => [canonicalJson(place as unknown as Json), place]),
    );
  const [from, to] = [own(before), own(after)];
  const without = (one: typeof from, other: typeof from) =>
    [...one].flatMap(([key, place]) => (other.has(key) ? [] : [place]));
  const [gave, took] = [without(to, from), without(from, to)];
  return teams.flatMap(({ at, grant, user }) => {
    const isOfIt = (place: { readonly user: string; readonly grant: FileGrant }) =>
      place.user === user && isOnOneDatabase(place.grant, grant);
    const by = `${fileGrantText(grant)}, by the team ${grant.team} (${at})`;
    if (took.some(isOfIt)) return [`${user} keeps ${by}`];
    return gave.some(isOfIt) ? [`${user} also has ${by}: the two add up`] : [];
  });
}

/** The grant on each of its places alone. */
const placesOf = (grant: FileGrant): FileGrant[] => [
  ...grant.databases.map(database => ({ ...grant, databases: [database], objects: [] })),
  ...(grant.objects ?? []).map(object => ({ ...grant, databases: [], objects: [object] })),
];

/** The databases that a grant is on, or in; of a pattern or a right of the server its key. */
const namesOf = ({ databases, objects = [] }: FileGrant): string[] => [
  ...databases,
  ...objects.map(key => parseObjectKey(key)?.database || key),
];

const isOnOneDatabase = (a: FileGrant, b: FileGrant): boolean =>
  a.cluster === b.cluster && namesOf(a).some(name => namesOf(b).includes(name));

/** Which grants of a team a command asks for. */
interface Asked {
  readonly cluster?: string | undefined;
  readonly databases: readonly string[];
  readonly project?: string | undefined;
  readonly role?: string | undefined;
}

/** What to do about grants that a user has by a team, for a command that edits the user's own. */
export function teamHint(before: AssembledUsers, { username }: User, asked: Asked, now: Date): string {
  const { cluster, databases, project, role } = asked;
  const found = ofTeams(before, now).filter(
    ({ grant, user }) =>
      user === username &&
      (cluster === undefined || grant.cluster === cluster) &&
      (project === undefined || grant.project?.startsWith(`${project}/`)) &&
      (databases.length === 0 || databases.some(name => namesOf(grant).includes(name))) &&
      (role === undefined || grant.role === role),
  );
  if (found.length === 0) return "";
  const given = found.map(({ at, grant }) => `the team ${grant.team} gives ${fileGrantText(grant)} (${at})`);
  return `; ${given.join("; ")}: take ${username} out of the team's members, or change the team's grant there`;
}
