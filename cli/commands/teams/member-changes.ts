import { lowerName } from "../../../core/catalogue/lower-case";
import { type Problem, TEAMS_FILE, type Team } from "../../../core/users";
import { setMembers, type UsersFolder } from "../../../reader";
import type { DirectoryUser, IdentityCenter } from "./identity-center";

/** A team whose members come from a group. */
export type GroupedTeam = Team & { readonly group: string };

/** A user of a group who has no file in the folder; `like` is one with the same name in another case. */
export type AbsentUser = DirectoryUser & { readonly like?: string | undefined };

/** What a group says of the members of its team. */
export interface TeamChange {
  readonly team: string;
  readonly group: string;
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Of the removed: who is in the group, and disabled. */
  readonly disabled: readonly string[];
  /** Who would be added, were there no problem. */
  readonly held: readonly string[];
  readonly absent: readonly AbsentUser[];
}

/** What groups say of the members of a teams file. */
export interface MemberChanges {
  readonly changes: readonly TeamChange[];
  /** Whether nobody is added: a user has no file, a team cannot change, or the folder has a new problem. */
  readonly isHeld: boolean;
  /** Those of the folder with all users of the groups, and of teams that cannot be changed. */
  readonly problems: readonly Problem[];
  /** The new text of the file. */
  readonly text: string;
  /** The folder that the problems are of. */
  readonly after: UsersFolder;
}

interface MembersRequest {
  readonly folder: UsersFolder;
  readonly before: string;
  readonly teams: readonly GroupedTeam[];
  readonly directory: IdentityCenter;
  readonly mayBeEmpty: boolean;
  readonly now: Date;
}

/** Compares a teams file with the groups. Who has left goes, whatever holds up those who join. */
export async function memberChanges(request: MembersRequest): Promise<MemberChanges> {
  const { before, directory, folder, mayBeEmpty, now, teams } = request;
  const file = `${folder.folder}/${TEAMS_FILE}`;
  const known = new Set(folder.inspect({ now }).users.map(({ username }) => username));
  const changes: TeamChange[] = [];
  const faults: Problem[] = [];
  let [left, text] = [before, before];
  for (const team of teams) {
    const { group, members, name } = team;
    const { absent, disabled, staying, wanted } = compare(team, await directory.usersOf(group), known);
    const at = { file, line: 1, column: 1, path: `${name}.members` };
    if (wanted.size === 0 && absent.length === 0 && members.length > 0 && !mayBeEmpty) {
      faults.push({
        ...at,
        message: `the group "${group}" has no users who are enabled, and would take all ${members.length} members from the team`,
        hint: "give --allow-empty if that is meant",
      });
      continue;
    }
    const [leaving, joining] = [
      setMembers(left, name, staying),
      setMembers(text, name, new Set([...staying, ...wanted])),
    ];
    if ("fault" in leaving) faults.push({ ...at, line: leaving.line, message: leaving.fault });
    else if ("fault" in joining) faults.push({ ...at, line: joining.line, message: joining.fault });
    else {
      const { added, removed } = joining;
      changes.push({ team: name, group, added, removed, disabled, held: [], absent });
      [left, text] = [leaving.text, joining.text];
    }
  }
  const withText = (of: string) => folder.with({ file, name: TEAMS_FILE, text: of });
  const after = withText(text);
  const { problems } = after.inspect({ now });
  const keyOf = ({ file, message, path }: Problem) => JSON.stringify([file, path, message]);
  const withoutJoining = new Set(withText(left).inspect({ now }).problems.map(keyOf));
  const isHeld =
    faults.length > 0 ||
    changes.some(({ absent }) => absent.length > 0) ||
    problems.some(problem => !withoutJoining.has(keyOf(problem)));
  return {
    changes: isHeld ? changes.map(change => ({ ...change, added: [], held: change.added })) : changes,
    isHeld,
    problems: [...faults, ...problems],
    text: isHeld ? left : text,
    after,
  };
}

/** Compares a team with the users of its group. A member stays whose name the group has in another case. */
function compare(
  { members }: GroupedTeam,
  users: readonly DirectoryUser[],
  known: ReadonlySet<string>,
): { wanted: Set<string>; staying: Set<string>; disabled: string[]; absent: AbsentUser[] } {
  const named = users.map(user => ({ user, name: user.userName.normalize("NFC") }));
  const enabled = named.filter(({ user }) => user.isEnabled);
  const wanted = new Set(enabled.flatMap(({ name }) => (known.has(name) ? [name] : [])));
  const byLowerName = new Map([...known].map(name => [lowerName(name), name]));
  const absent = enabled
    .filter(({ name }) => !known.has(name))
    .map(({ name, user }) => ({ ...user, like: byLowerName.get(lowerName(name)) }));
  const notLeft = new Set(enabled.map(({ name }) => lowerName(name)));
  return {
    wanted,
    staying: new Set(members.filter(name => wanted.has(name) || notLeft.has(lowerName(name)))),
    disabled: named.flatMap(({ name, user }) =>
      (user.isEnabled ? [] : [name]).filter(one => members.includes(one)),
    ),
    absent,
  };
}
