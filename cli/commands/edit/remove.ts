import type { AssembledUsers, User } from "../../../core/users";
import type { Command } from "../../terminal/command";
import { editOptions, FolderEdit, fileOf } from "./folder-edit";

/** `aurora-users remove`: removes a user's file. */
export const remove: Command = {
  name: "remove",
  summary: "remove a user's file, and with it all grants",
  details: [
    "The next apply drops the user's accounts. The user leaves the teams of teams.yaml, too. If the folder had a new problem",
    "afterwards, as an agent without its owner, it is reported, and the file stays. What the user owns is named.",
    "`aurora-users offboard` takes access at once.",
  ].join("\n"),
  positionals: [{ shown: "<user>", summary: "the user name, or the account" }],
  options: editOptions,
  run(args, io) {
    const edit = FolderEdit.open(args, io);
    const user = edit.user(args.at(0) as string);
    edit.write(fileOf(user), undefined);
    const teams = edit.before.teams.filter(({ members }) => members.includes(user.username));
    for (const team of teams) {
      const others = team.members.filter(name => name !== user.username);
      edit.setMembers(team, others);
    }
    const said = [
      `${user.username}: removed`,
      ...teams.map(({ name }) => `${user.username}: no longer in the team ${name}`),
      ...ownedBy(user, edit.before).map(
        what => `${what} is still owned by ${user.email}: name another owner`,
      ),
    ];
    return edit.finish(said, args, io);
  },
};

/** What a user answers for, by e-mail address. Access can end all the same, so it is no reason to refuse. */
function ownedBy({ email }: User, { owners, teams }: AssembledUsers): string[] {
  const isOwner = (owner: { readonly email: string } | undefined) =>
    owner !== undefined && owner.email.toLowerCase() === email?.toLowerCase();
  return [
    ...Object.entries(owners.projects).flatMap(([name, { owner }]) =>
      isOwner(owner) ? [`the project ${name} (projects.yaml)`] : [],
    ),
    ...Object.entries(owners.roles).flatMap(([name, owner]) =>
      isOwner(owner) ? [`the role ${name} (roles.yaml)`] : [],
    ),
    ...teams.flatMap(({ name, owner }) => (isOwner(owner) ? [`the team ${name} (teams.yaml)`] : [])),
  ];
}
