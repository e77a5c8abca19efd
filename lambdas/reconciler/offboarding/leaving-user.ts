import * as z from "zod";
import { LEAVING_EVENTS } from "../../../core/contract/offboarding";
import { enforce } from "../enforce/enforce";
import { BatchFailedError } from "../execute/describe-failure";
import { DirectoryError, NotReachedInTimeError } from "../runtime/errors";
import type { Call } from "../services/services";
import type { NamesOfUser } from "../store/user-directory";
import { accountsOfPerson, type PersonsAccounts } from "./accounts-of-person";
import { auditItem, type Cause, named, writeMark } from "./mark-person";

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
 * The event only says that a user was disabled or deleted. Their names come from Identity Center, and from
 * the list that was kept before: they may have accounts by a name that they had. A name that another user has
 * now is not marked, and a person decides. An event that was carried out before does nothing, and one about
 * nobody with accounts is recorded.
 * @throws DirectoryError, LedgerError; the failure of a cluster, after each one was tried: the queue then
 * delivers the event again
 */
export async function offboardLeaving({ detail }: LeavingEvent, call: Call): Promise<void> {
  const { audit, ledger, log } = call.services;
  const { errorCode, eventID: eventId, eventName, requestParameters } = detail;
  const userId = "userId" in requestParameters ? requestParameters.userId : requestParameters.id;
  if (errorCode !== undefined) return log.info("call was refused", { eventId, errorCode });
  const { failure, others, own } = await namesOf(userId, call);
  const cause = { userId, eventId, eventName, ...(own.length > 1 && { names: own }) };
  const found = await leaversOf(own, others, call);
  if (found.length === 0) {
    if (failure) throw failure;
    log.info("nobody with accounts left", { userId, eventId });
    await audit.append(auditItem({ person: own[0], outcome: "no accounts", ...cause }, call));
    return;
  }
  const leavers: Leaver[] = [];
  for (const leaver of found) {
    if (leaver.heldBy !== undefined) await recordHeld(leaver, cause, call);
    else if (!(await ledger.offboarded.isDone(leaver.person, eventId))) leavers.push(leaver);
    else log.info("event was carried out before", { person: leaver.person, eventId });
  }
  const reason = `${eventName} in Identity Center`;
  for (const { clusters, person } of leavers)
    await writeMark({ person, by: "Identity Center", reason, ...cause }, clusters, call);
  if (leavers.length > 0) await enforceEach(leavers, call);
  // They may have accounts by a name that is not known: the queue delivers the event again.
  if (failure) throw failure;
  for (const { person } of leavers) await ledger.offboarded.carriedOut(person, eventId);
}

/** A name of a user who left, by which there are accounts. */
interface Leaver {
  readonly person: string;
  readonly clusters: readonly PersonsAccounts[];
  /** The id of another user, who has the name now. */
  readonly heldBy: string | undefined;
}

async function leaversOf(own: NamesOfUser["own"], others: NamesOfUser["others"], call: Call) {
  const found: Leaver[] = [];
  for (const person of own) {
    const clusters = (await accountsOfPerson(person, call)).filter(({ isGone }) => !isGone);
    if (clusters.some(({ accounts, isUnknown }) => isUnknown || accounts.length > 0))
      found.push({ person, clusters, heldBy: others.get(person) });
  }
  return found;
}

/** Records that accounts are left as they are: they may be those of the user who has the name now. */
async function recordHeld({ clusters, heldBy, person }: Leaver, cause: Cause, call: Call): Promise<void> {
  const { audit, log } = call.services;
  log.error("name is another user's now", { person, heldBy, ...cause });
  const details = { person, heldBy, outcome: "held by another user", ...cause, ...named(person, clusters) };
  await audit.append(auditItem(details, call));
}

/** Runs on each cluster, first where the ledger knows accounts of theirs. */
async function enforceEach(leavers: readonly Leaver[], call: Call): Promise<void> {
  const failures: unknown[] = [];
  const least = Math.min(LEAST_MS, call.deadline.left() / 2);
  const all = leavers.flatMap(({ clusters }) => clusters);
  const first = all.filter(({ accounts }) => accounts.length > 0);
  for (const cluster of new Set([...first, ...all].map(one => one.cluster))) {
    if (call.deadline.left() < least) throw new NotReachedInTimeError(cluster);
    await enforce(cluster, "enforce", { ...call, startedAt: call.services.now() }).catch((error: unknown) =>
      failures.push(error),
    );
  }
  if (failures.length === 1) throw failures[0];
  if (failures.length > 1) throw new BatchFailedError(failures);
}

/**
 * The names of a user that Identity Center and the list have.
 * @returns also why others may be missing, if one name is known
 * @throws DirectoryError if none is known
 */
async function namesOf(
  userId: string,
  { services }: Call,
): Promise<NamesOfUser & { readonly failure?: DirectoryError }> {
  const { directory, identityStore, log, registry } = services;
  const settings = await registry.directory();
  const failed = (error: unknown) => {
    if (!(error instanceof DirectoryError)) throw error;
    log.error("directory not read", { reason: error.message });
    return error;
  };
  const asked = settings ? await identityStore.nameOf(settings, userId).catch(failed) : undefined;
  const now = typeof asked === "string" ? asked : undefined;
  const listed = await directory.namesOf(userId, now).catch(failed);
  if (!(listed instanceof DirectoryError)) {
    if (listed.own.length === 0 && asked instanceof DirectoryError) throw asked;
    return listed;
  }
  if (now === undefined) throw listed;
  return { own: [now], others: new Map(), failure: listed };
}
