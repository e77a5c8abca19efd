import { defined } from "../../../core/json";
import { parseExpiry } from "../../../core/users";
import type { Value } from "../../../reader";
import type { Arguments, CommandOption } from "../../terminal/command";
import { UsageError } from "../../terminal/errors";

const DAY = 86_400_000;

/** Where a grant is, as options name it. */
export const placeOptions: Readonly<Record<string, CommandOption>> = {
  cluster: { kind: "text", value: "<name>", summary: "the cluster" },
  database: { kind: "texts", value: "<name>", summary: "the database; may be given several times" },
  table: { kind: "texts", value: "<name>", summary: "a table of the database; may be given several times" },
  project: { kind: "text", value: "<name>", summary: "the project, in place of cluster and database" },
  environment: { kind: "text", value: "<name>", summary: "the environment of the project" },
};

/** A place as the columns of a table, or the options, name it. */
export interface PlaceNames {
  readonly cluster?: string | undefined;
  readonly databases: readonly string[];
  readonly tables: readonly string[];
  readonly project?: string | undefined;
  readonly environment?: string | undefined;
}

export const placeOf = (args: Arguments): PlaceNames => ({
  cluster: args.text("cluster"),
  databases: args.texts("database"),
  tables: args.texts("table"),
  project: args.text("project"),
  environment: args.text("environment"),
});

/** What is wrong with a place, and with which of its names; undefined if it is whole. */
export function placeFault(place: PlaceNames): { readonly of: string; readonly message: string } | undefined {
  const { cluster, databases, environment, project, tables } = place;
  if (cluster === undefined && project === undefined)
    return { of: "cluster", message: "is missing: name a cluster and a database, or a project" };
  if (cluster !== undefined && (project !== undefined || environment !== undefined))
    return { of: "project", message: "cannot be combined with a cluster" };
  if (project !== undefined && environment === undefined)
    return { of: "environment", message: "is missing: a project has several" };
  if (project !== undefined && databases.length > 0 && tables.length === 0)
    return { of: "database", message: "is not needed: a project's environment lists its databases" };
  if (cluster !== undefined && databases.length === 0) return { of: "database", message: "is missing" };
  if (tables.length > 0 && databases.length !== 1)
    return { of: "table", message: "needs exactly one database" };
  return undefined;
}

/** What a grant gives, and for how long. */
export interface Terms {
  readonly role: string;
  /** As a file writes it. */
  readonly expires?: string | undefined;
  readonly reason?: string | undefined;
}

/** The grant as an item of a user file. */
export function grantValue(place: PlaceNames, { role, expires, reason }: Terms): Record<string, Value> {
  const { cluster, databases, environment, project, tables } = place;
  const on: Record<string, Value> =
    cluster !== undefined ? { cluster } : { project: project ?? "", environment: environment ?? "" };
  if (tables.length > 0) Object.assign(on, { database: databases[0] ?? "", tables });
  else if (cluster !== undefined) on["databases"] = databases;
  return {
    ...on,
    role,
    ...defined({ expires, reason }),
  };
}

/**
 * The end that a text names, as a file writes it: `30d` and `6w` are the day then, `12h` the moment. A date
 * or a timestamp stays as it is.
 * @returns what is wrong with the text, or an end that has passed
 */
export function endText(text: string, now: Date): { readonly expires: string } | { readonly fault: string } {
  const [, count, unit] = /^(\d{1,4})([hdw])$/.exec(text) ?? [];
  if (count !== undefined && unit !== undefined) {
    const length = Number(count) * (unit === "h" ? DAY / 24 : unit === "d" ? DAY : 7 * DAY);
    if (length === 0) return { fault: "must lie ahead" };
    const end = new Date(now.getTime() + length).toISOString();
    return { expires: unit === "h" ? `${end.slice(0, 16)}Z` : end.slice(0, 10) };
  }
  const expiry = parseExpiry(text);
  if (!("expires" in expiry))
    return { fault: `${expiry.message}; ${expiry.hint}, or a time from now (30d, 6w, 12h)` };
  if (new Date(expiry.expires) <= now) return { fault: `"${text}" has passed` };
  return { expires: text };
}

/** The end of `--expires`. @throws UsageError */
export function endOption(args: Arguments, now: Date): string | undefined {
  const text = args.text("expires");
  if (text === undefined) return undefined;
  const end = endText(text, now);
  if ("fault" in end) throw new UsageError(`\`--expires\`: ${end.fault}`);
  return end.expires;
}

export const expiresOption: CommandOption = {
  kind: "text",
  value: "<end>",
  summary: "when it ends: 30d, 6w, 12h, 2027-03-31 (the end of that day UTC), or a timestamp with its zone",
};
export const reasonOption: CommandOption = {
  kind: "text",
  value: "<text>",
  summary: "why, in one line: a ticket or a sentence",
};
