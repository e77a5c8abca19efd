import { hasPrefix, isSystemAccount } from "../account-name";
import { byCodeUnit } from "../json";
import type { Roster } from "../roster";
import { type DesiredAccount, desiredAccounts } from "./desired-account";
import { createAccount, diffAccount, recreateAccount } from "./diff-account";
import { IAM_PLUGIN } from "./iam-login";
import { type AdministratorPrivileges, irrevocable, isOutOfReach } from "./irrevocable";
import { type Leaving, lockAccount, removeAccount } from "./leaving-account";
import type { AccountId, ObservedAccount, ObservedState } from "./observed-state";
import { groupOperations, type Operation, Step } from "./operation";
import { ownRoutines } from "./own-routines";
import { quoteAccount } from "./quote";
import type { Statement } from "./statement";

export interface StatementsRequest {
  readonly roster: Roster;
  readonly observed: ObservedState;
  /** By whose clock grants expire: the function's. */
  readonly now: Date;
  readonly prefix: string;
  /** What happens to accounts with the prefix that no roster ever declared. */
  readonly unmanaged: "remove" | "lock" | "report";
  readonly definers: "block" | "strip";
  /** Accounts that earlier rosters of this cluster declared and that may still exist: they go. */
  readonly formerly: readonly string[];
  /** Absent: it was not looked at, and a statement that the server refuses is found when it runs. */
  readonly administrator?: AdministratorPrivileges | undefined;
  /** An unseen set: it only creates accounts that do not exist. */
  readonly onlyCreate: boolean;
}

export interface StatementsPlan {
  /** In the order in which they must run. */
  readonly statements: readonly Statement[];
  /** What a reviewer must know beside the statements. */
  readonly notes: readonly string[];
  /** Statements that an unseen set leaves for the next plan. */
  readonly waiting: number;
  /** Accounts whose open sessions outlive the statements and have to be ended after them. */
  readonly endSessions: readonly AccountId[];
  /** What this server cannot hold or this administrator cannot give: with any of these, nothing runs. */
  readonly problems: readonly string[];
}

/** After these, what an open session could do before goes on (only what is taken at table level bites at once). */
const ENDS_SESSIONS: ReadonlySet<Step> = new Set([
  Step.Drop,
  Step.Lock,
  Step.ChangeLogin,
  Step.RevokeRole,
  Step.RevokeDynamic,
  Step.RevokeGlobal,
  Step.RevokeProxy,
  Step.RevokeDatabase,
]);

const compareAccounts = (a: AccountId, b: AccountId) => byCodeUnit(a.user, b.user) || byCodeUnit(a.host, b.host);

/** The ordered statements that turn the observed state into the roster. None when they are the same. Pure. */
export function assembleStatements(request: StatementsRequest): StatementsPlan {
  const { roster, observed, now, prefix, onlyCreate } = request;
  const desired = desiredAccounts(roster, now, observed);
  const accounts = observed.accounts
    .filter(
      a =>
        hasPrefix(prefix, a.user) &&
        !isSystemAccount(a.user) &&
        !(a.user === observed.self.user && a.host === observed.self.host),
    )
    .sort(compareAccounts);
  const byUser = new Map<string, ObservedAccount[]>();
  for (const account of accounts) byUser.set(account.user, [...(byUser.get(account.user) ?? []), account]);

  const creates: Operation[] = [];
  const changes: Operation[] = [];
  const notes: string[] = [];
  const problems: string[] = [];
  const ended: AccountId[] = [];
  /** Accounts of a declared name, dealt with already. */
  const settled = new Set<ObservedAccount>();

  /** What an existing account of a declared name needs. */
  const change = (account: DesiredAccount, found: ObservedAccount, beside: readonly ObservedAccount[]): Operation[] => {
    const own = ownRoutines(account, found);
    const existing = own.length === 0 ? found : { ...found, routines: found.routines.filter(grant => !own.includes(grant)) };
    for (const { database, privileges, routine, type } of own)
      notes.push(
        `${quoteAccount(found)} holds ${privileges.join(", ")} on ${type} ${database}.${routine}, which it created: that stays.`,
      );
    const wanted = new Map(account.databases.map(d => [d.spelled, new Set<string>(d.privileges)]));
    const stuck = irrevocable(existing, (row, p) => wanted.get(row)?.has(p) === true, request.administrator, observed);
    if (stuck.length === 0) return diffAccount(account, existing, beside, observed);
    const holds = `${quoteAccount(existing)} holds what cannot be revoked (${stuck.join(", ")})`;
    if (existing.definerOf.length > 0) {
      problems.push(
        `${holds} and cannot be dropped either, as it is the DEFINER of ${existing.definerOf.join(", ")}: give them another definer.`,
      );
      return [];
    }
    notes.push(`${holds}: it is dropped and created anew, and has no access between the two.`);
    return recreateAccount(account, existing);
  };

  for (const account of desired.values()) {
    problems.push(...cannotHave(account, request));
    const same = byUser.get(account.user) ?? [];
    const exact = same.find(a => a.host === account.host);
    const [other] = same;
    if (exact) {
      settled.add(exact);
      if (exact.plugin !== IAM_PLUGIN) {
        notes.push(
          `${quoteAccount(exact)} exists and logs in by ${exact.plugin}: it is taken over, and what it logs in with today ends.`,
        );
      }
      const operations = change(
        account,
        exact,
        same.filter(a => a !== exact),
      );
      changes.push(...operations);
      if (operations.some(o => ENDS_SESSIONS.has(o.step))) ended.push(exact);
    } else if (same.length === 1 && other!.definerOf.length === 0) {
      settled.add(other!);
      changes.push(...change(account, other!, []));
      ended.push(account);
    } else {
      (same.length === 0 ? creates : changes).push(...createAccount(account, same.length > 0));
    }
  }

  for (const account of accounts.filter(a => isOutOfReach(a, request.administrator))) {
    problems.push(
      `${quoteAccount(account)} holds SYSTEM_USER: the administrator ${quoteAccount(observed.self)} may neither alter nor drop it.`,
    );
  }
  for (const account of accounts) {
    if (settled.has(account)) continue;
    const leaving = leave(account, request, desired);
    changes.push(...(desired.has(account.user) ? leaving.operations.map(afterTheDeclared) : leaving.operations));
    notes.push(...leaving.notes);
    if (leaving.operations.length > 0) ended.push(account);
  }

  const later = groupOperations(changes);
  const statements = onlyCreate ? groupOperations(creates) : groupOperations([...creates, ...changes]);
  return {
    statements,
    notes: [...new Set(notes)].sort(byCodeUnit),
    waiting: onlyCreate ? later.length : 0,
    endSessions: onlyCreate ? [] : ended.sort(compareAccounts),
    problems,
  };
}

/** The last of all: a declared account of the same name then takes its place, and must be as declared. */
const afterTheDeclared = (operation: Operation): Operation => ({
  ...operation,
  step: Step.Beside,
  rank: operation.step * 1_000 + (operation.rank ?? 0),
});

/** What becomes of an account that the roster does not hold. */
function leave(account: ObservedAccount, request: StatementsRequest, desired: ReadonlyMap<string, DesiredAccount>): Leaving {
  const { administrator, definers, formerly, observed, roster, unmanaged } = request;
  const rules = { definers, administrator, names: observed };
  const name = quoteAccount(account);
  if (!desired.has(account.user)) {
    if (Object.hasOwn(roster.accounts, account.user))
      return removeAccount(account, rules, "its last grant has expired or it has none");
    if (formerly.includes(account.user)) return removeAccount(account, rules, "no longer declared");
  }
  const why = desired.has(account.user) ? `only ${quoteAccount(desired.get(account.user)!)} is declared` : "never declared";
  if (unmanaged === "remove") return removeAccount(account, rules, why);
  const note = `${name} bears the prefix and is not managed (${why})`;
  if (unmanaged === "lock") {
    const locking = lockAccount(account, why);
    const shut = desired.has(account.user) ? `, and ${account.user} cannot log in from there until it is dropped` : "";
    return { ...locking, notes: [`${note}: ${account.locked ? "it stays locked" : "it is locked"}${shut}.`, ...locking.notes] };
  }
  return {
    operations: [],
    notes: [`${note}: it keeps its access. Declare it, drop it by hand, or set \`unmanaged\` to "lock" or "remove".`],
  };
}

/** Why this server or this administrator cannot give the account what it should have. */
function cannotHave(account: DesiredAccount, { administrator, observed }: StatementsRequest): string[] {
  const problems: string[] = [];
  const name = quoteAccount(account);
  if (account.user === observed.self.user)
    problems.push(`${name} is the administrator that the reconciler works as, and is never altered: take it out of the roster.`);
  const orphaned = observed.orphanedDefiners.find(o => o.user === account.user && o.host === account.host);
  const exists = observed.accounts.some(a => a.user === account.user);
  if (orphaned && !exists) {
    problems.push(
      `${name} does not exist, yet ${orphaned.objects.join(", ")} would run with its rights once it is created: give them another definer first.`,
    );
  }
  if (administrator) {
    const lacking = [...new Set(account.databases.flatMap(d => d.privileges))].filter(p => !administrator.grantable.includes(p));
    if (lacking.length > 0)
      problems.push(
        `The administrator ${quoteAccount(observed.self)} lacks ${lacking.join(", ")} and cannot give it to ${name}.`,
      );
  }
  const spelled = new Map<string, string>();
  for (const { spelled: spelling, database } of account.databases) {
    const other = spelled.get(spelling);
    if (other !== undefined)
      problems.push(
        `${name}: \`${other}\` and \`${database}\` are one database on this server, which compares names without case.`,
      );
    spelled.set(spelling, database);
  }
  return problems;
}
