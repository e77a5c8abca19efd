import { byCodeUnit, defined } from "../../json";
import type { Roster } from "../../roster/roster";
import { checkEmailDomain } from "../check-email";
import { checkShape } from "../check-shape";
import { checkOverlaps } from "../check-users";
import { Field } from "../field";
import type { UsersFile } from "../located-node";
import { nearestHint } from "../nearest";
import type { Problems } from "../problem";
import { type LocatedGrant, resolveGrant, type UserContext } from "../resolve-grant";
import type { LocatedUser } from "../resolve-user";
import { checkBetween } from "./check-between";
import { teamsFileSchema } from "./teams-file-schema";

/** A team of teams.yaml. */
export interface Team {
  readonly name: string;
  /** Who answers for it. */
  readonly owner: TeamOwner | undefined;
  /** The group of Identity Center that its members come from. Absent: they are written by hand. */
  readonly group?: string;
  /** User names, in the order written. */
  readonly members: readonly string[];
}

type TeamOwner = NonNullable<Roster["teams"]>[string]["owner"];

/** A team with the fields at which later checks report. */
export interface LocatedTeam {
  readonly team: Team;
  readonly members: readonly Field[];
  readonly grants: readonly LocatedGrant[];
}

/** The teams of teams.yaml, in the order of their names; none if there is no such file. */
export function resolveTeams(
  file: UsersFile | undefined,
  users: readonly LocatedUser[],
  context: UserContext,
  problems: Problems,
): readonly LocatedTeam[] {
  if (!file?.tree) return [];
  const root = new Field(file, problems);
  checkShape(root, teamsFileSchema);
  const teams = root
    .keys()
    .sort(byCodeUnit)
    .map(name => resolveTeam(name, root.at(name), users, context));
  for (const team of teams) checkOverlaps(team);
  return teams;
}

function resolveTeam(
  name: string,
  field: Field,
  users: readonly LocatedUser[],
  context: UserContext,
): LocatedTeam {
  const [email, fullName] = [field.at("owner", "email"), field.at("owner", "name").text()];
  checkEmailDomain(email, context.settings);
  const address = email.text();
  const owner = address === undefined ? undefined : { ...defined({ name: fullName }), email: address };
  const members = checkMembers(field.at("members"), users);
  const grants = field
    .at("grants")
    .items()
    .flatMap(item => resolveGrant(item, context))
    .map(located => ({ ...located, grant: { ...located.grant, team: name } }));
  const group = field.at("group").text();
  return {
    team: { name, owner, ...defined({ group }), members: [...members.keys()] },
    members: [...members.values()],
    grants,
  };
}

/** The members, each once, by user name. Any other than a person of the folder is reported. */
function checkMembers(list: Field, users: readonly LocatedUser[]): ReadonlyMap<string, Field> {
  const kinds = new Map(users.map(({ user }) => [user.username, user.kind]));
  const people = [...kinds].filter(([, kind]) => kind === "person").map(([username]) => username);
  const members = new Map<string, Field>();
  for (const item of list.items()) {
    const name = item.text();
    if (name === undefined) continue;
    const kind = kinds.get(name);
    const earlier = members.get(name);
    if (earlier)
      item.error(`"${name}" is already in this list, at ${earlier.place()}`, { hint: "leave one out" });
    else if (kind === undefined)
      item.error(`unknown user "${name}"`, {
        hint: nearestHint(name, people, "a member is a person with a file in this folder"),
      });
    else if (kind !== "person")
      item.error(`"${name}" is ${kind === "agent" ? "an agent" : "a service"}, and a team has people only`, {
        hint: "a program has what its own file grants: take it out here, and write the grant there",
      });
    else members.set(name, item);
  }
  return members;
}

/**
 * The users with the grants of their teams after their own, the teams by name. Reports grants of different
 * files that do not add up.
 */
export function withTeams(
  users: readonly LocatedUser[],
  teams: readonly LocatedTeam[],
): readonly LocatedUser[] {
  if (teams.length === 0) return users;
  const byMember = new Map<string, [LocatedTeam, Field][]>();
  for (const team of teams)
    team.team.members.forEach((name, index) => {
      byMember.set(name, [...(byMember.get(name) ?? []), [team, team.members[index]!]]);
    });
  return users.map(located => {
    const of = byMember.get(located.user.username);
    if (!of) return located;
    const grants = [...located.grants];
    for (const [team, member] of of) {
      checkBetween(grants, team.grants, member);
      grants.push(...team.grants);
    }
    return { ...located, user: { ...located.user, grants: grants.map(({ grant }) => grant) }, grants };
  });
}
