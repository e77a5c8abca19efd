import type { ApplyRequest, ApplyResponse } from "../../../core/contract/payload";
import type { ClusterMetrics } from "../../runtime/metrics";
import { describeFailure } from "../execute/describe-failure";
import { failureEvent, holdEvents, sendEvents } from "../execute/finish-run";
import { hookFailureMetrics, reportMetrics } from "../execute/run-metrics";
import { failureOf, type RunReport } from "../execute/run-report";
import { UnregisteredError } from "../runtime/errors";
import type { Call } from "../services/services";
import { apply } from "./apply";
import { deleteHook } from "./delete-hook";
import { EarlierFailureError } from "./earlier-answer";
import { eventRun, type HookResult, type HookRun, hookRun } from "./hook-run";

/**
 * A hook's call: an apply, or the hook's deletion. Emits the metrics, and an event if the call fails or is
 * refused.
 * @throws RunFailedError, AccessError
 */
export async function runHook(request: ApplyRequest, call: Call): Promise<ApplyResponse> {
  const hook = hookRun(request, call);
  const { cluster } = request;
  const action = request.tf.action === "delete" ? "delete" : "apply";
  call.services.log.begin({ correlation_id: hook.id, cluster, action });
  const emit = async (report: RunReport, outcome: ClusterMetrics) => {
    const EventsHeld = await sendEvents(cluster, call);
    const Duration = call.services.now().getTime() - call.startedAt.getTime();
    call.services.metrics.emit(cluster, { ...reportMetrics(report), ...outcome, EventsHeld, Duration });
  };
  let result: HookResult;
  try {
    result = await (action === "delete" ? deleteHook(hook) : apply(hook));
  } catch (error) {
    // It was reported when it happened.
    if (error instanceof EarlierFailureError) throw error;
    const { reason, report } = failureOf(error);
    // A name that the caller invented gets no metrics and no event.
    if (reason instanceof UnregisteredError) throw error;
    await holdFailure(hook, error);
    await emit(report, hookFailureMetrics(reason));
    throw error;
  }
  await emit(result.report, { Failures: 0, Refusals: 0 });
  return result.response;
}

async function holdFailure(hook: HookRun, error: unknown): Promise<void> {
  const { call } = hook;
  const run = eventRun(hook, call.startedAt);
  const { report } = failureOf(error);
  const failure = describeFailure(error);
  const about = `failed ${run.at.toISOString()}`;
  const event = failureEvent(run, { cause: "grant", failure, about, report });
  await holdEvents({ ...run, id: `${run.id}#failed` }, [event], call);
}
