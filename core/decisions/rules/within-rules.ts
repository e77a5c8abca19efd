import { lowerName } from "../../catalogue/lower-case";
import { sortedRecord } from "../../json";
import { listSome, sentences } from "../../name-some";
import { objectKey } from "../../roster/granted-object";
import { grantsOf, holdsAt, mapGrants, type Roster } from "../../roster/roster";
import { type Holding, ruleViolations, violationText } from "../../rules";
import { changedAccounts, mergeSources, type SourceRoster } from "../../source";
import type { KnownSource } from "../known-cluster";

/** More violations would not make a message clearer. */
const NAMED = 10;

/**
 * The rules that a reviewed roster breaks by itself, each as a sentence; empty if none. What sources add does
 * not count: no writer of a parameter may hold up what was reviewed.
 */
export const brokenRules = (cluster: string, roster: Roster, now: Date): string[] =>
  ruleViolations([{ cluster, roster }], now).map(
    violation => `${violationText(violation)}; ${violation.hint}`,
  );

/** The rules that a reviewed roster breaks, in one text; undefined if none. */
export function rulesFault(cluster: string, roster: Roster, now: Date): string | undefined {
  const broken = brokenRules(cluster, roster, now);
  return broken.length === 0 ? undefined : listSome(broken, NAMED);
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
 */
export function withoutBroken(
  source: SourceRoster,
  before: readonly SourceRoster[],
  reviewed: Roster,
  { cluster, now }: { readonly cluster: string; readonly now: Date },
): { readonly roster: Roster; readonly broken: BrokenGrants } {
  const broken = new Map<string, Set<string>>();
  let { roster } = source;
  // Without a grant, another one may be the only one of its kind: each turn takes at least one away.
  for (;;) {
    const added = { ...source, roster };
    const present = mergeSources(reviewed, before, now);
    const isAdded = isGivenBy(added.roster, present, now);
    const merged = mergeSources(reviewed, [...before, added], now);
    const forbidden = new Set<string>();
    for (const violation of ruleViolations([{ cluster, roster: merged }], now))
      for (const holding of violation.at.filter(isAdded)) {
        forbidden.add(keyOf(holding.account, holding.database));
        const why = violationText({ ...violation, shown: [holding, ...others(violation.shown, holding)] });
        broken.set(holding.account, (broken.get(holding.account) ?? new Set()).add(why));
      }
    if (forbidden.size === 0)
      return {
        roster,
        broken: sortedRecord([...broken].map(([account, why]) => [account, sentences(why, 3)] as const)),
      };
    roster = withoutGrants(roster, forbidden);
  }
}

const others = (shown: readonly Holding[], holding: Holding): Holding[] =>
  shown.filter(
    ({ account, database, object }) =>
      account !== holding.account ||
      database !== holding.database ||
      (object && objectKey(object)) !== (holding.object && objectKey(holding.object)),
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

function withoutGrants(roster: Roster, forbidden: ReadonlySet<string>): Roster {
  const accounts = Object.entries(roster.accounts).flatMap(([name, account]) => {
    const left = mapGrants(account, ({ database, grant }) =>
      forbidden.has(keyOf(name, database)) ? undefined : grant,
    );
    return grantsOf(left).length === 0 ? [] : [[name, left] as const];
  });
  return { ...roster, accounts: Object.fromEntries(accounts) };
}
