import { defined } from "../json";
import { rowReaches } from "../mysql/database-name";
import type { ReachTarget } from "../reach/reach-facts";
import {
  type GrantedObject,
  isInner,
  isOfServer,
  objectKey,
  objectText,
  placeText,
} from "../roster/granted-object";
import {
  type DatabaseGrant,
  grantsOf,
  privilegesOf,
  type Roster,
  type RosterAccount,
} from "../roster/roster";
import type { GrantPlace } from "../users/assemble-users";

/** A grant of a person, as files declare it. */
export interface WhyGrant {
  /** What it is on: `orders`, `orders.customers (id)`, `global PROCESS`. */
  readonly on: string;
  readonly role: string;
  readonly privileges: readonly string[];
  readonly expires?: string | undefined;
  /** `ended`: it gives nothing any more. `suspended`: the account is locked. */
  readonly state: "in force" | "ended" | "suspended";
  /** `users/jane.doe.yaml:7`; absent: no file has it, but a source in Parameter Store may. */
  readonly at?: string | undefined;
  readonly team?: string | undefined;
  readonly reason?: string | undefined;
  readonly project?: string | undefined;
}

/** Why somebody reaches something, or does not, as files declare it. */
export interface WhyDeclared {
  readonly account: string;
  readonly user: string;
  /** The grants that are about what is asked. None of them in force: there is no access. */
  readonly grants: readonly WhyGrant[];
  /** Without a grant in force: what the account has elsewhere on the cluster. */
  readonly nearest: readonly WhyGrant[];
}

/** Names in grants count as patterns only where a grant is a pattern. */
const NAMES = { partialRevokes: false, lowerCaseTableNames: 0 };

/** Whether a grant at the place is about the target. */
export function isAbout(target: ReachTarget, database: string, object: GrantedObject | undefined): boolean {
  if (!object) return database === target.database;
  if (isOfServer(object)) return true;
  if (!isInner(object)) return rowReaches(object.name, target.database, NAMES);
  return (
    database === target.database &&
    object.kind === "TABLE" &&
    (target.table === undefined || object.name === target.table)
  );
}

/** What the roster of a cluster, and the files, say of an account. */
export function whyDeclared(
  [account, details]: readonly [string, RosterAccount],
  { cluster, now, places, roster, target }: WhyQuestion,
): WhyDeclared {
  const all = grantsOf(details).map(({ database, grant, object }) => {
    const place = placeOf(places, { user: details.user, cluster, database, object, grant });
    const { team } = grant;
    return {
      isAbout: isAbout(target, database, object),
      grant: {
        on: placeText(database, object),
        role: object && isOfServer(object) ? objectText(object) : grant.role,
        privileges: object && isOfServer(object) ? [] : privilegesOf(roster, grant),
        state: stateOf(grant, details, now),
        ...defined({ expires: grant.expires, at: place?.at, team }),
        ...defined({ reason: grant.reason, project: grant.project }),
      },
    };
  });
  const grants = all.filter(one => one.isAbout).map(({ grant }) => grant);
  const isReached = grants.some(({ state }) => state === "in force");
  const nearest = isReached ? [] : all.filter(one => !one.isAbout).map(({ grant }) => grant);
  return { account, user: details.user, grants, nearest };
}

export interface WhyQuestion {
  readonly cluster: string;
  readonly target: ReachTarget;
  readonly roster: Roster;
  readonly places: readonly GrantPlace[];
  readonly now: Date;
}

function stateOf({ expires }: DatabaseGrant, { suspended }: RosterAccount, now: Date): WhyGrant["state"] {
  if (expires !== undefined && new Date(expires) <= now) return "ended";
  return suspended ? "suspended" : "in force";
}

interface Wanted {
  readonly user: string;
  readonly cluster: string;
  readonly database: string;
  readonly object: GrantedObject | undefined;
  readonly grant: DatabaseGrant;
}

/** Where the grant of the person or team is written. Of several, the one with the same role and end. */
function placeOf(places: readonly GrantPlace[], wanted: Wanted): GrantPlace | undefined {
  const { cluster, database, grant, object, user } = wanted;
  const isThere = (one: GrantPlace) =>
    one.user === user &&
    one.grant.team === grant.team &&
    one.grant.cluster === cluster &&
    (object ? one.grant.objects?.includes(objectKey(object)) : one.grant.databases.includes(database));
  const found = places.filter(isThere);
  return found.find(one => one.grant.role === grant.role && one.grant.expires === grant.expires) ?? found[0];
}
