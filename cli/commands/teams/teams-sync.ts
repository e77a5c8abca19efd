import { readFileSync } from "node:fs";
import { join } from "node:path";
import { defined } from "../../../core/json";
import { printable } from "../../../core/printable";
import { type Problem, TEAMS_FILE, type Team } from "../../../core/users";
import { nearestHint } from "../../../core/users/nearest";
import { problemText, readUsers, setMembers, UsersError, type UsersFolder } from "../../../reader";
import {
  type Arguments,
  type Command,
  folderPositional,
  type Io,
  jsonOption,
  printJson,
} from "../../terminal/command";
import { UsageError } from "../../terminal/errors";
import { regionOf } from "../../terminal/invoke-function";
import { counted } from "../../terminal/table";
import { changeFiles } from "../change-files";
import { type DirectoryUser, IdentityCenter } from "./identity-center";

/** What a team's group says of its members. */
interface TeamChange {
  readonly team: string;
  readonly group: string;
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Users of the group who have no file in the folder. */
  readonly absent: readonly DirectoryUser[];
}

/** `aurora-users teams sync`: writes the users of groups of Identity Center into teams.yaml. */
export const teamsSync: Command = {
  name: "teams sync",
  summary: "write the users of groups of IAM Identity Center into the members of teams.yaml",
  details: [
    "Only lists of members of teams with a `group` change; comments and everything else stay. Nobody's access changes",
    "before the file is reviewed, planned and applied. If a user of a group has no file in the folder, or if the folder",
    "would have a problem, nothing is written, and the exit code is 1. It needs identitystore:GetGroupId,",
    "ListGroupMemberships and DescribeUser, and sso:ListInstances without --identity-store.",
  ].join("\n"),
  positionals: [folderPositional],
  options: {
    check: { kind: "flag", summary: "write nothing; exit code 1 if the file is not as the groups are" },
    team: { kind: "texts", value: "<name>", summary: "only this team; may be given several times" },
    "allow-empty": { kind: "flag", summary: "let a group without users take all members from its team" },
    "identity-store": {
      kind: "text",
      value: "<id>",
      summary: "the directory (default: that of the account's only instance of Identity Center)",
    },
    region: {
      kind: "text",
      value: "<name>",
      summary: "the region of Identity Center (default: that of the environment or profile)",
    },
    json: jsonOption,
  },
  async run(args, io) {
    const path = args.at(0) ?? "users";
    const folder = readUsers(path);
    const teams = teamsToSync(folder, args, io);
    const directory = new IdentityCenter(
      await regionOf(args.text("region"), io),
      args.text("identity-store"),
      io,
    );
    const before = readFileSync(join(path, TEAMS_FILE), "utf8");
    const sync = await syncTeams({ folder, before, teams, directory, args });
    const { changes, problems, text } = sync;
    const isStale = changes.some(({ added, removed }) => added.length + removed.length > 0);
    const isRefused = problems.length > 0 || changes.some(({ absent }) => absent.length > 0);
    const isWritten = isStale && !isRefused && !args.flag("check");
    if (isWritten) changeFiles(path, [{ name: TEAMS_FILE, before, after: text }]);
    if (args.flag("json")) printJson(io, { teams: changes, problems, changed: isWritten });
    else report(sync, folder, { isStale, isRefused, isCheck: args.flag("check") }, io);
    return isRefused || (isStale && args.flag("check")) ? 1 : 0;
  },
};

/** @throws UsersError if the folder has other problems than members who are no persons of it */
function teamsToSync(folder: UsersFolder, args: Arguments, io: Io): readonly (Team & { group: string })[] {
  const { problems, teams } = folder.inspect({ now: io.now() });
  const other = problems.filter(problem => !isOfMember(problem));
  if (other.length > 0) throw new UsersError(folder.folder, other, at => folder.lineOf(at));
  if (!folder.has(TEAMS_FILE)) throw new UsageError(`${folder.folder} has no ${TEAMS_FILE}`);
  const grouped = teams.filter((team): team is Team & { group: string } => team.group !== undefined);
  if (grouped.length === 0) throw new UsageError(`no team of ${folder.folder}/${TEAMS_FILE} has a \`group\``);
  const names = grouped.map(({ name }) => name);
  const unknown = args.texts("team").find(name => !names.includes(name));
  if (unknown !== undefined)
    throw new UsageError(
      `\`--team\`: no team with a \`group\` is "${unknown}"; ${nearestHint(unknown, names, "")}`,
    );
  const only = args.texts("team");
  return only.length === 0 ? grouped : grouped.filter(({ name }) => only.includes(name));
}

/** Whether a problem is about a member: to write the group's users may be what solves it. */
const isOfMember = ({ file, path }: Problem): boolean =>
  file.endsWith(`/${TEAMS_FILE}`) && /\.members\[\d+\]$/.test(path);

interface Sync {
  readonly changes: readonly TeamChange[];
  readonly problems: readonly Problem[];
  /** The new text of the file. */
  readonly text: string;
  /** The folder with it. */
  readonly after: UsersFolder;
}

interface SyncRequest {
  readonly folder: UsersFolder;
  readonly before: string;
  readonly teams: readonly (Team & { group: string })[];
  readonly directory: IdentityCenter;
  readonly args: Arguments;
}

async function syncTeams({ args, before, directory, folder, teams }: SyncRequest): Promise<Sync> {
  const file = `${folder.folder}/${TEAMS_FILE}`;
  const known = new Set(folder.inspect().users.map(({ username }) => username));
  const changes: TeamChange[] = [];
  const problems: Problem[] = [];
  let text = before;
  for (const { group, members, name } of teams) {
    const users = await directory.usersOf(group);
    const at = { file, line: 1, column: 1, path: `${name}.members` };
    if (users.length === 0 && members.length > 0 && !args.flag("allow-empty")) {
      problems.push({
        ...at,
        message: `the group "${group}" has no users, and would take all ${members.length} members from the team`,
        hint: "give --allow-empty if that is meant",
      });
      continue;
    }
    const isKnown = ({ userName }: DirectoryUser) => known.has(userName.normalize("NFC"));
    const wanted = users.filter(isKnown).map(({ userName }) => userName.normalize("NFC"));
    const edit = setMembers(text, name, new Set(wanted));
    if ("fault" in edit) problems.push({ ...at, line: edit.line, message: edit.fault });
    else {
      const { added, removed } = edit;
      changes.push({ team: name, group, added, removed, absent: users.filter(user => !isKnown(user)) });
      ({ text } = edit);
    }
  }
  const after = folder.with({ file, name: TEAMS_FILE, text });
  return { changes, problems: [...problems, ...after.inspect().problems], text, after };
}

function report(
  { after, changes, problems }: Sync,
  folder: UsersFolder,
  { isCheck, isRefused, isStale }: { isCheck: boolean; isRefused: boolean; isStale: boolean },
  io: Io,
): void {
  for (const { added, group, removed, team, absent } of changes) {
    for (const name of added) io.out(printable(`+ ${team}: ${name}`));
    for (const name of removed) io.out(printable(`- ${team}: ${name}`));
    for (const user of absent) {
      io.err(
        printable(`${user.userName}, of the group "${group}" (${team}), has no file in ${folder.folder}:`),
      );
      io.err(`  ${printable(newCommand(user, folder.folder))}`);
    }
  }
  for (const problem of problems) io.err(problemText(problem, at => after.lineOf(at)));
  const all = (of: "added" | "removed") => changes.reduce((sum, change) => sum + change[of].length, 0);
  const what = `${counted(all("added"), "member")} added, ${counted(all("removed"), "member")} removed`;
  if (isRefused) io.err("nothing was changed");
  else if (!isStale) io.out(`${counted(changes.length, "team")} as in Identity Center`);
  else if (isCheck) io.err(`${TEAMS_FILE} is not as the groups are: run aurora-users teams sync`);
  else io.out(what);
}

/** The command that writes the user's file, for a POSIX shell. */
function newCommand({ displayName, email, userName }: DirectoryUser, folder: string): string {
  const isPlain = /^[\p{L}\p{N}_@+][\p{L}\p{N}_.@+-]*$/u.test(userName);
  const options = defined({
    name: displayName ?? userName,
    email,
    username: isPlain ? undefined : userName,
    folder: folder === "users" ? undefined : folder,
  });
  const given = Object.entries(options).map(([option, value]) => `--${option} ${quoted(String(value))}`);
  return ["aurora-users new", isPlain ? quoted(userName) : "<file name>", ...given].join(" ");
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
