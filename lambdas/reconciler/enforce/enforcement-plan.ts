import { nameSome } from "../../../core/contract/change-set";
import type { RegistryEntry } from "../../../core/contract/registry-entry";
import { endedAccess } from "../../../core/events/access-lists";
import {
  assembleStatements,
  enforceableRoster,
  expiredAccounts,
  findUndeclared,
  type StatementsPlan,
  type StatementsRequest,
} from "../../../core/mysql";
import { blockedAccounts } from "../../../core/mysql/blocked-accounts";
import { hasPrefix } from "../../../core/roster/account-name";
import { accountNames, type Roster } from "../../../core/roster/roster";
import type { Observation } from "../mysql/observe";

export interface EnforcementFacts {
  readonly entry: Pick<RegistryEntry, "prefix" | "unmanaged" | "definers" | "drift">;
  /** What the last apply was about to put into force, and what is known to be; sources included. */
  readonly target: Roster;
  readonly applied: Roster | undefined;
  /** When the target was planned. */
  readonly plannedAt: Date;
  readonly observation: Observation;
  readonly now: Date;
  /** Accounts that earlier rosters declared and that may still exist. */
  readonly previouslyDeclared: readonly string[];
  /** Accounts of a source that Terraform took out of the registry: they go when that is applied. */
  readonly withdrawn: ReadonlySet<string>;
  /** Accounts whose entry in Parameter Store changed. */
  readonly pending: ReadonlySet<string>;
}

/** What a scheduled run does, and what it leaves. */
export interface EnforcementPlan {
  /** What enforcement may bring the cluster to. */
  readonly roster: Roster;
  /** Accounts that still have something that expired. */
  readonly expired: ReadonlySet<string>;
  /** What runs. */
  readonly plan: StatementsPlan;
  /** What would put drift right, and waits for a plan. */
  readonly drift: StatementsPlan;
  /** Accounts with the prefix that nobody declared and that keep their access. */
  readonly undeclared: readonly string[];
  /** Accounts that could not be dealt with, and why. */
  readonly problems: readonly string[];
  /** Those, and accounts that wait for the next apply. */
  readonly unresolved: ReadonlySet<string>;
  /** The same for what is there now: empty when the run has reached its end. */
  readonly left: (after: Observation) => StatementsPlan;
}

/**
 * Expired access and changes of Parameter Store are always dealt with, for each account as a whole: what else of it is not as
 * applied is put right with it, as access that ended must not go on by a grant made by hand. Other drift is left, or with
 * `drift: "repair"` dealt with too.
 */
export function planEnforcement(facts: EnforcementFacts): EnforcementPlan {
  const { applied, entry, now, observation, pending, target } = facts;
  const { observed } = observation;
  const { roster, undecided } = enforceableRoster({ target, applied, observed, now });
  // Before the first success nobody has seen what is to be taken: only what ended since that was planned is taken without it.
  const ended = (account: string) =>
    applied !== undefined || endedAccess(roster, account, now, facts.plannedAt).length > 0;
  const expired = new Set([...expiredAccounts(roster, observed, now)].filter(ended));
  const previouslyDeclared = facts.previouslyDeclared.filter(name => !Object.hasOwn(roster.accounts, name));
  const request = ({ observed, administrator }: Observation): Omit<StatementsRequest, "onlyUsers"> => ({
    ...{ roster, observed, administrator, now, previouslyDeclared, onlyCreate: false },
    ...{ prefix: entry.prefix, unmanaged: entry.unmanaged, definers: entry.definers },
  });
  const repairs = entry.drift === "repair" && applied !== undefined;
  const waits = (user: string) =>
    undecided.has(user) || (facts.withdrawn.has(user) && !Object.hasOwn(roster.accounts, user));
  const wanted = (user: string) => !waits(user) && (repairs || expired.has(user) || pending.has(user));
  // Accounts that this server or administrator does not let anybody deal with must not hold up the others.
  const users = new Set([...Object.keys(roster.accounts), ...observed.accounts.map(({ user }) => user)]);
  const stuck = blockedAccounts([...users].filter(wanted), onlyUsers =>
    assembleStatements({ ...request(observation), onlyUsers }),
  );
  const inScope = (user: string) => wanted(user) && !stuck.has(user);
  const nothing = {
    statements: [],
    notes: [],
    waiting: 0,
    endSessions: [],
    problems: [],
    problemsByUser: new Map(),
  };
  const declared = (user: string) =>
    Object.hasOwn(roster.accounts, user) || previouslyDeclared.includes(user);
  return {
    ...{ roster, expired, problems: [...new Set([...stuck.values(), ...strangers(roster, entry.prefix)])] },
    unresolved: new Set([...stuck.keys(), ...undecided]),
    plan: assembleStatements({ ...request(observation), onlyUsers: inScope }),
    drift: applied
      ? assembleStatements({ ...request(observation), onlyUsers: user => !wanted(user) && !waits(user) })
      : nothing,
    undeclared: applied && entry.unmanaged === "report" ? findUndeclared(observed, declared) : [],
    left: after => assembleStatements({ ...request(after), onlyUsers: inScope }),
  };
}

/** Accounts of before the cluster's prefix was changed cannot be seen any more: nobody may take them for looked after. */
function strangers(roster: Roster, prefix: string): string[] {
  const names = accountNames(roster).filter(name => !hasPrefix(prefix, name));
  return names.length === 0
    ? []
    : [
        `${nameSome(names)}: applied with another prefix than \`${prefix}_\`, and not looked after until the cluster is applied again.`,
      ];
}
