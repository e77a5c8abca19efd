import { DataAwsRdsCluster } from "@cdktf/provider-aws/lib/data-aws-rds-cluster";
import type { RdsCluster } from "@cdktf/provider-aws/lib/rds-cluster";
import type { RdsClusterInstance } from "@cdktf/provider-aws/lib/rds-cluster-instance";
import type { ITerraformDependable } from "cdktf";
import type { Construct } from "constructs";
import { clusterAddress } from "../terraform/address";
import { currentAccountId, currentRegion } from "../terraform/stack-context";
import { ValidationError } from "../terraform/validation-error";

/** How the functions log in as administrator, and where from. One of `secretArn` and `iamUser`. */
export interface ClusterLogin {
  /**
   * A secret with `username` and `password`, as an ARN.
   * @default - where the cluster is known to Terraform, the master user's secret that RDS manages
   */
  readonly secretArn?: string;
  /**
   * The key that encrypts the secret, as an ARN, where it is one of the customer's own.
   * @default - the account's key for Secrets Manager that AWS manages
   */
  readonly kmsKeyArn?: string;
  /**
   * The administrator account that logs in by an IAM token instead, at most 32 characters.
   * @default - a secret is used
   */
  readonly iamUser?: string;
  /**
   * The role to assume first, as an ARN, where the cluster is in another account. That role then needs the permissions on secret and
   * cluster.
   * @default - none: the cluster is in the functions' own account
   */
  readonly assumeRoleArn?: string;
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

/** A cluster that Terraform need not know. */
export interface ClusterAttributes extends ClusterLogin {
  /** The writer's endpoint: a host name, the one that stands in the server's certificate. Never a reader, never a proxy. */
  readonly endpoint: string;
  /**
   * The port.
   * @default 3306
   */
  readonly port?: number;
  /** The cluster's resource id (`cluster-ABC...`), never its name: a name can be given to another cluster. */
  readonly resourceId: string;
  /**
   * Whether it pauses when idle (Aurora Serverless v2 with a minimum of 0 ACU). Enforcement does not wake it for drift.
   * @default false
   */
  readonly pausing?: boolean;
  /**
   * The cluster's identifier, by which CloudWatch knows it. Only needed where it pauses.
   * @default - the first label of the endpoint, where that is one of Aurora's (`<identifier>.cluster-...`)
   */
  readonly clusterIdentifier?: string;
}

export interface LookupOptions extends ClusterLogin {
  /**
   * Whether it pauses when idle (Aurora Serverless v2 with a minimum of 0 ACU). Enforcement does not wake it for drift.
   * @default false
   */
  readonly pausing?: boolean;
}

export interface RdsClusterOptions extends ClusterLogin {
  /**
   * The instances without which the endpoint answers nobody. Where Terraform makes them, name at least the first.
   * @default - none; the first preview may come too early
   */
  readonly writerInstances?: readonly RdsClusterInstance[];
}

/** What a source says of a cluster. Any of it may be a token. */
export interface ClusterCoordinates {
  readonly host: string;
  readonly port: number;
  readonly resourceId: string;
  readonly region: string;
  readonly accountId: string;
  readonly credentials: { readonly secretArn: string } | { readonly iamUser: string };
  readonly kmsKeyArn: string | undefined;
  readonly assumeRoleArn: string | undefined;
  /** By what CloudWatch knows a cluster that pauses when idle; undefined: it does not. */
  readonly pausing: { readonly clusterIdentifier: string } | undefined;
  /** What has to exist before the cluster can be reached. */
  readonly dependables: readonly ITerraformDependable[];
}

/**
 * Where a cluster comes from.
 *
 * @example
 * ClusterEndpoint.fromRdsCluster(rdsCluster, { writerInstances: [writer] });
 * ClusterEndpoint.fromLookup("orders-prod");
 * ClusterEndpoint.fromAttributes({
 *   endpoint: "orders.cluster-abc.eu-west-1.rds.amazonaws.com",
 *   resourceId: "cluster-ABCDEFGHIJKL0123456789",
 *   secretArn: "arn:aws:secretsmanager:eu-west-1:111122223333:secret:orders-AbCdEf",
 * });
 */
export abstract class ClusterEndpoint {
  /**
   * A cluster of the same stack. Terraform then makes a replacement before it destroys the old one, so that a replacement needs
   * another identifier (or `clusterIdentifierPrefix`). That it pauses when idle is seen from its scaling, where that is known at synth.
   */
  static fromRdsCluster(cluster: RdsCluster, options: RdsClusterOptions = {}): ClusterEndpoint {
    return new DefinedEndpoint(scope => ({
      ...login(scope, options, () => cluster.masterUserSecret.get(0).secretArn),
      host: cluster.endpoint,
      port: cluster.port,
      resourceId: cluster.clusterResourceId,
      pausing: pausesAtZero(cluster) ? { clusterIdentifier: cluster.clusterIdentifier } : undefined,
      dependables: [cluster, ...(options.writerInstances ?? [])],
    }));
  }

  /** A cluster that stands elsewhere, by what is known of it. */
  static fromAttributes(attributes: ClusterAttributes): ClusterEndpoint {
    return new DefinedEndpoint(scope => ({
      ...login(scope, attributes),
      host: attributes.endpoint,
      port: attributes.port ?? 3306,
      resourceId: attributes.resourceId,
      pausing: attributes.pausing ? { clusterIdentifier: identifierOf(scope, attributes) } : undefined,
      dependables: [],
    }));
  }

  /** A cluster of the stack's account and region that Terraform looks up by its identifier. It has to exist. */
  static fromLookup(identifier: string, options: LookupOptions = {}): ClusterEndpoint {
    return new DefinedEndpoint((scope, name) => {
      const found = new DataAwsRdsCluster(scope, "Lookup", { clusterIdentifier: identifier });
      found.overrideLogicalId(clusterAddress(name, "lookup"));
      return {
        ...login(scope, options, () => found.masterUserSecret.get(0).secretArn),
        host: found.endpoint,
        port: found.port,
        resourceId: found.clusterResourceId,
        pausing: options.pausing ? { clusterIdentifier: identifier } : undefined,
        dependables: [],
      };
    });
  }

  /** What the cluster's construct makes of it. */
  abstract bind(scope: Construct, name: string): ClusterCoordinates;
}

class DefinedEndpoint extends ClusterEndpoint {
  constructor(readonly bind: (scope: Construct, name: string) => ClusterCoordinates) {
    super();
  }
}

/** @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2-auto-pause.html */
const pausesAtZero = (cluster: RdsCluster): boolean =>
  cluster.serverlessv2ScalingConfigurationInput?.minCapacity === 0;

/** @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Endpoints.Cluster.html */
function identifierOf(scope: Construct, { endpoint, clusterIdentifier }: ClusterAttributes): string {
  const found = clusterIdentifier ?? /^([a-z][a-z0-9-]{0,62})\.cluster-[a-z0-9]+\./i.exec(endpoint)?.[1];
  if (found === undefined)
    throw new ValidationError(
      "`endpoint` must name the `clusterIdentifier` of a cluster that pauses: the endpoint does not",
      scope,
    );
  return found;
}

function login(scope: Construct, options: ClusterLogin, managedSecret?: () => string) {
  const { secretArn, iamUser, region, accountId, kmsKeyArn, assumeRoleArn } = options;
  if (secretArn !== undefined && iamUser !== undefined)
    throw new ValidationError("`endpoint` must name one of `secretArn` and `iamUser`, got both", scope);
  if (secretArn === undefined && iamUser === undefined && managedSecret === undefined)
    throw new ValidationError("`endpoint` must name one of `secretArn` and `iamUser`, got neither", scope);
  return {
    credentials: iamUser === undefined ? { secretArn: secretArn ?? managedSecret!() } : { iamUser },
    region: region ?? currentRegion(scope),
    accountId: accountId ?? currentAccountId(scope),
    kmsKeyArn,
    assumeRoleArn,
  };
}
