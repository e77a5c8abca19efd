import type { Access, AccessEvent, EventChange } from "../../../core/events/events";
import { accessLines } from "./access-lines";

type Digest = Extract<AccessEvent, { type: "reconcile.succeeded" }>;

/**
 * The part of a digest that concerns grants of these projects. `undefined`: nothing does. Where the event had no room for all
 * changes, some of those left out may concern them, so that they are told how many there are.
 */
export function ownerShare(digest: Digest, projects: readonly string[]): Digest | undefined {
  const changes = digest.detail.changes.flatMap(change => shareOf(change, projects));
  if (changes.length === 0 && digest.detail.changesOmitted === 0) return undefined;
  const owners = digest.detail.owners.filter(owner => projects.includes(owner.project));
  return { type: digest.type, detail: { ...digest.detail, changes, owners } };
}

function shareOf(change: EventChange, projects: readonly string[]): EventChange[] {
  const concerned = ({ project }: Access) =>
    project !== undefined && projects.some(name => isOf(name, project));
  const [before, after] = [change.before.filter(concerned), change.after.filter(concerned)];
  const ending = change.ending?.filter(concerned);
  const moved = accessLines(before, after).some(line => !line.isSame);
  if (!moved && (ending ?? []).length === 0) return [];
  return [{ ...change, before, after, ...(ending ? { ending } : {}) }];
}

/** A grant's project is `project/environment`; an owner's is the project. */
const isOf = (project: string, granted: string): boolean =>
  granted === project || granted.startsWith(`${project}/`);
