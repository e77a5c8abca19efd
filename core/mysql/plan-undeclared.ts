import { isStagingHost } from "../roster/account-hosts";
import { hasPrefix } from "../roster/account-name";
import { hidesDefiners } from "./administrator-needs";
import { type DesiredAccount, namesOfAll } from "./desired-account";
import { hostRank } from "./host-order";
import { LEAST_TLS, requirementOf } from "./iam-login";
import type { ObservedAccount } from "./observed-state";
import { type Operation, operation, RANKS, Step } from "./operation";
import { lockAccount, planRemoval, type RemovalPlan } from "./plan-removal";
import { quoteAccount } from "./quote";
import { revokeRows } from "./revoke-rows";
import { FORMS } from "./statement-forms";
import { type AccountPlan, NOTHING, type StatementsRequest } from "./statements-request";
import { suspend } from "./suspend";
import { sortGrants } from "./unrevocable-grants";

/**
 * Plans an existing account that the roster does not have.
 * @param namesake the declared account of the same user name at another host, if there is one
 */
export function planUndeclared(
  account: ObservedAccount,
  namesake: DesiredAccount | undefined,
  request: StatementsRequest,
): AccountPlan {
  const { leftOut, notes, notGone, operations: found } = removeOrReport(account, namesake, request);
  const isStaged = isStagingHost(account.host);
  const operations =
    namesake && !isStaged
      ? [...shutOut(account, namesake, request), ...atOtherHost(account, namesake, found, request)]
      : found;
  return {
    ...NOTHING,
    user: account.user,
    operations,
    notes,
    leftOut,
    notGone,
    endSessions: operations.length > 0 && !isStaged ? [account] : [],
    handled: [account],
  };
}

/** Whether an earlier roster declared the account of a user name at this host. */
export const wasDeclared = (
  account: ObservedAccount,
  { previouslyDeclared }: Pick<StatementsRequest, "previouslyDeclared">,
): boolean => previouslyDeclared.includes(quoteAccount(account));

/**
 * The plan of an account at another host, while some declared one of the name is created: logins may need it
 * until that one is complete.
 */
export const afterCreation = (plan: AccountPlan, { isSuspended, user }: DesiredAccount): AccountPlan => ({
  ...plan,
  operations: plan.operations.map(one =>
    one.step === Step.OtherHosts && !isSuspended ? { ...one, successor: user } : one,
  ),
});

/**
 * Puts what the declared account of the name keeps to on the one at another host, before that one gets
 * anything: the server applies rows of one host to accounts of nearer ones, too.
 */
function shutOut(
  account: ObservedAccount,
  { isSuspended, terms }: DesiredAccount,
  { observed }: StatementsRequest,
): Operation[] {
  const { keepsFound, tls } = terms;
  if (isSuspended) return suspend(account, observed);
  return tls === LEAST_TLS || keepsFound || requirementOf(account) === tls
    ? []
    : [operation(Step.Require, account, FORMS.requireTls.write(tls), "logins of this name need it")];
}

/**
 * Moves operations to the end: the declared account of the name takes over the logins, and must be complete
 * then.
 *
 * A dropped account loses its rows on databases first. MySQL 8.0 remembers what a user name from an address
 * may do in a database, and DROP USER does not make it forget: the next login of that name from there, as
 * the declared account, would have the rights of the dropped one (measured). REVOKE makes the server
 * forget. Where a row cannot be revoked, a statement that changes nothing does so after the drop.
 */
function atOtherHost(
  account: ObservedAccount,
  namesake: DesiredAccount,
  operations: readonly Operation[],
  { administrator, observed: names }: StatementsRequest,
): Operation[] {
  const last = ({ rank = 0, ...operation }: Operation, order: number): Operation => ({
    ...operation,
    step: Step.OtherHosts,
    rank: order * RANKS + rank,
  });
  const moved = operations
    .filter(({ step }) => !(namesake.isSuspended && (step === Step.Lock || step === Step.DisableEvent)))
    .map(operation => last(operation, Step.OtherHosts + operation.step));
  if (!operations.some(({ step }) => step === Step.Drop) || account.databases.length === 0) return moved;
  const why = `${namesOfAll(namesake)} would have these rights until the server forgets them`;
  const onlyRows = { ...account, ...NO_OTHER_GRANTS };
  if (
    sortGrants(onlyRows, { keeps: () => false, administrator, names, roleRules: names }).unrevocable.length >
    0
  )
    return [
      ...moved,
      last(
        operation(Step.Unlock, namesake, FORMS[namesake.isSuspended ? "lock" : "unlock"].write(), why),
        2 * Step.OtherHosts,
      ),
    ];
  const revocations = revokeRows(account, new Map(), names);
  return [...revocations.map(revocation => last({ ...revocation, why }, 0)), ...moved];
}

const NO_OTHER_GRANTS = {
  globalPrivileges: [],
  dynamicPrivileges: [],
  tables: [],
  routines: [],
  proxies: [],
  roles: [],
} satisfies Partial<ObservedAccount>;

/** Who names an account to keep it must not lose it by that, whatever `unmanaged` says. */
const keptNamed = (account: ObservedAccount): RemovalPlan => ({
  operations: [],
  leftOut: [],
  notGone: [],
  notes: [
    `${quoteAccount(account)} is named in \`alsoManages\`, and no file declares it: it keeps its access. ` +
      "Declare it, or take it out.",
  ],
});

function removeOrReport(
  account: ObservedAccount,
  namesake: DesiredAccount | undefined,
  request: StatementsRequest,
): RemovalPlan {
  const { administrator, definers, prefix, previouslyDeclared, observed, roster, unmanaged } = request;
  const { setsDefiners } = observed;
  const isHiding = hidesDefiners(observed);
  const roleEdges = observed.outside.roles;
  const server = { names: observed, roleRules: observed, roleEdges, setsDefiners, isHiding };
  const rules = { definers, administrator, ...server };
  const remove = (why: string) => planRemoval(account, rules, why);
  if (!namesake) {
    if (Object.hasOwn(roster.accounts, account.user))
      return remove("its last grant has expired or it has none");
    if (previouslyDeclared.includes(account.user)) return remove("no longer declared");
  } else {
    if (isStagingHost(account.host)) return remove("an earlier run did not complete it");
    if (wasDeclared(account, request)) return remove("no longer declared at this host");
  }
  const isGoing = unmanaged === "remove" && hasPrefix(prefix, account.user);
  if (!namesake && !isGoing && request.isOffboarded?.(account.user))
    return { operations: suspend(account, observed), notes: [], leftOut: [], notGone: [] };
  if (!hasPrefix(prefix, account.user)) return keptNamed(account);
  const are = namesake && namesake.hosts.length > 1 ? "are" : "is";
  const why = namesake ? `only ${namesOfAll(namesake)} ${are} declared` : "never declared";
  const reached = (namesake?.hosts ?? []).filter(host => hostRank(host) > hostRank(account.host));
  const reach = reached.map(host => quoteAccount({ user: account.user, host })).join(", ");
  if (unmanaged === "remove") {
    const plan = remove(why);
    const isKept = reach && plan.notGone.length > 0;
    return isKept ? { ...plan, notes: [...plan.notes, `What it keeps also counts for ${reach}.`] } : plan;
  }
  const counts = `its rights on databases also count for ${reach}`;
  const unmanagedNote = `${quoteAccount(account)} bears the prefix and is not managed (${why})`;
  // Nobody logs in by the name of a suspended account. The lock stays when it is no longer suspended.
  if (unmanaged === "lock" || namesake?.isSuspended || (namesake && account.locked)) {
    const { notes, operations } = lockAccount(account, why, roleEdges);
    const locked = account.locked ? "it stays locked" : "it is locked";
    const shut = namesake ? `, and ${account.user} cannot log in from there until it is dropped` : "";
    const stays = reach && ` Also while it is locked, ${counts}: revoke them, ${DROP_IT} "remove".`;
    const note = `${unmanagedNote}: ${locked}${shut}.${stays}`;
    return { operations, notGone: [], leftOut: [], notes: [note, ...notes] };
  }
  const note =
    `${unmanagedNote}: it keeps its access${reach && `, and ${counts}`}. ` +
    `Declare it, ${DROP_IT} ${reach ? "" : '"lock" or '}"remove".`;
  return { operations: [], notes: [note], notGone: [], leftOut: [] };
}

const DROP_IT = "drop it by hand, or set `unmanaged` to";
