import { type DatabasePrivilege, sortPrivileges } from "../catalogue/mysql-privileges";
import { groupBy } from "../group-by";
import { byCodeUnit, defined, own } from "../json";
import { hostsOf } from "../roster/account-hosts";
import { isOfServer } from "../roster/granted-object";
import {
  type DatabaseGrant,
  filterAccounts,
  GRANT_OPTION,
  givenBy,
  grantsOf,
  holdsAt,
  joinGrants,
  type PlacedGrant,
  privilegesOf,
  type Roster,
  type RosterAccount,
} from "../roster/roster";
import { enforceableHosts } from "./enforceable-hosts";
import { enforceableOptions } from "./enforceable-options";
import { agreedItems, type GrantPair, isSame, pairsOf } from "./grant-pairs";
import { heldPrivileges } from "./held-privileges";
import { isIamLogin } from "./iam-login";
import type { ObservedAccount, ObservedState } from "./observed-state";
import { isPasswordLogin } from "./password-login";
import { rosterSpelledAs } from "./roster-spelled-as";

export interface EnforceableRosterRequest {
  /** The roster that the last apply was about to put into effect. */
  readonly target: Roster;
  /** The roster of the last apply that succeeded. Absent: none did. */
  readonly applied: Roster | undefined;
  readonly observed: ObservedState;
  readonly now: Date;
  /**
   * Whether the rosters may give anything. If not, privileges that an account does not hold are no part of
   * the result, not even if both rosters have them.
   * @default true
   */
  readonly mayGive?: boolean | undefined;
}

/**
 * The roster that a scheduled run may put into effect although nobody reviews the run.
 * - It grants only what both rosters have.
 * - It revokes only what neither has, and what expired in either.
 * - What only one of them has stays as it is found. So do lock, limits and TLS requirement of an account of
 *   which they do not say the same.
 *
 * So a run neither completes nor undoes an apply that failed half-way. If both rosters are the same, it is
 * that roster. `undecided` are accounts that only a half-way apply knows, and that hold nothing and held
 * nothing: they wait for the next apply.
 */
export function enforceableRoster(request: EnforceableRosterRequest) {
  const { target, mayGive = true } = request;
  if (request.applied === target && mayGive) return { roster: target, undecided: new Set<string>() };
  const applied = request.applied && rosterSpelledAs(request.applied, target, request.observed);
  const held = heldPrivileges(mayGive ? request.observed : onlyUsable(request.observed, target));
  const byUser = groupBy(request.observed.accounts, ({ user }) => user);
  const undecided = new Set<string>();
  const accounts: [string, RosterAccount][] = [];
  for (const name of namesOf(target.accounts, applied?.accounts)) {
    const next = own(target.accounts, name);
    const last = own(applied?.accounts, name);
    const pairs = pairsOf(next, last, request.observed);
    const found = [...groupBy(pairs, ({ place }) => place).values()].flatMap(onOne => {
      const agreed = mayGive ? agreedItems(onOne, { ...request, applied }) : NOTHING;
      return onOne.flatMap(pair => {
        const kept = new Set([...agreed, ...held(name, pair.key)]);
        const grant = enforceableGrant({ ...request, applied }, pair, kept);
        return grant ? [{ ...pair, grant }] : [];
      });
    });
    const same = byUser.get(name) ?? [];
    const isAgreed =
      mayGive &&
      next?.suspended === last?.suspended &&
      pairs.every(pair => isSame(pair, { ...request, applied }));
    const hosts = enforceableHosts({ next, last }, same, isAgreed);
    if (!hosts || (pairs.length > 0 && found.length === 0)) undecided.add(name);
    const atHosts = same.filter(({ host }) => hostsOf(hosts ?? {}).includes(host));
    const existing = atHosts.length > 0 ? atHosts : same.slice(0, 1);
    const options = { ...enforceableOptions({ next, last }, existing, mayGive), ...hosts };
    accounts.push([name, defined({ ...withGrants((next ?? last)!, found), ...options })]);
  }
  const roster: Roster = { roles: {}, accounts: Object.fromEntries(accounts) };
  return { roster, undecided };
}

/** The account with these grants and no others. */
function withGrants(
  { databases: _, objects: __, ...account }: RosterAccount,
  placed: readonly PlacedGrant[],
): RosterAccount {
  return { ...account, ...joinGrants(placed) };
}

const NOTHING: ReadonlySet<string> = new Set();

/**
 * The grant that enforcement may put into effect; undefined if enforcement may grant nothing on the database
 * and the account holds nothing there.
 * @param allowed what both rosters give there, and what the account holds
 */
function enforceableGrant(
  { applied, now, target }: EnforceableRosterRequest,
  pair: GrantPair,
  allowed: ReadonlySet<string>,
): DatabaseGrant | undefined {
  const { to, from, object } = pair;
  const over = [to, from].find(grant => grant !== undefined && !holdsAt(grant, now));
  if (over && object && isOfServer(object)) return over;
  if (over) return { ...over, privileges: privilegesOf(to === over ? target : applied!, over) };
  const items = (roster: Roster, grant: DatabaseGrant) => givenBy(roster, { grant, ...defined({ object }) });
  const next = to ? items(target, to) : [];
  const last = from ? items(applied!, from) : [];
  const kept = [...new Set([...next, ...last])].filter(item => allowed.has(item));
  if (kept.length === 0) return undefined;
  const { grantOption: _, ...grant } = halfWay(pair, kept, last);
  if (object && isOfServer(object)) return grant;
  // A roster holds no GRANT OPTION without a privilege.
  const privileges = sortPrivileges(kept.filter((item): item is DatabasePrivilege => item !== GRANT_OPTION));
  if (privileges.length === 0) return undefined;
  return { ...grant, privileges, ...defined({ grantOption: kept.includes(GRANT_OPTION) || undefined }) };
}

/**
 * The grant in effect while an apply is half done: the previous one, unless it already holds privileges that
 * the previous one did not give. It expires at the earlier of the two dates.
 */
function halfWay({ to, from }: GrantPair, kept: readonly string[], last: readonly string[]): DatabaseGrant {
  const grant = from && kept.every(item => last.includes(item)) ? from : (to ?? from)!;
  const [expires] = [to?.expires, from?.expires]
    .filter(date => date !== undefined)
    .sort((a, b) => Date.parse(a) - Date.parse(b));
  return { ...grant, ...defined({ expires }) };
}

/**
 * The state with the accounts alone that can log in as a declared account does. What others hold is of no use
 * before they are unlocked, renamed or given another login, or a second factor is taken from them, and that
 * is giving too.
 */
const onlyUsable = (observed: ObservedState, { accounts }: Roster): ObservedState => ({
  ...observed,
  accounts: observed.accounts.filter(
    account =>
      hostsOf(own(accounts, account.user) ?? {}).includes(account.host) &&
      !account.locked &&
      logsInAs(account, own(accounts, account.user)?.login),
  ),
});

/** Whether nothing of the account's login has to change for it to be the declared one. */
const logsInAs = (account: ObservedAccount, login: RosterAccount["login"]): boolean =>
  login === "existing" ||
  (!account.blocksFailedLogins &&
    account.moreFactors === 0 &&
    (login ? isPasswordLogin(account) : isIamLogin(account)) &&
    account.tls !== "");

/**
 * The part of a roster that its accounts hold already, and what of it has expired. It gives nothing, and lets
 * what expired be taken.
 */
export function heldPart(roster: Roster, observed: ObservedState, now: Date): Roster {
  const { roster: held } = enforceableRoster({
    target: roster,
    applied: roster,
    observed,
    now,
    mayGive: false,
  });
  return filterAccounts(held, (_, account) => grantsOf(account).length > 0);
}

const namesOf = (...maps: readonly (Readonly<Record<string, unknown>> | undefined)[]): string[] =>
  [...new Set(maps.flatMap(map => Object.keys(map ?? {})))].sort(byCodeUnit);
