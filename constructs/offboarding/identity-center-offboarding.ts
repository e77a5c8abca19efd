import { CloudwatchEventRule } from "@cdktf/provider-aws/lib/cloudwatch-event-rule";
import { CloudwatchEventTarget } from "@cdktf/provider-aws/lib/cloudwatch-event-target";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { LambdaEventSourceMapping } from "@cdktf/provider-aws/lib/lambda-event-source-mapping";
import { SchedulerSchedule } from "@cdktf/provider-aws/lib/scheduler-schedule";
import type { ITerraformDependable } from "cdktf";
import type { Construct } from "constructs";
import {
  DIRECTORY_PARAMETER,
  type DirectoryRequest,
  type DirectorySettings,
  directorySettingsSchema,
  LEAVING_PATTERN,
} from "../../core/contract/offboarding";
import { PROTOCOL } from "../../core/contract/protocol";
import { defined } from "../../core/json";
import { queue } from "../reconciler/queue";
import type { IReconciler } from "../reconciler/reconciler-props";
import { AccessConstruct } from "../terraform/access-construct";
import { encodeName, resource } from "../terraform/address";
import { arnOf, iamArnOf } from "../terraform/arn";
import { assertArn, assertText, assertWhole, REGION } from "../terraform/assertions";
import { claimName } from "../terraform/claimed-names";
import { jsonParameter } from "../terraform/json-parameter";
import { ownResources } from "../terraform/own-resources";
import { type PolicyStatement, policyDocument } from "../terraform/policy-document";
import { awsPartition, currentAccountId, currentRegion, dependOnStackOf } from "../terraform/stack-context";
import { ValidationError } from "../terraform/validation-error";

export interface IdentityCenterOffboardingProps {
  /** The reconciler whose clusters are looked after. */
  readonly reconciler: IReconciler;
  /** The id of Identity Center's directory: `d-1234567890`, or a UUID. */
  readonly identityStoreId: string;
  /**
   * The region of Identity Center.
   * @default - that of the stack
   */
  readonly identityStoreRegion?: string;
  /**
   * The ARN of a role in the account of Identity Center that the enforcement function may assume, with
   * `identitystore:ListUsers` and `identitystore:DescribeUser` on the directory.
   * @default - Identity Center is in the account of the stack
   */
  readonly assumeRoleArn?: string;
  /**
   * How often the names of users are read, in minutes, from 5 to 1,440. A user who is created and deleted
   * between two readings is not known by name.
   * @default 60
   */
  readonly everyMinutes?: number;
  /**
   * The enforcement function's time-out, if that is not the default, in seconds, 10 to 900: a message must
   * stay hidden longer than a call takes.
   * @default 300
   */
  readonly enforceTimeout?: number;
  readonly tags?: Record<string, string>;
}

/** How often an event is tried. The interval of each cluster goes on trying after that. */
const ATTEMPTS = 10;

/**
 * Offboards everybody who is disabled or deleted in IAM Identity Center: the event that CloudTrail writes
 * calls the enforcement function within seconds, which locks the person's accounts on every cluster and ends
 * their sessions. The event has only the user's id, so a schedule reads the names beforehand.
 *
 * Make it in the account and region of the reconciler. If Identity Center is elsewhere, a rule there has to
 * forward its events here, by `IdentityCenterOffboarding.EVENT_PATTERN`.
 *
 * @example
 * new IdentityCenterOffboarding(this, "Offboarding", { reconciler, identityStoreId: "d-1234567890" });
 *
 * @see https://docs.aws.amazon.com/singlesignon/latest/userguide/sso-info-in-cloudtrail.html
 */
export class IdentityCenterOffboarding extends AccessConstruct {
  /**
   * Which events say that a user leaves, as JSON: by the console and SCIM (`sso-directory`), by the API, and
   * a deletion by SCIM.
   */
  static readonly EVENT_PATTERN = JSON.stringify(LEAVING_PATTERN);

  /** The name of the queue in which events wait. */
  readonly queueName: string;
  readonly #reconciler: IReconciler;

  constructor(scope: Construct, id: string, props: IdentityCenterOffboardingProps) {
    super(scope, id);
    const { assumeRoleArn, enforceTimeout, everyMinutes = 60, reconciler } = props;
    assertWhole(this, "everyMinutes", everyMinutes, [5, 1_440]);
    assertWhole(this, "enforceTimeout", enforceTimeout, [10, 900]);
    assertArn(this, "assumeRoleArn", assumeRoleArn, "role");
    if (props.identityStoreRegion !== undefined)
      assertText(this, "identityStoreRegion", props.identityStoreRegion, REGION);
    const store = directorySettingsSchema.unwrap().shape.identityStoreId.safeParse(props.identityStoreId);
    if (!store.success)
      throw new ValidationError(
        `\`identityStoreId\` must be \`d-\` and ten hexadecimal digits, or a UUID, got: ${props.identityStoreId}`,
        this,
      );
    this.#reconciler = reconciler;
    this.queueName = `${reconciler.name}-offboarding`;
    claimName(this, "rule", this.queueName);
    dependOnStackOf(this, reconciler);
    const needs = ownResources(this, reconciler.enforceDependables);
    const settings: DirectorySettings = defined({
      identityStoreId: props.identityStoreId,
      region: props.identityStoreRegion ?? currentRegion(this),
      assumeRoleArn,
    });
    const parameter = jsonParameter(this, "Directory", {
      logicalId: this.#address("directory"),
      name: `${reconciler.registryPath}/${DIRECTORY_PARAMETER}`,
      description: "Where the names of Identity Center's users are read",
      value: () => settings,
    });
    const policy = this.#policy(props, needs);
    this.#deliver(props, [policy, parameter, ...needs]);
    this.#readNames(everyMinutes, [policy, parameter, ...needs]);
  }

  #address(part?: string): string {
    const name = `${encodeName(this.#reconciler.name)}-offboarding`;
    return part === undefined ? name : `${name}-${part}`;
  }

  /** Lets the enforcement function take the events, and read the names of users. */
  #policy(
    { assumeRoleArn, identityStoreId }: IdentityCenterOffboardingProps,
    needs: readonly ITerraformDependable[],
  ): IamRolePolicy {
    const partition = awsPartition(this, currentRegion(this));
    // https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentitystore.html
    const reading: PolicyStatement =
      assumeRoleArn === undefined
        ? {
            Action: ["identitystore:DescribeUser", "identitystore:ListUsers"],
            Resource: [
              `arn:${partition}:identitystore::${currentAccountId(this)}:identitystore/${identityStoreId}`,
              `arn:${partition}:identitystore:::user/*`,
            ],
          }
        : { Action: ["sts:AssumeRole"], Resource: assumeRoleArn };
    return resource(IamRolePolicy, this, "Policy", {
      logicalId: this.#address(),
      name: "offboarding",
      role: this.#reconciler.enforceRole,
      policy: policyDocument([
        {
          Action: ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
          Resource: arnOf(this, "sqs", this.queueName),
        },
        reading,
      ]),
      dependsOn: [...needs],
    });
  }

  /** Puts the events into a queue that calls the enforcement function, one by one. */
  #deliver(
    { enforceTimeout = 300, tags }: IdentityCenterOffboardingProps,
    needs: readonly ITerraformDependable[],
  ): void {
    const deadLetters = { arn: arnOf(this, "sqs", this.#reconciler.deadLetterQueue) };
    const events = queue(this, "Events", {
      name: this.queueName,
      // Not six times the time-out, as AWS advises for batches: an event that failed is tried again after it.
      // https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
      visibilityTimeout: enforceTimeout + 30,
      redrive: { queue: deadLetters, attempts: ATTEMPTS },
      rules: [this.queueName],
      tags,
      // The dead-letter queue has to be there.
      dependsOn: needs,
    });
    const logicalId = this.#address();
    const rule = resource(CloudwatchEventRule, this, "Leaving", {
      logicalId,
      name: this.queueName,
      description: "Users of Identity Center who are disabled or deleted",
      eventPattern: IdentityCenterOffboarding.EVENT_PATTERN,
      ...defined({ tags }),
    });
    resource(CloudwatchEventTarget, this, "Queue", {
      logicalId,
      rule: rule.name,
      targetId: "enforce",
      arn: events.arn,
      deadLetterConfig: deadLetters,
      dependsOn: [...needs],
    });
    resource(LambdaEventSourceMapping, this, "Mapping", {
      logicalId,
      eventSourceArn: events.arn,
      functionName: this.#reconciler.enforceFunction,
      batchSize: 1,
      scalingConfig: { maximumConcurrency: 10 },
      dependsOn: [...needs],
    });
  }

  /** Makes the schedule by which the names of users are read. */
  #readNames(everyMinutes: number, needs: readonly ITerraformDependable[]): void {
    const { deadLetterQueue, enforceFunction, scheduleGroup, schedulerRole } = this.#reconciler;
    const request: DirectoryRequest = { protocol: PROTOCOL, action: "directory" };
    resource(SchedulerSchedule, this, "Names", {
      logicalId: this.#address("names"),
      name: "identity-center-names",
      groupName: scheduleGroup,
      description: "Reads the names of Identity Center's users",
      scheduleExpression: `rate(${everyMinutes} minutes)`,
      flexibleTimeWindow: { mode: "OFF" },
      target: {
        arn: arnOf(this, "lambda", `function:${enforceFunction}`),
        roleArn: iamArnOf(this, `role/${schedulerRole}`),
        input: JSON.stringify(request),
        retryPolicy: { maximumEventAgeInSeconds: everyMinutes * 60, maximumRetryAttempts: 3 },
        deadLetterConfig: { arn: arnOf(this, "sqs", deadLetterQueue) },
      },
      dependsOn: [...needs],
    });
  }
}
