import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { type ITerraformDependable, Token } from "cdktf";
import type { Construct } from "constructs";
import { CLUSTER_NAME_PATTERN } from "../../core/contract/registry-entry";
import type { RunRight } from "../../core/contract/run-role";
import { DEFAULT_RECONCILER_NAME } from "../reconciler/reconciler-names";
import { runRoleResource } from "../reconciler/run-role-names";
import { AccessConstruct } from "../terraform/access-construct";
import { encodeName, resource } from "../terraform/address";
import {
  ACCOUNT_ID,
  assertArn,
  assertKnownText,
  assertText,
  EXTERNAL_ID,
  REGION,
} from "../terraform/assertions";
import { functionRoles } from "../terraform/function-roles";
import { policyDocument } from "../terraform/policy-document";
import { awsPartition, currentAccountId } from "../terraform/stack-context";
import { ValidationError } from "../terraform/validation-error";
import type { TargetAccountRoleProps, TargetCluster } from "./target-account-role-props";
import { targetStatements } from "./target-statements";

const ROLE_NAME = {
  pattern: /^[\w+=,.@-]{1,64}$/,
  rule: "the name of a role: 1 to 64 letters, digits and `+=,.@_-`",
};
const RECONCILER = { pattern: /^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$/, rule: "the name of a reconciler" };
const IAM_USER = {
  pattern: /^[^\p{Cc}$*?]{1,32}$/u,
  rule: "the name of an account, 1 to 32 characters without `$`, `*` and `?`",
};
const RESOURCE_ID = {
  pattern: /^(cluster|db)-[A-Z0-9]+$/,
  rule: "the resource id of a cluster (`cluster-ABC...`)",
};
/** @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const MAX_INLINE = 10_240;
const MAX_TRUST = 2_048;
const CLUSTER = { pattern: CLUSTER_NAME_PATTERN, rule: "the name of a cluster, as in `users/`" };
const WITH_SUFFIX = {
  pattern: /-[A-Za-z0-9]{6}$/,
  rule: "the secret's whole ARN, with the six characters that AWS adds (`...-AbCdEf`)",
};
const RIGHTS: readonly RunRight[] = ["preview", "apply"];

/**
 * The role in a cluster's account that the functions of a central reconciler assume. Its trust policy names
 * the reconciler's roles and an external id; its permissions name the clusters. Each run narrows its session
 * to one cluster again.
 *
 * @example
 * const target = new TargetAccountRole(this, "Target", {
 *   managementAccountId: "111122223333",
 *   externalId: "example-database-access",
 *   clusters: [
 *     {
 *       region: "eu-west-1",
 *       secretArn: "arn:aws:secretsmanager:eu-west-1:444455556666:secret:orders-AbCdEf",
 *     },
 *   ],
 * });
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html
 */
export class TargetAccountRole extends AccessConstruct {
  /** The role's ARN. If `accountId` is known at synth, it is text, and other stacks need no reference. */
  readonly roleArn: string;
  /** The role's account. May be a token. */
  readonly accountId: string;
  /** The external id that the functions must name. */
  readonly externalId: string;
  /** The resources that must exist before the functions can use the role: for `dependsOn` of a cluster. */
  readonly dependables: readonly ITerraformDependable[];

  constructor(scope: Construct, id: string, props: TargetAccountRoleProps) {
    super(scope, id);
    const { provider, reconcilerName = DEFAULT_RECONCILER_NAME, tags } = props;
    const { roleName = `${reconcilerName}-target` } = props;
    assertText(this, "reconcilerName", reconcilerName, RECONCILER);
    assertText(this, "roleName", roleName, ROLE_NAME);
    this.#assert(props);
    this.accountId = props.accountId ?? currentAccountId(this);
    this.externalId = props.externalId;
    const partition = awsPartition(this, props.clusters[0]!.region);
    // One stack may have such roles of several accounts.
    const { accountId } = props;
    const known = accountId !== undefined && !Token.isUnresolved(accountId);
    const logicalId = encodeName(known ? `${roleName}-${accountId}` : roleName);
    const trust = this.#trust(`arn:${partition}:iam::${props.managementAccountId}`, reconcilerName, props);
    const role = resource(IamRole, this, "Role", {
      logicalId,
      name: roleName,
      description: `Lets the functions of ${reconcilerName} manage the users of clusters of this account`,
      assumeRolePolicy: trust,
      permissionsBoundary: props.permissionsBoundary,
      provider,
      tags,
    });
    this.roleArn = known ? `arn:${partition}:iam::${accountId}:role/${roleName}` : role.arn;
    const policy = policyDocument(targetStatements(this, this.accountId, props.clusters));
    if (policy.length > MAX_INLINE)
      throw new ValidationError(
        `\`clusters\` must fit in one policy of ${MAX_INLINE} characters, and these ${props.clusters.length} ` +
          `make ${policy.length}. Make another TargetAccountRole with another \`roleName\` for some of them`,
        this,
      );
    const attached = { logicalId, name: "clusters", role: role.name, policy, provider };
    this.dependables = [role, resource(IamRolePolicy, this, "Policy", attached)];
  }

  /** What `ClusterEndpoint` needs to use the role: `fromAttributes({ ...target.login, endpoint, ... })`. */
  get login(): { readonly accountId: string; readonly assumeRoleArn: string; readonly externalId: string } {
    return { accountId: this.accountId, assumeRoleArn: this.roleArn, externalId: this.externalId };
  }

  /**
   * Who may assume the role. A role named as principal would have to exist first, and IAM would keep its
   * internal id: made again, it could not use this role any more. So the principal is the account, and the
   * condition names the roles.
   * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
   */
  #trust(management: string, reconciler: string, { clusters }: TargetAccountRoleProps): string {
    const arn = (name: string) => `${management}:${name}`;
    const named = [...new Set(clusters.flatMap(({ name }) => name ?? []))];
    const roles = [
      ...functionRoles(reconciler, "read"),
      ...functionRoles(reconciler, "write"),
      ...named.flatMap(cluster => RIGHTS.map(right => runRoleResource({ name: reconciler }, cluster, right))),
    ];
    const trust = policyDocument([
      {
        Action: "sts:AssumeRole",
        Principal: { AWS: arn("root") },
        Condition: {
          ArnEquals: { "aws:PrincipalArn": roles.map(arn) },
          StringEquals: { "sts:ExternalId": this.externalId },
        },
      },
    ]);
    if (trust.length > MAX_TRUST && named.length > 0)
      throw new ValidationError(
        `\`clusters.name\` must fit in one trust policy of ${MAX_TRUST} characters, and these ${named.length} make ` +
          `${trust.length}. Make another TargetAccountRole with another \`roleName\` for some of them`,
        this,
      );
    return trust;
  }

  #assert({ accountId, clusters, ...props }: TargetAccountRoleProps): void {
    assertKnownText(this, "managementAccountId", props.managementAccountId, ACCOUNT_ID);
    assertKnownText(this, "accountId", accountId, ACCOUNT_ID);
    assertKnownText(this, "externalId", props.externalId, EXTERNAL_ID);
    assertArn(this, "permissionsBoundary", props.permissionsBoundary, "policy");
    if (props.managementAccountId === undefined || props.externalId === undefined)
      throw new ValidationError("`managementAccountId` and `externalId` must be given", this);
    if (props.provider !== undefined && accountId === undefined)
      throw new ValidationError("`accountId` must be given with `provider`: it is that provider's", this);
    if (!Array.isArray(clusters) || clusters.length === 0)
      throw new ValidationError("`clusters` must name at least one cluster", this);
    for (const cluster of clusters) this.#assertCluster(cluster);
  }

  #assertCluster({ iamUser, kmsKeyArn, name, region, resourceIds = [], secretArn }: TargetCluster): void {
    if (name !== undefined) assertText(this, "clusters.name", name, CLUSTER);
    assertText(this, "clusters.region", String(region), REGION);
    assertArn(this, "clusters.secretArn", secretArn, "secret");
    assertKnownText(this, "clusters.secretArn", secretArn, WITH_SUFFIX);
    assertArn(this, "clusters.kmsKeyArn", kmsKeyArn, "key");
    assertKnownText(this, "clusters.iamUser", iamUser, IAM_USER);
    for (const id of resourceIds) assertKnownText(this, "clusters.resourceIds", id, RESOURCE_ID);
    const given = [secretArn, iamUser].filter(one => one !== undefined).length;
    if (given !== 1)
      throw new ValidationError(
        "`clusters` must have one of `secretArn` and `iamUser` for each cluster, got " +
          `${given === 0 ? "neither" : "both"}`,
        this,
      );
    if ((iamUser === undefined) !== (resourceIds.length === 0))
      throw new ValidationError("`clusters.resourceIds` must be given with `iamUser`, and only then", this);
    if (iamUser !== undefined && kmsKeyArn !== undefined && !Token.isUnresolved(kmsKeyArn))
      throw new ValidationError("`clusters.kmsKeyArn` must be that of a secret: give `secretArn`", this);
  }
}
