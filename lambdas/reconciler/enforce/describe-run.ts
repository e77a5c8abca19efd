import type { EnforcementPlan } from "../../../core/decisions/plan-enforcement";
import type { ObservedState } from "../../../core/mysql";
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

/** The accounts of offboarded persons that are there, and whether they are locked. */
export const offboardedThere = ({ offboardedBy }: EnforcementPlan, { accounts }: ObservedState) =>
  accounts.flatMap(({ locked, user: account }) => {
    const person = offboardedBy(account);
    return person === undefined ? [] : [{ person, account, locked }];
  });
