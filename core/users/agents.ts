import type { DatabasePrivilege } from "../catalogue/mysql-privileges";
import type { Limits } from "../roster/account-options";
import type { Field } from "./field";
import type { Settings } from "./settings-file-schema";

/** The privileges that an agent may hold which does not say `writes: true`. */
export const READING: readonly string[] = ["SELECT", "SHOW VIEW"] satisfies DatabasePrivilege[];

/** What an agent may use of a server if neither its file nor `defaults.agent` of settings.yaml says. */
export const AGENT_LIMITS = {
  connections: 5,
  queriesPerHour: 10_000,
  updatesPerHour: 1_000,
  connectionsPerHour: 600,
} as const satisfies Limits;

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
