import { Metrics as PowertoolsMetrics } from "@aws-lambda-powertools/metrics";
import { type ClusterMetric, METRIC_NAMESPACE, METRICS, type MetricName } from "../../core/contract/metrics";

export type MetricValues<M extends MetricName> = Partial<Record<M, number>>;
/** The metrics of one run on one cluster. */
export type ClusterMetrics = MetricValues<ClusterMetric>;

export interface Metrics<M extends MetricName = MetricName> {
  /** Writes metrics at once. @param subject the cluster or channel that they are about */
  emit(subject: string, values: Readonly<MetricValues<M>>): void;
}

export const silentMetrics: Metrics = { emit: () => {} };

/**
 * Metrics by Powertools, as a line of CloudWatch's embedded metric format: without a call to AWS.
 * @param serviceName the reconciler's or notifier's name
 * @param dimension what the metrics are measured by in addition to `service`
 * @see
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format.html
 */
export function embeddedMetrics(serviceName: string, dimension: "cluster" | "channel"): Metrics {
  const metrics = new PowertoolsMetrics({ namespace: METRIC_NAMESPACE, serviceName });
  return {
    emit(subject, values) {
      metrics.addDimension(dimension, subject);
      for (const [name, value] of Object.entries(values))
        metrics.addMetric(name, METRICS[name as MetricName].unit, value);
      metrics.publishStoredMetrics();
    },
  };
}
