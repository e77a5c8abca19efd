import type { EnforcementPlan } from "../../../core/decisions/plan-enforcement";
import type { ObservedState } from "../../../core/mysql";
import { isShutOut } from "../../../core/mysql/suspend";
import { nameSome } from "../../../core/name-some";
import type { Unproven } from "../../../core/unproven";
import type { RunResult } from "../execute/run-plan";
import { ranCount } from "../execute/run-report";
import { instancesUnknown, sessionsKept } from "../execute/sessions-remain";
import type { EnforcementIntent } from "./enforcement-steps";

/** What a run did, in words. */
export const describeRun = (
  { report, isAudited }: RunResult<EnforcementIntent>,
  drift: number,
  goesOn: ReadonlySet<string>,
  unproven?: Unproven,
) =>
  [
    ranCount(report) === 0 ? "nothing was to do" : `${ranCount(report)} statements ran`,
    ...(drift > 0 ? [`drift: ${drift}`] : []),
    ...(isAudited ? [] : ["not in the audit trail"]),
    ...(goesOn.size > 0
      ? [`access that has ended goes on by an account at another host: ${nameSome([...goesOn])}`]
      : []),
    ...[sessionsKept(report), instancesUnknown(report)].filter(text => text !== undefined),
    ...(unproven ? [`the ledger is not proven (${unproven}): nothing was given`] : []),
  ].join("; ");

/**
 * The accounts of offboarded persons that are there, and whether they are shut out; and those of persons who
 * are back that are locked all the same.
 */
export const markedAccounts = (
  { offboardedBy, reinstatedPerson }: Pick<EnforcementPlan, "offboardedBy" | "reinstatedPerson">,
  { accounts }: Pick<ObservedState, "accounts">,
) => ({
  offboarded: accounts.flatMap(account => {
    const person = offboardedBy(account.user);
    return person === undefined ? [] : [{ person, account: account.user, locked: isShutOut(account) }];
  }),
  stillLocked: accounts.flatMap(({ locked, user: account }) => {
    const person = locked ? reinstatedPerson(account) : undefined;
    return person === undefined ? [] : [{ person, account }];
  }),
});
