import { isOfServer, parseObjectKey } from "../roster/granted-object";
import { READING } from "./agents";
import { nearestHint } from "./nearest";
import type { FileGrant } from "./resolve-grant";
import type { Roles } from "./resolve-roles";
import type { LocatedUser } from "./resolve-user";

/**
 * Checks agents against the other files: each owner is a person, who only reads is given no more, and none
 * hands on access.
 */
export function checkAgents(users: readonly LocatedUser[], roles: Roles): void {
  for (const agent of users.filter(({ user }) => user.kind === "agent")) {
    checkOwner(agent, users);
    for (const { field, grant } of agent.grants) {
      if (grant.grantOption)
        field.error("lets an agent hand on access", {
          hint: "leave `grantOption` out: an agent hands on nothing",
        });
      const more = agent.user.writes ? [] : beyondReading(grant, roles);
      if (more.length > 0)
        field.error(`gives an agent ${more.join(", ")}, and an agent only reads`, {
          hint: "give it a role that reads, or write `writes: true` in the file, next to `kind`",
        });
    }
  }
}

/** What a grant gives that is more than reading. What is of the whole server always is. */
function beyondReading(grant: FileGrant, roles: Roles): readonly string[] {
  const ofServer = (grant.objects ?? []).filter(object => isOfServer(parseObjectKey(object)!));
  const given = grant.privileges ?? roles?.get(grant.role) ?? [];
  return [...ofServer, ...given.filter(privilege => !READING.includes(privilege))];
}

const A_KIND = { person: "a person", service: "a service", agent: "an agent" } as const;

function checkOwner({ owner, user }: LocatedUser, users: readonly LocatedUser[]): void {
  if (user.owner === undefined) return;
  const people = users
    .filter(({ user: { kind } }) => kind === "person")
    .map(({ user: { username } }) => username);
  if (people.includes(user.owner)) return;
  const other = users.find(({ user: { username } }) => username === user.owner);
  if (other) owner.error(`"${user.owner}" is ${A_KIND[other.user.kind]}, and an agent's owner is a person`);
  else
    owner.error(`unknown user "${user.owner}"`, {
      hint: nearestHint(user.owner, people, "an owner is a person with a file in this folder"),
    });
}
