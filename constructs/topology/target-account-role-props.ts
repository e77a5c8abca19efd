import type { TerraformProvider } from "cdktf";

/** What the functions need on one cluster of the account. One of `secretArn` and `iamUser` must be given. */
export interface TargetCluster {
  /** The cluster's region. */
  readonly region: string;
  /**
   * The cluster's name in `users/`, if it has `runRoles: true`: the role then trusts its two run roles.
   * @default - none: the role trusts the functions' own roles alone
   */
  readonly name?: string;
  /**
   * The whole ARN of the secret with the administrator's `username` and `password`, with the six characters
   * that AWS adds to its name.
   * @default - none: the administrator logs in with an IAM token
   */
  readonly secretArn?: string;
  /**
   * The ARN of the customer's KMS key that encrypts the secret. RDS's own secrets have one only if you gave
   * it.
   * @default - none: the key that AWS manages for Secrets Manager, which needs no permission
   */
  readonly kmsKeyArn?: string;
  /**
   * The administrator account that logs in with an IAM token, at most 32 characters. Only with
   * `resourceIds`.
   * @default - none: `secretArn` is used
   */
  readonly iamUser?: string;
  /**
   * The resource ids that the administrator may log in to: the cluster's, and during a move those of
   * `nextResourceIds`. The clusters of a global database in other regions have ids of
   * their own: give each as a cluster of its own, with its `region`.
   * @default - none: only needed with `iamUser`
   */
  readonly resourceIds?: readonly string[];
  /**
   * Whether the cluster pauses when idle. The functions then ask CloudWatch whether it is awake.
   * @default false
   */
  readonly pausing?: boolean;
}

export interface TargetAccountRoleProps {
  /** The account of the reconciler, 12 digits: no other account may assume the role. */
  readonly managementAccountId: string;
  /**
   * What the functions must name to assume the role: 2 to 1224 letters, digits and `+=,.@:/-_`. Give the
   * same to `ClusterEndpoint`.
   */
  readonly externalId: string;
  /** The clusters of this account that the functions manage, at least one. */
  readonly clusters: readonly TargetCluster[];
  /**
   * The reconciler's name. Only its functions' roles, and the run roles of the clusters that have a `name`,
   * may assume this role.
   * @default "aurora-users"
   */
  readonly reconcilerName?: string;
  /**
   * The role's name: 1 to 64 letters, digits and `+=,.@_-`.
   * @default - `<reconcilerName>-target`
   */
  readonly roleName?: string;
  /**
   * The account of the clusters, 12 digits. Must be given with `provider`.
   * @default - the stack's
   */
  readonly accountId?: string;
  /**
   * The provider for the clusters' account, where it is not the stack's.
   * @default - the stack's
   */
  readonly provider?: TerraformProvider;
  /**
   * The ARN of the role's permissions boundary.
   * @default - none
   */
  readonly permissionsBoundary?: string;
  /**
   * The role's tags.
   * @default - the provider's default tags only
   */
  readonly tags?: Record<string, string>;
}
