import { hidesDefiners } from "./administrator-needs";
import { enabledEvents, eventsToDisable, objectName, objectNames } from "./defined-objects";
import type { DesiredAccount } from "./desired-account";
import type { ObservedAccount, ObservedState } from "./observed-state";
import { type Operation, operation, Step } from "./operation";
import { quoteAccount } from "./quote";
import { membersKeep } from "./role-members";
import { FORMS } from "./statement-forms";
import { type AccountPlan, NOTHING, type StatementsRequest } from "./statements-request";

const WHY = "suspended";

/** Whether a suspended account is not shut out yet: it is not locked, or an event runs with its rights. */
export const isActive = (account: ObservedAccount): boolean =>
  !account.locked || enabledEvents(account).length > 0;

/** Whether nobody uses an account any more: nobody logs in, and none of its events runs. */
export const isShutOut = (account: ObservedAccount): boolean =>
  account.locked && (enabledEvents(account).length === 0 || !mayHoldEvent(account));

/** Without EVENT the server runs none of an account's events. A role may hold it. */
const mayHoldEvent = ({ databases, globalPrivileges, roles }: ObservedAccount): boolean =>
  roles.length > 0 ||
  [globalPrivileges, ...databases.map(row => row.privileges)].some(some => some.includes("EVENT"));

/** Whether an account of a user name is locked. */
export const isLockedIn = ({ accounts }: Pick<ObservedState, "accounts">): ((user: string) => boolean) => {
  const locked = new Set(accounts.filter(account => account.locked).map(({ user }) => user));
  return user => locked.has(user);
};

/** What shuts an existing account out: its lock, and its events disabled. A lock alone does not stop them. */
export function suspend(account: ObservedAccount, { setsDefiners }: ObservedState): Operation[] {
  const events = setsDefiners ? eventsToDisable(account) : [];
  return [
    ...(account.locked ? [] : [operation(Step.Lock, account, FORMS.lock.write(), WHY)]),
    ...events.map(event => operation(Step.DisableEvent, account, FORMS.disableEvent.write(event), WHY)),
  ];
}

/** The plans of accounts of offboarded persons that are not processed otherwise: they are only shut out. */
export const shutOutPlans = (
  accounts: readonly ObservedAccount[],
  { isOffboarded = () => false, observed, onlyUsers = () => true }: StatementsRequest,
): AccountPlan[] =>
  accounts
    .filter(account => !onlyUsers(account.user) && isOffboarded(account.user) && isActive(account))
    .map(account => ({
      ...NOTHING,
      user: account.user,
      operations: suspend(account, observed),
      endSessions: [account],
      handled: [account],
    }));

/** The cluster once some accounts are shut out. */
export const afterShutOut = (
  observed: ObservedState,
  isChosen: (user: string) => boolean,
): ObservedState => ({
  ...observed,
  accounts: observed.accounts.map(account => {
    if (!isChosen(account.user)) return account;
    const disabled = new Set(observed.setsDefiners ? eventsToDisable(account) : []);
    const definerOf = account.definerOf.map(object => {
      const { enabled: _, ...stopped } = object;
      return disabled.has(object) ? stopped : object;
    });
    return { ...account, locked: true, definerOf };
  }),
});

/**
 * What a suspended account keeps: its grants, but EVENT if not all of its events can be disabled, since the
 * server runs none of an account without it.
 */
export function suspendedGrants(
  desired: DesiredAccount,
  account: ObservedAccount,
  observed: ObservedState,
): DesiredAccount {
  const disabled = observed.setsDefiners ? eventsToDisable(account) : [];
  if (!hidesDefiners(observed) && enabledEvents(account).length === disabled.length) return desired;
  const databases = desired.databases.map(database => ({
    ...database,
    privileges: database.privileges.filter(privilege => privilege !== "EVENT"),
  }));
  return { ...desired, databases };
}

/** Notes where others use what a suspended account holds. */
export function suspendedNotes(account: ObservedAccount, { outside }: ObservedState): string[] {
  const objects = account.definerOf.filter(({ kind }) => kind !== "EVENT").map(objectName);
  const run = `run with its rights as before, for those who may use them.`;
  const used = `${quoteAccount(account)} is suspended: ${objectNames(objects)} ${run}`;
  return [...membersKeep(account, outside.roles), ...(objects.length > 0 ? [used] : [])];
}
