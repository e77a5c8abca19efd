import { byCodeUnit } from "../json";
import { type DatabaseGrant, holdsAt, type Roster } from "../roster/roster";
import type { Access, EventOwner } from "./events";

/** An event takes 256 KB: this much of it is for lists. */
const ENTRIES = 200;
const REASON = 256;

/** How much of an event its lists may take, in bytes of JSON: together they stay below what EventBridge takes. */
export const LIST_BYTES = {
  access: 45_000,
  ending: 35_000,
  owners: 40_000,
  names: 50_000,
  statements: 100_000,
} as const;

/** As many of the first entries as fit. */
export function fitting<T>(entries: readonly T[], bytes: number): T[] {
  let left = bytes;
  const first = entries.findIndex(entry => {
    left -= Buffer.byteLength(JSON.stringify(entry)) + 1;
    return left < 0;
  });
  return first < 0 ? [...entries] : entries.slice(0, first);
}

const toAccess = (database: string, { role, expires, reason, project }: DatabaseGrant): Access => ({
  database,
  role,
  ...(expires === undefined ? {} : { expires }),
  ...(reason === undefined ? {} : { reason: reason.slice(0, REASON) }),
  ...(project === undefined ? {} : { project }),
});

const grantsOf = (roster: Roster | undefined, account: string) =>
  roster && Object.hasOwn(roster.accounts, account)
    ? Object.entries(roster.accounts[account]!.databases).sort(([a], [b]) => byCodeUnit(a, b))
    : [];

/** What an account can reach at a moment, by a roster; in order of the databases. */
export const accessOf = (roster: Roster | undefined, account: string, now: Date): Access[] =>
  grantsOf(roster, account)
    .filter(([, grant]) => holdsAt(grant, now))
    .slice(0, ENTRIES)
    .map(([database, grant]) => toAccess(database, grant));

/** The grants of an account that ended at or before `now`, and not before `since`. */
export const endedAccess = (roster: Roster, account: string, now: Date, since?: Date): Access[] =>
  grantsOf(roster, account)
    .filter(([, grant]) => !holdsAt(grant, now) && (since === undefined || new Date(grant.expires!) >= since))
    .slice(0, ENTRIES)
    .map(([database, grant]) => toAccess(database, grant));

/** Who answers for the projects that the entries name. */
export function ownersOf(roster: Roster | undefined, entries: readonly Access[]): EventOwner[] {
  const projects = roster?.projects ?? {};
  const names = new Set(
    entries.flatMap(({ project }) => (project === undefined ? [] : [project.split("/")[0]!])),
  );
  return [...names]
    .sort(byCodeUnit)
    .filter(name => Object.hasOwn(projects, name))
    .map(project => ({ project, ...projects[project]!.owner }));
}

/** Whether two lists reach the same, as the same, until the same dates; what is said of it beside does not count. */
export const sameAccess = (a: readonly Access[], b: readonly Access[]): boolean => reached(a) === reached(b);

const reached = (list: readonly Access[]): string =>
  JSON.stringify(list.map(entry => [entry.database, entry.role, entry.expires]));

/** The roster with some of its accounts alone. */
export const onlyAccounts = (roster: Roster, names: ReadonlySet<string>): Roster => ({
  ...roster,
  accounts: Object.fromEntries(Object.entries(roster.accounts).filter(([name]) => names.has(name))),
});
