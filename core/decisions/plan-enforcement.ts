import type { RegistryEntry } from "../contract/registry-entry";
import { endedAccess } from "../events/access-lists";
import {
  type AccountId,
  type AdministratorPrivileges,
  administratorProblems,
  assembleStatements,
  enforceableRoster,
  expiredAccounts,
  findUndeclared,
  iamLoginProblems,
  loginTakers,
  NO_STATEMENTS,
  type ObservedState,
  quoteAccount,
  type StatementsPlan,
  type StatementsRequest,
} from "../mysql";
import { blockedAccounts } from "../mysql/blocked-accounts";
import { isOldPasswordOver } from "../mysql/change-password";
import { withRenames } from "../mysql/existing-names";
import { hostsIn, isHostOf } from "../mysql/former-hosts";
import { afterOptions } from "../mysql/grant-options";
import { awaitedTakeOvers, letGoProblems, reportedAccounts } from "../mysql/named-accounts";
import type { KnownPasswords } from "../mysql/password-login";
import { restrictionProblems } from "../mysql/restricted-grants";
import { type OffboardFacts, reopenedAccounts, shutOut } from "../mysql/shut-out";
import { afterShutOut } from "../mysql/suspend";
import { isTouched, tokenAccounts, withWarned } from "../mysql/warned-accounts";
import type { OwnNames } from "../roster/managed-names";
import { databasesOf, type Roster } from "../roster/roster";

/** What a look at the cluster found. */
export interface Observed {
  readonly observed: ObservedState;
  readonly administrator?: AdministratorPrivileges | undefined;
}

export interface EnforcementFacts extends OffboardFacts {
  readonly entry: Pick<RegistryEntry, "prefix" | "alsoManages" | "unmanaged" | "definers" | "drift">;
  /** Accounts without the prefix that become declared ones, by the names of these. Default: none. */
  readonly takeOver?: ReadonlyMap<string, AccountId> | undefined;
  /** The roster that the last apply was about to put into effect, sources included. */
  readonly target: Roster;
  /** The roster that is known to be in effect, sources included. Undefined if no apply ever succeeded. */
  readonly applied: Roster | undefined;
  /** Whether the rosters may give anything: not if the ledger's head is unproven. */
  readonly mayGive: boolean;
  /** When the target was planned. */
  readonly plannedAt: Date;
  readonly observation: Observed;
  readonly now: Date;
  /** Accounts that earlier rosters declared and that may still exist. */
  readonly previouslyDeclared: readonly string[];
  /** The names that accounts are to have, with those by which they exist and are in the rosters. */
  readonly formerNames?: ReadonlyMap<string, string> | undefined;
  /** Those of them that an apply left out. The renames of one that died are no drift. */
  readonly leftNames?: ReadonlyMap<string, string> | undefined;
  /** Accounts that only withdrawn sources have. They go when the withdrawal is applied. */
  readonly withdrawn: ReadonlySet<string>;
  /** The events that earlier runs disabled, by `eventKey`. */
  readonly disabledEvents?: ReadonlySet<string> | undefined;
  /** What the ledger knows of passwords. */
  readonly passwords?: KnownPasswords | undefined;
  /** Accounts whose entry in Parameter Store changed. */
  readonly pending: ReadonlySet<string>;
  /** Accounts with a source's grant that has ended, and in whose place another source's grant holds. */
  readonly superseded: ReadonlySet<string>;
}

/** What a scheduled run does, and what it leaves as it is. */
export interface EnforcementPlan {
  /** The roster that enforcement may bring the cluster to. */
  readonly roster: Roster;
  /** The offboarded person whose account it is, by user name. */
  readonly offboardedBy: (user: string) => string | undefined;
  /** The person whose account it is, and who was offboarded and is back, by user name. */
  readonly reinstatedPerson: (user: string) => string | undefined;
  /** Accounts of persons who were reinstated since a run last succeeded. */
  readonly reinstated: ReadonlySet<string>;
  /** Accounts that still hold something that expired. */
  readonly expired: ReadonlySet<string>;
  /** Accounts with a password of before a rotation that is over. */
  readonly oldPasswords: ReadonlySet<string>;
  /** The statements that run. */
  readonly plan: StatementsPlan;
  /** The statements that would repair drift. They wait for a plan in Terraform. */
  readonly drift: StatementsPlan;
  /** Accounts with the prefix that no roster declares and that keep their access. */
  readonly undeclared: readonly string[];
  /** Accounts that cannot become as declared, and why. They only lose what they must. */
  readonly blocked: ReadonlyMap<string, string>;
  /** Why other accounts cannot be managed. */
  readonly problems: readonly string[];
  /** By user name, why an account cannot become as declared although the roster is right. */
  readonly leftOut: ReadonlyMap<string, string>;
  /** Accounts that could not be processed, and those that wait for the next apply. */
  readonly unresolved: ReadonlySet<string>;
  /** The plan from another look at the cluster. It has no statements if the run reached its end. */
  readonly planFor: (after: Observed) => StatementsPlan;
}

const NONE: ReadonlyMap<string, string> = new Map();

/** Which accounts, by user name. */
type Chosen = (user: string) => boolean;
/** What happens to accounts that are not processed as a whole. */
type Others = Pick<StatementsRequest, "grantOptionsOf" | "onlyTakesFrom">;

/**
 * Decides what a scheduled run does.
 * - Accounts with expired access, or with a changed entry in Parameter Store, are always processed, each as a
 *   whole. So a grant made by hand cannot keep access alive that has ended.
 * - So are suspended accounts that somebody unlocked, or whose events somebody enabled.
 * - So are accounts with a password of before a rotation that is over.
 * - Accounts of offboarded persons are shut out, and otherwise left as they are.
 * - Other drift is left as it is, or with `drift: "repair"` processed too.
 */
export function planEnforcement(facts: EnforcementFacts): EnforcementPlan {
  const { applied, entry, formerNames = NONE, mayGive, now, observation, target } = facts;
  const pending = new Set([...facts.pending].map(user => formerNames.get(user) ?? user));
  const { observed } = observation;
  const { roster: found, undecided } = enforceableRoster({ target, applied, observed, now, mayGive });
  const { isOffboarded, roster, ...marked } = shutOut(found, facts, entry, observed);
  const { reinstated } = marked;
  const isDeclared = (user: string) => Object.hasOwn(roster.accounts, user);
  const expired = expiredIn(roster, facts);
  const previouslyDeclared = facts.previouslyDeclared.filter(name => !isDeclared(name));
  const { alsoManages, definers, prefix, unmanaged } = entry;
  const disabledEvents = mayGive ? facts.disabledEvents : undefined;
  const declared = { roster, previouslyDeclared, passwords: facts.passwords, disabledEvents, isOffboarded };
  const rules = { ...declared, now, onlyCreate: false, alsoManages, prefix, unmanaged, definers };
  const planFor = (seen: Observed, onlyUsers: Chosen, others: Others = {}) =>
    assembleStatements({ ...seen, ...rules, onlyUsers, ...others });
  const repairs = entry.drift === "repair" && applied !== undefined;
  const oldPasswords = withOldPassword(facts);
  const waits = (user: string) => undecided.has(user) || (facts.withdrawn.has(user) && !isDeclared(user));
  const reopened = reopenedAccounts([target, applied], observed, isOffboarded);
  const due = [expired, pending, facts.superseded, reopened, oldPasswords, reinstated];
  const isTakenOver = awaitedTakeOvers(observed, facts.takeOver);
  const isWanted = (user: string) =>
    !waits(user) && !isTakenOver(user) && (repairs || due.some(users => users.has(user)));
  // Accounts that the server or the administrator's rights block must not hold up the others.
  const users = new Set([...Object.keys(roster.accounts), ...observed.accounts.map(({ user }) => user)]);
  const blocked = blockedAccounts([...users].filter(isWanted), only => ({
    problemsByUser: planFor(observation, only).problemsByUser,
  }));
  const isKnown = (user: string) => isDeclared(user) || previouslyDeclared.includes(user);
  // Nobody may hand on access until a plan is reviewed, whatever `drift` says.
  const grantOptionsOf = (user: string) => isKnown(user) && !isWanted(user);
  // What cannot be given to an account does not spare it what it must lose.
  const onlyTakesFrom = (user: string) => blocked.has(user);
  const planAll = (seen: Observed) => planFor(seen, isWanted, { grantOptionsOf, onlyTakesFrom });
  const plan = planAll(observation);
  const shut = afterShutOut(observed, isOffboarded);
  const later = { ...observation, observed: afterOptions(shut, grantOptionsOf, rules) };
  const isAsItWas = (user: string) => !waits(user) && !isTouched(plan, user);
  const { isRenamed, rosters } = withRenames(rules, facts.leftNames ?? NONE, isAsItWas);
  const isLeft = (user: string) => isRenamed(user) || (!isWanted(user) && !waits(user));
  const renames = { ...rosters, takeOver: facts.takeOver };
  const waiting = waitingOfSources(facts, pending, { waits, isTakenOver });
  const planDrift = () => assembleStatements({ ...later, ...rules, ...renames, onlyUsers: isLeft });
  return {
    roster,
    ...marked,
    expired,
    oldPasswords,
    blocked,
    problems: problemsOf(roster, observation, entry),
    leftOut: plan.leftOut,
    unresolved: new Set([...blocked.keys(), ...undecided, ...plan.leftOut.keys(), ...waiting]),
    plan,
    drift: applied ? withWarned(planDrift(), observed, { roster, expired, plan, now }) : NO_STATEMENTS,
    undeclared: applied ? undeclaredAccounts({ observed, roster, previouslyDeclared, isKnown }, entry) : [],
    planFor: planAll,
  };
}

/** The accounts of sources that wait for an apply, or for a proof. */
const waitingOfSources = (
  { formerNames = NONE, mayGive, pending: ofSources, withdrawn }: EnforcementFacts,
  pending: ReadonlySet<string>,
  { isTakenOver, waits }: Readonly<Record<"isTakenOver" | "waits", Chosen>>,
): string[] => [
  ...[...withdrawn].filter(waits),
  ...(mayGive ? [] : pending),
  // What a source says of the new name is not settled by what holds for the former one.
  ...[...ofSources].filter(user => isTakenOver(user) || formerNames.has(user)),
];

/**
 * The accounts that hold something that has expired. Before the first success no one has seen what would be
 * taken, so only what ended after the plan is taken without a review.
 */
function expiredIn(
  roster: Roster,
  { applied, now, observation: { observed }, plannedAt }: EnforcementFacts,
): ReadonlySet<string> {
  const isSeen = (account: string) =>
    applied !== undefined || endedAccess(roster, account, now, plannedAt).length > 0;
  return new Set([...expiredAccounts(roster, observed, now)].filter(isSeen));
}

/** Why accounts cannot be managed, whichever these are. */
const problemsOf = (roster: Roster, observation: Observed, names: OwnNames): string[] => [
  ...administratorProblems(observation.observed),
  ...(tokenAccounts(roster).length > 0 ? iamLoginProblems(observation.observed) : []),
  ...restrictionProblems(databasesOf(roster), observation),
  ...letGoProblems(roster, names),
];

/** The accounts whose passwords of before a rotation are over. */
function withOldPassword({ now, observation, passwords }: EnforcementFacts): Set<string> {
  const over = observation.observed.accounts.filter(account =>
    isOldPasswordOver(account, passwords?.get(quoteAccount(account)), now),
  );
  return new Set(over.map(({ user }) => user));
}

interface DeclaredAccounts extends Pick<EnforcementFacts, "previouslyDeclared"> {
  readonly observed: ObservedState;
  readonly roster: Roster;
  readonly isKnown: Chosen;
}

/** Accounts that nobody declared and that stay, and those that take the logins of declared ones. */
const undeclaredAccounts = (
  { isKnown, observed, previouslyDeclared, roster }: DeclaredAccounts,
  entry: EnforcementFacts["entry"],
): string[] => [
  ...loginTakers(observed, hostsIn(roster)),
  ...reportedAccounts(entry, findUndeclared(observed, isKnown, isHostOf(roster, previouslyDeclared))),
];
