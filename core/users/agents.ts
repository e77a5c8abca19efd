import type { DatabasePrivilege } from "../catalogue/mysql-privileges";
import type { Limits } from "../roster/account-options";
import type { Field } from "./field";
import { nearestHint } from "./nearest";
import type { Roles } from "./resolve-roles";
import type { LocatedUser } from "./resolve-user";
import type { Settings } from "./settings-file-schema";

/** What an agent may use of a server if neither its file nor `defaults.agent` of settings.yaml says. */
export const AGENT_LIMITS = {
  connections: 5,
  queriesPerHour: 10_000,
  updatesPerHour: 1_000,
  connectionsPerHour: 600,
} as const satisfies Limits;

/** What an agent may hold whose file does not say `writes: true`. */
const READING: readonly DatabasePrivilege[] = ["SELECT", "SHOW VIEW"];

/** The defaults for agents. A limit of settings.yaml counts instead of the one above; 0 there is none. */
export const agentDefaults = ({ agent = {} }: NonNullable<Settings["defaults"]>) => ({
  ...agent,
  limits: { ...AGENT_LIMITS, ...agent.limits },
});

/**
 * Checks what the file of an agent alone can show: it names its owner, and each of its grants ends. The file
 * of a person or service has neither `owner` nor `writes`.
 */
export function checkAgentFile(root: Field, isAgent: boolean): void {
  for (const key of isAgent ? [] : ["owner", "writes"])
    if (root.at(key).node())
      root.at(key).error(`only an agent has \`${key}\``, {
        hint: "leave it out, or write `kind: agent`",
        of: "key",
      });
  if (!isAgent || root.file.broken === "partial") return;
  if (!root.at("owner").node())
    root.at("owner").error("is missing", { hint: "name the person who answers for the agent, by user name" });
  for (const grant of root.at("grants").items())
    if (grant.node()?.kind === "map" && !grant.at("expires").node())
      grant.error("has no `expires`", { hint: "what an agent is given ends: write the date" });
}

/** Checks agents against the other files: each owner is a person, and who only reads is given no more. */
export function checkAgents(users: readonly LocatedUser[], roles: Roles): void {
  for (const agent of users.filter(({ user }) => user.kind === "agent")) {
    checkOwner(agent, users);
    if (agent.user.writes) continue;
    for (const { field, grant } of agent.grants) {
      const given = grant.privileges ?? roles?.get(grant.role) ?? [];
      const more = given.filter(privilege => !READING.includes(privilege));
      if (more.length > 0)
        field.error(`gives an agent ${more.join(", ")}, and an agent only reads`, {
          hint: "give it a role that reads, or write `writes: true` in the file, next to `kind`",
        });
    }
  }
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
