import type { Construct } from "constructs";
import type { PolicyStatement } from "../terraform/policy-document";
import { awsPartition } from "../terraform/stack-context";
import type { TargetCluster } from "./target-account-role-props";

/**
 * What the functions do in a cluster's account, and nothing else: read the administrator's secret or log in
 * by token, find the cluster's servers, and ask whether a cluster that pauses is awake.
 */
export function targetStatements(
  scope: Construct,
  accountId: string,
  clusters: readonly TargetCluster[],
): PolicyStatement[] {
  const named = (values: readonly (string | undefined)[]) => [
    ...new Set(values.filter(value => value !== undefined)),
  ];
  const secrets = named(clusters.map(({ secretArn }) => secretArn));
  const keys = named(clusters.map(({ kmsKeyArn }) => kmsKeyArn));
  const logins = named(clusters.flatMap(cluster => loginArns(scope, accountId, cluster)));
  const partition = awsPartition(scope, clusters[0]!.region);
  const described = ["cluster", "db", "global-cluster"];
  return [
    ...some(secrets, { Action: ["secretsmanager:GetSecretValue"], Resource: secrets }),
    ...some(keys, {
      Action: ["kms:Decrypt"],
      Resource: keys,
      Condition: { StringLike: { "kms:ViaService": "secretsmanager.*.amazonaws.com*" } },
    }),
    ...some(logins, { Action: ["rds-db:connect"], Resource: logins }),
    {
      // In any region: a global database has servers in several.
      Action: ["rds:DescribeDBClusters", "rds:DescribeDBInstances", "rds:DescribeGlobalClusters"],
      Resource: described.map(kind => `arn:${partition}:rds:*:${accountId}:${kind}:*`),
    },
    // It supports no resource.
    // https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html
    ...some(
      clusters.filter(({ pausing }) => pausing),
      { Action: ["cloudwatch:GetMetricData"], Resource: "*" },
    ),
  ];
}

const some = (needed: readonly unknown[], statement: PolicyStatement): PolicyStatement[] =>
  needed.length > 0 ? [statement] : [];

const loginArns = (scope: Construct, accountId: string, cluster: TargetCluster): string[] => {
  const { iamUser, region, resourceIds = [] } = cluster;
  const start = `arn:${awsPartition(scope, region)}:rds-db:${region}:${accountId}:dbuser`;
  return iamUser === undefined ? [] : resourceIds.map(id => `${start}:${id}/${iamUser}`);
};
