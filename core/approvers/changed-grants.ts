import { canonicalJson, type Json } from "../json";
import { objectKey } from "../roster/granted-object";
import { givenBy, grantsOf, type PlacedGrant, type Roster, type RosterAccount } from "../roster/roster";

/** A grant that is there before or after a change, and not the same on both sides. */
export interface ChangedGrant {
  readonly cluster: string;
  readonly account: string;
  /** Whose it is, by user name: an agent's grants are its owner's. */
  readonly person: string;
  readonly placed: PlacedGrant;
  readonly side: Side;
}

type Side = "before" | "after";

export type Rosters = Readonly<Record<string, Roster>>;

const accountsOf = (rosters: Rosters): [cluster: string, roster: Roster][] => Object.entries(rosters);

/** What of a grant counts, as a text: grants of one account with the same text are the same. */
type EffectOf = (roster: Roster, account: RosterAccount, placed: PlacedGrant) => string;

/** The grants of one side that the other does not have with the same effect. A reason changes nothing. */
function missingIn(
  [one, other]: readonly [Rosters, Rosters],
  side: Side,
  effectOf: EffectOf,
): ChangedGrant[] {
  return accountsOf(one).flatMap(([cluster, roster]) => {
    const there = Object.hasOwn(other, cluster) ? other[cluster]! : { roles: {}, accounts: {} };
    return Object.entries(roster.accounts).flatMap(([account, details]) => {
      const same = Object.hasOwn(there.accounts, account) ? there.accounts[account]! : undefined;
      const known = new Set(same ? grantsOf(same).map(placed => effectOf(there, same, placed)) : []);
      return grantsOf(details)
        .filter(placed => !known.has(effectOf(roster, details, placed)))
        .map(placed => ({ cluster, account, person: details.owner ?? details.user, placed, side }));
    });
  });
}

/** What a grant gives, until when, and on which terms they log in. */
const wholeEffect: EffectOf = (roster, account, placed) => {
  const { hosts, login, owner, suspended, tls, user } = account;
  const terms = { hosts, login, owner, suspended, tls, user, limits: account.limits };
  return canonicalJson([...given(roster, placed), terms as unknown as Json]);
};

/** What a grant of a team gives, and until when. */
const effectOfTeam: EffectOf = (roster, _, placed) =>
  canonicalJson([...given(roster, placed), placed.grant.team ?? null]);

const given = (roster: Roster, { database, grant, object }: PlacedGrant): Json[] => [
  database,
  object ? objectKey(object) : null,
  grant.role,
  [...givenBy(roster, { grant, ...(object && { object }) })].sort(),
  grant.expires ?? null,
];

const changed = (before: Rosters, after: Rosters, effectOf: EffectOf): ChangedGrant[] => [
  ...missingIn([before, after], "before", effectOf),
  ...missingIn([after, before], "after", effectOf),
];

/** Every grant that a change gives, takes or alters, on the side where it is. */
export const changedGrants = (before: Rosters, after: Rosters): ChangedGrant[] =>
  changed(before, after, wholeEffect);

/** Every grant of a team that a change of its grants or members gives, takes or alters. */
export const changedTeamGrants = (before: Rosters, after: Rosters): ChangedGrant[] =>
  changed(before, after, effectOfTeam).filter(({ placed }) => placed.grant.team !== undefined);
