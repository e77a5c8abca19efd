import { DataAwsRdsCluster } from "@cdktf/provider-aws/lib/data-aws-rds-cluster";
import type { RdsCluster } from "@cdktf/provider-aws/lib/rds-cluster";
import type { Construct } from "constructs";
import { clusterAddress, resource } from "../terraform/address";
import { currentAccountId, currentRegion } from "../terraform/stack-context";
import { ValidationError } from "../terraform/validation-error";
import { assertAttributes, assertIdentifier, assertLogin, assertRdsCluster } from "./checks/endpoint-props";
import type {
  ClusterAttributes,
  ClusterCoordinates,
  ClusterLogin,
  LookupOptions,
  RdsClusterOptions,
} from "./cluster-endpoint-props";

/**
 * How the functions reach a cluster, and how they log in.
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
   * The endpoint of a cluster in the same stack. Terraform then makes a replacement cluster before it
   * destroys the old one, so a replacement needs another identifier (or `clusterIdentifierPrefix`). Whether
   * the cluster pauses when idle follows from its scaling, if that is known at synth.
   */
  static fromRdsCluster(cluster: RdsCluster, options: RdsClusterOptions = {}): ClusterEndpoint {
    return new DefinedEndpoint(scope => {
      assertRdsCluster(scope, cluster, options);
      return {
        ...login(scope, options, () => cluster.masterUserSecret.get(0).secretArn),
        host: cluster.endpoint,
        port: cluster.port,
        resourceId: cluster.clusterResourceId,
        pausing: pausesAtZero(cluster) ? { clusterIdentifier: cluster.clusterIdentifier } : undefined,
        dependables: [cluster, ...(options.writerInstances ?? [])],
      };
    });
  }

  /** The endpoint of any other cluster, described by its attributes. */
  static fromAttributes(attributes: ClusterAttributes): ClusterEndpoint {
    return new DefinedEndpoint(scope => {
      assertAttributes(scope, attributes);
      return {
        ...login(scope, attributes),
        host: attributes.endpoint,
        port: attributes.port ?? 3306,
        resourceId: attributes.resourceId,
        pausing: attributes.pausing ? { clusterIdentifier: identifierOf(scope, attributes) } : undefined,
        dependables: [],
      };
    });
  }

  /**
   * The endpoint of a cluster in the stack's account and region that Terraform looks up by its identifier.
   * The cluster must exist.
   */
  static fromLookup(identifier: string, options: LookupOptions = {}): ClusterEndpoint {
    return new DefinedEndpoint((scope, name) => {
      assertIdentifier(scope, identifier);
      const cluster = resource(DataAwsRdsCluster, scope, "Lookup", {
        logicalId: clusterAddress(name, "lookup"),
        clusterIdentifier: identifier,
      });
      return {
        ...login(scope, options, () => cluster.masterUserSecret.get(0).secretArn),
        host: cluster.endpoint,
        port: cluster.port,
        resourceId: cluster.clusterResourceId,
        pausing: options.pausing ? { clusterIdentifier: identifier } : undefined,
        dependables: [],
      };
    });
  }

  /**
   * Called by `AuroraCluster` with itself and its name.
   * @throws ValidationError if login or identifier are missing or ambiguous
   */
  abstract bind(scope: Construct, name: string): ClusterCoordinates;
}

class DefinedEndpoint extends ClusterEndpoint {
  readonly bind: ClusterEndpoint["bind"];

  constructor(bind: ClusterEndpoint["bind"]) {
    super();
    this.bind = bind;
  }
}

/** @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2-auto-pause.html */
const pausesAtZero = (cluster: RdsCluster): boolean =>
  cluster.serverlessv2ScalingConfigurationInput?.minCapacity === 0;

/** @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Endpoints.Cluster.html */
function identifierOf(scope: Construct, { endpoint, clusterIdentifier }: ClusterAttributes): string {
  const identifier = clusterIdentifier ?? /^([a-z][a-z0-9-]{0,62})\.cluster-[a-z0-9]+\./i.exec(endpoint)?.[1];
  if (identifier === undefined)
    throw new ValidationError(
      "`endpoint` must name the `clusterIdentifier` of a cluster that pauses if the host name does not, " +
        `got: ${endpoint}`,
      scope,
    );
  return identifier;
}

function login(scope: Construct, options: ClusterLogin, managedSecret?: () => string) {
  const { secretArn, iamUser, region, accountId, kmsKeyArn, assumeRoleArn } = options;
  if (secretArn !== undefined && iamUser !== undefined)
    throw new ValidationError("`endpoint` must name one of `secretArn` and `iamUser`, got both", scope);
  if (secretArn === undefined && iamUser === undefined && managedSecret === undefined)
    throw new ValidationError("`endpoint` must name one of `secretArn` and `iamUser`, got neither", scope);
  assertLogin(scope, options);
  return {
    credentials: iamUser === undefined ? { secretArn: secretArn ?? managedSecret!() } : { iamUser },
    region: region ?? currentRegion(scope),
    accountId: accountId ?? currentAccountId(scope),
    kmsKeyArn,
    assumeRoleArn,
  };
}
