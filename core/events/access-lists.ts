import { byCodeUnit, canonicalJson, defined } from "../json";
import { EVERYWHERE, isInner, objectText } from "../roster/granted-object";
import {
  byPlace,
  grantsOf as grantsOfAccount,
  holdsAt,
  type PlacedGrant,
  type Roster,
  type RosterAccount,
} from "../roster/roster";
import { endTakes } from "./end-takes";
import type { Access, EventOwner } from "./events";

/** The most grants that an event lists for one account. */
const MAX_ENTRIES = 200;
/** The most characters of a reason. */
const MAX_REASON = 256;
/** The most characters of an object, which can have thousands of columns. */
const MAX_OBJECT = 4096;
/** The most characters of a role that comes with GRANT OPTION. */
const MAX_ROLE = 230;

/**
 * The most bytes of JSON that each list of an event may take. Together they fit into an event of EventBridge
 * (256 KB).
 */
export const LIST_BYTES = {
  access: 45_000,
  ending: 35_000,
  owners: 40_000,
  names: 50_000,
  statements: 100_000,
} as const;

/** As many of the first entries as fit into the bytes. */
export function fitting<T>(entries: readonly T[], bytes: number): T[] {
  let room = bytes;
  const first = entries.findIndex(entry => {
    room -= Buffer.byteLength(JSON.stringify(entry)) + 1;
    return room < 0;
  });
  return first < 0 ? [...entries] : entries.slice(0, first);
}

const toAccess = ({ database, grant, object }: PlacedGrant): Access => {
  const { expires, grantOption, reason, project, team } = grant;
  const role = grantOption ? `${grant.role.slice(0, MAX_ROLE)} WITH GRANT OPTION` : grant.role;
  return {
    database: object && !isInner(object) ? EVERYWHERE : database,
    ...defined({ object: object && objectText(object).slice(0, MAX_OBJECT) }),
    role,
    ...defined({ expires, reason: reason?.slice(0, MAX_REASON), project, team }),
  };
};

const grantsOf = (roster: Roster | undefined, account: string) =>
  roster && Object.hasOwn(roster.accounts, account)
    ? grantsOfAccount(roster.accounts[account]!).sort(byPlace)
    : [];

/** What an account can reach at `now` by a roster, in the order of the databases and of what is in them. */
export const accessOf = (roster: Roster | undefined, account: string, now: Date): Access[] =>
  grantsOf(roster, account)
    .filter(({ grant }) => holdsAt(grant, now))
    .slice(0, MAX_ENTRIES)
    .map(toAccess);

/** The grants of an account that ended at or before `now`, and not before `since`. */
export const endedAccess = (roster: Roster, account: string, now: Date, since?: Date): Access[] =>
  grantsOf(roster, account)
    .filter(({ grant }) => !holdsAt(grant, now) && (since === undefined || new Date(grant.expires!) >= since))
    .slice(0, MAX_ENTRIES)
    .map(toAccess);

/** The grants of an account that hold at `now`, that end, and whose end takes something away. */
export const endingAccess = (roster: Roster, account: string, now: Date): (Access & { expires: string })[] =>
  grantsOf(roster, account)
    .filter(({ grant }) => holdsAt(grant, now))
    .slice(0, MAX_ENTRIES)
    .filter(placed => placed.grant.expires !== undefined && endTakes(roster, account, placed))
    .map(placed => ({ ...toAccess(placed), expires: placed.grant.expires! }));

/** How an event names a team where it names the project of an owner: no project has such a name. */
export const teamText = (team: string): string => `team ${team}`;

/** The owners of the projects and teams that the entries name. */
export function ownersOf(roster: Roster | undefined, entries: readonly Access[]): EventOwner[] {
  const { projects = {}, teams = {} } = roster ?? {};
  const names = new Set(
    entries.flatMap(({ project }) => (project === undefined ? [] : [project.split("/")[0]!])),
  );
  const ofProjects = [...names]
    .sort(byCodeUnit)
    .filter(name => Object.hasOwn(projects, name))
    .map(project => ({ project, ...projects[project]!.owner }));
  const ofTeams = [...new Set(entries.flatMap(({ team }) => team ?? []))]
    .sort(byCodeUnit)
    .filter(name => Object.hasOwn(teams, name))
    .map(name => ({ project: teamText(name), ...teams[name]!.owner }));
  return [...ofProjects, ...ofTeams];
}

/**
 * Whether two lists have the same databases, objects, roles and expiry dates. Reasons and projects do not
 * count.
 */
export const sameAccess = (a: readonly Access[], b: readonly Access[]): boolean => reached(a) === reached(b);

const optionsText = ({ hosts, limits, login, suspended, tls }: RosterAccount): string =>
  canonicalJson({ hosts, limits, login, suspended, tls });

/** Whether an account that both rosters have has the same options in both. */
export function sameOptions(account: string, before: Roster, after: Roster): boolean {
  const [was, is] = [before, after].map(
    ({ accounts }) => Object.hasOwn(accounts, account) && accounts[account],
  );
  return !was || !is || optionsText(was) === optionsText(is);
}

const reached = (list: readonly Access[]): string =>
  JSON.stringify(list.map(entry => [entry.database, entry.object, entry.role, entry.expires]));
