import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import type { SsmParameter } from "@cdktf/provider-aws/lib/ssm-parameter";
import { type ITerraformDependable, Lazy } from "cdktf";
import { Construct } from "constructs";
import type { ClusterSecrets } from "../password/cluster-secrets";
import { type ClusterPart, clusterAddress, resource } from "../terraform/address";
import { arnOf } from "../terraform/arn";
import { ownResources } from "../terraform/own-resources";
import { type PolicyStatement, policyDocument, secretStatements } from "../terraform/policy-document";
import type { IAuroraCluster } from "./cluster";
import type { ClusterCoordinates } from "./cluster-endpoint-props";
import type { DeclaredCluster } from "./declared-clusters";

/**
 * The ARNs of the administrator's account on a cluster, and on those that may take its place: a login with an
 * IAM token needs permission for it.
 */
const databaseUserArns = (
  scope: Construct,
  cluster: Pick<IAuroraCluster, "region" | "accountId" | "resourceId" | "nextResourceIds">,
  user: string,
): string[] =>
  [...new Set([cluster.resourceId, ...(cluster.nextResourceIds ?? [])])].map(id =>
    arnOf(scope, "rds-db", `dbuser:${id}/${user}`, cluster),
  );

/**
 * A function's permissions on one cluster: to read its secret, to log in with a token, or to assume a role.
 */
function clusterStatements(
  scope: Construct & Pick<IAuroraCluster, "nextResourceIds">,
  coordinates: ClusterCoordinates,
): PolicyStatement[] {
  const { assumeRoleArn, credentials, kmsKeyArn } = coordinates;
  // The role in the other account has the remaining permissions.
  if (assumeRoleArn !== undefined) return [{ Action: ["sts:AssumeRole"], Resource: assumeRoleArn }];
  if ("secretArn" in credentials) return secretStatements(credentials.secretArn, kmsKeyArn);
  const { nextResourceIds } = scope;
  const users = databaseUserArns(scope, { ...coordinates, nextResourceIds }, credentials.iamUser);
  return [{ Action: ["rds-db:connect"], Resource: users.length === 1 ? users[0]! : users }];
}

/**
 * Makes one policy on the role of each function. All inline policies of a role may have 10,240 characters
 * together, which is enough for about 35 clusters per reconciler; 25 if the secrets' keys are named.
 * @param parameter the cluster's registry entry
 * @param secrets those of accounts that log in by password, which the preview may not read
 * @returns the policies of the preview and the apply function, for which the gate waits, and that of the
 * enforcement function, and that of the rotation function if the cluster uses it
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
export function clusterPolicies(
  cluster: Construct & DeclaredCluster,
  coordinates: ClusterCoordinates,
  parameter: SsmParameter,
  secrets: Pick<ClusterSecrets, "statements" | "isRotated">,
) {
  const { dependables, enforceDependables, previewRole, applyRole, enforceRole } = cluster.reconciler;
  const { rotateDependables = [], rotateRole } = cluster.reconciler;
  const statements = clusterStatements(cluster, coordinates);
  const reading = policyDocument(statements);
  // Which accounts have a secret is known when all were added.
  const writing = Lazy.stringValue({
    produce: () => policyDocument([...statements, ...secrets.statements()]),
  });
  const policies = new Construct(cluster, "Policies");
  const attach = (id: string, part: ClusterPart, role: string, needs: readonly ITerraformDependable[]) => {
    // In the reconciler's own stack nothing else orders policy and role, because the role's name is plain
    // text. The parameter comes first: a stack that declares a cluster of another stack then fails at the
    // parameter, which exists, before it takes over the policies.
    const dependsOn = [parameter, ...ownResources(cluster, needs)];
    const logicalId = clusterAddress(cluster.name, part);
    const name = `cluster-${cluster.name}`;
    const policy = part === "preview" ? reading : writing;
    return resource(IamRolePolicy, policies, id, { logicalId, name, role, policy, dependsOn });
  };
  return {
    hook: [
      attach("Preview", "preview", previewRole, dependables),
      attach("Apply", "apply", applyRole, dependables),
    ],
    enforce: attach("Enforce", "enforce", enforceRole, enforceDependables),
    rotate: secrets.isRotated ? attach("Rotate", "rotate", rotateRole, rotateDependables) : undefined,
  };
}
