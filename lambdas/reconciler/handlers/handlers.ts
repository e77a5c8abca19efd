import { createHash } from "node:crypto";
import { enforceRequestSchema } from "../../../core/contract/enforcement";
import {
  applyRequestSchema,
  clustersRequestSchema,
  type PreviewResponse,
  previewRequestSchema,
} from "../../../core/contract/payload";
import { PROTOCOL } from "../../../core/contract/protocol";
import { newAnswer } from "../../../core/decisions/preview-answer";
import { deadlineOf } from "../../runtime/deadline";
import { preview } from "../apply/preview";
import { runHook } from "../apply/run-hook";
import { enforce } from "../enforce/enforce";
import { undeclaredClusters } from "../enforce/undeclared-clusters";
import { describeFailure } from "../execute/describe-failure";
import { failureOf } from "../execute/run-report";
import {
  type AuditError,
  describeError,
  InvalidInputError,
  isRefusal,
  ProtocolError,
} from "../runtime/errors";
import type { Call, Services } from "../services/services";
import { clusterOf, hasUnknownProtocol, parsePayload, upgradeFirst } from "./parse-payload";
import { isQueued, reconcileChanges } from "./source-changes";

/** The part of Lambda's context that is used. */
export interface InvocationContext {
  getRemainingTimeInMillis(): number;
}

export type Handler = (payload: unknown, context: InvocationContext) => Promise<unknown>;

/** What is kept back of the function's time to record how it went. */
const RESERVE_MS = 15_000;
/** How long "access denied" is asked again while the gate may be new. */
const PATIENCE_MS = 45_000;

/** The preview function: for Terraform's data source. Writes nothing but refusals. */
export const previewHandler = (services: Services): Handler =>
  handle(services, async (payload, call, length) => {
    const asksForClusters = (payload as { action?: unknown } | null)?.action === "clusters";
    if (hasUnknownProtocol(payload)) {
      const reason = upgradeFirst(payload.protocol);
      await recordRefusal(payload, text(payload), call, new ProtocolError(reason)).catch(() => {});
      return asksForClusters
        ? { protocol: PROTOCOL, undeclared: [`(not known: ${reason})`] }
        : refused(payload, call, reason);
    }
    if (asksForClusters)
      return undeclaredClusters(parsePayload(payload, clustersRequestSchema, length), services.ledger);
    const answer = await preview(parsePayload(payload, previewRequestSchema, length), call);
    const [id] = Object.keys(answer.changeSet);
    services.log.begin({ correlation_id: id, cluster: clusterOf(payload), action: "preview" });
    services.log.info("previewed", { pending: answer.pending, verified: answer.verified });
    return answer;
  });

/** The apply function: for the hook. */
export const applyHandler = (services: Services): Handler =>
  handle(services, (payload, call, length) =>
    runHook(parsePayload(payload, applyRequestSchema, length), call),
  );

/** The enforcement function: for the schedules, and for the queue of changes in Parameter Store. */
export const enforceHandler = (services: Services): Handler =>
  handle(services, async (payload, call, length) => {
    if (isQueued(payload)) return reconcileChanges(payload, call);
    const { cluster } = parsePayload(payload, enforceRequestSchema, length);
    return enforce(cluster, "enforce", call);
  });

function handle(
  services: Services,
  work: (payload: unknown, call: Call, length: number) => Promise<unknown>,
): Handler {
  return async (payload, context) => {
    const time = context.getRemainingTimeInMillis();
    const whole = text(payload);
    const call: Call = {
      services,
      startedAt: services.now(),
      deadline: deadlineOf(() => context.getRemainingTimeInMillis(), Math.min(RESERVE_MS, time / 4)),
      payloadHash: createHash("sha256").update(whole).digest("hex"),
    };
    services.accessDeniedRetry.begin(Math.min(PATIENCE_MS, time / 2));
    services.log.begin({ cluster: clusterOf(payload) });
    try {
      return await work(payload, call, whole.length);
    } catch (error) {
      throw await refuse(payload, whole, call, error);
    }
  };
}

/** The error that Lambda answers. A payload that is refused is recorded first. */
async function refuse(payload: unknown, whole: string, call: Call, error: unknown): Promise<Error> {
  const { reason } = failureOf(error);
  const { log, metrics } = call.services;
  const { code, message } = describeFailure(error);
  log.error("refused", { code, detail: message.slice(0, 2_000), cluster: clusterOf(payload) });
  // A request that was parsed is counted where it is carried out.
  if (reason instanceof InvalidInputError || reason instanceof ProtocolError)
    metrics.emit(clusterOf(payload), { Refusals: 1 });
  const unrecorded = isRefusal(reason)
    ? await recordRefusal(payload, whole, call, reason).catch((auditError: AuditError) => auditError)
    : undefined;
  return answerError(code, message, unrecorded);
}

function answerError(code: string, message: string, unrecorded: AuditError | undefined): Error {
  const note = unrecorded ? ` This could not be recorded: ${unrecorded.message}` : "";
  const answer = new Error(`${code}: ${message}${note}`);
  answer.name = code;
  answer.stack = answer.message;
  return answer;
}

/** Records a refused payload by its hash and its first kilobyte. */
async function recordRefusal(
  payload: unknown,
  whole: string,
  { payloadHash, services }: Call,
  error: unknown,
): Promise<undefined> {
  const { code, message } = describeError(error);
  await services.audit.append({
    kind: "refused",
    cluster: clusterOf(payload),
    when: services.now().toISOString(),
    code,
    message: message.slice(0, 4_000),
    payloadSha256: payloadHash,
    payloadLength: whole.length,
    payloadStart: whole.slice(0, 1024),
  });
}

const text = (payload: unknown): string => JSON.stringify(payload) ?? "null";

/** A preview never fails because of an unknown protocol: it must not block the plan that deploys the right function. */
function refused(payload: unknown, { services }: Call, reason: string): PreviewResponse {
  const { plannedBy } = payload as { plannedBy?: unknown };
  return newAnswer(
    { status: "refused", notes: [reason], summary: `${clusterOf(payload)}: ${reason}` },
    {
      now: services.now(),
      randomId: services.randomId(),
      plannedBy: typeof plannedBy === "string" ? plannedBy.slice(0, 2048) : "unknown",
    },
  );
}
