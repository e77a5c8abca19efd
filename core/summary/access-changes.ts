import { byCodeUnit, canonicalJson, defined } from "../json";
import { placeText } from "../roster/granted-object";
import {
  EMPTY_ROSTER,
  GRANT_OPTION,
  type PlacedGrant,
  type Roster,
  type RosterAccount,
} from "../roster/roster";
import { type AccessChange, type ChangeKind, isGain, LEVELS, type Level } from "./access-change";
import type { ComparedRosters, PairInRosters } from "./compared-rosters";
import { type AccountPair, currentGrants, type GrantPair, pairAccounts, pairGrants } from "./declared-access";
import { administeredPlaces, marksOf } from "./marks";
import { optionChange } from "./option-changes";
import { levelOf, powersOf } from "./powers";

/**
 * What changes for each account between two rosters of a cluster, in the one order of summaries. A grant that
 * has expired gives nothing: its extension is a gain, and to remove it changes nothing.
 */
export function accessChanges({ after = EMPTY_ROSTER, before = EMPTY_ROSTER, ...compared }: ComparedRosters) {
  let places: ReadonlySet<string> | undefined;
  const administered = () => (places ??= administeredPlaces(before, compared.now));
  const rulesOf = ({ projects, roles, teams }: Roster) => canonicalJson({ projects, roles, teams });
  const isSameRules = rulesOf(before) === rulesOf(after);
  const changes = pairAccounts(before, after)
    .filter(pair => !isSameRules || !isSame(pair))
    .flatMap(pair => {
      const within = { ...compared, before, after, pair, administered };
      return [...accountChanges(within), ...grantChanges(within)];
    });
  return changes.sort(compareChanges);
}

const isSame = ({ after, before, renamedFrom }: AccountPair): boolean =>
  renamedFrom === undefined &&
  (before === after || (before && canonicalJson(before)) === (after && canonicalJson(after)));

/** An account without a current grant does not exist, so its options change nothing. */
function accountChanges({ after, cluster, now, pair }: PairInRosters): AccessChange[] {
  const exists = [pair.before, pair.after].every(account => currentGrants(account, now).size > 0);
  const change = exists ? optionChange(pair) : undefined;
  if (!change) return [];
  const holds = isGain(change) ? highestGrant(after, pair.after!, now) : undefined;
  const notes = holds
    ? [`with all that the account has, up to ${holds.holds.role} on ${holds.holds.place}`]
    : [];
  return [{ ...whose(cluster, pair), ...change, ...holds, marks: [], notes }];
}

/** The most that an account may do by one of its current grants. One of an unknown role counts as most. */
function highestGrant(roster: Roster, account: RosterAccount, now: Date) {
  const rank = (level: Level | undefined) => (level === undefined ? LEVELS.length : LEVELS.indexOf(level));
  const grants = [...currentGrants(account, now)].flatMap(([place, all]) =>
    all.map(placed => ({ toLevel: levelOf(roster, placed), holds: { role: roleText(placed), place } })),
  );
  return grants.sort(
    (a, b) =>
      rank(b.toLevel) - rank(a.toLevel) ||
      byCodeUnit(a.holds.place, b.holds.place) ||
      byCodeUnit(a.holds.role, b.holds.role),
  )[0];
}

/** The members of a change that say whose account it is. */
export const whose = (cluster: string, { account, after, before }: AccountPair) => {
  const details = (after ?? before)!;
  return {
    account,
    user: details.user,
    userKind: details.kind,
    cluster,
    ...defined({ name: details.name, email: details.email }),
  };
};

function grantChanges(within: PairInRosters): AccessChange[] {
  const { now, pair } = within;
  const [old, young] = [currentGrants(pair.before, now), currentGrants(pair.after, now)];
  const places = [...new Set([...old.keys(), ...young.keys()])];
  return places.flatMap(place => {
    const [before, after] = [old.get(place) ?? [], young.get(place) ?? []];
    const at = {
      held: powersAt(within.before, before),
      given: powersAt(within.after, after),
      before,
      after,
    };
    return pairGrants(before, after).flatMap(grants => grantChange(within, grants, at) ?? []);
  });
}

/** All grants of an account on one place, and what they give together. */
interface AtPlace {
  readonly before: readonly PlacedGrant[];
  readonly after: readonly PlacedGrant[];
  readonly held: ReadonlySet<string>;
  readonly given: ReadonlySet<string>;
}

const powersAt = (roster: Roster, grants: readonly PlacedGrant[]): ReadonlySet<string> =>
  new Set(grants.flatMap(placed => powersOf(roster, placed)));

/** A change of one grant. What another grant on the place gives too is neither gained nor lost. */
function grantChange(within: PairInRosters, grants: GrantPair, { given, held, ...at }: AtPlace) {
  const { after, before, cluster, pair } = within;
  const old = grants.before && powersOf(before, grants.before);
  const young = grants.after && powersOf(after, grants.after);
  const gained = (young ?? []).filter(power => !held.has(power));
  const lost = (old ?? []).filter(power => !given.has(power));
  const kind: ChangeKind =
    gained.length > 0 ? (lost.length > 0 ? "both" : "gain") : lost.length > 0 ? "loss" : "terms";
  const details = kind === "terms" ? termsChanged(grants) : [];
  const owners = [ownerOf(before, pair.before, grants.before), ownerOf(after, pair.after, grants.after)];
  if (kind === "terms" && details.length === 0 && owners[0] === owners[1]) return undefined;
  const of = (grants.after ?? grants.before)!;
  const isSameRole = grants.before?.grant.role === grants.after?.grant.role;
  const note = isSameRole ? [...gained.map(power => `+${power}`), ...lost.map(power => `-${power}`)] : [];
  const ends = kind === "loss" || kind === "both";
  const change: AccessChange = {
    kind,
    ...whose(cluster, pair),
    place: placeText(of.database, of.object),
    ...defined({
      from: rolesText(grants.before ? [grants.before] : at.before),
      to: rolesText(grants.after ? [grants.after] : at.after),
      until: lastEnd(grants.after ? [grants.after] : at.after),
      reason: of.grant.reason,
      owner: grants.after ? owners[1] : owners[0],
      fromLevel: grants.before && levelOf(before, grants.before),
      toLevel: grants.after && levelOf(after, grants.after),
      endsSessions: ends ? (true as const) : undefined,
    }),
    marks: [],
    notes: [...(of.grant.team === undefined ? [] : [`by the team ${of.grant.team}`]), ...details, ...note],
  };
  return { ...change, marks: marksOf(within, change, grants) };
}

/** What an account has by some of its grants on one place; undefined without any. */
const rolesText = (grants: readonly PlacedGrant[]): string | undefined =>
  grants.length === 0 ? undefined : [...new Set(grants.map(roleText))].join(", ");

/** The end of the last of several grants; undefined if one has none. */
const lastEnd = (grants: readonly PlacedGrant[]): string | undefined =>
  grants
    .map(({ grant: { expires } }) => expires)
    .reduce((last, end) => (timeOf(end) > timeOf(last) ? end : last), grants[0]?.grant.expires);

/** The role, or the privileges themselves; with GRANT OPTION if the grant has it. */
export const roleText = ({ grant }: PlacedGrant): string =>
  grant.grantOption ? `${grant.role} with ${GRANT_OPTION}` : grant.role;

/** Who answers for a grant: the owner of its project or team, or of the agent. */
function ownerOf({ projects, teams }: Roster, account?: RosterAccount, placed?: PlacedGrant) {
  const { project, team } = placed?.grant ?? {};
  const ofProject = ownerIn(projects, project?.split("/")[0]);
  return (ofProject ?? ownerIn(teams, team))?.email ?? account?.owner;
}

const ownerIn = (owners: Roster["projects"] = {}, name = "") =>
  Object.hasOwn(owners, name) ? owners[name]!.owner : undefined;

/** What differs between two grants that give the same. */
function termsChanged({ after, before }: GrantPair): string[] {
  if (!before || !after) return ["another grant gives the same"];
  const [old, young] = [before.grant, after.grant];
  return [
    ...(old.expires === young.expires ? [] : [endText(old.expires, young.expires)]),
    ...(old.role === young.role ? [] : ["the role gives the same"]),
    ...(old.reason === young.reason ? [] : ["another reason"]),
    ...(old.project === young.project ? [] : ["another project"]),
  ];
}

const NEVER = Number.POSITIVE_INFINITY;
const timeOf = (end: string | undefined) => (end === undefined ? NEVER : new Date(end).getTime());

const endText = (from: string | undefined, to: string | undefined): string =>
  timeOf(to) > timeOf(from) ? `longer: ended ${from}` : `shorter: ${from ? `ended ${from}` : "had no end"}`;

/** What a reviewer has to see first comes first. */
const WEIGHTS: Readonly<Record<ChangeKind, number>> = { loss: 1, both: 2, gain: 3, drift: 4, terms: 5 };

/** Whether a change gives what an administrator has. */
export const givesAdministrator = (change: AccessChange): boolean =>
  isGain(change) && change.toLevel === "administrator";

const weightOf = (change: AccessChange): number => (givesAdministrator(change) ? 0 : WEIGHTS[change.kind]);

/** The order of all summaries: total, and the same every time. */
export const compareChanges = (a: AccessChange, b: AccessChange): number =>
  weightOf(a) - weightOf(b) ||
  byCodeUnit(a.user, b.user) ||
  byCodeUnit(a.cluster, b.cluster) ||
  byCodeUnit(a.account, b.account) ||
  byCodeUnit(a.place ?? "", b.place ?? "") ||
  byCodeUnit(canonicalJson(a as never), canonicalJson(b as never));
