import { type DatabasePrivilege, sortPrivileges } from "../catalogue/mysql-privileges";
import { byCodeUnit } from "../json";
import { type DatabaseGrant, holdsAt, privilegesOf, type Roster, type RosterAccount } from "../roster/roster";
import { spellDatabase } from "./database-name";
import type { ObservedState } from "./observed-state";

export interface RostersInForce {
  /** What the last apply was about to put into force. */
  readonly target: Roster;
  /** What is known to be in force. Absent: no apply ever succeeded. */
  readonly applied: Roster | undefined;
  readonly observed: ObservedState;
  readonly now: Date;
}

/** The roster that enforcement may bring about, and the accounts that it has to leave alone for now. */
export interface EnforceableRoster {
  readonly roster: Roster;
  /** Accounts of which only a half-way apply knows, and which hold nothing, nor did: they wait for the next apply. */
  readonly undecided: ReadonlySet<string>;
}

/**
 * What a scheduled run may bring a cluster to without anybody looking. It gives only what both rosters hold, and takes away only
 * what neither holds, plus what expired in either: what lies between stays as it is found. So an apply that failed half-way is
 * never turned into access, nor undone. Where both are the same, that roster itself.
 */
export function enforceableRoster(given: RostersInForce): EnforceableRoster {
  const { target, applied, observed, now } = given;
  if (applied === target) return { roster: target, undecided: new Set() };
  const held = heldPrivileges(observed);
  const undecided = new Set<string>();
  const accounts: [string, RosterAccount][] = [];
  for (const name of namesOf(target.accounts, applied?.accounts)) {
    const [next, last] = [own(target.accounts, name), own(applied?.accounts, name)];
    const databases: [string, DatabaseGrant][] = [];
    let between = false;
    for (const database of namesOf(next?.databases, last?.databases)) {
      const [to, from] = [own(next?.databases, database), own(last?.databases, database)];
      const over = [to, from].filter(grant => grant !== undefined).find(grant => !holdsAt(grant, now));
      if (over) {
        databases.push([
          database,
          { ...over, privileges: privilegesOf(to === over ? target : applied!, over) },
        ]);
        continue;
      }
      const gives = to ? privilegesOf(target, to) : [];
      const gave = from ? privilegesOf(applied!, from) : [];
      const found = held(name, spellDatabase(database, observed));
      const kept = [...new Set([...gives, ...gave])].filter(
        p => (gives.includes(p) && gave.includes(p)) || found.has(p),
      );
      if (kept.length > 0) databases.push([database, halfWay(to, from, sortPrivileges(kept), gave)]);
      else between = true;
    }
    if (between && databases.length === 0) undecided.add(name);
    accounts.push([name, { ...(next ?? last)!, databases: Object.fromEntries(databases) }]);
  }
  return { roster: { roles: {}, accounts: Object.fromEntries(accounts) }, undecided };
}

/** What is in force of a grant that an apply was about to change: as it was before, unless more was given. It ends by either date. */
function halfWay(
  to: DatabaseGrant | undefined,
  from: DatabaseGrant | undefined,
  privileges: readonly DatabasePrivilege[],
  gave: readonly DatabasePrivilege[],
): DatabaseGrant {
  const grant = from && privileges.every(privilege => gave.includes(privilege)) ? from : (to ?? from)!;
  const [first] = [to?.expires, from?.expires]
    .filter(moment => moment !== undefined)
    .sort((a, b) => Date.parse(a) - Date.parse(b));
  return { ...grant, privileges, ...(first === undefined ? {} : { expires: first }) };
}

const own = <T>(map: Readonly<Record<string, T>> | undefined, key: string): T | undefined =>
  map && Object.hasOwn(map, key) ? map[key] : undefined;

const namesOf = (...maps: readonly (Readonly<Record<string, unknown>> | undefined)[]): string[] =>
  [...new Set(maps.flatMap(map => Object.keys(map ?? {})))].sort(byCodeUnit);

/** What an account's own rows on a database hold now, at whichever host. */
function heldPrivileges({ accounts }: ObservedState): (user: string, spelled: string) => ReadonlySet<string> {
  const held = new Map<string, Set<string>>();
  const keyOf = (user: string, row: string) => JSON.stringify([user, row]);
  for (const { user, databases } of accounts)
    for (const { name, privileges } of databases) {
      const key = keyOf(user, name);
      held.set(key, new Set([...(held.get(key) ?? []), ...privileges]));
    }
  return (user, spelled) => held.get(keyOf(user, spelled)) ?? new Set();
}
