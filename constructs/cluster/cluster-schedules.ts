import { createHash } from "node:crypto";
import { SchedulerSchedule } from "@cdktf/provider-aws/lib/scheduler-schedule";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import type { EnforceRequest } from "../../core/contract/enforcement";
import { PROTOCOL } from "../../core/contract/protocol";
import type { IReconciler } from "../reconciler/reconciler-props";
import { clusterAddress } from "../terraform/address";
import { arnOf, iamArnOf } from "../terraform/arn";
import { resourcesOf } from "./cluster-gate";

/** The longest name that EventBridge Scheduler takes. */
const MAX_NAME = 64;
/** A moment that never comes: until somebody's access ends, the schedule of expiries has nothing to do. */
const NEVER = "at(2099-12-31T00:00:00)";

type Trigger = "interval" | "expiry";

/** `<cluster>-expiry`; where that is too long, the cluster's name is cut and told apart by its hash. */
export function scheduleName(cluster: string, trigger: Trigger): string {
  const name = `${cluster}-${trigger}`;
  if (name.length <= MAX_NAME) return name;
  const hash = createHash("sha256").update(cluster).digest("hex").slice(0, 8);
  const end = `-${hash}-${trigger}`;
  return cluster.slice(0, MAX_NAME - end.length) + end;
}

/** What the registry calls the schedule that the functions move to the next expiry. */
export const expirySchedule = (cluster: string, reconciler: Pick<IReconciler, "scheduleGroup">): string =>
  `${reconciler.scheduleGroup}/${scheduleName(cluster, "expiry")}`;

export interface ClusterSchedulesProps {
  readonly cluster: string;
  readonly reconciler: IReconciler;
  readonly everyMinutes: number;
  /** Without which the first call would fail. */
  readonly dependsOn: readonly ITerraformDependable[];
}

/**
 * The two schedules of a cluster: one at an interval, and one for the next expiry, which the functions move. So the number of schedules
 * does not grow with that of grants.
 * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
 */
export class ClusterSchedules extends Construct {
  constructor(scope: Construct, id: string, props: ClusterSchedulesProps) {
    super(scope, id);
    const { everyMinutes } = props;
    this.schedule("interval", `rate(${everyMinutes} minute${everyMinutes === 1 ? "" : "s"})`, props, {
      // A call that is missed is made up for by the next.
      maximumEventAgeInSeconds: Math.min(86_400, everyMinutes * 60),
      maximumRetryAttempts: 3,
    });
    const expiry = this.schedule("expiry", NEVER, props, {
      maximumEventAgeInSeconds: 3600,
      maximumRetryAttempts: 30,
    });
    expiry.addOverride("lifecycle.ignore_changes", ["schedule_expression"]);
  }

  private schedule(
    trigger: Trigger,
    scheduleExpression: string,
    { cluster, reconciler, dependsOn }: ClusterSchedulesProps,
    retryPolicy: { maximumEventAgeInSeconds: number; maximumRetryAttempts: number },
  ): SchedulerSchedule {
    const request: EnforceRequest = { protocol: PROTOCOL, action: "enforce", cluster, trigger };
    const schedule = new SchedulerSchedule(this, trigger === "interval" ? "Interval" : "Expiry", {
      name: scheduleName(cluster, trigger),
      groupName: reconciler.scheduleGroup,
      description:
        trigger === "interval"
          ? `Enforces access to ${cluster} at an interval`
          : `Enforces access to ${cluster} when the next grant ends; the functions move it`,
      scheduleExpression,
      scheduleExpressionTimezone: "UTC",
      flexibleTimeWindow: { mode: "OFF" },
      target: {
        arn: arnOf(this, "lambda", `function:${reconciler.enforceFunction}`),
        roleArn: iamArnOf(this, `role/${reconciler.schedulerRole}`),
        // All of it is known at synth, and a cluster's name holds nothing that Terraform would evaluate.
        input: JSON.stringify(request),
        retryPolicy,
        deadLetterConfig: { arn: arnOf(this, "sqs", reconciler.deadLetterQueue) },
      },
      dependsOn: [...dependsOn, ...resourcesOf(this, reconciler.enforceDependables)],
    });
    schedule.overrideLogicalId(clusterAddress(cluster, trigger));
    return schedule;
  }
}
