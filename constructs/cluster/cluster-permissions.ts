import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import type { SsmParameter } from "@cdktf/provider-aws/lib/ssm-parameter";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import type { IReconciler } from "../reconciler/reconciler-props";
import { type ClusterPart, clusterAddress } from "../terraform/address";
import { type PolicyStatement, policyDocument } from "../terraform/policy-document";
import { awsPartition } from "../terraform/stack-context";
import type { ClusterCoordinates } from "./cluster-endpoint";
import { resourcesOf } from "./cluster-gate";

/** What a function may do about this very cluster: read its secret, or log in as its administrator, or assume the role that may. */
function clusterStatements(scope: Construct, coordinates: ClusterCoordinates): PolicyStatement[] {
  const { assumeRoleArn, credentials, kmsKeyArn, region, accountId, resourceId } = coordinates;
  // In another account the role there holds the rest.
  if (assumeRoleArn !== undefined) return [{ Action: ["sts:AssumeRole"], Resource: assumeRoleArn }];
  if ("iamUser" in credentials) {
    const user = `arn:${awsPartition(scope, region)}:rds-db:${region}:${accountId}:dbuser:${resourceId}/${credentials.iamUser}`;
    return [{ Action: ["rds-db:connect"], Resource: user }];
  }
  return [
    { Action: ["secretsmanager:GetSecretValue"], Resource: credentials.secretArn },
    ...(kmsKeyArn === undefined ? [] : [{ Action: ["kms:Decrypt"], Resource: kmsKeyArn }]),
  ];
}

export interface ClusterPolicies {
  /** Those of the functions that plan and apply call: the gate waits for them. */
  readonly hook: readonly IamRolePolicy[];
  /** That of the enforcement function. */
  readonly enforce: IamRolePolicy;
}

/** One policy on each function's role. A role takes 10,240 characters of them: about 40 clusters a reconciler. */
export function clusterPolicies(
  scope: Construct,
  cluster: string,
  reconciler: Pick<
    IReconciler,
    "previewRole" | "applyRole" | "enforceRole" | "dependables" | "enforceDependables"
  >,
  coordinates: ClusterCoordinates,
  parameter: SsmParameter,
): ClusterPolicies {
  const policy = policyDocument(clusterStatements(scope, coordinates));
  const policies = new Construct(scope, "Policies");
  const attach = (
    id: string,
    part: ClusterPart,
    role: string,
    dependables: readonly ITerraformDependable[],
  ) => {
    // The role's name is a known text, so that in the reconciler's own stack nothing else says which comes first.
    // And a stack that declares another's cluster stops at the parameter, which is there already, before it takes over the policies.
    const dependsOn = [parameter, ...resourcesOf(scope, dependables)];
    const attached = new IamRolePolicy(policies, id, { name: `cluster-${cluster}`, role, policy, dependsOn });
    attached.overrideLogicalId(clusterAddress(cluster, part));
    return attached;
  };
  return {
    hook: [
      attach("Preview", "preview", reconciler.previewRole, reconciler.dependables),
      attach("Apply", "apply", reconciler.applyRole, reconciler.dependables),
    ],
    enforce: attach("Enforce", "enforce", reconciler.enforceRole, reconciler.enforceDependables),
  };
}
