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
  readonly side: "before" | "after";
}

export type Rosters = Readonly<Record<string, Roster>>;

const accountsOf = (rosters: Rosters): [cluster: string, roster: Roster][] => Object.entries(rosters);

/** The grants of one side that the other does not have with the same effect. A reason changes nothing. */
function missingIn(one: Rosters, other: Rosters, side: ChangedGrant["side"]): ChangedGrant[] {
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
function effectOf(roster: Roster, account: RosterAccount, { database, grant, object }: PlacedGrant): string {
  const { hosts, login, owner, suspended, tls, user } = account;
  const terms = { hosts, login, owner, suspended, tls, user, limits: account.limits };
  return canonicalJson([
    database,
    object ? objectKey(object) : null,
    grant.role,
    [...givenBy(roster, { grant, ...(object && { object }) })].sort(),
    grant.expires ?? null,
    terms as unknown as Json,
  ]);
}

/** Every grant that a change gives, takes or alters, on the side where it is. */
export const changedGrants = (before: Rosters, after: Rosters): ChangedGrant[] => [
  ...missingIn(before, after, "before"),
  ...missingIn(after, before, "after"),
];
