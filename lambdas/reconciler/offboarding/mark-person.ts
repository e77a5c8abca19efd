import { lowerName } from "../../../core/catalogue/lower-case";
import type { OffboardRequest, OffboardResponse, ReinstateRequest } from "../../../core/contract/offboarding";
import { PROTOCOL } from "../../../core/contract/protocol";
import { defined, type Json } from "../../../core/json";
import { isOffboarded } from "../../../core/roster/offboarded";
import type { Call } from "../services/services";
import { accountsOfPerson, type PersonsAccounts } from "./accounts-of-person";

/**
 * Marks a person as offboarded in the ledger. From then on every plan, apply and run keeps their accounts
 * locked, on each cluster. It locks nothing by itself: a run on each cluster does.
 * @throws LedgerError, RegistryError
 */
export async function offboard(request: OffboardRequest, call: Call): Promise<OffboardResponse> {
  const clusters = await accountsOfPerson(request.person, call);
  if (request.dryRun) {
    const { ledger } = call.services;
    const marks = await ledger.offboarded.all();
    const mark = marks.find(({ person }) => lowerName(person) === lowerName(request.person));
    const already = mark !== undefined && isOffboarded(mark);
    return answer(request.person, { state: already ? "offboarded" : "reinstated", already, clusters });
  }
  const already = !(await writeMark(request, clusters, call));
  return answer(request.person, { state: "offboarded", already, clusters });
}

/**
 * Writes the mark, and then its item in the audit trail: an audit trail that cannot be written is no reason
 * to keep somebody's access.
 * @returns whether it was not there before
 */
export async function writeMark(
  { by, person, reason, ...cause }: Pick<OffboardRequest, "by" | "person" | "reason"> & Cause,
  clusters: readonly PersonsAccounts[],
  call: Call,
): Promise<boolean> {
  const { audit, ledger, log, now } = call.services;
  const isNew = await ledger.offboarded.write({ person, by, reason, state: "offboarded", at: now() });
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
 * Undoes an offboarding. The next run on each cluster unlocks what the rosters do not suspend themselves.
 * @throws AuditError before anything is written; LedgerError
 */
export async function reinstate(request: ReinstateRequest, call: Call): Promise<OffboardResponse> {
  const { by, person, reason } = request;
  const { audit, ledger, log, now } = call.services;
  const clusters = await accountsOfPerson(person, call);
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
}

/** An item of the chain about persons. */
export const auditItem = (details: Readonly<Record<string, Json | undefined>>, { services }: Call) => ({
  kind: "offboarding" as const,
  cluster: services.ledger.offboarded.auditChain,
  when: services.now().toISOString(),
  ...defined(details),
});

/** The accounts that the ledger knows, in the form of other items. */
const named = (user: string, clusters: readonly PersonsAccounts[]) => ({
  accounts: clusters.flatMap(({ accounts, cluster }) =>
    accounts.map(account => ({ account, user, cluster })),
  ),
});

const answer = (
  person: string,
  {
    already,
    clusters,
    state,
  }: Pick<OffboardResponse, "already" | "state"> & {
    readonly clusters: readonly PersonsAccounts[];
  },
): OffboardResponse => ({
  protocol: PROTOCOL,
  person,
  state,
  already,
  clusters: clusters.map(({ accounts, cluster }) => ({ cluster, accounts })),
  message: `${person} is ${state}`,
});
