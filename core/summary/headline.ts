import { groupBy } from "../group-by";
import { byCodeUnit } from "../json";
import { type AccessChange, LEVELS } from "./access-change";
import { CLUSTER_STATES, type ClusterState, type ClusterSummary, type Count, type Counts } from "./summary";

/** How many people, services, agents and undeclared accounts gain, lose, drift, or only change. */
export function countChanges(changes: readonly AccessChange[]): Counts {
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

/** Verbs for one and for several, by what is counted. */
const VERBS: readonly (readonly [keyof Counts, string, string])[] = [
  ["gain", "gains", "gain"],
  ["lose", "loses", "lose"],
  ["drift", "is drift", "are drift"],
  ["change", "changes", "change"],
];

/** The most that somebody gains. */
interface HighestAccess {
  readonly role: string;
  readonly place: string;
  readonly was?: string | undefined;
}

/** `3 people gain, 1 loses, 1 is drift; highest: "admin" on payments (new)` in parts. */
export interface Headline {
  /** What is counted, without names. */
  readonly counts: string;
  /** `unknown`: it depends on roles whose privileges are not known. */
  readonly highest?: HighestAccess | "unknown" | undefined;
  /** What could not be looked at, without names. */
  readonly unseen: readonly string[];
}

/** The parts of the first line. */
export function headlineOf(changes: readonly AccessChange[], clusters: readonly ClusterSummary[]): Headline {
  const counts = countChanges(changes);
  let isNamed = false;
  const parts = VERBS.flatMap(([what, one, many]) => {
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
    return [`${listed(text)} ${total === 1 ? one : many}`];
  });
  const unseen = CLUSTER_STATES.filter(state => state in UNSEEN).flatMap(state => {
    const count = clusters.filter(cluster => cluster.state === state).length;
    return count === 0 ? [] : [`${count} ${count === 1 ? "cluster" : "clusters"} ${UNSEEN[state]}`];
  });
  const has = totalOf(counts.gain) + totalOf(counts.lose) > 0;
  return {
    counts: has ? parts.join(", ") : ["nobody gains or loses access", ...parts].join(", "),
    highest: highestOf(changes),
    unseen,
  };
}

const listed = (texts: readonly string[]): string =>
  texts.length < 2 ? texts.join("") : `${texts.slice(0, -1).join(", ")} and ${texts.at(-1)}`;

const UNSEEN: Partial<Record<ClusterState, string>> = {
  unverified: "not verified",
  refused: "refused",
  unknown: "not known yet",
  unseen: "not reviewed before it runs",
  deleted: "without a hook from then on",
};

/** The highest access that somebody gains: by its level, then if it is new, then by name. */
function highestOf(changes: readonly AccessChange[]): Headline["highest"] {
  const gains = changes.filter(
    ({ kind, place }) => (kind === "gain" || kind === "both") && place !== undefined,
  );
  const known = gains.filter(({ toLevel }) => toLevel !== undefined);
  const rank = ({ toLevel }: AccessChange) => LEVELS.indexOf(toLevel!);
  const [first] = known.sort(
    (a, b) =>
      rank(b) - rank(a) ||
      Number(a.from !== undefined) - Number(b.from !== undefined) ||
      byCodeUnit(a.place!, b.place!) ||
      byCodeUnit(a.cluster, b.cluster) ||
      byCodeUnit(a.to!, b.to!),
  );
  // A role whose privileges are not known may give more than any other but an administrator's.
  const isCertain = known.length === gains.length || first?.toLevel === "administrator";
  if (gains.length === 0) return undefined;
  return first && isCertain ? { role: first.to!, place: first.place!, was: first.from } : "unknown";
}

/** The first line. @param code how a name is written: in quotes, as code */
export function headlineText(headline: Headline, code: (name: string) => string, place = code): string {
  const { counts, highest, unseen } = headline;
  return counts + highestText(highest, code, place) + unseen.map(text => `; ${text}`).join("");
}

function highestText(
  highest: Headline["highest"],
  code: (name: string) => string,
  place: (name: string) => string,
): string {
  if (highest === undefined) return "";
  if (highest === "unknown") return "; highest: not known yet";
  const was = highest.was === undefined ? "new" : `was ${code(highest.was)}`;
  return `; highest: ${code(highest.role)} on ${place(highest.place)} (${was})`;
}
