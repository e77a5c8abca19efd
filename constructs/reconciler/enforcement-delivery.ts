import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { LambdaEventSourceMapping } from "@cdktf/provider-aws/lib/lambda-event-source-mapping";
import type { LambdaFunction } from "@cdktf/provider-aws/lib/lambda-function";
import { LambdaFunctionEventInvokeConfig } from "@cdktf/provider-aws/lib/lambda-function-event-invoke-config";
import { SchedulerScheduleGroup } from "@cdktf/provider-aws/lib/scheduler-schedule-group";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { encodeName, resource } from "../terraform/address";
import { arnOf } from "../terraform/arn";
import { policyDocument } from "../terraform/policy-document";
import { currentAccountId } from "../terraform/stack-context";
import { trustPolicy } from "./deployed-function";
import type { FunctionSettings } from "./function-settings";
import { queue } from "./queue";
import type { ReconcilerNames } from "./reconciler-names";

export interface EnforcementDeliveryProps {
  readonly names: ReconcilerNames;
  readonly lambda: LambdaFunction;
  /** The function's time-out, in seconds. */
  readonly timeout: number;
  readonly settings: FunctionSettings;
}

/**
 * Everything that calls the enforcement function: the group of the clusters' schedules with the role that
 * they use, and the queue in which changes of parameters wait. A call that never succeeds ends in the
 * dead-letter queue.
 */
export class EnforcementDelivery extends Construct {
  /** The resources that must exist before a schedule can. */
  readonly dependables: readonly ITerraformDependable[];

  constructor(scope: Construct, id: string, props: EnforcementDeliveryProps) {
    super(scope, id);
    const { names, lambda, settings } = props;
    const { tags } = settings;
    const deadLetters = queue(this, "DeadLetters", {
      name: names.deadLetterQueue,
      rules: [`${names.name}-source-*`],
      tags,
    });
    this.#deliverChanges(props);

    resource(LambdaFunctionEventInvokeConfig, this, "Calls", {
      logicalId: `${encodeName(names.name)}-enforce`,
      functionName: lambda.functionName,
      maximumRetryAttempts: 2,
      maximumEventAgeInSeconds: 900,
      destinationConfig: { onFailure: { destination: deadLetters.arn } },
    });

    const group = resource(SchedulerScheduleGroup, this, "Schedules", {
      logicalId: encodeName(names.name),
      name: names.scheduleGroup,
      tags,
    });
    this.dependables = [deadLetters, group, this.#schedulerPolicy(names, settings)];
  }

  /** Makes the queue in which changes of parameters wait, and lets it call the function. */
  #deliverChanges({ names, lambda, timeout, settings }: EnforcementDeliveryProps): void {
    const changes = queue(this, "Sources", {
      name: names.sourceQueue,
      // AWS advises six times the function's time-out. The next scheduled run reads all parameters, so a
      // message that failed is soon worth nothing, and no later attempt is needed.
      // https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
      visibilityTimeout: 6 * timeout,
      retention: Math.max(3_600, 12 * timeout),
      rules: [`${names.name}-source-*`],
      tags: settings.tags,
    });
    resource(LambdaEventSourceMapping, this, "Changes", {
      logicalId: `${encodeName(names.name)}-sources`,
      eventSourceArn: changes.arn,
      functionName: lambda.functionName,
      batchSize: 1,
      scalingConfig: { maximumConcurrency: 2 },
    });
  }

  /** Makes the role with which schedules call the function. */
  #schedulerPolicy(names: ReconcilerNames, settings: FunctionSettings): IamRolePolicy {
    const logicalId = `${encodeName(names.name)}-scheduler`;
    const role = resource(IamRole, this, "SchedulerRole", {
      logicalId,
      name: names.schedulerRole,
      description: `By which the schedules of ${names.name} call its enforcement function`,
      // Only schedules of this group; otherwise every schedule in the account could use the role.
      // https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
      assumeRolePolicy: trustPolicy("scheduler.amazonaws.com", {
        StringEquals: { "aws:SourceAccount": currentAccountId(this) },
        ArnLike: { "aws:SourceArn": arnOf(this, "scheduler", `schedule-group/${names.scheduleGroup}`) },
      }),
      permissionsBoundary: settings.permissionsBoundary,
      tags: settings.tags,
    });
    const policy = policyDocument([
      {
        Action: ["lambda:InvokeFunction"],
        Resource: arnOf(this, "lambda", `function:${names.enforceFunction}`),
      },
      // https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html
      { Action: ["sqs:SendMessage"], Resource: arnOf(this, "sqs", names.deadLetterQueue) },
    ]);
    const config = { logicalId, name: "enforce", role: role.name, policy };
    return resource(IamRolePolicy, this, "SchedulerPolicy", config);
  }
}
