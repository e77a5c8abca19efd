import { groupBy } from "../group-by";
import { byCodeUnit } from "../json";
import { type AccessChange, type Doubt, isGain, LEVELS } from "./access-change";
import type { ClusterState, ClusterSummary, Count, Counts } from "./summary";

/**
 * How many people, services, agents and undeclared accounts gain, lose, drift, or only change. What does not
 * happen with the apply does not count.
 */
export const countChanges = (changes: readonly AccessChange[]): Counts =>
  countAll(changes.filter(({ doubt }) => doubt === undefined));

/** Who gains and loses counts in both. */
function countAll(changes: readonly AccessChange[]): Counts {
  const has = (...kinds: string[]) => changes.filter(({ kind }) => kinds.includes(kind));
  const [gain, lose, drift] = [has("gain", "both"), has("loss", "both"), has("drift")];
  const counted = new Set([...gain, ...lose].map(holderOf));
  const change = has("terms").filter(one => !counted.has(holderOf(one)));
  return { gain: countOf(gain), lose: countOf(lose), drift: countOf(drift), change: countOf(change) };
}

const kindOf = ({ userKind }: AccessChange): keyof Count => userKind ?? "account";
/** A person with accounts on several clusters is one. */
const holderOf = (change: AccessChange): string => `${kindOf(change)} ${change.user}`;

function countOf(changes: readonly AccessChange[]): Count {
  const holders = groupBy(new Map(changes.map(change => [holderOf(change), change])).values(), kindOf);
  const count = (kind: keyof Count) => holders.get(kind)?.length ?? 0;
  return {
    person: count("person"),
    service: count("service"),
    agent: count("agent"),
    account: count("account"),
  };
}

const NOUNS: readonly (readonly [keyof Count, string, string])[] = [
  ["person", "person", "people"],
  ["service", "service", "services"],
  ["agent", "agent", "agents"],
  ["account", "account", "accounts"],
];

const totalOf = (count: Count): number => NOUNS.reduce((sum, [kind]) => sum + count[kind], 0);

/** Verbs for one, for several, and after `would`, by what is counted. */
const VERBS: readonly (readonly [keyof Counts, string, string, string])[] = [
  ["gain", "gains", "gain", "gain"],
  ["lose", "loses", "lose", "lose"],
  ["drift", "is drift", "are drift", "be drift"],
  ["change", "changes", "change", "change"],
];

/** The most that somebody gains. */
interface HighestAccess {
  readonly role: string;
  readonly place: string;
  readonly was?: string | undefined;
}

/** `3 people gain, 1 loses, 1 is drift`, without names, and the highest access among what is gained. */
interface Counted {
  readonly counts: string;
  /** `unknown`: it depends on roles whose privileges are not known. */
  readonly highest?: HighestAccess | "unknown" | undefined;
}

/** `3 people gain, 1 loses, 1 is drift; highest: "admin" on payments (new)` in parts. */
export interface Headline {
  /** What the apply changes. Absent if there is nothing but what it does not change, or may not. */
  readonly sure?: Counted | undefined;
  /** What could not be looked at, each with what would change there. */
  readonly unsure: readonly (Partial<Counted> & { readonly what: string })[];
}

/** The parts of the first line. */
export function headlineOf(changes: readonly AccessChange[], clusters: readonly ClusterSummary[]): Headline {
  const sure = changes.filter(({ doubt }) => doubt === undefined);
  const unsure = UNSURE.flatMap(([state, label]) => {
    const count = clusters.filter(cluster => cluster.state === state).length;
    const doubtful = changes.filter(({ doubt }) => doubt === state);
    if (count + doubtful.length === 0) return [];
    const what = count === 0 ? label : `${count} ${count === 1 ? "cluster" : "clusters"} ${label}`;
    if (doubtful.length === 0) return [{ what }];
    return [
      {
        what,
        counts: countsText(countAll(doubtful), modalOf(state as Doubt)).join(", "),
        highest: highestOf(doubtful),
      },
    ];
  });
  const isDoubtful = sure.length === 0 && changes.length > 0;
  return { sure: isDoubtful ? undefined : sureOf(sure), unsure };
}

function sureOf(changes: readonly AccessChange[]): Counted {
  const counts = countAll(changes);
  const has = totalOf(counts.gain) + totalOf(counts.lose) > 0;
  const texts = [...(has ? [] : ["nobody gains or loses access"]), ...countsText(counts)];
  return { counts: texts.join(", "), highest: highestOf(changes) };
}

/** `3 people gain`, `1 loses`, ... @param modal `would`, for what does not happen */
function countsText(counts: Counts, modal?: string): string[] {
  let isNamed = false;
  return VERBS.flatMap(([what, one, many, plain]) => {
    const count = counts[what];
    const total = totalOf(count);
    if (total === 0) return [];
    const nouns = NOUNS.filter(([kind]) => count[kind] > 0);
    const text = nouns.map(([kind, single, plural]) => {
      const isPerson = kind === "person" || kind === "account";
      const hides = isPerson && isNamed && nouns.length === 1;
      return hides ? `${count[kind]}` : `${count[kind]} ${count[kind] === 1 ? single : plural}`;
    });
    isNamed ||= count.person > 0;
    return [`${listed(text)} ${modal ? `${modal} ${plain}` : total === 1 ? one : many}`];
  });
}

const listed = (texts: readonly string[]): string =>
  texts.length < 2 ? texts.join("") : `${texts.slice(0, -1).join(", ")} and ${texts.at(-1)}`;

/** What is not sure, by its state, and how the first line says it. */
const UNSURE: readonly (readonly [ClusterState | Doubt, string])[] = [
  ["unverified", "not verified"],
  ["refused", "refused"],
  ["failed", "in a plan that failed"],
  ["unknown", "not known yet"],
  ["unseen", "not reviewed before it runs"],
  ["deleted", "without a hook from then on"],
  ["left out", "LEFT OUT"],
];

/** How a change is written that does not happen with the apply, or may not. */
export function modalOf(doubt: Doubt): string {
  if (doubt === "unknown") return "may";
  return doubt === "unseen" ? "would later" : "would";
}

/** The highest access that somebody gains: by its level, then if it is new, then by name. */
function highestOf(changes: readonly AccessChange[]): Counted["highest"] {
  const gains = changes.filter(isGain);
  const known = gains.filter(({ toLevel }) => toLevel !== undefined);
  const rank = ({ toLevel }: AccessChange) => LEVELS.indexOf(toLevel!);
  const placeOf = ({ holds, place }: AccessChange) => holds?.place ?? place!;
  const roleOf = ({ holds, to }: AccessChange) => holds?.role ?? to!;
  const [first] = known.sort(
    (a, b) =>
      rank(b) - rank(a) ||
      Number(a.from !== undefined) - Number(b.from !== undefined) ||
      byCodeUnit(placeOf(a), placeOf(b)) ||
      byCodeUnit(a.cluster, b.cluster) ||
      byCodeUnit(roleOf(a), roleOf(b)),
  );
  // A role whose privileges are not known may give more than any other but an administrator's.
  const isCertain = known.length === gains.length || first?.toLevel === "administrator";
  if (gains.length === 0) return undefined;
  return first && isCertain ? { role: roleOf(first), place: placeOf(first), was: first.from } : "unknown";
}

/** The first line. @param code how a name is written: in quotes, as code */
export function headlineText(
  { sure, unsure }: Headline,
  code: (name: string) => string,
  place = code,
): string {
  const text = ({ counts, highest }: Counted, between: string) =>
    counts + highestText(highest, code, place, between);
  return [
    ...(sure ? [text(sure, "; ")] : []),
    ...unsure.map(({ counts, highest, what }) =>
      counts === undefined ? what : `${what}: ${text({ counts, highest }, ", ")}`,
    ),
  ].join("; ");
}

function highestText(
  highest: Counted["highest"],
  code: (name: string) => string,
  place: (name: string) => string,
  between: string,
): string {
  if (highest === undefined) return "";
  if (highest === "unknown") return `${between}highest: not known yet`;
  const was = highest.was === undefined ? "new" : `was ${code(highest.was)}`;
  return `${between}highest: ${code(highest.role)} on ${place(highest.place)} (${was})`;
}
