import { lowerName } from "../../catalogue/lower-case";
import { sortedRecord } from "../../json";
import { listSome, sentences } from "../../name-some";
import {
  type DatabaseGrant,
  grantsOf,
  holdsAt,
  mapGrants,
  privilegesOf,
  type Roster,
  type RosterAccount,
} from "../../roster/roster";
import { type Holding, type RuleViolation, ruleViolations, violationText } from "../../rules";
import { changedAccounts, mergeSources, type SourceRoster } from "../../source";
import type { KnownSource } from "../known-cluster";

/** More violations would not make a message clearer. */
const NAMED = 10;

/**
 * The rules that a reviewed roster breaks by itself, each as a sentence; empty if none. What sources add does
 * not count: no writer of a parameter may hold up what was reviewed. Nor does what time alone broke: a plan
 * that takes other access away must go through.
 */
export const brokenRules = (cluster: string, roster: Roster, now: Date): string[] =>
  ruleViolations([{ cluster, roster }], now)
    .filter(({ alone }) => alone !== "ended")
    .map(violation => `${violationText(violation)}; ${violation.hint}`);

/** The rules that a reviewed roster breaks, in one text; undefined if none. */
export function rulesFault(cluster: string, roster: Roster, now: Date): string | undefined {
  const broken = brokenRules(cluster, roster, now);
  return broken.length === 0 ? undefined : listSome(broken, NAMED);
}

/**
 * Who alone has access to what they own, each as a sentence. Nothing is refused or taken away for it where
 * time alone broke the rule, or a source's writer took the others away.
 */
export function aloneNotes(cluster: string, { rules = {}, ...roster }: Roster, now: Date): string[] {
  const ofOwners = Object.entries(rules).filter(([, rule]) => "noSoleOwner" in rule);
  const one = { cluster, roster: { ...roster, rules: Object.fromEntries(ofOwners) } };
  return ruleViolations([one], now).map(
    violation => `${violationText(violation)}. Nothing is taken away for that: ${violation.hint}.`,
  );
}

/** What a source may not give, by account, and which rule that breaks. */
export type BrokenGrants = Readonly<Record<string, string>>;

/**
 * The sources without the grants that break a rule of the reviewed roster together with it, or with a source
 * before them. Their accounts lose such grants, as they lose what is above a lowered ceiling. The reviewed
 * roster, and a source that comes before, keep theirs.
 * @param rosters reviewed rosters: each one's rules count
 */
export const withinRules = <S extends KnownSource>(
  sources: readonly S[],
  rosters: readonly (Roster | undefined)[],
  { cluster, now }: { readonly cluster: string; readonly now: Date },
): readonly S[] =>
  rosters.reduce<readonly S[]>(
    (limited, reviewed) => (reviewed?.rules ? limitSources(limited, reviewed, { cluster, now }) : limited),
    sources,
  );

function limitSources<S extends KnownSource>(
  sources: readonly S[],
  reviewed: Roster,
  at: { readonly cluster: string; readonly now: Date },
): readonly S[] {
  const before: SourceRoster[] = [];
  return sources.map(source => {
    const { broken, roster } = withoutBroken(source, before, reviewed, at);
    before.push({ name: source.name, own: source.own, roster });
    if (Object.keys(broken).length === 0) return source;
    const isGone = (account: string) =>
      !Object.hasOwn(roster.accounts, account) && Object.hasOwn(source.own, account);
    const gone = Object.keys(source.roster.accounts).filter(isGone);
    return {
      ...source,
      roster,
      pending: changedAccounts(source.effective, roster),
      formerly: [...new Set([...source.formerly, ...gone])].sort(),
      broken: { ...source.broken, ...broken },
    };
  });
}

/**
 * What of a source keeps the rules of the reviewed roster.
 * @param before sources whose grants count as given
 * @param isWrong whether a grant of the source that takes part in breaking a rule has to go
 */
export function withoutBroken(
  source: SourceRoster,
  before: readonly SourceRoster[],
  reviewed: Roster,
  { cluster, isWrong = takesAway, now }: JudgedAt,
): { readonly roster: Roster; readonly broken: BrokenGrants } {
  const faults = new Map<string, Faults>();
  let { roster } = source;
  // Without a grant, another one may be the only one of its kind: each turn takes at least one away.
  for (;;) {
    const added = { ...source, roster };
    const present = mergeSources(reviewed, before, now);
    const isAdded = isGivenBy(added.roster, present, now);
    const merged = mergeSources(reviewed, [...before, added], now);
    const forbidden = new Set<Holding>();
    for (const violation of ruleViolations([{ cluster, roster: merged }], now))
      for (const holding of violation.at) {
        if (!isWrong(violation, holding) || !(forbidden.has(holding) || isAdded(holding))) continue;
        forbidden.add(holding);
        const known = faults.get(holding.account) ?? { count: 0, first: [] };
        if (++known.count <= FAULTS_NAMED) known.first.push([violation, holding]);
        faults.set(holding.account, known);
      }
    if (forbidden.size === 0) return { roster, broken: sortedRecord([...faults].map(textOf)) };
    roster = withoutGrants(roster, forbidden);
  }
}

interface JudgedAt {
  readonly cluster: string;
  readonly now: Date;
  readonly isWrong?: ((violation: RuleViolation, holding: Holding) => boolean) | undefined;
}
/** What is wrong with an account: how much in all, and the first of it. It can be very much. */
interface Faults {
  count: number;
  readonly first: (readonly [RuleViolation, Holding])[];
}

/** Nobody loses access because nobody else has any. */
const takesAway = ({ alone }: RuleViolation): boolean => alone === undefined;

/** More would not make a message clearer. */
const FAULTS_NAMED = 3;

function textOf([account, { count, first }]: readonly [string, Faults]): [string, string] {
  const named = first.map(([violation, holding]) => {
    const shown = [holding, ...violation.shown.filter(other => other !== holding)];
    return violationText({ ...violation, shown });
  });
  return [account, sentences(named) + (count > named.length ? ` And ${count - named.length} more.` : "")];
}

/**
 * The rules that a new document of a source breaks, by account. A grant that the accepted one has, and that
 * gives no more now, does not count: it is not given if it breaks a rule, and must not hold up what the
 * document takes away.
 */
export function brokenByDocument(
  document: SourceRoster,
  accepted: Roster,
  known: { readonly states: readonly KnownSource[]; readonly reviewed: Roster },
  at: { readonly cluster: string; readonly now: Date },
): BrokenGrants {
  const { reviewed, states } = known;
  const others = withinRules(states, [reviewed], at).filter(({ name }) => name !== document.name);
  const isMore = givesMore(document.roster, accepted);
  const isWrong = (_: RuleViolation, holding: Holding) => isMore(holding);
  return withoutBroken(document, others, reviewed, { ...at, isWrong }).broken;
}

/** Whether a grant of `after` gives more than `before`, or on other terms. */
function givesMore(after: Roster, before: Roster): (holding: Holding) => boolean {
  const [now, then] = [after, before].map(grantsByKey) as [GrantsByKey, GrantsByKey];
  return ({ account, database }) => {
    const [one, other] = [now.get(keyOf(account, database)), then.get(keyOf(account, database))];
    if (!one || !other) return true;
    const had = privilegesOf(before, other.grant);
    return (
      privilegesOf(after, one.grant).some(privilege => !had.includes(privilege)) ||
      (["user", "kind", "email"] as const).some(key => one.details[key] !== other.details[key]) ||
      one.grant.reason !== other.grant.reason ||
      (other.grant.expires !== undefined &&
        (one.grant.expires === undefined || new Date(one.grant.expires) > new Date(other.grant.expires)))
    );
  };
}

type GrantsByKey = ReadonlyMap<string, { readonly details: RosterAccount; readonly grant: DatabaseGrant }>;

const grantsByKey = (roster: Roster): GrantsByKey =>
  new Map(
    Object.entries(roster.accounts).flatMap(([account, details]) =>
      Object.entries(details.databases).map(
        ([database, grant]) => [keyOf(account, database), { details, grant }] as const,
      ),
    ),
  );

const keyOf = (account: string, database: string): string => JSON.stringify([account, lowerName(database)]);

/** Whether a grant of the merged roster is the source's: nobody before it gives anything there. */
function isGivenBy(roster: Roster, present: Roster, now: Date): (holding: Holding) => boolean {
  const given = new Set(
    Object.entries(present.accounts).flatMap(([account, details]) =>
      grantsOf(details)
        .filter(({ grant, object }) => !object && holdsAt(grant, now))
        .map(({ database }) => keyOf(account, database)),
    ),
  );
  const own = new Set(
    Object.entries(roster.accounts).flatMap(([account, details]) =>
      grantsOf(details).map(({ database }) => keyOf(account, database)),
    ),
  );
  return ({ account, database, object }) => {
    const key = keyOf(account, database);
    return !object && own.has(key) && !given.has(key);
  };
}

function withoutGrants(roster: Roster, holdings: ReadonlySet<Holding>): Roster {
  const forbidden = new Set([...holdings].map(({ account, database }) => keyOf(account, database)));
  const accounts = Object.entries(roster.accounts).flatMap(([name, account]) => {
    const left = mapGrants(account, ({ database, grant }) =>
      forbidden.has(keyOf(name, database)) ? undefined : grant,
    );
    return grantsOf(left).length === 0 ? [] : [[name, left] as const];
  });
  return { ...roster, accounts: Object.fromEntries(accounts) };
}
