import * as z from "zod";
import { LEAVING_EVENTS } from "../../../core/contract/offboarding";
import { enforce } from "../enforce/enforce";
import { BatchFailedError } from "../execute/describe-failure";
import { DirectoryError, NotReachedInTimeError } from "../runtime/errors";
import type { Call } from "../services/services";
import { accountsOfPerson, type PersonsAccounts } from "./accounts-of-person";
import { auditItem, writeMark } from "./mark-person";

/**
 * What CloudTrail says of a user who leaves. Identity Center's own operations have `userId`, those by SCIM
 * `id`; none has a name.
 * @see https://docs.aws.amazon.com/singlesignon/latest/userguide/sso-info-in-cloudtrail.html
 * @see https://docs.aws.amazon.com/singlesignon/latest/userguide/scim-logging-using-cloudtrail.html
 */
export const leavingSchema = z.object({
  "detail-type": z.literal("AWS API Call via CloudTrail"),
  detail: z.object({
    eventSource: z.enum([
      "sso-directory.amazonaws.com",
      "identitystore.amazonaws.com",
      "identitystore-scim.amazonaws.com",
    ]),
    eventName: z.enum(LEAVING_EVENTS),
    eventID: z.string().min(1),
    errorCode: z.string().optional(),
    requestParameters: z.union([
      z.object({ userId: z.string().min(1), identityStoreId: z.string().optional() }),
      z.object({ id: z.string().min(1) }),
    ]),
  }),
});

export type LeavingEvent = z.output<typeof leavingSchema>;

/**
 * With less time than this, or than half of what there was, no further cluster is begun: the queue delivers
 * the event again.
 */
const LEAST_MS = 30_000;

/**
 * Offboards the user of an event of CloudTrail, and runs on each cluster at once.
 *
 * The event only says that a user was disabled or deleted. Their name comes from Identity Center, or from the
 * list that was kept before. An event that was carried out before does nothing, and one about nobody with
 * accounts is recorded.
 * @throws DirectoryError, LedgerError; the failure of a cluster, after each one was tried: the queue then
 * delivers the event again
 */
export async function offboardLeaving({ detail }: LeavingEvent, call: Call): Promise<void> {
  const { audit, ledger, log } = call.services;
  const { errorCode, eventID: eventId, eventName, requestParameters } = detail;
  const userId = "userId" in requestParameters ? requestParameters.userId : requestParameters.id;
  const cause = { userId, eventId, eventName };
  if (errorCode !== undefined) return log.info("call was refused", { eventId, errorCode });
  const person = await nameOf(userId, call);
  const clusters = person === undefined ? [] : await accountsOfPerson(person, call);
  if (person === undefined || !clusters.some(({ accounts, isUnknown }) => isUnknown || accounts.length > 0)) {
    log.info("nobody with accounts left", { userId, eventId });
    await audit.append(auditItem({ person, outcome: "no accounts", ...cause }, call));
    return;
  }
  if (await ledger.offboarded.isCarriedOut(person, eventId))
    return log.info("event was carried out before", { person, eventId });
  const reason = `${eventName} in Identity Center`;
  await writeMark({ person, by: "Identity Center", reason, ...cause }, clusters, call);
  await enforceEach(clusters, call);
  await ledger.offboarded.carriedOut(person, eventId);
}

/** Runs on each cluster, first where the ledger knows accounts of the person. */
async function enforceEach(clusters: readonly PersonsAccounts[], call: Call): Promise<void> {
  const failures: unknown[] = [];
  const least = Math.min(LEAST_MS, call.deadline.left() / 2);
  const first = clusters.filter(({ accounts }) => accounts.length > 0);
  for (const { cluster } of [...first, ...clusters.filter(one => !first.includes(one))]) {
    if (call.deadline.left() < least) throw new NotReachedInTimeError(cluster);
    await enforce(cluster, "enforce", { ...call, startedAt: call.services.now() }).catch((error: unknown) =>
      failures.push(error),
    );
  }
  if (failures.length === 1) throw failures[0];
  if (failures.length > 1) throw new BatchFailedError(failures);
}

/** The name of a user as Identity Center has it, or had it when a run last asked. @throws DirectoryError */
async function nameOf(userId: string, { services }: Call): Promise<string | undefined> {
  const { directory, identityStore, log, registry } = services;
  const settings = await registry.directory();
  let failure: DirectoryError | undefined;
  const now = settings
    ? await identityStore.nameOf(settings, userId).catch((error: unknown) => {
        if (!(error instanceof DirectoryError)) throw error;
        failure = error;
        log.error("directory not read", { reason: error.message });
        return undefined;
      })
    : undefined;
  const name = now ?? (await directory.nameOf(userId));
  if (name === undefined && failure) throw failure;
  return name;
}
