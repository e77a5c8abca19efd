import type { CommandOption } from "../terminal/command";

/** Options that say where a cluster is and who logs in, for each command that logs in. */
export const placeOptions: Readonly<Record<string, CommandOption>> = {
  host: {
    kind: "text",
    value: "<name>",
    summary: "the writer's endpoint, if nothing in this folder says it",
  },
  port: { kind: "text", value: "<number>", summary: "its port (default: 3306); only with --host" },
  region: { kind: "text", value: "<name>", summary: "its region, if its name does not say it" },
  ca: { kind: "text", value: "<file>", summary: "root certificates (default: those of RDS)" },
  users: { kind: "text", value: "<folder>", summary: "the users folder (default: users)" },
};
