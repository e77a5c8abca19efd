import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import type { SsmParameter } from "@cdktf/provider-aws/lib/ssm-parameter";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import type { IReconciler } from "../reconciler/reconciler-props";
import { type ClusterPart, clusterAddress, withLogicalId } from "../terraform/address";
import { arnOf } from "../terraform/arn";
import { ownResources } from "../terraform/own-resources";
import { type PolicyStatement, policyDocument, secretStatements } from "../terraform/policy-document";
import type { ClusterCoordinates } from "./cluster-endpoint-props";

/** The ARN of an account on a cluster: a login with an IAM token needs permission for it. */
export const databaseUserArn = (
  scope: Construct,
  cluster: { readonly region: string; readonly accountId: string; readonly resourceId: string },
  user: string,
): string => arnOf(scope, "rds-db", `dbuser:${cluster.resourceId}/${user}`, cluster);

/**
 * A function's permissions on one cluster: to read its secret, to log in with a token, or to assume a role.
 */
function clusterStatements(scope: Construct, coordinates: ClusterCoordinates): PolicyStatement[] {
  const { assumeRoleArn, credentials, kmsKeyArn } = coordinates;
  // The role in the other account has the remaining permissions.
  if (assumeRoleArn !== undefined) return [{ Action: ["sts:AssumeRole"], Resource: assumeRoleArn }];
  if ("secretArn" in credentials) return secretStatements(credentials.secretArn, kmsKeyArn);
  const user = databaseUserArn(scope, coordinates, credentials.iamUser);
  return [{ Action: ["rds-db:connect"], Resource: user }];
}

export interface ClusterPoliciesProps {
  readonly cluster: string;
  readonly reconciler: IReconciler;
  readonly coordinates: ClusterCoordinates;
  /** The cluster's registry entry. */
  readonly parameter: SsmParameter;
}

export interface ClusterPolicies {
  /** The policies of the preview and the apply function. The gate waits for them. */
  readonly hook: readonly IamRolePolicy[];
  /** The policy of the enforcement function. */
  readonly enforce: IamRolePolicy;
}

/**
 * Makes one policy on the role of each function. All inline policies of a role may have 10,240 characters
 * together, which is enough for about 35 clusters per reconciler.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
export function clusterPolicies(scope: Construct, props: ClusterPoliciesProps): ClusterPolicies {
  const { cluster, reconciler, coordinates, parameter } = props;
  const { dependables, enforceDependables } = reconciler;
  const policy = policyDocument(clusterStatements(scope, coordinates));
  const policies = new Construct(scope, "Policies");
  const attach = (id: string, part: ClusterPart, role: string, needs: readonly ITerraformDependable[]) => {
    // In the reconciler's own stack nothing else orders policy and role, because the role's name is plain
    // text. The parameter comes first: a stack that declares a cluster of another stack then fails at the
    // parameter, which exists, before it takes over the policies.
    const dependsOn = [parameter, ...ownResources(scope, needs)];
    return withLogicalId(
      new IamRolePolicy(policies, id, { name: `cluster-${cluster}`, role, policy, dependsOn }),
      clusterAddress(cluster, part),
    );
  };
  return {
    hook: [
      attach("Preview", "preview", reconciler.previewRole, dependables),
      attach("Apply", "apply", reconciler.applyRole, dependables),
    ],
    enforce: attach("Enforce", "enforce", reconciler.enforceRole, enforceDependables),
  };
}
