import { createHash } from "node:crypto";
import { changeSetId } from "../../../core/contract/change-set";
import { enforceRequestSchema } from "../../../core/contract/enforcement";
import {
  applyRequestSchema,
  clustersRequestSchema,
  type PreviewResponse,
  previewRequestSchema,
} from "../../../core/contract/payload";
import { PROTOCOL } from "../../../core/contract/protocol";
import { deadlineOf } from "../../runtime/deadline";
import { apply } from "../apply/apply";
import { deleteHook } from "../apply/delete-hook";
import { preview } from "../apply/preview";
import { measured } from "../apply/with-metrics";
import { enforce } from "../enforce/enforce";
import { undeclaredClusters } from "../enforce/undeclared-clusters";
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
  handle(services, async (payload, call, length) => {
    const request = parsePayload(payload, applyRequestSchema, length);
    return measured(request, call, request.tf.action === "delete" ? deleteHook : apply);
  });

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

/** The error that Lambda answers; what was refused for the payload's sake is recorded first. */
async function refuse(payload: unknown, whole: string, call: Call, error: unknown): Promise<Error> {
  const { code, message } = describeError(error);
  const { log, metrics: meters } = call.services;
  log.error("refused", { code, detail: message.slice(0, 2_000), cluster: clusterOf(payload) });
  // What passed for a payload is counted where it is carried out.
  if (error instanceof InvalidInputError || error instanceof ProtocolError)
    meters.emit(clusterOf(payload), { Refusals: 1 });
  const unrecorded = isRefusal(error)
    ? await recordRefusal(payload, whole, call, error).then(
        () => "",
        (auditError: AuditError) => ` This could not be recorded: ${auditError.message}`,
      )
    : "";
  const told = new Error(`${code}: ${message}${unrecorded}`);
  told.name = code;
  told.stack = told.message;
  return told;
}

/** A refused payload, by hash and its first kilobyte. */
function recordRefusal(
  payload: unknown,
  whole: string,
  { payloadHash, services }: Call,
  error: unknown,
): Promise<void> {
  const { code, message } = describeError(error);
  return services.audit.append({
    ...{ kind: "refused", cluster: clusterOf(payload), when: services.now().toISOString(), code },
    ...{ message: message.slice(0, 4_000), payloadSha256: payloadHash, payloadLength: whole.length },
    payloadStart: whole.slice(0, 1024),
  });
}

const text = (payload: unknown): string => JSON.stringify(payload) ?? "null";

/** A preview never fails for an unknown protocol: it must not block the plan that deploys the right function. */
function refused(payload: unknown, { services }: Call, reason: string): PreviewResponse {
  const { plannedBy } = payload as { plannedBy?: unknown };
  const now = services.now();
  const body = {
    ...{ status: "refused" as const, statements: {}, notes: [reason], plannedAt: now.toISOString() },
    plannedBy: typeof plannedBy === "string" ? plannedBy.slice(0, 2048) : "unknown",
  };
  const changeSet = { [changeSetId(now, services.randomId())]: body };
  return {
    protocol: PROTOCOL,
    changeSet,
    pending: 0,
    verified: false,
    unmanaged: [],
    summary: `${clusterOf(payload)}: ${reason}`,
  };
}
