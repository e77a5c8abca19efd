import { Metrics as PowertoolsMetrics } from "@aws-lambda-powertools/metrics";
import { type ClusterMetric, METRIC_NAMESPACE, METRICS } from "../../../core/contract/metrics";

/** The metrics of one run on one cluster. */
export type ClusterMetrics = Partial<Record<ClusterMetric, number>>;

/** What is measured. Emitted at the end of a call. */
export interface Metrics {
  emit(cluster: string, figures: ClusterMetrics): void;
}

export const silentMetrics: Metrics = { emit: () => {} };

/**
 * Metrics by Powertools, as a line of CloudWatch's embedded metric format: without a call to AWS.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function embeddedMetrics(service: string): Metrics {
  const metrics = new PowertoolsMetrics({ namespace: METRIC_NAMESPACE, serviceName: service });
  return {
    emit: (cluster, figures) => {
      metrics.addDimension("cluster", cluster);
      for (const [name, value] of Object.entries(figures))
        metrics.addMetric(name, METRICS[name as ClusterMetric].unit, value);
      metrics.publishStoredMetrics();
    },
  };
}
