import type { Construct } from "constructs";
import type { IAccessLedger } from "../ledger/access-ledger";
import type { IAuditAnchor } from "../ledger/audit-anchor";
import { anyRegionArnOf, arnOf, iamArnOf, s3ArnOf } from "../terraform/arn";
import { keyStatements, type PolicyStatement } from "../terraform/policy-document";
import type { ReconcilerNames } from "./reconciler-names";

/** The resources that the statements of a function's role name. */
export interface PermissionContext {
  readonly names: ReconcilerNames;
  readonly ledger: Pick<IAccessLedger, "ledgerTableArn" | "auditTableArn" | "kmsKeyArn">;
  readonly auditAnchor: IAuditAnchor | undefined;
  /** The key that proves who wrote the ledger. */
  readonly proofKeyArn: string;
}

// DynamoDB checks reads and writes of a transaction as GetItem and PutItem.
const READ = ["dynamodb:GetItem", "dynamodb:Query"] as const;

/**
 * What DynamoDB does with its key on behalf of the caller.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
 */
const LEDGER_KEY_ACTIONS = [
  "kms:Decrypt",
  "kms:DescribeKey",
  "kms:Encrypt",
  "kms:GenerateDataKey*",
  "kms:ReEncrypt*",
] as const;

function commonStatements(scope: Construct, context: PermissionContext): PolicyStatement[] {
  const { ledger, names, proofKeyArn } = context;
  return [
    { Action: ["ssm:GetParameter"], Resource: arnOf(scope, "ssm", `parameter${names.registryPath}/*`) },
    { Action: ["kms:VerifyMac"], Resource: proofKeyArn },
    ...keyStatements(ledger.kmsKeyArn, LEDGER_KEY_ACTIONS).map(statement => ({
      ...statement,
      Condition: { StringLike: { "kms:ViaService": "dynamodb.*.amazonaws.com*" } },
    })),
  ];
}

/**
 * The preview function's permissions: to read, and to record a payload that it refused. The condition denies
 * it the audit items about changes.
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
 * The apply function's permissions: to write the ledger, to add to the audit trail and anchor it, to send
 * events, to move a cluster's schedule to the next expiry, and to find all clusters and their servers. It can
 * delete neither table and create no schedule.
 */
export function applyStatements(scope: Construct, context: PermissionContext): PolicyStatement[] {
  const { names, ledger } = context;
  return [
    ...commonStatements(scope, context),
    { Action: [...READ, "dynamodb:PutItem", "dynamodb:DeleteItem"], Resource: ledger.ledgerTableArn },
    {
      // The undo of an offboarding is about all clusters.
      Action: ["ssm:GetParametersByPath"],
      // IAM checks the path itself or what is below it, depending on the form of the request.
      Resource: ["", "/", "/*"].map(end => arnOf(scope, "ssm", `parameter${names.registryPath}${end}`)),
    },
    { Action: ["kms:GenerateMac"], Resource: context.proofKeyArn },
    { Action: [...READ, "dynamodb:PutItem"], Resource: ledger.auditTableArn },
    { Action: ["events:PutEvents"], Resource: arnOf(scope, "events", `event-bus/${names.eventBus}`) },
    {
      Action: ["scheduler:GetSchedule", "scheduler:UpdateSchedule"],
      Resource: arnOf(scope, "scheduler", `schedule/${names.scheduleGroup}/*`),
    },
    {
      // Every update of a schedule passes it the role again.
      // https://docs.aws.amazon.com/scheduler/latest/UserGuide/setting-up.html#setting-up-execution-role
      Action: ["iam:PassRole"],
      Resource: iamArnOf(scope, `role/${names.schedulerRole}`),
      Condition: { StringEquals: { "iam:PassedToService": "scheduler.amazonaws.com" } },
    },
    // Which servers a cluster has, in any region. They come and go, and this stack does not know the
    // clusters. Reads names, endpoints and settings, and no data.
    {
      Action: ["rds:DescribeDBClusters", "rds:DescribeDBInstances", "rds:DescribeGlobalClusters"],
      Resource: ["cluster", "db", "global-cluster"].map(kind => anyRegionArnOf(scope, "rds", `${kind}:*`)),
    },
    ...anchorStatements(scope, context.auditAnchor),
  ];
}

/**
 * The enforcement function's permissions: those of the apply function, and in addition to
 * see whether a pausing cluster is awake, and to receive the messages of its queue.
 */
export const enforceStatements = (scope: Construct, context: PermissionContext): PolicyStatement[] => [
  ...applyStatements(scope, context),
  // Supports no resource.
  // https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html
  { Action: ["cloudwatch:GetMetricData"], Resource: "*" },
  {
    Action: ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
    Resource: arnOf(scope, "sqs", context.names.sourceQueue),
  },
  { Action: ["sqs:SendMessage"], Resource: arnOf(scope, "sqs", context.names.deadLetterQueue) },
];

/**
 * The rotation function's permissions: to read the registry, to write the ledger, to add to the audit trail
 * and anchor it, and to send events. Clusters add those for their secrets.
 */
export const rotateStatements = (scope: Construct, context: PermissionContext): PolicyStatement[] => [
  ...commonStatements(scope, context),
  {
    Action: [...READ, "dynamodb:PutItem", "dynamodb:DeleteItem"],
    Resource: context.ledger.ledgerTableArn,
  },
  { Action: ["kms:GenerateMac"], Resource: context.proofKeyArn },
  { Action: [...READ, "dynamodb:PutItem"], Resource: context.ledger.auditTableArn },
  { Action: ["events:PutEvents"], Resource: arnOf(scope, "events", `event-bus/${context.names.eventBus}`) },
  ...anchorStatements(scope, context.auditAnchor),
];

function anchorStatements(scope: Construct, anchor: IAuditAnchor | undefined): PolicyStatement[] {
  if (anchor === undefined) return [];
  return [
    { Action: ["s3:PutObject"], Resource: s3ArnOf(scope, `${anchor.bucket}/${anchor.prefix}/*`) },
    ...keyStatements(anchor.kmsKeyArn, ["kms:GenerateDataKey"]),
  ];
}
