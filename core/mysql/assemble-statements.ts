import { groupBy } from "../group-by";
import { byCodeUnit } from "../json";
import { nameSome } from "../name-some";
import { isSystemAccount } from "../roster/account-name";
import { isManaged } from "../roster/managed-names";
import { administratorProblems, iamLoginProblems } from "./administrator-needs";
import { allWithDeclaredOptions } from "./declared-options";
import { eventKey, eventsToDisable } from "./defined-objects";
import { type DesiredAccount, desiredAccounts } from "./desired-account";
import { fitStatements } from "./fit-statements";
import { afterSuccessor, type FormerAccounts, withoutRenames } from "./former-account";
import { handsOn, planGrantOptions } from "./grant-options";
import type { AccountId, ObservedAccount } from "./observed-state";
import { onlyTakes } from "./only-takes";
import { groupOperations, isCreation, Step } from "./operation";
import { withinPasswordRules } from "./password-rules";
import { planInPlace } from "./plan-declared";
import { planHosts } from "./plan-hosts";
import { afterCreation, planUndeclared, wasDeclared } from "./plan-undeclared";
import { quoteAccount } from "./quote";
import { mandatoryRolesNote } from "./role-rules";
import { type AccountPlan, NOTHING, type StatementsPlan, type StatementsRequest } from "./statements-request";
import { shutOutPlans } from "./suspend";
import { accountsToTakeOver, namedProblems, predecessorOf } from "./taken-over";
import { isOutOfReach, keptProxies } from "./unrevocable-grants";

const compareAccounts = (a: AccountId, b: AccountId) =>
  byCodeUnit(a.user, b.user) || byCodeUnit(a.host, b.host);

/**
 * The ordered statements that turn the observed state into the roster; none if the cluster already holds it.
 */
export function assembleStatements(request: StatementsRequest): StatementsPlan {
  const { administrator, grantOptionsOf, onlyUsers = () => true, observed, onlyCreate } = request;
  const all = desiredAccounts(request.roster, request.now, observed);
  const desired = new Map([...all].filter(([user]) => onlyUsers(user)));
  const found = [...managedAccounts(request), ...accountsToTakeOver(request)];
  const withOptions = allWithDeclaredOptions(found, [...all.values()], request);
  const managed = withOptions.map(({ account }) => account).filter(account => isManaged(request, account));
  const others = withOptions.map(({ account }) => account).filter(account => !isManaged(request, account));
  const asFound = new Map(withOptions.map(({ account, found }) => [account, found]));
  const accounts = managed.filter(({ user }) => onlyUsers(user));
  const options = managed
    .filter(({ user }) => !onlyUsers(user) && grantOptionsOf?.(user))
    .map(account => planGrantOptions(account, administrator, observed))
    .filter(({ operations }) => operations.length > 0);
  const existing = [...accounts, ...others];
  const former = new Map([...desired].map(([user, one]) => [user, predecessorOf(one, existing, request)]));
  const managing = { desired, accounts, asFound, former };
  const declared = declaredPlans(managing, request);
  const undeclared = undeclaredPlans(managing, declared, request);
  const plans = fitStatements(
    [...declared, ...undeclared, ...options, ...shutOutPlans(managed, request)]
      .map(plan => withinReach(plan, administrator, observed.self))
      .map(plan => withinPasswordRules(plan, observed.passwordRules)),
  );
  const creates = plans.filter(plan => plan.isNew).flatMap(plan => plan.operations);
  const changing = plans.filter(plan => !plan.isNew);
  const changes = changing.flatMap(plan => plan.operations);
  // What an unseen set leaves for the next plan does not happen, so nothing is said about it.
  const changed = onlyCreate ? [] : changing;
  return {
    statements: groupOperations(onlyCreate ? creates : [...creates, ...changes]),
    notes: allNotes(plans, accounts, request),
    waiting: onlyCreate ? groupOperations(changes).length : 0,
    endSessions: changed.flatMap(plan => plan.endSessions).sort(compareAccounts),
    problems: [
      ...namedProblems(request),
      ...clusterProblems(observed, desired.values()),
      ...plans.flatMap(plan => plan.problems),
    ],
    problemsByUser: textsByUser(plans, plan => plan.problems),
    leftOut: new Map(
      [...textsByUser(plans, plan => plan.leftOut)].map(([user, reasons]) => [
        user,
        [...new Set(reasons)].join(" "),
      ]),
    ),
    notGone: changed
      .flatMap(({ handled, notGone }) => (notGone.length > 0 ? [{ ...handled[0]!, objects: notGone }] : []))
      .map(({ user, host, objects }) => ({ user, host, objects }))
      .sort(compareAccounts),
    handsOn: [...new Set(changed.flatMap(({ handled }) => handled.filter(handsOn)).map(({ user }) => user))],
    disables: changed.flatMap(disabledEvents),
    renames: renamesIn(changing, former),
  };
}

/** The accounts that the run may change. */
interface ManagedAccounts {
  readonly desired: ReadonlyMap<string, DesiredAccount>;
  readonly accounts: readonly ObservedAccount[];
  /** The same without the GRANT OPTIONs that are declared for them joined to their privileges. */
  readonly asFound: ReadonlyMap<ObservedAccount, ObservedAccount>;
  /** By the user names of `desired`. */
  readonly former: ReadonlyMap<string, FormerAccounts>;
}

const takesOnly = ({ onlyTakesFrom, roster }: StatementsRequest, user: string): boolean =>
  onlyTakesFrom?.(user) === true || roster.accounts[user]?.givesNothing === true;

function declaredPlans(
  { accounts, desired, former }: ManagedAccounts,
  request: StatementsRequest,
): AccountPlan[] {
  const byUser = groupBy(accounts, ({ user }) => user);
  return [...desired.values()].flatMap(account => {
    const { user } = account;
    const isTaking = takesOnly(request, user);
    const of = former.get(user)!;
    const names = isTaking ? withoutRenames(of) : of;
    const plans = planHosts(account, byUser.get(user) ?? [], request, names);
    return plans.map(plan => (isTaking || plan.isUngrantable ? onlyTakes(plan, request) : plan));
  });
}

function undeclaredPlans(
  { accounts, asFound, desired, former }: ManagedAccounts,
  declared: readonly AccountPlan[],
  request: StatementsRequest,
): AccountPlan[] {
  const handled = new Set(declared.flatMap(plan => plan.handled));
  const usersOf = (plans: readonly AccountPlan[]) => new Set(plans.map(({ user }) => user));
  const ungrantable = usersOf(declared.filter(plan => plan.isUngrantable));
  const missing = usersOf(declared.filter(plan => plan.isUngrantable && plan.handled.length === 0));
  const created = usersOf(declared.filter(({ operations }) => operations.some(isCreation)));
  const successors = successorsIn(former);
  const planOne = (account: ObservedAccount): AccountPlan => {
    const successor = successors.get(account);
    const one = desired.get(successor ?? account.user);
    const isTaking = one !== undefined && takesOnly(request, one.user);
    // Logins may use an account at another host, or of the former name, until the declared one is complete.
    if (one && (successor ? isTaking || ungrantable.has(successor) : missing.has(one.user)))
      return successor || wasDeclared(account, request)
        ? onlyTakes(planInPlace(one, account, request), request)
        : { ...NOTHING, user: one.user, handled: [account] };
    if (isTaking && !one.isSuspended)
      return wasDeclared(account, request)
        ? onlyTakes(planInPlace(one, account, request), request)
        : planGrantOptions(account, request.administrator, request.observed);
    const plan = planUndeclared(asFound.get(account)!, desired.get(account.user), request);
    if (one && successor !== undefined) return afterSuccessor(plan, one);
    return one && created.has(one.user) ? afterCreation(plan, one) : plan;
  };
  return accounts.filter(account => !handled.has(account)).map(planOne);
}

/** The new names of accounts that the plans rename, by the former ones. */
function renamesIn(
  plans: readonly AccountPlan[],
  former: ReadonlyMap<string, FormerAccounts>,
): ReadonlyMap<string, string> {
  const renamed = new Set(
    plans.flatMap(({ operations }) =>
      operations.filter(({ step }) => step === Step.Rename).map(({ account }) => account.user),
    ),
  );
  return new Map(
    [...former].flatMap(([user, { renamed: ones }]) => {
      const [one] = ones.values();
      return one && renamed.has(one.user) ? [[one.user, user] as const] : [];
    }),
  );
}

/** The declared accounts, by user name, that existing ones give way to because of their former name. */
const successorsIn = (former: ReadonlyMap<string, FormerAccounts>): ReadonlyMap<ObservedAccount, string> =>
  new Map([...former].flatMap(([user, { all }]) => all.map(account => [account, user] as const)));

/** The notes, without repetitions. */
const allNotes = (
  plans: readonly AccountPlan[],
  accounts: readonly ObservedAccount[],
  { administrator, observed }: StatementsRequest,
): string[] => [
  ...new Set([...notesOf(plans), ...proxiesNote(accounts, administrator), ...mandatoryRolesNote(observed)]),
];

/** The events that a plan disables, by `eventKey`: perhaps more, if some do not fit into the change set. */
function disabledEvents({ handled, operations }: AccountPlan): string[] {
  if (!operations.some(({ step }) => step === Step.DisableEvent)) return [];
  return handled.flatMap(one => eventsToDisable(one).map(object => eventKey(one, object)));
}

const byToken = ({ terms }: DesiredAccount): boolean => terms.login === undefined;

/** What is in the way of every account. */
const clusterProblems = (
  observed: StatementsRequest["observed"],
  desired: Iterable<DesiredAccount>,
): string[] => [
  ...administratorProblems(observed),
  ...([...desired].some(byToken) ? iamLoginProblems(observed) : []),
];

/** The notes, those about accounts that change or cannot go first. */
function notesOf(plans: readonly AccountPlan[]): string[] {
  const isGrave = (plan: AccountPlan) => plan.operations.length + plan.notGone.length > 0;
  return [plans.filter(isGrave), plans.filter(plan => !isGrave(plan))].flatMap(some =>
    some.flatMap(({ notes }) => notes).sort(byCodeUnit),
  );
}

/** The texts of several plans, by user name. */
function textsByUser(
  plans: readonly AccountPlan[],
  textsOf: (plan: AccountPlan) => readonly string[],
): Map<string, readonly string[]> {
  const found = plans.filter(plan => textsOf(plan).length > 0);
  return new Map([...groupBy(found, ({ user }) => user)].map(([user, own]) => [user, own.flatMap(textsOf)]));
}

/** The plan without statements if the administrator may neither alter nor drop one of its accounts. */
function withinReach(plan: AccountPlan, administrator: StatementsRequest["administrator"], self: AccountId) {
  const outOfReach = plan.handled.filter(account => isOutOfReach(account, administrator));
  if (outOfReach.length === 0) return plan;
  const reasons = outOfReach.map(
    account =>
      `${quoteAccount(account)} holds SYSTEM_USER: the administrator ${quoteAccount(self)} ` +
      "may neither alter nor drop it.",
  );
  return { ...plan, operations: [], endSessions: [], leftOut: [...plan.leftOut, ...reasons] };
}

/** One note about all accounts that hold PROXY, since anybody can give it to any number of accounts. */
function proxiesNote(
  accounts: readonly ObservedAccount[],
  administrator: StatementsRequest["administrator"],
): string[] {
  const holders = accounts.filter(account => keptProxies(account, administrator).length > 0);
  if (holders.length === 0) return [];
  return [
    `PROXY that this administrator cannot revoke (1698) is held by ${nameSome(holders.map(quoteAccount))}. ` +
      "A login by IAM token does not use it.",
  ];
}

/** The managed accounts that may be changed: not those of the server, nor the administrator. */
function managedAccounts(request: StatementsRequest): ObservedAccount[] {
  const { accounts, self } = request.observed;
  return accounts
    .filter(
      account =>
        isManaged(request, account) &&
        !isSystemAccount(account.user) &&
        !(account.user === self.user && account.host === self.host),
    )
    .sort(compareAccounts);
}
