import { createHash } from "node:crypto";
import { SchedulerSchedule, type SchedulerScheduleTarget } from "@cdktf/provider-aws/lib/scheduler-schedule";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { type EnforceRequest, NO_EXPIRY } from "../../core/contract/enforcement";
import { PROTOCOL } from "../../core/contract/protocol";
import type { IReconciler } from "../reconciler/reconciler-props";
import { clusterAddress, resource } from "../terraform/address";
import { arnOf, iamArnOf } from "../terraform/arn";
import { ownResources } from "../terraform/own-resources";
import type { DeclaredCluster } from "./declared-clusters";

/** The longest name of a schedule, in characters. */
const MAX_NAME = 64;

type Trigger = "interval" | "expiry";

/** The part of a schedule's config in which the two differ. */
type Timing = Record<"description" | "scheduleExpression", string> &
  Required<Pick<SchedulerScheduleTarget, "retryPolicy">>;

/** `<cluster>-expiry`. If that is too long, the cluster's name is cut and a hash makes it unique. */
export function scheduleName(cluster: string, trigger: Trigger): string {
  const name = `${cluster}-${trigger}`;
  if (name.length <= MAX_NAME) return name;
  const hash = createHash("sha256").update(cluster).digest("hex").slice(0, 8);
  const end = `-${hash}-${trigger}`;
  return cluster.slice(0, MAX_NAME - end.length) + end;
}

/** The registry's name for the schedule that the functions move to the next expiry. */
export const expirySchedule = (cluster: string, reconciler: Pick<IReconciler, "scheduleGroup">): string =>
  `${reconciler.scheduleGroup}/${scheduleName(cluster, "expiry")}`;

/**
 * The two schedules of a cluster: one at an interval, and one that the functions move to the next expiry. The
 * number of schedules does not depend on the number of grants.
 * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
 */
export class ClusterSchedules extends Construct {
  readonly all: readonly SchedulerSchedule[];

  /** @param needs the resources without which the first call would fail */
  constructor(cluster: Construct & DeclaredCluster, id: string, needs: readonly ITerraformDependable[]) {
    super(cluster, id);
    const { everyMinutes, name } = cluster;
    const interval = this.#schedule("interval", cluster, needs, {
      description: `Enforces access to ${name} at an interval`,
      scheduleExpression: `rate(${everyMinutes} minute${everyMinutes === 1 ? "" : "s"})`,
      // The next call makes up for a missed one.
      retryPolicy: { maximumEventAgeInSeconds: Math.min(86_400, everyMinutes * 60), maximumRetryAttempts: 3 },
    });
    const expiry = this.#schedule("expiry", cluster, needs, {
      description: `Enforces access to ${name} when the next grant ends; the functions move it`,
      scheduleExpression: `at(${NO_EXPIRY})`,
      retryPolicy: { maximumEventAgeInSeconds: 3600, maximumRetryAttempts: 30 },
    });
    // An update would send the time that the functions set, and AWS refuses one that is over. So a change
    // of anything in this schedule needs another name.
    expiry.addOverride("lifecycle.ignore_changes", ["schedule_expression"]);
    this.all = [interval, expiry];
  }

  #schedule(
    trigger: Trigger,
    { name: cluster, reconciler }: DeclaredCluster,
    needs: readonly ITerraformDependable[],
    { retryPolicy, ...timing }: Timing,
  ): SchedulerSchedule {
    const request: EnforceRequest = { protocol: PROTOCOL, action: "enforce", cluster, trigger };
    return resource(SchedulerSchedule, this, trigger === "interval" ? "Interval" : "Expiry", {
      logicalId: clusterAddress(cluster, trigger),
      name: scheduleName(cluster, trigger),
      groupName: reconciler.scheduleGroup,
      ...timing,
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
      dependsOn: [...needs, ...ownResources(this, reconciler.enforceDependables)],
    });
  }
}
