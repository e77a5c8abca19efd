import { defined } from "../../../core/json";
import { lastDay } from "../../../core/matrix/matrix";
import { printable } from "../../../core/printable";
import type { ReachTarget } from "../../../core/reach/reach-facts";
import { nearestHint } from "../../../core/users/nearest";
import { type WhyDeclared, type WhyGrant, whyDeclared } from "../../../core/why/why-declared";
import { type Arguments, type Command, jsonOption, printJson } from "../../terminal/command";
import { AwsProblemError, CallFailedError, UsageError } from "../../terminal/errors";
import { openTable, regionOption, tableOption } from "../audit/audit";
import {
  clusterOf,
  clusterOption,
  declaredUsers,
  placeOf,
  placePositional,
  usersOption,
} from "./asked-place";
import { readTrail, type Trail, type TrailDocument, type TrailStatement, trailOf } from "./why-trail";

/** What the trail says, or why it was not asked. */
type AskedTrail = Trail | { readonly notAsked: string };

/** `aurora-users why`: where somebody's access comes from, and where it went. */
export const why: Command = {
  name: "why",
  summary: "say why somebody has access to a database or table, or has none",
  details: [
    "From the users folder: file and line, role and privileges. From the audit trail: the statement that gave it, its change",
    "set, who planned it, and the document of a source. Needs dynamodb:Query on the table; without AWS, or with --offline, the",
    "answer says that the trail was not asked. `who` is what the caller said, and proves nothing: CloudTrail has the identity.",
  ].join("\n"),
  positionals: [{ shown: "<user>", summary: "a user name, account or e-mail address" }, placePositional],
  options: {
    cluster: clusterOption,
    users: usersOption,
    offline: { kind: "flag", summary: "do not ask the audit trail" },
    table: tableOption,
    region: regionOption,
    json: jsonOption,
  },
  async run(args, io) {
    const [user, text] = [args.at(0)!, args.at(1)!];
    const target = placeOf(text);
    const users = declaredUsers(args, { now: io.now() });
    const cluster = clusterOf(args, target, users);
    const roster = users?.rosters[cluster];
    const account = Object.entries(roster?.accounts ?? {}).find(([name, { email, user: own }]) =>
      [name, own, email].includes(user),
    );
    const question = { cluster, target, now: io.now(), places: users?.grantPlaces ?? [] };
    const declared = roster && account && whyDeclared(account, { ...question, roster });
    const isMeant = (name: string) => name === user || name === account?.[0] || name === account?.[1].user;
    const trail = await askTrail(args, { cluster, target, isMeant });
    const isFound = declared !== undefined || ("statements" in trail && trail.statements.length > 0);
    if (!isFound) assertKnown(user, users?.users.flatMap(known => [known.username, known.email ?? ""]) ?? []);
    const answer = {
      user,
      cluster,
      ...target,
      access: hasAccess(declared, trail),
      ...defined({ declared }),
      trail,
    };
    if (args.flag("json")) printJson(io, answer);
    else io.out(answerText(answer).map(printable).join("\n"));
    return 0;
  },
};

/** An answer about a misspelt name would be "no access". @throws UsageError */
function assertKnown(user: string, names: readonly string[]): void {
  const known = names.filter(name => name !== "");
  if (known.includes(user)) return;
  throw new UsageError(
    `nothing names "${user}"; ${nearestHint(user, known, "the users folder has no user")}`,
  );
}

interface Asked {
  readonly cluster: string;
  readonly target: ReachTarget;
  readonly isMeant: (name: string) => boolean;
}

async function askTrail(args: Arguments, { cluster, isMeant, target }: Asked): Promise<AskedTrail> {
  if (args.flag("offline")) return { notAsked: "--offline" };
  try {
    const table = await openTable(args);
    try {
      return trailOf(await readTrail(table, cluster), isMeant, target);
    } finally {
      table.close();
    }
  } catch (error) {
    if (!(error instanceof AwsProblemError) && !(error instanceof CallFailedError)) throw error;
    return { notAsked: error.message };
  }
}

/** As the folder says; of what only a source declares, as the trail says. A locked account has none. */
function hasAccess(declared: WhyDeclared | undefined, trail: AskedTrail): boolean {
  if ("statements" in trail && trail.isLocked) return false;
  if (declared?.grants.some(({ state }) => state === "in force")) return true;
  return declared === undefined && "statements" in trail && trail.statements.at(-1)?.what === "gave";
}

interface Answer extends ReachTarget {
  readonly user: string;
  readonly cluster: string;
  readonly access: boolean;
  readonly declared?: WhyDeclared | undefined;
  readonly trail: AskedTrail;
}

function answerText({ access, cluster, database, declared, table, trail, user }: Answer): string[] {
  const place = table === undefined ? database : `${database}.${table}`;
  const as = declared ? `, as ${declared.account}` : "";
  return [
    `${user} has ${access ? "" : "NO "}access to ${place} on ${cluster}${as}`,
    ...("statements" in trail && trail.isLocked ? ["- the account is LOCKED: see the audit trail"] : []),
    ...(declared?.grants.map(grant => `- ${declaredText(grant)}`) ?? [
      `- no file in the users folder gives ${user} anything on ${cluster}`,
    ]),
    ...(declared && declared.grants.length === 0 ? ["- no grant is about it"] : []),
    ...(declared && declared.nearest.length > 0
      ? ["Nearest:", ...declared.nearest.map(grant => `- ${declaredText(grant)}`)]
      : []),
    ...trailText(trail, cluster),
  ];
}

function declaredText({ at, expires, on, privileges, project, reason, role, state, team }: WhyGrant): string {
  const ended = state === "ended" && expires !== undefined;
  return [
    `${role} on ${on}${privileges.length > 0 ? ` (${privileges.join(", ")})` : ""}`,
    ...(expires === undefined ? [] : [`${ended ? "ENDED" : "until"} ${lastDay(expires)}`]),
    ...(state === "suspended" ? ["SUSPENDED"] : []),
    ...(team === undefined ? [] : [`by team ${team}`]),
    ...(project === undefined ? [] : [`project ${project}`]),
    ...(reason === undefined ? [] : [`reason: ${reason}`]),
    at ?? "in no file",
  ].join("; ");
}

function trailText(trail: AskedTrail, cluster: string): string[] {
  if ("notAsked" in trail) return [`Audit trail: not asked (${trail.notAsked})`];
  const { documents, statements } = trail;
  return [
    statements.length === 0 ? "Audit trail: no statement about it" : "Audit trail:",
    ...statements.map(statement => `- ${statementText(statement, cluster)}`),
    ...documents.map(document => `- ${documentText(document, cluster)}`),
    ...(documents.length > 1
      ? ["- which of these sources has it, the trail does not say: `aurora-users reach` names the source"]
      : []),
  ];
}

const documentText = (
  { by, item, parameter, source, version, when }: TrailDocument,
  cluster: string,
): string =>
  [
    `in force then: document of source ${source}`,
    ...(parameter === undefined ? [] : [`${parameter} version ${version}`]),
    ...(by === undefined ? [] : [`written by ${by}`]),
    `accepted ${when}`,
    `audit item ${cluster} ${item}`,
  ].join("; ");

const statementText = (
  { cause, changeSet, item, outcome, reference, sources = [], sql, what, when, who }: TrailStatement,
  cluster: string,
): string =>
  [
    `${what} ${when}: ${sql}`,
    ...(cause === undefined ? [] : [`cause ${cause}`]),
    ...sources.map(source => `source ${source}`),
    ...(changeSet === undefined ? [] : [`change set ${changeSet}`]),
    ...(who === undefined ? [] : [`planned by ${who}`]),
    ...(reference === undefined ? [] : [`reference ${reference}`]),
    ...(outcome === "done" ? [] : [`result ${outcome}`]),
    `audit item ${cluster} ${item}`,
  ].join("; ");
