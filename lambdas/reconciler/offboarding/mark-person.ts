import type { OffboardRequest, OffboardResponse, ReinstateRequest } from "../../../core/contract/offboarding";
import { PROTOCOL } from "../../../core/contract/protocol";
import { defined, type Json } from "../../../core/json";
import { isOffboarded } from "../../../core/roster/offboarded";
import type { Call } from "../services/services";
import { accountsOfPerson, nearestPerson, type PersonsAccounts } from "./accounts-of-person";

/**
 * Marks a person as offboarded in the ledger. From then on every plan, apply and run keeps their accounts
 * locked, on each cluster. It locks nothing by itself: a run on each cluster does.
 * @throws LedgerError, RegistryError
 */
export async function offboard(request: OffboardRequest, call: Call): Promise<OffboardResponse> {
  const { dryRun, person } = request;
  const clusters = await accountsOfPerson(person, call);
  if (!dryRun) {
    const already = !(await writeMark(request, clusters, call));
    return answer(person, { state: "offboarded", already, clusters });
  }
  const mark = await call.services.ledger.offboarded.find(person);
  const isKnown = clusters.some(({ accounts }) => accounts.length > 0);
  return answer(person, {
    state: mark === undefined ? "unmarked" : isOffboarded(mark) ? "offboarded" : "reinstated",
    already: mark !== undefined && isOffboarded(mark),
    clusters,
    didYouMean: isKnown ? undefined : await nearestPerson(person, call),
  });
}

/**
 * Writes the mark, and then its item in the audit trail: an audit trail that cannot be written is no reason
 * to keep somebody's access.
 * @returns whether it was not there before
 */
export async function writeMark(
  { by, person, reason, ...given }: Pick<OffboardRequest, "by" | "person" | "reason"> & Cause,
  clusters: readonly PersonsAccounts[],
  call: Call,
): Promise<boolean> {
  const { audit, ledger, log, now } = call.services;
  const { eventId, eventName, names, userId } = given;
  const cause = { eventId, eventName, names, userId };
  const mark = { person, by, reason, event: eventId, at: now() };
  const isNew = await ledger.offboarded.write({ ...mark, state: "offboarded" });
  const outcome = isNew ? "offboarded" : "already offboarded";
  const item = auditItem({ person, who: by, reason, outcome, ...cause, ...named(person, clusters) }, call);
  await audit
    .append(item)
    .catch((error: Error) =>
      log.error("offboarding not in the audit trail", { ...item, reason: error.message }),
    );
  log.info("person offboarded", { person, outcome });
  return isNew;
}

/**
 * Undoes an offboarding. The next run on each cluster unlocks what the rosters do not suspend themselves. Of
 * somebody who was never offboarded, or is back already, nothing is written.
 * @throws AuditError before anything is written; LedgerError
 */
export async function reinstate(request: ReinstateRequest, call: Call): Promise<OffboardResponse> {
  const { by, person, reason } = request;
  const { audit, ledger, log, now } = call.services;
  const clusters = await accountsOfPerson(person, call);
  const mark = await ledger.offboarded.find(person);
  if (!mark) return answer(person, { state: "unmarked", already: true, clusters });
  if (mark.state === "reinstated" && !mark.unproven)
    return answer(person, { state: "reinstated", already: true, clusters });
  await audit.append(
    auditItem({ person, who: by, reason, outcome: "reinstated", ...named(person, clusters) }, call),
  );
  const isNew = await ledger.offboarded.write({ person, by, reason, state: "reinstated", at: now() });
  log.info("person reinstated", { person, outcome: isNew ? "reinstated" : "was not offboarded" });
  return answer(person, { state: "reinstated", already: !isNew, clusters });
}

/** The event that an offboarding comes from. */
export interface Cause {
  readonly userId?: string;
  /** The id and the name of CloudTrail's event. */
  readonly eventId?: string;
  readonly eventName?: string;
  /** The names that the user has, and had, if these are several. */
  readonly names?: readonly string[];
}

/** An item of the chain about persons. */
export const auditItem = (details: Readonly<Record<string, Json | undefined>>, { services }: Call) => ({
  kind: "offboarding" as const,
  cluster: services.ledger.offboarded.auditChain,
  when: services.now().toISOString(),
  ...defined(details),
});

/** The accounts that the ledger knows, in the form of other items. */
export const named = (user: string, clusters: readonly PersonsAccounts[]) => ({
  accounts: clusters.flatMap(({ accounts, cluster }) =>
    accounts.map(account => ({ account, user, cluster })),
  ),
});

interface Answer extends Pick<OffboardResponse, "already" | "state"> {
  readonly clusters: readonly PersonsAccounts[];
  readonly didYouMean?: string | undefined;
}

const answer = (person: string, { already, clusters, didYouMean, state }: Answer): OffboardResponse => ({
  protocol: PROTOCOL,
  person,
  state,
  already,
  clusters: clusters.map(({ accounts, cluster, isGone, isUnknown }) => ({
    cluster,
    accounts,
    ...(isUnknown && { unknown: isGone ? ("gone" as const) : ("unreadable" as const) }),
  })),
  ...defined({ didYouMean }),
  message: state === "unmarked" ? `${person} was never offboarded` : `${person} is ${state}`,
});
