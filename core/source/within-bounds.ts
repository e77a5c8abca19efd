import type { ParameterSource } from "../contract/registry-entry";
import { defined } from "../json";
import { type Ceiling, ceilingViolations } from "../roster/ceiling";
import { type DatabaseGrant, privilegesOf, type Roster } from "../roster/roster";

interface Bounds {
  readonly ceiling: Ceiling;
  readonly prefix: string;
}

/**
 * The part of a roster that the ceiling and the prefix allow. Accounts without a remaining grant are left
 * out.
 */
export function withinCeiling(roster: Roster, { ceiling, prefix }: Bounds): Roster {
  const violations = ceilingViolations(roster, ceiling, prefix);
  if (violations.length === 0) return roster;
  const forbidden = new Set(violations.map(at => JSON.stringify([at.account, at.database ?? null])));
  return limitGrants(roster, (grant, { account, database }) => {
    const isForbidden = [null, database].some(at => forbidden.has(JSON.stringify([account, at])));
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
  limitGrants(withinCeiling(roster, bounds), (grant, { database }) => {
    if (!databases.includes(database) || !Object.hasOwn(roles, grant.role)) return undefined;
    const given = privilegesOf(roster, grant);
    const privileges = given.filter(privilege => roles[grant.role]!.includes(privilege));
    if (privileges.length === 0) return undefined;
    return privileges.length === given.length ? grant : { ...grant, privileges };
  });

type Limit = (
  grant: DatabaseGrant,
  at: { readonly account: string; readonly database: string },
) => DatabaseGrant | undefined;

/** The roster with what `limit` leaves of each grant. Accounts without a remaining grant are left out. */
function limitGrants(roster: Roster, limit: Limit): Roster {
  const accounts = Object.entries(roster.accounts).flatMap(([name, account]) => {
    const databases = Object.entries(account.databases).flatMap(([database, grant]) => {
      const limited = limit(grant, { account: name, database });
      return limited ? [[database, limited] as const] : [];
    });
    return databases.length === 0
      ? []
      : [[name, { ...account, databases: Object.fromEntries(databases) }] as const];
  });
  return { ...roster, accounts: Object.fromEntries(accounts) };
}
