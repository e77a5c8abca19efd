import { Logger } from "@aws-lambda-powertools/logger";
import { Metrics } from "@aws-lambda-powertools/metrics";
import { METRIC_NAMESPACE, METRICS } from "../../../core/contract/metrics";
import type { Environment } from "./environment";
import type { Log, LogFields, Measures, Trace } from "./telemetry";

const LEVELS = { debug: "DEBUG", info: "INFO", error: "ERROR", off: "SILENT" } as const;

/** JSON, one object a line, as Powertools writes it. */
export function powertoolsLog(level: Environment["logLevel"]): Log {
  let [logger, name] = [new Logger({ logLevel: LEVELS[level], serviceName: "aurora-users-notifier" }), ""];
  // Powertools drops a field named `message`, which is the event's own: it is called `detail`.
  const known = ({ message: detail, ...fields }: LogFields = {}) =>
    Object.fromEntries(
      Object.entries({ ...fields, detail }).filter(([, value]) => value !== undefined),
    ) as Record<string, string>;
  return {
    debug: (event, fields) => logger.debug(event, known(fields)),
    info: (event, fields) => logger.info(event, known(fields)),
    error: (event, fields) => logger.error(event, known(fields)),
    serviceIs(serviceName) {
      if (serviceName !== name) logger = logger.createChild({ serviceName });
      name = serviceName;
    },
  };
}

/** Embedded metrics: one line for each, as each has dimensions of its own. */
export const powertoolsMeasures: Measures = {
  add(metric, service, channel, value) {
    const metrics = new Metrics({ namespace: METRIC_NAMESPACE, serviceName: service });
    metrics.addDimension(METRICS[metric].dimension, channel);
    metrics.addMetric(metric, METRICS[metric].unit, value);
    metrics.publishStoredMetrics();
  },
};

/** X-Ray; loaded only where it is switched on. */
export const powertoolsTrace: Trace = async (name, annotations, work) => {
  const { Tracer } = await import("@aws-lambda-powertools/tracer");
  const tracer = new Tracer({ captureHTTPsRequests: false });
  const parent = tracer.getSegment();
  const segment = parent?.addNewSubsegment(name);
  if (!parent || !segment) return work();
  tracer.setSegment(segment);
  for (const [key, value] of Object.entries(annotations)) tracer.putAnnotation(key, value);
  try {
    return await work();
  } catch (error) {
    // Not the error itself: its text is for the log, where it was looked through.
    segment.addFaultFlag();
    throw error;
  } finally {
    segment.close();
    tracer.setSegment(parent);
  }
};
