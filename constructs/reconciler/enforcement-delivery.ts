import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { LambdaEventSourceMapping } from "@cdktf/provider-aws/lib/lambda-event-source-mapping";
import type { LambdaFunction } from "@cdktf/provider-aws/lib/lambda-function";
import { LambdaFunctionEventInvokeConfig } from "@cdktf/provider-aws/lib/lambda-function-event-invoke-config";
import { SchedulerScheduleGroup } from "@cdktf/provider-aws/lib/scheduler-schedule-group";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { encodeName } from "../terraform/address";
import { arnOf } from "../terraform/arn";
import { policyDocument } from "../terraform/policy-document";
import { currentAccountId } from "../terraform/stack-context";
import { assumedBy, type FunctionSettings } from "./lambda-function";
import { queue } from "./queue";
import type { ReconcilerNames } from "./reconciler-names";

export interface EnforcementDeliveryProps {
  readonly names: ReconcilerNames;
  readonly lambda: LambdaFunction;
  /** Of the function, in seconds. */
  readonly timeout: number;
  readonly settings: FunctionSettings;
}

/**
 * How calls reach the enforcement function: the group of the clusters' schedules with the role that they call by, and the queue in
 * which changes of parameters wait. A call that never succeeds ends in the dead-letter queue.
 */
export class EnforcementDelivery extends Construct {
  /** What has to exist before a schedule can. */
  readonly dependables: readonly ITerraformDependable[];

  constructor(scope: Construct, id: string, props: EnforcementDeliveryProps) {
    super(scope, id);
    const { names, lambda, settings } = props;
    const { tags } = settings;
    const name = encodeName(names.name);
    const rules = [`${names.name}-source-*`];

    const deadLetters = queue(this, "DeadLetters", {
      name: names.deadLetterQueue,
      rules,
      tags,
    });
    const sources = queue(this, "Sources", {
      name: names.sourceQueue,
      // Six times the function's time-out, as AWS advises; what failed is tried before by the next scheduled run, which reads all
      // parameters anew: a message is worth nothing after that, and none is kept for later.
      // https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
      visibilityTimeout: 6 * props.timeout,
      retention: Math.max(3_600, 12 * props.timeout),
      rules,
      tags,
    });
    const mapping = new LambdaEventSourceMapping(this, "Changes", {
      eventSourceArn: sources.arn,
      functionName: lambda.functionName,
      batchSize: 1,
      scalingConfig: { maximumConcurrency: 2 },
    });
    mapping.overrideLogicalId(`${name}-sources`);

    const calls = new LambdaFunctionEventInvokeConfig(this, "Calls", {
      functionName: lambda.functionName,
      maximumRetryAttempts: 2,
      maximumEventAgeInSeconds: 900,
      destinationConfig: { onFailure: { destination: deadLetters.arn } },
    });
    calls.overrideLogicalId(`${name}-enforce`);

    const group = new SchedulerScheduleGroup(this, "Schedules", {
      name: names.scheduleGroup,
      ...(tags ? { tags } : {}),
    });
    group.overrideLogicalId(name);
    const role = new IamRole(this, "SchedulerRole", {
      name: names.schedulerRole,
      description: `By which the schedules of ${names.name} call its enforcement function`,
      // Only for this group's schedules: else anybody's schedule in the account could use it.
      // https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
      assumeRolePolicy: assumedBy("scheduler.amazonaws.com", {
        StringEquals: { "aws:SourceAccount": currentAccountId(this) },
        ArnLike: { "aws:SourceArn": arnOf(this, "scheduler", `schedule-group/${names.scheduleGroup}`) },
      }),
      ...(settings.permissionsBoundary === undefined
        ? {}
        : { permissionsBoundary: settings.permissionsBoundary }),
      ...(tags ? { tags } : {}),
    });
    role.overrideLogicalId(`${name}-scheduler`);
    const policy = new IamRolePolicy(this, "SchedulerPolicy", {
      name: "enforce",
      role: role.name,
      policy: policyDocument([
        {
          Action: ["lambda:InvokeFunction"],
          Resource: arnOf(this, "lambda", `function:${names.enforceFunction}`),
        },
        // https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html
        { Action: ["sqs:SendMessage"], Resource: arnOf(this, "sqs", names.deadLetterQueue) },
      ]),
    });
    policy.overrideLogicalId(`${name}-scheduler`);
    this.dependables = [deadLetters, group, policy];
  }
}
