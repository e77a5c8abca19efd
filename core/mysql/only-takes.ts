import { effectsOf } from "./effects";
import { expiredAccounts } from "./expired-accounts";
import { planGrantOptions } from "./grant-options";
import type { ObservedAccount } from "./observed-state";
import {
  endsSessions,
  isNeeded,
  isRevocation,
  type Operation,
  operation,
  render,
  Step,
  takesAway,
} from "./operation";
import { quoteAccount, quoteIdentifier } from "./quote";
import { onDatabase } from "./revoke-rows";
import { FORMS } from "./statement-forms";
import type { AccountPlan, StatementsRequest } from "./statements-request";

/**
 * What of the plan takes access away. Where the account would then lack declared access, that is what lets
 * it hand on access, and the revocations that declared access does not depend on. If something that expired
 * would remain all the same, the account is locked.
 */
export function onlyTakes(plan: AccountPlan, request: StatementsRequest): AccountPlan {
  const { administrator, observed } = request;
  const { operations } = plan;
  const [account] = plan.handled;
  const needed = operations.filter(isNeeded);
  if (needed.length === 0 || !account) {
    const taking = needed.length === 0 ? operations.filter(takesAway) : operations.filter(shutsOut);
    return { ...plan, operations: taking, endSessions: taking.some(endsSessions) ? plan.endSessions : [] };
  }
  const free = operations.filter(one => isRevocation(one) && isFree(one, needed, account));
  const withheld = operations.filter(one => isRevocation(one) && !free.includes(one));
  const taken = new Set(free.flatMap(effects));
  const options = planGrantOptions(account, administrator, observed).operations.filter(
    one => !effects(one).every(effect => taken.has(effect)),
  );
  const shut = operations.filter(shutsOut);
  const isLocked = account.locked || shut.some(({ step }) => step === Step.Lock);
  const isShutOut = keepsExpired(account, withheld, request);
  const all = [...options, ...free, ...shut, ...(isShutOut && !isLocked ? [lockFor(account)] : [])];
  const reason = isShutOut ? [`${quoteAccount(account)} is locked: ${WHY_LOCKED}.`] : [];
  return {
    ...plan,
    operations: all,
    endSessions: all.some(endsSessions) ? [account] : [],
    leftOut: [...plan.leftOut, ...reason],
  };
}

const WHY_LOCKED = "access that has ended cannot be taken from it before it can become as declared";
const lockFor = (account: ObservedAccount): Operation =>
  operation(Step.Lock, account, FORMS.lock.write(), WHY_LOCKED);

const shutsOut = ({ step }: Operation): boolean => step === Step.Lock || step === Step.DisableEvent;

const effects = (one: Operation): readonly string[] => effectsOf(render([one])) ?? [];

/** The steps that give again what single revocations take with something else. */
const GIVES_AGAIN: ReadonlySet<Step> = new Set([Step.RegrantServer, Step.RegrantColumns, Step.Rename]);

/** Whether the account keeps all declared access if the revocation runs, and the needed operations do not. */
function isFree(one: Operation, needed: readonly Operation[], { tables }: ObservedAccount): boolean {
  // What is granted first may be held by any of the grants that are revoked then.
  if (!needed.every(({ step }) => GIVES_AGAIN.has(step))) return false;
  if (one.step === Step.RevokeTable)
    return !tables.some(table => {
      const on = ` ON ${quoteIdentifier(table.database)}.${quoteIdentifier(table.table)}`;
      const isOn = ({ step, text }: Operation) =>
        step === Step.RegrantColumns && text.before.endsWith(`${on} TO`);
      return one.text.before.endsWith(`${on} FROM`) && needed.some(isOn);
    });
  const given = new Set(needed.flatMap(effects));
  return !effects(one).some(effect => given.has(effect.replace(/^revoke/, "grant")));
}

/** Whether something that expired is among what the revocations that do not run would take. */
function keepsExpired(
  account: ObservedAccount,
  withheld: readonly Operation[],
  { now, observed, roster }: StatementsRequest,
): boolean {
  const has = (step: Step, end = "") =>
    withheld.some(one => one.step === step && one.text.before.endsWith(end));
  const onTable = (database: string, name: string) =>
    ` ON ${quoteIdentifier(database)}.${quoteIdentifier(name)} FROM`;
  const left: ObservedAccount = {
    ...account,
    globalPrivileges: has(Step.RevokeGlobal) ? account.globalPrivileges : [],
    dynamicPrivileges: has(Step.RevokeDynamic) ? account.dynamicPrivileges : [],
    databases: account.databases.filter(({ name }) =>
      has(Step.RevokeDatabase, ` ON ${onDatabase(name)} FROM`),
    ),
    tables: account.tables.filter(({ database, table }) => has(Step.RevokeTable, onTable(database, table))),
    routines: has(Step.RevokeRoutine) ? account.routines : [],
    roles: account.roles.filter(role => has(Step.RevokeRole, FORMS.revokeRole.write(role).before)),
  };
  return expiredAccounts(roster, { ...observed, accounts: [left] }, now).has(account.user);
}
