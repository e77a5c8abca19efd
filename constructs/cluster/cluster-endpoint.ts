import { DataAwsRdsCluster } from "@cdktf/provider-aws/lib/data-aws-rds-cluster";
import type { RdsCluster } from "@cdktf/provider-aws/lib/rds-cluster";
import type { Construct } from "constructs";
import { clusterAddress, resource } from "../terraform/address";
import { escapeText } from "../terraform/escape";
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
        ...login(scope, options, cluster),
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
        lifecycle: namesLogin(options) ? undefined : { postcondition: [hasManagedSecret(scope)] },
      });
      return {
        ...login(scope, options, cluster),
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

const namesLogin = ({ iamUser, secretArn }: ClusterLogin): boolean =>
  secretArn !== undefined || iamUser !== undefined;

/** Without this, Terraform would only say "Invalid index" about a cluster that has no such secret. */
const hasManagedSecret = (scope: Construct) => ({
  condition: "${can(self.master_user_secret[0].secret_arn)}",
  errorMessage:
    `[${escapeText(scope.node.path, "path", scope)}] the cluster \${self.cluster_identifier} has no secret ` +
    "that RDS manages: give `secretArn` or `iamUser` to ClusterEndpoint.fromLookup, or let RDS manage the " +
    "password of the master user.",
});

/** @param cluster where Terraform knows the cluster: its secret and that secret's key are the defaults */
function login(scope: Construct, options: ClusterLogin, cluster?: RdsCluster | DataAwsRdsCluster) {
  const { secretArn, iamUser, region, accountId, kmsKeyArn, assumeRoleArn, externalId } = options;
  if (secretArn !== undefined && iamUser !== undefined)
    throw new ValidationError("`endpoint` must name one of `secretArn` and `iamUser`, got both", scope);
  if (!namesLogin(options) && cluster === undefined)
    throw new ValidationError("`endpoint` must name one of `secretArn` and `iamUser`, got neither", scope);
  assertLogin(scope, options);
  const managed = namesLogin(options) ? undefined : cluster!.masterUserSecret.get(0);
  return {
    credentials: iamUser === undefined ? { secretArn: secretArn ?? managed!.secretArn } : { iamUser },
    region: region ?? currentRegion(scope),
    accountId: accountId ?? currentAccountId(scope),
    kmsKeyArn: kmsKeyArn ?? managed?.kmsKeyId,
    assumeRoleArn,
    externalId,
  };
}
