import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import type { SsmParameter } from "@cdktf/provider-aws/lib/ssm-parameter";
import { Construct } from "constructs";
import { clusterAddress } from "./address";
import { resourcesOf } from "./cluster-gate";
import type { ClusterCoordinates } from "./cluster-source";
import { type PolicyStatement, policyDocument } from "./policy-document";
import type { IReconciler } from "./reconciler";
import { partitionOf } from "./stack-context";

/** What a function may do about this very cluster: read its secret, or log in as its administrator, or assume the role that may. */
function clusterStatements(scope: Construct, coordinates: ClusterCoordinates): PolicyStatement[] {
  const { assumeRoleArn, credentials, kmsKeyArn, region, accountId, resourceId } = coordinates;
  // In another account the role there holds the rest.
  if (assumeRoleArn !== undefined) return [{ Action: ["sts:AssumeRole"], Resource: assumeRoleArn }];
  if ("iamUser" in credentials) {
    const user = `arn:${partitionOf(scope, region)}:rds-db:${region}:${accountId}:dbuser:${resourceId}/${credentials.iamUser}`;
    return [{ Action: ["rds-db:connect"], Resource: user }];
  }
  return [
    { Action: ["secretsmanager:GetSecretValue"], Resource: credentials.secretArn },
    ...(kmsKeyArn === undefined ? [] : [{ Action: ["kms:Decrypt"], Resource: kmsKeyArn }]),
  ];
}

/** One policy on each function's role. A role takes 10,240 characters of them: about 40 clusters a reconciler. */
export function clusterPolicies(
  scope: Construct,
  cluster: string,
  reconciler: Pick<IReconciler, "previewRole" | "applyRole" | "dependables">,
  coordinates: ClusterCoordinates,
  parameter: SsmParameter,
): IamRolePolicy[] {
  const policy = policyDocument(clusterStatements(scope, coordinates));
  const roles = [
    ["Preview", "preview", reconciler.previewRole],
    ["Apply", "apply", reconciler.applyRole],
  ] as const;
  // The role's name is a known text, so that in the reconciler's own stack nothing else says which comes first.
  // And a stack that declares another's cluster stops at the parameter, which is there already, before it takes over the policies.
  const dependsOn = [parameter, ...resourcesOf(scope, reconciler.dependables)];
  const policies = new Construct(scope, "Policies");
  return roles.map(([id, part, role]) => {
    const attached = new IamRolePolicy(policies, id, { name: `cluster-${cluster}`, role, policy, dependsOn });
    attached.overrideLogicalId(clusterAddress(cluster, part));
    return attached;
  });
}
