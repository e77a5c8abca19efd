import { Metrics } from "@aws-lambda-powertools/metrics";
import { type ClusterMetric, METRIC_NAMESPACE, METRICS } from "../../../core/contract/metrics";

/** The metrics of one run on one cluster. */
export type ClusterFigures = Partial<Record<ClusterMetric, number>>;

/** What is measured. Emitted at the end of a call. */
export interface Meters {
  emit(cluster: string, figures: ClusterFigures): void;
}

export const silentMeters: Meters = { emit: () => {} };

/**
 * Metrics by Powertools, as a line of CloudWatch's embedded metric format: without a call to AWS.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function embeddedMeters(service: string): Meters {
  const metrics = new Metrics({ namespace: METRIC_NAMESPACE, serviceName: service });
  return {
    emit: (cluster, figures) => {
      metrics.addDimension("cluster", cluster);
      for (const [name, value] of Object.entries(figures))
        metrics.addMetric(name, METRICS[name as ClusterMetric].unit, value);
      metrics.publishStoredMetrics();
    },
  };
}
