import type { Construct } from "constructs";
import { CLUSTERS } from "../../../core/contract/listed-cluster";
import { runSessionName } from "../../../core/contract/run-role";
import {
  describeServers,
  LEDGER_KEY_ACTIONS,
  OFFBOARDED,
  onPartitions,
  READ_CAPACITY,
  scheduleStatements,
} from "../../reconciler/function-permissions";
import type { IReconciler } from "../../reconciler/reconciler-props";
import { anyRegionArnOf, arnOf, iamArnOf } from "../../terraform/arn";
import type { PolicyStatement } from "../../terraform/policy-document";
import type { ClusterCoordinates } from "../cluster-endpoint-props";
import { scheduleName } from "../cluster-schedules";
import type { DeclaredCluster } from "../declared-clusters";

type Owner = Construct & Pick<DeclaredCluster, "name" | "reconciler">;

/**
 * Who may assume a run role: the functions' roles alone, for a run about this cluster. Roles as principals
 * would have to exist first, and a role that is made again would be another principal.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
 */
export const runRoleTrust = (cluster: Owner, functionRoles: readonly string[]): PolicyStatement => ({
  Action: "sts:AssumeRole",
  Principal: { AWS: iamArnOf(cluster, "root") },
  Condition: {
    ArnEquals: { "aws:PrincipalArn": functionRoles.map(role => iamArnOf(cluster, `role/${role}`)) },
    StringEquals: { "sts:RoleSessionName": runSessionName(cluster.name) },
  },
});

const tableArn = (scope: Construct, table: string): string => arnOf(scope, "dynamodb", `table/${table}`);

/**
 * What DynamoDB does with the tables' key on behalf of the caller, if a customer's key encrypts them. This
 * stack need not know the key: the encryption context names the tables.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
 */
const useTableKey = (scope: Construct, { ledgerTable, auditTable }: IReconciler): PolicyStatement => ({
  Action: LEDGER_KEY_ACTIONS.filter(action => action !== "kms:DescribeKey"),
  Resource: anyRegionArnOf(scope, "kms", "key/*", "*"),
  Condition: {
    StringLike: { "kms:ViaService": "dynamodb.*.amazonaws.com*" },
    StringEquals: { "kms:EncryptionContext:aws:dynamodb:tableName": [ledgerTable, auditTable] },
  },
});

/** Of the preview: to read this cluster's part of the ledger, and to record what it refused about it. */
export const previewRunStatements = (cluster: Owner): PolicyStatement[] => {
  const { name, reconciler } = cluster;
  return [
    onPartitions(
      tableArn(cluster, reconciler.ledgerTable),
      ["dynamodb:GetItem", "dynamodb:Query"],
      [name, OFFBOARDED],
    ),
    onPartitions(
      tableArn(cluster, reconciler.auditTable),
      ["dynamodb:GetItem", "dynamodb:PutItem"],
      [`refused#${name}`],
    ),
    useTableKey(cluster, reconciler),
  ];
};

/**
 * Of all others: to write this cluster's part of the ledger, its line in the list of clusters, and to add to
 * its audit trail. The trail's items can neither be changed nor deleted.
 */
export const applyRunStatements = (cluster: Owner): PolicyStatement[] => {
  const { name, reconciler } = cluster;
  const ledger = tableArn(cluster, reconciler.ledgerTable);
  const audit = tableArn(cluster, reconciler.auditTable);
  const [read, put, remove] = [
    ["dynamodb:GetItem", "dynamodb:Query"],
    "dynamodb:PutItem",
    "dynamodb:DeleteItem",
  ] as const;
  return [
    onPartitions(ledger, [...read, put, remove], [name]),
    onPartitions(ledger, [put, remove], [CLUSTERS]),
    onPartitions(ledger, read, [OFFBOARDED]),
    onPartitions(audit, [...read, put], [name, `refused#${name}`]),
    useTableKey(cluster, reconciler),
  ];
};

/** To move the cluster's own schedule, and to see its servers. In another account, another role sees them. */
export const operateStatements = (
  cluster: Owner,
  { assumeRoleArn, pausing }: Pick<ClusterCoordinates, "assumeRoleArn" | "pausing">,
): PolicyStatement[] => [
  ...scheduleStatements(cluster, cluster.reconciler, scheduleName(cluster.name, "expiry")),
  ...(assumeRoleArn === undefined ? [describeServers(cluster)] : []),
  ...(assumeRoleArn === undefined && pausing ? [READ_CAPACITY] : []),
];
