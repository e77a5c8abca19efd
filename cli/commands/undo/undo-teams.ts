import { type PlacedTerms, termsOf } from "../../../core/audit";
import { type AssembledUsers, TEAMS_FILE, type Team } from "../../../core/users";
import type { FolderEdit } from "../edit/folder-edit";
import { accountOf, isEqual, isSame, termsBefore } from "./declared";
import type { RecordedSet } from "./recorded-set";
import { undoEdits } from "./undo-grants";

/**
 * Edits teams.yaml so that each user has of each team what they had before the change set.
 * @returns why that cannot be
 */
export function undoTeams(edit: FolderEdit, set: RecordedSet): string[] {
  const terms = set.changes.flatMap(({ gave = [], took = [] }) => [...gave, ...took]);
  const names = [...new Set(terms.flatMap(({ team }) => team ?? []))];
  const gone = names.filter(name => !edit.before.teams.some(team => team.name === name));
  if (gone.length > 0) return gone.map(name => `${TEAMS_FILE} has no team ${name} any more`);
  const teams = edit.before.teams
    .filter(({ name }) => names.includes(name))
    .map(team => teamBefore(edit, set, team));
  const unlike = teams.filter(({ isOneList }) => !isOneList);
  if (unlike.length > 0)
    return unlike.map(({ name }) => `the members of ${name} did not all have the same before it`);
  for (const team of teams) edit.setMembers(team, team.members);
  // Grants are compared with those that the folder declares, which is nothing while it has a problem.
  if (edit.problems().length === 0) for (const team of teams) undoTeamGrants(edit, set.cluster, team);
  return [];
}

type Terms = ReadonlyMap<string, PlacedTerms>;

/** What a team was before a change set. */
interface TeamBefore {
  readonly name: string;
  readonly members: readonly string[];
  /** The grants on the cluster. */
  readonly wanted: Terms;
  /** Whether all members had the same. */
  readonly isOneList: boolean;
}

const termsOfTeam = (users: AssembledUsers, cluster: string, user: string, name: string): Terms =>
  new Map([...termsOf(accountOf(users, cluster, user))].filter(([, { team }]) => team === name));

function teamBefore(
  { before: users }: FolderEdit,
  { changes, cluster }: RecordedSet,
  team: Team,
): TeamBefore {
  const { name } = team;
  const changed = new Map(changes.map(change => [change.user, change]));
  const ofIt = (terms: readonly PlacedTerms[] = []) => terms.filter(one => one.team === name);
  const before = new Map(
    [...new Set([...team.members, ...changed.keys()])].map(user => {
      const { gave, took } = changed.get(user) ?? {};
      const change = { gave: ofIt(gave), took: ofIt(took) };
      return [user, termsBefore(termsOfTeam(users, cluster, user, name), change)] as const;
    }),
  );
  const lists = [...before.values()].filter(terms => terms.size > 0);
  const [wanted = new Map<string, PlacedTerms>()] = lists;
  // Where members had something, who had nothing was none.
  const wasMember = (user: string) =>
    lists.length > 0 || changed.has(user) ? before.get(user)!.size > 0 : team.members.includes(user);
  // If nobody had anything of it here, who are members for its grants on other clusters stay so.
  const isForOthers = users.grantPlaces.some(({ grant }) => grant.team === name && grant.cluster !== cluster);
  const members = lists.length === 0 && isForOthers ? team.members : [...before.keys()].filter(wasMember);
  return { name, members, wanted, isOneList: lists.every(terms => isSame(terms, wanted)) };
}

function undoTeamGrants(edit: FolderEdit, cluster: string, { members, name, wanted }: TeamBefore): void {
  const { users } = edit.after();
  const [member] = members;
  if (member === undefined) return;
  const now = termsOfTeam(users, cluster, member, name);
  const without = (one: Terms, other: Terms) =>
    [...one].flatMap(([key, { team: _, ...terms }]) =>
      isEqual(one.get(key), other.get(key)) ? [] : [terms as PlacedTerms],
    );
  const grants = users.grantPlaces.flatMap(({ grant }) => (grant.team === name ? [grant] : []));
  const edits = undoEdits({ text: edit.textOf(TEAMS_FILE), team: name, grants }, cluster, {
    gave: without(now, wanted),
    took: without(wanted, now),
  });
  if (edits.length > 0) edit.edit(TEAMS_FILE, edits);
}
