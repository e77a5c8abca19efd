import { LEFT_OUT } from "../../core/contract/change-set";
import { groupBy } from "../../core/group-by";
import { printable } from "../../core/printable";
import { type AccessChange, type ChangeKind, NO_ACCESS } from "../../core/summary/access-change";
import { givesAdministrator } from "../../core/summary/access-changes";
import { headlineOf, headlineText, modalOf } from "../../core/summary/headline";
import type { ClusterSummary, Summary } from "../../core/summary/summary";
import { counted } from "../terminal/table";
import { code, type Format, joined, type Line, names, type Piece } from "./pieces";

/** Up to so many changes are all in the table of the first lines. */
export const FEW_CHANGES = 15;

export const HEADING = [
  "change",
  "who",
  "cluster",
  "database",
  "from",
  "to",
  "until",
  "reason",
  "owner",
  "look at",
] as const;

/** A place that is a plain word is written like text; any other name as code. */
const plainPlace = (format: Format) => (place: string) =>
  /^[A-Za-z0-9][A-Za-z0-9-]*$/.test(place) ? format.plain(place) : format.code(printable(place));

export const headline = (summary: Summary, format: Format): string =>
  headlineText(
    headlineOf(summary.changes, summary.clusters),
    name => format.code(printable(name)),
    plainPlace(format),
  );

/** The most characters that all warnings together have, unless there are more clusters than that allows. */
const WARNINGS_LENGTH = 12_000;

/**
 * What could not be looked at, and what nobody must overlook, as one line: on top, and never folded. What is
 * the same for several clusters is there once. The more there are, the shorter each is. Undefined for none.
 * @param mostLeftOut of the accounts that are left out, which can be 1,000 a cluster
 */
export function warningLine({ clusters }: Summary, mostLeftOut = Number.POSITIVE_INFINITY): Line | undefined {
  const all = clusters.flatMap(({ cluster, warnings }) => warnings.map(text => ({ cluster, text })));
  if (all.length === 0) return undefined;
  const isLeftOut = ({ text }: { text: string }) => text.startsWith(LEFT_OUT);
  const leftOut = all.filter(isLeftOut);
  const shown = [...all.filter(one => !isLeftOut(one)), ...leftOut.slice(0, mostLeftOut)];
  const more = leftOut.length - mostLeftOut;
  const texts = [...groupBy(shown, ({ text }) => text)];
  const longest = Math.max(40, Math.min(1_000, Math.floor(WARNINGS_LENGTH / texts.length)));
  return joined(
    [
      ...texts.map(([text, of]) => [...names(of.map(({ cluster }) => cluster)), ": ", code(text, longest)]),
      ...(more > 0 ? [[`and ${more} more LEFT OUT: \`--format text\` names all`]] : []),
    ],
    "; ",
  );
}

/** What else the first lines say: what was looked at, who asked, whose sessions end, what runs. */
export function factLines(summary: Summary, most: number): Line[] {
  return [checkedLine(summary), askedLine(summary, most), sessionsLine(summary, most), sqlLine(summary)];
}

function checkedLine({ clusters, source }: Summary): Line {
  if (source === "users")
    return [
      "Compared: two states of the users folder; no database was asked, so drift and whether it is unseen are not known",
    ];
  const seen = clusters.filter(({ state }) => state === "verified" || state === "unseen").length;
  const all = seen === clusters.length ? "" : `, ${clusters.length - seen} NOT`;
  return [`Verified: ${counted(seen, "cluster")} of ${clusters.length} compared with the database${all}`];
}

const changed = ({ clusters }: Summary): ClusterSummary[] =>
  clusters.filter(({ changeSet }) => changeSet !== undefined);

function askedLine(summary: Summary, most: number): Line {
  if (summary.source === "users") return ["Undo: revert the commit, or do not merge it"];
  const sets = changed(summary);
  if (sets.length === 0)
    return [isUnknown(summary) ? "Planned: not known yet" : "Planned: nothing that an apply would send"];
  const unique = (texts: readonly (string | undefined)[]) => [
    ...new Set(texts.flatMap(text => (text ? [text] : []))),
  ];
  const by = names(unique(sets.map(({ plannedBy }) => plannedBy)), 3);
  const reference = unique(sets.map(one => one.reference));
  const applied = sets.filter(({ statements }) => statements.length > 0);
  const undo = joined(
    applied.slice(0, most).map(({ changeSet }) => [code(`aurora-users undo ${changeSet}`)]),
    ", ",
  );
  const more = applied.length > most ? ` and ${applied.length - most} more` : "";
  return [
    "Planned by ",
    ...by,
    ...(reference.length > 0 ? [" for ", ...names(reference, 3)] : []),
    ` at ${sets[0]!.plannedAt}; `,
    ...(applied.length > 0 ? ["after the apply it can be undone: ", ...undo, more] : ["nothing to undo"]),
  ];
}

/** Whether of some cluster nothing is known but what the files say. */
const isUnknown = ({ clusters }: Pick<Summary, "clusters">): boolean =>
  clusters.some(({ state }) => state === "unknown");

/** Where more may come than what is known. */
function unknownLine(clusters: Summary["clusters"]): Line {
  const unknown = clusters.filter(({ state }) => state === "unknown").map(({ cluster }) => cluster);
  return unknown.length === 0 ? [] : ["; not known yet on ", ...names(unknown, 5)];
}

const isAllUnknown = (clusters: Summary["clusters"]): boolean =>
  clusters.every(({ state }) => state === "unknown");

function sessionsLine({ clusters, sessions }: Summary, most: number): Line {
  if (sessions.length === 0)
    return isAllUnknown(clusters)
      ? ["Sessions: not known yet"]
      : ["Sessions: none end", ...unknownLine(clusters)];
  return [`Sessions end (${sessions.length}): `, ...names(sessions, most), ...unknownLine(clusters)];
}

function sqlLine({ clusters, source }: Summary): Line {
  if (source === "users") return ["SQL: the plan shows it"];
  if (isAllUnknown(clusters)) return ["SQL: not known yet"];
  const sum = (of: (cluster: ClusterSummary) => number) =>
    clusters.reduce((total, cluster) => total + of(cluster), 0);
  const statements = sum(cluster => cluster.statements.length);
  const drift = sum(({ driftStatements }) => driftStatements);
  const ended = clusters.flatMap(cluster => cluster.ended);
  const origin =
    drift === 0
      ? "all intended: the files explain each effect"
      : `${counted(drift, "effect")} of drift that no file explains, the rest is intended`;
  return [
    `SQL: ${counted(statements, "statement")}${statements === 0 ? "" : `, ${origin}`}`,
    ...(ended.length === 0 ? [] : ["; expired access is taken from ", ...names(ended, 10)]),
    ...unknownLine(clusters),
  ];
}

const KINDS: Readonly<Record<ChangeKind, string>> = {
  gain: "gains",
  loss: "LOSES",
  both: "gains and LOSES",
  terms: "changes",
  drift: "drift",
};

/** The same after `would`, of what does not happen with the apply. */
const DOUBTFUL_KINDS: Readonly<Record<ChangeKind, string>> = {
  gain: "gain",
  loss: "LOSE",
  both: "gain and LOSE",
  terms: "change",
  drift: "be drift",
};

const kindText = ({ doubt, kind }: AccessChange): string =>
  doubt === undefined ? KINDS[kind] : `${modalOf(doubt)} ${DOUBTFUL_KINDS[kind]}`;

/** A row of the table. */
export function cells(change: AccessChange): Line[] {
  const { account, cluster, from, marks, name, notes, owner, place, reason, until, to } = change;
  const isNamed = name !== undefined && name !== change.user;
  const kinds = { service: "service ", agent: "agent ", person: "", account: "of no file " };
  const who: Piece[] = [kinds[change.userKind ?? "account"], ...(isNamed ? [code(name, 80), " "] : [])];
  const marked: Line[] = marks.map(mark => [{ strong: mark }]);
  const said: Line[] = notes.map(note => [code(note)]);
  const access = (text: string | undefined): Line => [text === undefined ? NO_ACCESS : code(text, 120)];
  return [
    [kindText(change)],
    [...who, code(account, 100)],
    [code(cluster, 100)],
    place === undefined ? ["the account"] : [code(place)],
    access(from),
    access(to),
    untilOf(change, until),
    reason === undefined ? ["none"] : [code(reason)],
    owner === undefined ? ["none"] : [code(owner, 100)],
    joined([...marked, ...said], ", "),
  ];
}

function untilOf({ kind, to }: AccessChange, until: string | undefined): Line {
  if (kind === "drift" || to === undefined) return [""];
  return [until === undefined ? "no end" : endOf(until)];
}

/** The last day, if the end is that of a day in UTC; else the moment. */
function endOf(until: string): string {
  const end = new Date(until);
  return end.getTime() % 86_400_000 === 0
    ? `${new Date(end.getTime() - 1).toISOString().slice(0, 10)}`
    : end.toISOString().replace(/\.000Z$/, "Z");
}

/** The changes that are always named: all losses, and all gains of what administrators have. */
export const administratorGains = ({ changes }: Summary) => changes.filter(givesAdministrator);
export const losses = ({ changes }: Summary) =>
  changes.filter(({ kind }) => kind === "loss" || kind === "both");

/** `sl_jane.doe` on `payments` of `orders-prod`: `read` to `admin` */
export const changeLine = ({ account, cluster, from, place, to }: AccessChange): Line => [
  code(account, 100),
  " (",
  code(cluster, 100),
  ...(place === undefined ? [] : [" ", code(place)]),
  ": ",
  from === undefined ? NO_ACCESS : code(from, 120),
  " → ",
  to === undefined ? NO_ACCESS : code(to, 120),
  ")",
];
