import { datesProblem } from "../../../core/contract/change-set";
import { enforceRequestSchema } from "../../../core/contract/enforcement";
import {
  directoryRequestSchema,
  offboardRequestSchema,
  reinstateRequestSchema,
} from "../../../core/contract/offboarding";
import {
  applyRequestSchema,
  clustersRequestSchema,
  inventoryRequestSchema,
  namedPayload,
  type PreviewResponse,
  previewRequestSchema,
  reachRequestSchema,
} from "../../../core/contract/payload";
import { PROTOCOL } from "../../../core/contract/protocol";
import { newAnswer } from "../../../core/decisions/preview-answer";
import { printable } from "../../../core/printable";
import type { InvocationContext } from "../../runtime/call";
import { deadlineOf } from "../../runtime/deadline";
import { sha256Hex } from "../../runtime/hash";
import { inventory } from "../apply/inventory";
import { preview } from "../apply/preview";
import { reach } from "../apply/reach";
import { runHook } from "../apply/run-hook";
import { enforce } from "../enforce/enforce";
import { undeclaredClusters } from "../enforce/undeclared-clusters";
import { describeFailure } from "../execute/describe-failure";
import { failureOf } from "../execute/run-report";
import { offboard, reinstate } from "../offboarding/mark-person";
import { refreshDirectory } from "../offboarding/refresh-directory";
import { rotate } from "../rotate/rotate";
import { rotationRequestSchema } from "../rotate/rotated-secret";
import {
  type AuditError,
  describeError,
  InvalidInputError,
  isRefusal,
  ProtocolError,
} from "../runtime/errors";
import { asRunOf, type Call, type Services } from "../services/services";
import { clusterOf, hasUnknownProtocol, parsePayload, UNKNOWN_CLUSTER, upgradeFirst } from "./parse-payload";
import { handleQueued, isQueued } from "./queued-messages";

export type Handler = (payload: unknown, context: InvocationContext) => Promise<unknown>;

/** The part of the function's time that is kept for recording the outcome. */
const RESERVE_MS = 15_000;
/** How long a call is repeated after "access denied", while the gate may be new. */
const ACCESS_DENIED_RETRY_MS = 45_000;

/** A payload, its JSON text, and the call that it came with. */
interface Received {
  readonly payload: unknown;
  readonly text: string;
  readonly call: Call;
}

/**
 * The preview function, which Terraform's data sources, `import` and `reach` call. Writes nothing but
 * refusals.
 */
export const previewHandler = (services: Services): Handler =>
  handle(services, async received => {
    const { call, payload, text } = received;
    const { action } = (payload ?? {}) as { action?: unknown };
    const asksForClusters = action === "clusters";
    // These are no part of a plan, so they may fail.
    if (action === "inventory") {
      const request = parsePayload(payload, inventoryRequestSchema, text.length);
      return inventory(request, await asRunOf(request.cluster, call));
    }
    if (action === "reach") {
      const request = parsePayload(payload, reachRequestSchema, text.length);
      return reach(request, await asRunOf(request.cluster, call));
    }
    if (hasUnknownProtocol(payload)) {
      const reason = upgradeFirst(payload.protocol);
      await recordRefusal(received, new ProtocolError(reason)).catch(() => {});
      return asksForClusters
        ? { protocol: PROTOCOL, undeclared: [`(not known: ${reason})`] }
        : refused(payload, call, reason);
    }
    if (asksForClusters)
      return undeclaredClusters(parsePayload(payload, clustersRequestSchema, text.length), services.ledger);
    const request = parsePayload(payload, previewRequestSchema, text.length);
    const answer = await preview(request, await asRunOf(request.cluster, call));
    const [id] = Object.keys(answer.changeSet);
    services.log.begin({ correlation_id: id, cluster: clusterOf(payload), action: "preview" });
    services.log.info("previewed", { pending: answer.pending, verified: answer.verified });
    return answer;
  });

/** The apply function, which the hook calls, and `aurora-users offboard --undo`. */
export const applyHandler = (services: Services): Handler =>
  handle(services, async ({ call, payload, text }) => {
    if ((payload as { action?: unknown } | null)?.action === "reinstate")
      return reinstate(parsePayload(payload, reinstateRequestSchema, text.length), call);
    const { request: unnamed, ...name } = namedPayload(payload);
    const request = { ...parsePayload(unnamed, applyRequestSchema, text.length), ...name };
    const { changeSet, cluster, tf } = request;
    // A deletion runs nothing of its change set.
    const problem = tf.action === "delete" ? undefined : datesProblem(changeSet, call.startedAt);
    if (problem !== undefined)
      throw new InvalidInputError(`${cluster}: ${problem}. Nothing ran. Plan again, then apply that plan.`);
    return runHook(request, await asRunOf(cluster, call));
  });

/** The enforcement function, which schedules, queues and `aurora-users offboard` call. */
export const enforceHandler = (services: Services): Handler =>
  handle(services, async ({ call, payload, text }) => {
    if (isQueued(payload)) return handleQueued(payload, call);
    const { action } = (payload ?? {}) as { action?: unknown };
    if (action === "offboard")
      return offboard(parsePayload(payload, offboardRequestSchema, text.length), call);
    if (action === "directory") {
      parsePayload(payload, directoryRequestSchema, text.length);
      return refreshDirectory(call);
    }
    const { cluster } = parsePayload(payload, enforceRequestSchema, text.length);
    return enforce(cluster, "enforce", call);
  });

/** The rotation function, which Secrets Manager calls. */
export const rotateHandler = (services: Services): Handler =>
  handle(services, async ({ call, payload, text }) => {
    await rotate(parsePayload(payload, rotationRequestSchema, text.length), call);
    return {};
  });

const handle =
  (services: Services, work: (received: Received) => Promise<unknown>): Handler =>
  async (payload, context) => {
    const time = context.getRemainingTimeInMillis();
    const text = JSON.stringify(payload) ?? "null";
    const call: Call = {
      services,
      startedAt: services.now(),
      deadline: deadlineOf(() => context.getRemainingTimeInMillis(), Math.min(RESERVE_MS, time / 4)),
      payloadHash: sha256Hex(text),
    };
    services.accessDeniedRetry.begin(Math.min(ACCESS_DENIED_RETRY_MS, time / 2), time);
    services.log.begin({ cluster: clusterOf(payload) });
    const received = { payload, text, call };
    try {
      return await work(received);
    } catch (error) {
      throw await refuse(received, error);
    }
  };

/** The error that Lambda answers. A payload that is refused is recorded first. */
async function refuse(received: Received, error: unknown): Promise<Error> {
  const { reason } = failureOf(error);
  const { log, metrics } = received.call.services;
  const { code, message } = describeFailure(error);
  log.error("refused", { code, detail: message.slice(0, 2_000), cluster: clusterOf(received.payload) });
  // A request that was parsed is counted where it is carried out.
  if (reason instanceof InvalidInputError || reason instanceof ProtocolError)
    metrics.emit(await registeredCluster(received), { Refusals: 1 });
  const unrecorded = isRefusal(reason)
    ? await recordRefusal(received, reason).catch((auditError: AuditError) => auditError)
    : undefined;
  return answerError(code, message, unrecorded);
}

function answerError(code: string, message: string, unrecorded: AuditError | undefined): Error {
  const note = unrecorded ? ` This could not be recorded: ${unrecorded.message}` : "";
  const answer = new Error(printable(`${code}: ${message}${note}`));
  answer.name = code;
  answer.stack = answer.message;
  return answer;
}

/**
 * The cluster that a payload names, if the registry has it; else `unknown`. A caller must not make metrics
 * and partitions of the audit trail by inventing names.
 */
async function registeredCluster({ call, payload }: Received): Promise<string> {
  const cluster = clusterOf(payload);
  if (cluster === UNKNOWN_CLUSTER) return cluster;
  return (await call.services.registry.has(cluster)) ? cluster : UNKNOWN_CLUSTER;
}

/** Records a refused payload by its hash and its first kilobyte. @throws AuditError */
async function recordRefusal(received: Received, error: unknown): Promise<undefined> {
  const { call, text } = received;
  const { code, message } = describeError(error);
  await call.services.audit.append({
    kind: "refused",
    cluster: await registeredCluster(received),
    when: call.services.now().toISOString(),
    code,
    message: message.slice(0, 4_000),
    payloadSha256: call.payloadHash,
    payloadLength: text.length,
    payloadStart: text.slice(0, 1024),
  });
}

/**
 * A preview never fails because of an unknown protocol: it must not block the plan that deploys the right
 * function.
 */
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
