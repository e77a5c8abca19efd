import type { ApplyRequest, ApplyResponse } from "../../../core/contract/payload";
import type { AccessEvent } from "../../../core/events/events";
import type { ClusterMetrics } from "../../runtime/metrics";
import { ExecutionReport } from "../execute/execute-plan";
import { failureEvent, holdEvents, sendEvents } from "../execute/finish-run";
import { AuditError, describeError, isRefusal, LedgerHashError } from "../runtime/errors";
import type { Call } from "../services/services";
import { applyRun } from "./apply-events";

/** What a run fills in on its way. */
export interface RunContext {
  readonly figures: ClusterMetrics;
  readonly progress: ExecutionReport;
}

type Work = (request: ApplyRequest, call: Call, withMetrics: RunContext) => Promise<ApplyResponse>;

/** A hook's call, with its metrics, and with an event where it fails or is refused. */
export async function measured(request: ApplyRequest, call: Call, work: Work): Promise<ApplyResponse> {
  const { services, startedAt } = call;
  const run = applyRun(request, startedAt);
  const figures: ClusterMetrics = {};
  const progress = new ExecutionReport();
  services.log.begin({ correlation_id: run.id, cluster: run.cluster, action: run.action });
  try {
    const response = await work(request, call, { figures, progress });
    figures.Failures = 0;
    figures.Refusals = 0;
    return response;
  } catch (error) {
    countFailure(error, figures);
    await holdEvents({ ...run, id: `${run.id}#failed` }, [failed(run, progress, error)], call);
    throw error;
  } finally {
    figures.Statements = progress.ran;
    figures.EventsHeld = await sendEvents(run.cluster, call);
    figures.Duration = services.now().getTime() - startedAt.getTime();
    services.metrics.emit(run.cluster, figures);
  }
}

function countFailure(error: unknown, figures: ClusterMetrics): void {
  figures.Failures = isRefusal(error) ? 0 : 1;
  figures.Refusals = isRefusal(error) ? 1 : 0;
  if (error instanceof LedgerHashError) figures.LedgerHashMismatches = 1;
  if (error instanceof AuditError) figures.AuditFailures = 1;
}

function failed(
  run: ReturnType<typeof applyRun>,
  { ran, report }: ExecutionReport,
  error: unknown,
): AccessEvent {
  const accounts = [...new Set(report.results.flatMap(({ users }) => users))];
  const about = `failed ${run.at.toISOString()}`;
  return failureEvent(run, "grant", describeError(error), about, {
    ran,
    of: report.results.length,
    accounts,
  });
}
