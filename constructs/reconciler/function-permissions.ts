import type { Construct } from "constructs";
import { CLUSTERS } from "../../core/contract/listed-cluster";
import { personPartitions } from "../../core/contract/offboarding";
import type { RunRight } from "../../core/contract/run-role";
import type { IAccessLedger } from "../ledger/access-ledger";
import type { IAuditAnchor } from "../ledger/audit-anchor";
import { anyRegionArnOf, arnOf, iamArnOf, s3ArnOf } from "../terraform/arn";
import { keyStatements, type PolicyStatement } from "../terraform/policy-document";
import type { ReconcilerNames } from "./reconciler-names";
import { anyRunRoleResource } from "./run-role-names";

/** The resources that the statements of a function's role name. */
export interface PermissionContext {
  readonly names: ReconcilerNames;
  readonly ledger: Pick<IAccessLedger, "ledgerTableArn" | "auditTableArn" | "kmsKeyArn">;
  readonly auditAnchor: IAuditAnchor | undefined;
  /** The key that proves who wrote the ledger. */
  readonly proofKeyArn: string;
  /** Whether every cluster has run roles, so that the functions' own roles reach no cluster. */
  readonly clusterRolesOnly: boolean;
}

// DynamoDB checks reads and writes of a transaction as GetItem and PutItem.
export const READ = ["dynamodb:GetItem", "dynamodb:Query"] as const;

/**
 * What DynamoDB does with its key on behalf of the caller.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
 */
export const LEDGER_KEY_ACTIONS = [
  "kms:Decrypt",
  "kms:DescribeKey",
  "kms:Encrypt",
  "kms:GenerateDataKey*",
  "kms:ReEncrypt*",
] as const;

/** The partitions of a ledger of this account. Every run reads who was offboarded. */
const PERSONS = personPartitions();
export const OFFBOARDED = PERSONS.offboarded;

/** What is allowed on items of some partitions of a table alone. */
export const onPartitions = (
  table: string,
  actions: readonly string[],
  partitions: readonly string[],
): PolicyStatement => ({
  Action: actions,
  Resource: table,
  Condition: { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": partitions } },
});

/** The statement that records payloads which a function refused. */
const recordRefusals = ({ ledger }: PermissionContext): PolicyStatement =>
  onPartitions(ledger.auditTableArn, ["dynamodb:GetItem", "dynamodb:PutItem"], ["refused#*"]);

function commonStatements(scope: Construct, context: PermissionContext, right: RunRight): PolicyStatement[] {
  const { ledger, names, proofKeyArn } = context;
  return [
    // Each run role's trust policy decides the rest: it names the functions and the cluster.
    { Action: ["sts:AssumeRole"], Resource: iamArnOf(scope, anyRunRoleResource(names, right)) },
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
  ...commonStatements(scope, context, "preview"),
  context.clusterRolesOnly
    ? // The list of clusters, for the check of the shared stack.
      onPartitions(context.ledger.ledgerTableArn, ["dynamodb:Query"], [CLUSTERS])
    : { Action: READ, Resource: context.ledger.ledgerTableArn },
  recordRefusals(context),
];

/** What the functions need for any cluster that has no run roles. */
const onEveryCluster = ({ ledger }: PermissionContext): PolicyStatement[] => [
  { Action: [...READ, "dynamodb:PutItem", "dynamodb:DeleteItem"], Resource: ledger.ledgerTableArn },
  { Action: [...READ, "dynamodb:PutItem"], Resource: ledger.auditTableArn },
];

/** What every function but the preview needs, whatever the cluster is. */
const writeStatements = (scope: Construct, context: PermissionContext): PolicyStatement[] => [
  ...commonStatements(scope, context, "apply"),
  { Action: ["kms:GenerateMac"], Resource: context.proofKeyArn },
  { Action: ["events:PutEvents"], Resource: arnOf(scope, "events", `event-bus/${context.names.eventBus}`) },
  ...(context.clusterRolesOnly ? [recordRefusals(context)] : onEveryCluster(context)),
  ...anchorStatements(scope, context.auditAnchor),
];

/**
 * The apply function's permissions: to send events, to anchor the audit trail, and to list the clusters that
 * a person has accounts on. For clusters without run roles also to write the ledger, to add to the audit
 * trail, to move a cluster's schedule to the next expiry, and to find the cluster's servers. It can delete
 * neither table and create no schedule.
 */
export const applyStatements = (scope: Construct, context: PermissionContext): PolicyStatement[] => [
  ...writeStatements(scope, context),
  {
    // The undo of an offboarding is about all clusters.
    Action: ["ssm:GetParametersByPath"],
    // IAM checks the path itself or what is below it, depending on the form of the request.
    Resource: ["", "/", "/*"].map(end => arnOf(scope, "ssm", `parameter${context.names.registryPath}${end}`)),
  },
  ...(context.clusterRolesOnly
    ? offboardingStatements(context)
    : [...scheduleStatements(scope, context.names, "*"), describeServers(scope)]),
];

/** To mark a person on all clusters, and to take the mark back. */
const offboardingStatements = ({ ledger }: PermissionContext): PolicyStatement[] => [
  onPartitions(ledger.ledgerTableArn, ["dynamodb:Query"], [CLUSTERS]),
  onPartitions(ledger.ledgerTableArn, [...READ, "dynamodb:PutItem"], [OFFBOARDED, PERSONS.directory]),
  onPartitions(ledger.auditTableArn, [...READ, "dynamodb:PutItem"], [PERSONS.audit]),
];

/** To move schedules of the group to the next expiry. @param schedule the name of one, or `*` */
export const scheduleStatements = (
  scope: Construct,
  names: Pick<ReconcilerNames, "scheduleGroup" | "schedulerRole">,
  schedule: string,
): PolicyStatement[] => [
  {
    Action: ["scheduler:GetSchedule", "scheduler:UpdateSchedule"],
    Resource: arnOf(scope, "scheduler", `schedule/${names.scheduleGroup}/${schedule}`),
  },
  {
    // Every update of a schedule passes it the role again.
    // https://docs.aws.amazon.com/scheduler/latest/UserGuide/setting-up.html#setting-up-execution-role
    Action: ["iam:PassRole"],
    Resource: iamArnOf(scope, `role/${names.schedulerRole}`),
    Condition: { StringEquals: { "iam:PassedToService": "scheduler.amazonaws.com" } },
  },
];

/**
 * Which servers a cluster has, in any region. They come and go, and no stack knows all of them. Reads names,
 * endpoints and settings, and no data.
 */
export const describeServers = (scope: Construct): PolicyStatement => ({
  Action: ["rds:DescribeDBClusters", "rds:DescribeDBInstances", "rds:DescribeGlobalClusters"],
  Resource: ["cluster", "db", "global-cluster"].map(kind => anyRegionArnOf(scope, "rds", `${kind}:*`)),
});

/**
 * To see whether a pausing cluster is awake. Supports no resource.
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html
 */
export const READ_CAPACITY: PolicyStatement = { Action: ["cloudwatch:GetMetricData"], Resource: "*" };

/**
 * The enforcement function's permissions: those of the apply function, and in addition to see whether a
 * pausing cluster is awake, and to receive the messages of its queue.
 */
export const enforceStatements = (scope: Construct, context: PermissionContext): PolicyStatement[] => [
  ...applyStatements(scope, context),
  ...(context.clusterRolesOnly ? [] : [READ_CAPACITY]),
  {
    Action: ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
    Resource: arnOf(scope, "sqs", context.names.sourceQueue),
  },
  { Action: ["sqs:SendMessage"], Resource: arnOf(scope, "sqs", context.names.deadLetterQueue) },
];

/**
 * The rotation function's permissions: those of every function but the preview. Run roles, or the clusters
 * without them, add those for secrets.
 */
export const rotateStatements = writeStatements;

function anchorStatements(scope: Construct, anchor: IAuditAnchor | undefined): PolicyStatement[] {
  if (anchor === undefined) return [];
  return [
    { Action: ["s3:PutObject"], Resource: s3ArnOf(scope, `${anchor.bucket}/${anchor.prefix}/*`) },
    ...keyStatements(anchor.kmsKeyArn, ["kms:GenerateDataKey"]),
  ];
}
