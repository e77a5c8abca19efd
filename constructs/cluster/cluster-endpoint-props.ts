import type { RdsClusterInstance } from "@cdktf/provider-aws/lib/rds-cluster-instance";
import type { ITerraformDependable } from "cdktf";

/**
 * How the functions log in as administrator, and where the cluster is. At most one of `secretArn` and
 * `iamUser` may be given.
 */
export interface ClusterLogin {
  /**
   * The ARN of a secret with `username` and `password`.
   * @default - the master user's secret that RDS manages, where Terraform knows the cluster
   */
  readonly secretArn?: string;
  /**
   * The ARN of the customer's KMS key that encrypts the secret.
   * @default - the key of the secret that RDS manages; for another secret none: it uses the key that AWS
   * manages for Secrets Manager in this account
   */
  readonly kmsKeyArn?: string;
  /**
   * The administrator account that logs in with an IAM token instead of a password, at most 32 characters.
   * @default - none: a secret is used
   */
  readonly iamUser?: string;
  /**
   * The ARN of the role to assume first, where the cluster is in another account. `TargetAccountRole` makes
   * it. It needs the permissions on secret and cluster.
   * @default - none: the cluster is in the functions' own account
   */
  readonly assumeRoleArn?: string;
  /**
   * The external id that the role's trust policy asks for: 2 to 1224 letters, digits and `+=,.@:/-_`. Only
   * with `assumeRoleArn`. It is no secret: it stops others from using the functions with your role.
   * @default - none
   * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
   */
  readonly externalId?: string;
  /**
   * The cluster's region.
   * @default - the stack's
   */
  readonly region?: string;
  /**
   * The cluster's account, 12 digits.
   * @default - the stack's
   */
  readonly accountId?: string;
}

export interface LookupOptions extends ClusterLogin {
  /**
   * Whether the cluster pauses when idle (Aurora Serverless v2 with a minimum of 0 ACU). Enforcement does not
   * wake it to look for drift.
   * @default false
   */
  readonly pausing?: boolean;
}

/** Describes a cluster that Terraform need not know. */
export interface ClusterAttributes extends LookupOptions {
  /**
   * The host name of the writer's endpoint, as in the server's certificate, at most 255 characters. Never a
   * reader's endpoint and never a proxy.
   */
  readonly endpoint: string;
  /**
   * The port, 1 to 65535.
   * @default 3306
   */
  readonly port?: number;
  /**
   * The cluster's resource id (`cluster-ABC...`), never its name: another cluster can get the same name
   * later.
   */
  readonly resourceId: string;
  /**
   * The cluster's identifier in CloudWatch. Only needed if the cluster pauses.
   * @default - the first label of the endpoint, if that is an endpoint of Aurora (`<identifier>.cluster-...`)
   */
  readonly clusterIdentifier?: string;
}

export interface RdsClusterOptions extends ClusterLogin {
  /**
   * The instances that serve the endpoint. If Terraform makes them, name at least the first one.
   * @default - none: the first preview may run before the endpoint answers
   */
  readonly writerInstances?: readonly RdsClusterInstance[];
}

/** How to reach a cluster and log in to it. Every text may be a token. */
export interface ClusterCoordinates {
  /** The host name of the writer's endpoint. */
  readonly host: string;
  /** The port; may be a token. */
  readonly port: number;
  /** The cluster's resource id (`cluster-ABC...`). */
  readonly resourceId: string;
  /** The cluster's region. */
  readonly region: string;
  /** The cluster's account, 12 digits. */
  readonly accountId: string;
  /** The ARN of a secret with `username` and `password`, or the account that logs in with an IAM token. */
  readonly credentials: { readonly secretArn: string } | { readonly iamUser: string };
  /** The ARN of the KMS key that encrypts the secret; undefined if no permission on it is needed. */
  readonly kmsKeyArn: string | undefined;
  /** The ARN of the role to assume first; undefined if the cluster is in the functions' own account. */
  readonly assumeRoleArn: string | undefined;
  /**
   * The external id that the role's trust policy asks for.
   * @default - none
   */
  readonly externalId?: string | undefined;
  /** The cluster's CloudWatch identifier; set only if it pauses when idle. */
  readonly pausing: { readonly clusterIdentifier: string } | undefined;
  /** The resources that must exist before the cluster can be reached. */
  readonly dependables: readonly ITerraformDependable[];
}
