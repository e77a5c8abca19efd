import type { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicy, type IamRolePolicyConfig } from "@cdktf/provider-aws/lib/iam-role-policy";
import type { SsmParameter } from "@cdktf/provider-aws/lib/ssm-parameter";
import { dependable, type ITerraformDependable, Lazy } from "cdktf";
import { Construct } from "constructs";
import type { ClusterSecrets } from "../password/cluster-secrets";
import { type ClusterPart, clusterAddress, resource } from "../terraform/address";
import { arnOf } from "../terraform/arn";
import { ownResources } from "../terraform/own-resources";
import { type PolicyStatement, policyDocument, secretStatements } from "../terraform/policy-document";
import type { IAuroraCluster } from "./cluster";
import type { ClusterCoordinates } from "./cluster-endpoint-props";
import type { DeclaredCluster } from "./declared-clusters";
import { applyRunStatements, operateStatements, previewRunStatements } from "./run-roles/run-role-statements";
import type { RunRoles } from "./run-roles/run-roles";

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
 * The permissions to log in to one cluster: to read its secret, to log in with a token, or to assume a role.
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

/** The policies of a cluster, by what needs them. */
export interface ClusterPolicies {
  /** Those of the preview and the apply function, for which the gate waits. */
  readonly hook: readonly IamRolePolicy[];
  /** Those without which a scheduled run fails. */
  readonly enforce: readonly IamRolePolicy[];
}

/** What the policies of a cluster are made for. */
export interface PolicyContext {
  readonly coordinates: ClusterCoordinates;
  /** The cluster's registry entry. */
  readonly parameter: SsmParameter;
  /** Those of accounts that log in by password, which the preview may not read. */
  readonly secrets: Pick<ClusterSecrets, "statements" | "pathStatements" | "isRotated">;
  /** Undefined: the policies are on the functions' own roles. */
  readonly runRoles: RunRoles | undefined;
}

/**
 * Makes the policies with which the functions work on a cluster: on its run roles. Without those, one on the
 * role of each function, where all inline policies may have 10,240 characters together. That is enough for
 * about 35 clusters; 25 if the secrets' keys are named.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
export const clusterPolicies = (cluster: Construct & DeclaredCluster, context: PolicyContext) =>
  context.runRoles
    ? policiesOfRunRoles(cluster, context, context.runRoles)
    : policiesOfFunctions(cluster, context);

type Attach = (
  id: string,
  part: ClusterPart,
  config: Pick<IamRolePolicyConfig, "name" | "role" | "policy" | "dependsOn" | "lifecycle">,
) => IamRolePolicy;

/** Makes policies in the construct that `addAccountSecret` looks in. */
function attacher(cluster: Construct & DeclaredCluster): Attach {
  const policies = new Construct(cluster, "Policies");
  return (id, part, config) =>
    resource(IamRolePolicy, policies, id, { logicalId: clusterAddress(cluster.name, part), ...config });
}

/** Which accounts have a secret is known when all were added. */
const lateDocument = (statements: () => readonly PolicyStatement[]): string =>
  Lazy.stringValue({ produce: () => policyDocument(statements()) });

/**
 * The addresses are those that policies on the functions' roles have, and the new one is made before the
 * former one is destroyed: in the apply that gives a cluster its run roles, Terraform makes the roles, then
 * changes the registry entry, then makes these policies, and only then destroys the former ones. A run that
 * comes in between repeats what is denied.
 */
function policiesOfRunRoles(
  cluster: Construct & DeclaredCluster,
  { coordinates, parameter, secrets }: PolicyContext,
  { apply, preview }: RunRoles,
): ClusterPolicies {
  const login = clusterStatements(cluster, coordinates);
  const { dependables, enforceDependables, rotateDependables = [] } = cluster.reconciler;
  // As soon as the entry names the roles, the functions need the code and the policies that assume them.
  const functions = ownResources(cluster, [...dependables, ...enforceDependables, ...rotateDependables]);
  parameter.dependsOn = [apply, preview, ...functions].map(dependable);
  const attach = attacher(cluster);
  const of = (role: IamRole, name: string, policy: string) => ({
    name,
    role: role.name,
    policy,
    dependsOn: [parameter],
    lifecycle: { createBeforeDestroy: true },
  });
  const looking = policyDocument([...login, ...previewRunStatements(cluster)]);
  const acting = () => [
    ...login,
    ...applyRunStatements(cluster),
    ...(secrets.isRotated ? [] : secrets.statements()),
  ];
  const operating = policyDocument(operateStatements(cluster, coordinates));
  const all = {
    preview: attach("Preview", "preview", of(preview, "look", looking)),
    apply: attach("Apply", "apply", of(apply, "act", lateDocument(acting))),
    enforce: attach("Enforce", "enforce", of(apply, "operate", operating)),
  };
  const rotate = secrets.isRotated
    ? [attach("Rotate", "rotate", of(apply, "passwords", policyDocument(secrets.pathStatements())))]
    : [];
  return { hook: [all.preview, all.apply], enforce: [all.apply, all.enforce, ...rotate] };
}

function policiesOfFunctions(
  cluster: Construct & DeclaredCluster,
  { coordinates, parameter, secrets }: PolicyContext,
): ClusterPolicies {
  const { dependables, enforceDependables, previewRole, applyRole, enforceRole } = cluster.reconciler;
  const { rotateDependables = [], rotateRole } = cluster.reconciler;
  const statements = clusterStatements(cluster, coordinates);
  const reading = policyDocument(statements);
  const writing = lateDocument(() => [...statements, ...secrets.statements()]);
  const name = `cluster-${cluster.name}`;
  const attach = attacher(cluster);
  const of = (role: string, policy: string, needs: readonly ITerraformDependable[]) => ({
    name,
    role,
    policy,
    // In the reconciler's own stack nothing else orders policy and role, because the role's name is plain
    // text. The parameter comes first: a stack that declares a cluster of another stack then fails at the
    // parameter, which exists, before it takes over the policies.
    dependsOn: [parameter, ...ownResources(cluster, needs)],
  });
  const hook = [
    attach("Preview", "preview", of(previewRole, reading, dependables)),
    attach("Apply", "apply", of(applyRole, writing, dependables)),
  ];
  const enforce = attach("Enforce", "enforce", of(enforceRole, writing, enforceDependables));
  if (secrets.isRotated) attach("Rotate", "rotate", of(rotateRole, writing, rotateDependables));
  return { hook, enforce: [enforce] };
}
