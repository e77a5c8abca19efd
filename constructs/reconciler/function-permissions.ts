import type { Construct } from "constructs";
import type { IAccessLedger } from "../ledger/access-ledger";
import type { IAuditAnchor } from "../ledger/audit-anchor";
import { arnOf, iamArnOf, s3ArnOf } from "../terraform/arn";
import type { PolicyStatement } from "../terraform/policy-document";
import type { ReconcilerNames } from "./reconciler-names";

/** What the statements of a function's role name. */
export interface PermissionContext {
  readonly names: ReconcilerNames;
  readonly ledger: Pick<IAccessLedger, "ledgerTableArn" | "auditTableArn" | "kmsKeyArn">;
  readonly auditAnchor: IAuditAnchor | undefined;
}

// Reads and writes inside a transaction are asked for as GetItem and PutItem.
const READ = ["dynamodb:GetItem", "dynamodb:Query"] as const;

function commonStatements(scope: Construct, { names, ledger }: PermissionContext): PolicyStatement[] {
  return [
    { Action: ["ssm:GetParameter"], Resource: arnOf(scope, "ssm", `parameter${names.registryPath}/*`) },
    ...(ledger.kmsKeyArn === undefined
      ? []
      : [
          {
            // What DynamoDB asks its key for in the name of who calls.
            // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
            Action: [
              "kms:Decrypt",
              "kms:DescribeKey",
              "kms:Encrypt",
              "kms:GenerateDataKey*",
              "kms:ReEncrypt*",
            ],
            Resource: ledger.kmsKeyArn,
            Condition: { StringLike: { "kms:ViaService": "dynamodb.*.amazonaws.com*" } },
          },
        ]),
  ];
}

/**
 * What the preview function may do anywhere: read, and record a payload that it refused. The condition keeps it from every audit
 * item that tells of something done.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
 */
export const previewStatements = (scope: Construct, context: PermissionContext): PolicyStatement[] => [
  ...commonStatements(scope, context),
  { Action: READ, Resource: context.ledger.ledgerTableArn },
  {
    Action: ["dynamodb:GetItem", "dynamodb:PutItem"],
    Resource: context.ledger.auditTableArn,
    Condition: { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": ["refused#*"] } },
  },
];

/**
 * What the apply function may do anywhere: keep the ledger, add to the audit trail and anchor it, say what happened, and move a
 * cluster's schedule to the next expiry. Neither table can it delete, and no schedule can it make.
 */
export function applyStatements(scope: Construct, context: PermissionContext): PolicyStatement[] {
  const { names, ledger } = context;
  return [
    ...commonStatements(scope, context),
    { Action: [...READ, "dynamodb:PutItem", "dynamodb:DeleteItem"], Resource: ledger.ledgerTableArn },
    { Action: [...READ, "dynamodb:PutItem"], Resource: ledger.auditTableArn },
    { Action: ["events:PutEvents"], Resource: arnOf(scope, "events", `event-bus/${names.eventBus}`) },
    {
      Action: ["scheduler:GetSchedule", "scheduler:UpdateSchedule"],
      Resource: arnOf(scope, "scheduler", `schedule/${names.scheduleGroup}/*`),
    },
    {
      // An update hands the schedule its role anew.
      // https://docs.aws.amazon.com/scheduler/latest/UserGuide/setting-up.html#setting-up-execution-role
      Action: ["iam:PassRole"],
      Resource: iamArnOf(scope, `role/${names.schedulerRole}`),
      Condition: { StringEquals: { "iam:PassedToService": "scheduler.amazonaws.com" } },
    },
    ...anchorStatements(scope, context.auditAnchor),
  ];
}

/**
 * What the enforcement function may do anywhere: what apply may, find out which clusters there are and whether one that pauses is
 * awake, and take what waits in its queue.
 */
export const enforceStatements = (scope: Construct, context: PermissionContext): PolicyStatement[] => [
  ...applyStatements(scope, context),
  {
    Action: ["ssm:GetParametersByPath"],
    // Named by the path itself, or by what stands below it, depending on how it is asked.
    Resource: ["", "/", "/*"].map(end => arnOf(scope, "ssm", `parameter${context.names.registryPath}${end}`)),
  },
  // Knows no resource. https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html
  { Action: ["cloudwatch:GetMetricData"], Resource: "*" },
  {
    Action: ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
    Resource: arnOf(scope, "sqs", context.names.sourceQueue),
  },
  { Action: ["sqs:SendMessage"], Resource: arnOf(scope, "sqs", context.names.deadLetterQueue) },
];

function anchorStatements(scope: Construct, anchor: IAuditAnchor | undefined): PolicyStatement[] {
  if (anchor === undefined) return [];
  return [
    { Action: ["s3:PutObject"], Resource: s3ArnOf(scope, `${anchor.bucket}/${anchor.prefix}/*`) },
    ...(anchor.kmsKeyArn === undefined
      ? []
      : [{ Action: ["kms:GenerateDataKey"], Resource: anchor.kmsKeyArn }]),
  ];
}
