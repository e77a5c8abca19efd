import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { defined } from "../../../core/json";
import { printable } from "../../../core/printable";
import { type Problem, RULES_FILE, TEAMS_FILE } from "../../../core/users";
import { nearestHint } from "../../../core/users/nearest";
import { problemText, readUsers, UsersError, type UsersFolder } from "../../../reader";
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
import { changeFiles, takeBackInterrupted } from "../change-files";
import { type DirectoryUser, IdentityCenter } from "./identity-center";
import { type GroupedTeam, type MemberChanges, memberChanges } from "./member-changes";

/** `aurora-users teams sync`: writes the users of groups of Identity Center into teams.yaml. */
export const teamsSync: Command = {
  name: "teams sync",
  summary: "write the users of groups of IAM Identity Center into the members of teams.yaml",
  details: [
    "Only lists of members of teams with a `group` change; comments and everything else stay. No one's access changes",
    "before the file is reviewed, planned and applied. Members who left the group, or who are disabled, always go. New",
    "members come only if every user of the groups has a file in the folder, and if that causes no problem there, such",
    "as a broken rule: else nobody is added, and the exit code is 1. It needs identitystore:GetGroupId,",
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
    const isCheck = args.flag("check");
    if (existsSync(path)) takeBackInterrupted(path, { isDry: isCheck });
    const folder = readUsers(path);
    const teams = teamsToSync(folder, args, io);
    const directory = new IdentityCenter(
      await regionOf(args.text("region"), io),
      args.text("identity-store"),
      io,
    );
    const before = readFileSync(join(path, TEAMS_FILE), "utf8");
    const mayBeEmpty = args.flag("allow-empty");
    const sync = await memberChanges({ folder, before, teams, directory, mayBeEmpty, now: io.now() });
    const { changes, isHeld, problems, text } = sync;
    const isStale = changes.some(({ added, removed }) => added.length + removed.length > 0);
    const isWritten = isStale && !isCheck;
    if (isWritten) changeFiles(path, [{ name: TEAMS_FILE, before, after: text }]);
    if (args.flag("json")) printJson(io, { teams: changes, problems, changed: isWritten });
    else report(sync, { isStale, isCheck }, io);
    return isHeld || problems.length > 0 || (isStale && isCheck) ? 1 : 0;
  },
};

/**
 * @throws UsersError if the folder has other problems than broken rules, and members who are no persons of
 *   it: who leaves may be what solves those
 */
function teamsToSync(folder: UsersFolder, args: Arguments, io: Io): readonly GroupedTeam[] {
  const { problems, teams } = folder.without(RULES_FILE).inspect({ now: io.now() });
  const other = problems.filter(problem => !isOfMember(problem));
  if (other.length > 0) throw new UsersError(folder.folder, other, at => folder.lineOf(at));
  if (!folder.has(TEAMS_FILE)) throw new UsageError(`${folder.folder} has no ${TEAMS_FILE}`);
  const grouped = teams.filter((team): team is GroupedTeam => team.group !== undefined);
  if (grouped.length === 0) throw new UsageError(`no team of ${folder.folder}/${TEAMS_FILE} has a \`group\``);
  const names = grouped.map(({ name }) => name);
  const only = args.texts("team");
  const unknown = only.find(name => !names.includes(name));
  if (unknown !== undefined)
    throw new UsageError(
      `\`--team\`: no team with a \`group\` is "${unknown}"; ${nearestHint(unknown, names, "")}`,
    );
  return only.length === 0 ? grouped : grouped.filter(({ name }) => only.includes(name));
}

/** Whether a problem is about a member. */
const isOfMember = ({ file, path }: Problem): boolean =>
  file.endsWith(`/${TEAMS_FILE}`) && /\.members\[\d+\]$/.test(path);

function report(
  { after, changes, isHeld, problems }: MemberChanges,
  { isCheck, isStale }: { isCheck: boolean; isStale: boolean },
  io: Io,
): void {
  const err = (line: string) => io.err(printable(line));
  for (const { absent, added, disabled, group, held, removed, team } of changes) {
    for (const name of added) io.out(printable(`+ ${team}: ${name}`));
    for (const name of removed)
      io.out(printable(`- ${team}: ${name}${disabled.includes(name) ? " (disabled)" : ""}`));
    for (const user of absent) {
      const who = `${user.userName}, of the group "${group}" (${team}),`;
      if (user.like === undefined) {
        err(`${who} has no file in ${after.folder}:`);
        io.err(`  ${printable(newCommand(user, after.folder))}`);
      } else err(`${who} is "${user.like}" in ${after.folder}: write the name there as the directory has it`);
    }
    if (held.length > 0) err(`not added to ${team}: ${held.join(", ")}`);
  }
  for (const problem of problems) io.err(problemText(problem, at => after.lineOf(at)));
  const all = (of: "added" | "removed") => changes.reduce((sum, change) => sum + change[of].length, 0);
  const what = `${counted(all("added"), "member")} added, ${counted(all("removed"), "member")} removed`;
  if (isCheck && isStale) io.err(`${TEAMS_FILE} is not as the groups are: run aurora-users teams sync`);
  else if (isStale) io.out(what);
  else if (isHeld) io.err("nothing was changed");
  else io.out(`${counted(changes.length, "team")} as in Identity Center`);
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
