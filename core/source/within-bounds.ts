import type { ParameterSource } from "../contract/registry-entry";
import { defined } from "../json";
import { type Ceiling, ceilingViolations } from "../roster/ceiling";
import { objectKey } from "../roster/granted-object";
import type { ManagedNames } from "../roster/managed-names";
import {
  type DatabaseGrant,
  grantsOf,
  mapGrants,
  type PlacedGrant,
  privilegesOf,
  type Roster,
} from "../roster/roster";

interface Bounds extends ManagedNames {
  readonly ceiling: Ceiling;
}

/**
 * The part of a roster that the ceiling and the rules for names allow. Accounts without a remaining grant
 * are left out.
 */
export function withinCeiling(roster: Roster, bounds: Bounds): Roster {
  const violations = ceilingViolations(roster, bounds.ceiling, bounds);
  if (violations.length === 0) return roster;
  const keyOf = (
    account: string,
    { database, object, team }: Partial<PlacedGrant> & Pick<DatabaseGrant, "team">,
  ) =>
    JSON.stringify([
      account,
      object ? objectKey(object) : (database ?? null),
      object !== undefined,
      team ?? null,
    ]);
  const forbidden = new Set(violations.map(at => keyOf(at.account, defined(at))));
  return limitGrants(roster, ({ grant, ...place }, account) => {
    const isForbidden = [{}, { ...place, ...defined({ team: grant.team }) }].some(at =>
      forbidden.has(keyOf(account, at)),
    );
    return isForbidden ? undefined : grant;
  });
}

/**
 * The roster without e-mail addresses that the source's stack does not allow: none are allowed if it names no
 * domain.
 */
export function withinMailDomains(roster: Roster, { mailDomains = [] }: Partial<ParameterSource>): Roster {
  const domains = new Set(mailDomains.map(domain => domain.toLowerCase()));
  const isAllowed = (email: string) => domains.has(email.slice(email.lastIndexOf("@") + 1).toLowerCase());
  const accounts = Object.entries(roster.accounts).map(([name, { email, ...account }]) => {
    const address = email !== undefined && isAllowed(email) ? email : undefined;
    return [name, { ...account, ...defined({ email: address }) }] as const;
  });
  return { ...roster, accounts: Object.fromEntries(accounts) };
}

/**
 * The part of a source's last good document that is still allowed. A lowered ceiling, a database that the
 * source lost, and a role of the source that lost privileges also apply to documents that were accepted
 * before.
 */
export const withinBounds = (
  roster: Roster,
  { databases, roles }: Pick<ParameterSource, "databases" | "roles">,
  bounds: Bounds,
): Roster =>
  limitGrants(withinCeiling(roster, bounds), ({ database, grant }) => {
    if (!databases.includes(database) || !Object.hasOwn(roles, grant.role)) return undefined;
    const given = privilegesOf(roster, grant);
    const privileges = given.filter(privilege => roles[grant.role]!.includes(privilege));
    if (privileges.length === 0) return undefined;
    return privileges.length === given.length ? grant : { ...grant, privileges };
  });

type Limit = (placed: PlacedGrant, account: string) => DatabaseGrant | undefined;

/** The roster with what `limit` leaves of each grant. Accounts without a remaining grant are left out. */
function limitGrants(roster: Roster, limit: Limit): Roster {
  const accounts = Object.entries(roster.accounts).flatMap(([name, account]) => {
    const limited = mapGrants(account, placed => limit(placed, name));
    return grantsOf(limited).length === 0 ? [] : [[name, limited] as const];
  });
  return { ...roster, accounts: Object.fromEntries(accounts) };
}
