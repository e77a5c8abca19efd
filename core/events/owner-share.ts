import { defined } from "../json";
import { sameAccess, teamText } from "./access-lists";
import type { Access, AccessEvent, EventChange } from "./events";

type RunEvent = Extract<AccessEvent, { type: "reconcile.succeeded" }>;

/**
 * The part of a run's event that concerns grants of these projects and teams; undefined if nothing does. Where the
 * event had no room for all changes, those left out may concern them too, so the part says how many there
 * are.
 */
export function ownerShare(event: RunEvent, projects: readonly string[]): RunEvent | undefined {
  const changes = event.detail.changes.flatMap(change => shareOf(change, projects));
  if (changes.length === 0 && event.detail.changesOmitted === 0) return undefined;
  const owners = event.detail.owners.filter(owner => projects.includes(owner.project));
  return { type: event.type, detail: { ...event.detail, changes, owners } };
}

function shareOf(change: EventChange, projects: readonly string[]): EventChange[] {
  const concerned = ({ project, team }: Access) =>
    projects.some(
      name =>
        (project !== undefined && isOf(name, project)) || (team !== undefined && name === teamText(team)),
    );
  const [before, after] = [change.before.filter(concerned), change.after.filter(concerned)];
  const ending = change.ending?.filter(concerned);
  if (sameAccess(before, after) && (ending ?? []).length === 0) return [];
  return [defined({ ...change, before, after, ending })];
}

/** A grant's project is `project/environment`, an owner's is the project alone. */
const isOf = (project: string, granted: string): boolean =>
  granted === project || granted.startsWith(`${project}/`);
