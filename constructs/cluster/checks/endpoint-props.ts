import type { RdsCluster } from "@cdktf/provider-aws/lib/rds-cluster";
import { Token } from "cdktf";
import type { Construct } from "constructs";
import {
  ACCOUNT_ID,
  assertArn,
  assertKnownText,
  assertWhole,
  EXTERNAL_ID,
  REGION,
  type TextRule,
} from "../../terraform/assertions";
import { quoted, ValidationError } from "../../terraform/validation-error";
import type { ClusterAttributes, ClusterLogin } from "../cluster-endpoint-props";

const HOST: TextRule = {
  pattern: /^(?=.{1,255}$)[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_][a-z0-9_-]{0,62})*\.?$/i,
  rule: "a host name without a scheme, a port or a path (give the port as `port`)",
};
const RESOURCE_ID: TextRule = {
  pattern: /^(cluster|db)-[A-Z0-9]+$/,
  rule:
    "the cluster's resource id (`cluster-` and capital letters or digits), not its identifier or ARN (the " +
    'command `aws rds describe-db-clusters --query "DBClusters[].[DBClusterIdentifier,DbClusterResourceId]"` ' +
    "lists both)",
};
const IAM_USER: TextRule = { pattern: /^\P{Cc}{1,32}$/u, rule: "the name of an account, 1 to 32 characters" };
const IDENTIFIER: TextRule = { pattern: /^[a-z][a-z0-9-]{0,62}$/i, rule: "the identifier of a cluster" };

/**
 * The endpoints that are not the writer's, by the label after the first.
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Overview.Endpoints.html
 */
const OTHER_ENDPOINTS: readonly (readonly [start: RegExp, whose: string])[] = [
  [/\.cluster-ro-/i, "a reader's"],
  [/\.cluster-custom-/i, "a custom endpoint's"],
  [/\.proxy-[^.]+\.(?:[^.]+\.rds|rds\.[^.]+)\.amazonaws\.com/i, "a proxy's"],
];

/** Finds what is easily confused. @throws ValidationError for a value that is known at synth and wrong */
export function assertAttributes(scope: Construct, attributes: ClusterAttributes): void {
  const { endpoint, port, resourceId, clusterIdentifier } = attributes;
  assertResourceId(scope, resourceId);
  assertKnownText(scope, "endpoint", endpoint, HOST);
  const other = Token.isUnresolved(endpoint)
    ? undefined
    : OTHER_ENDPOINTS.find(([start]) => start.test(endpoint));
  if (other)
    throw new ValidationError(
      `\`endpoint\` must be the writer's, got ${other[1]}: ${quoted(endpoint, 255)}`,
      scope,
    );
  if (!Token.isUnresolved(endpoint) && /\.global\.rds\./i.test(endpoint))
    throw new ValidationError(
      "`endpoint` must be the cluster's own writer endpoint, got that of a global database: " +
        `${quoted(endpoint, 255)}. That one moves to a cluster of another region, which has another resource id, ` +
        "other policies to log in and another secret. Declare each region's cluster by its own endpoint",
      scope,
    );
  assertWhole(scope, "port", port, [1, 65_535]);
  assertKnownText(scope, "clusterIdentifier", clusterIdentifier, IDENTIFIER);
}

/** @throws ValidationError if the text is known at synth and no resource id of a cluster */
export const assertResourceId = (scope: Construct, resourceId: string): void =>
  assertKnownText(scope, "resourceId", resourceId, RESOURCE_ID);

const MAX_NEXT = 5;

/** @throws ValidationError if the list is too long, or names what is known at synth and no resource id */
export function assertNextResourceIds(scope: Construct, ids: readonly string[]): void {
  if (!Array.isArray(ids) || ids.length > MAX_NEXT)
    throw new ValidationError(
      `\`nextResourceIds\` must be a list of at most ${MAX_NEXT} resource ids`,
      scope,
    );
  for (const id of ids) assertKnownText(scope, "nextResourceIds", id, RESOURCE_ID);
}

const PROXY_ID: TextRule = {
  pattern: /^prx-[a-z0-9]+$/i,
  rule: "the resource id of an RDS Proxy (`prx-...`, the end of its ARN), not its name",
};

/** @throws ValidationError if the list is too long, or names what is known at synth and no RDS Proxy */
export function assertProxyResourceIds(scope: Construct, ids: readonly string[] = []): void {
  if (!Array.isArray(ids) || ids.length > MAX_NEXT)
    throw new ValidationError(
      `\`proxyResourceIds\` must be a list of at most ${MAX_NEXT} resource ids`,
      scope,
    );
  for (const id of ids) assertKnownText(scope, "proxyResourceIds", id, PROXY_ID);
}

/** @throws ValidationError if region or account are known at synth and wrong */
export function assertPlace(
  scope: Construct,
  { region, accountId }: Pick<ClusterLogin, "region" | "accountId">,
): void {
  assertKnownText(scope, "region", region, REGION);
  assertKnownText(scope, "accountId", accountId, ACCOUNT_ID);
}

/** @throws ValidationError if a part of the login is known at synth and wrong */
export function assertLogin(scope: Construct, options: ClusterLogin): void {
  assertArn(scope, "secretArn", options.secretArn, "secret");
  assertArn(scope, "kmsKeyArn", options.kmsKeyArn, "key");
  assertArn(scope, "assumeRoleArn", options.assumeRoleArn, "role");
  assertKnownText(scope, "externalId", options.externalId, EXTERNAL_ID);
  if (options.externalId !== undefined && options.assumeRoleArn === undefined)
    throw new ValidationError(
      "`externalId` needs `assumeRoleArn`: it is what that role's trust policy asks for",
      scope,
    );
  assertKnownText(scope, "iamUser", options.iamUser, IAM_USER);
  assertPlace(scope, options);
}

/** @throws ValidationError if the text is known at synth and an endpoint or a resource id */
export function assertIdentifier(scope: Construct, identifier: string): void {
  if (Token.isUnresolved(identifier) || (identifier && !/\.|^cluster-[A-Z0-9]+$/.test(identifier))) return;
  throw new ValidationError(
    "`endpoint` must be looked up by the cluster's identifier (`orders-prod`), not by its endpoint or its resource " +
      `id, got: ${quoted(identifier)}`,
    scope,
  );
}

/**
 * The engines of MySQL that a resource of this kind may have.
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html
 */
const ENGINES = ["aurora-mysql", "mysql"];

/** @throws ValidationError if synth knows that the cluster is no MySQL, or that nobody can log in to it */
export function assertRdsCluster(
  scope: Construct,
  cluster: RdsCluster,
  { secretArn, iamUser }: ClusterLogin,
): void {
  const {
    engineInput: engine,
    engineVersionInput: version,
    manageMasterUserPasswordInput: managed,
  } = cluster;
  const { path } = cluster.node;
  if (engine !== undefined && !Token.isUnresolved(engine) && !ENGINES.includes(engine))
    throw new ValidationError(
      `\`endpoint\` must be a cluster of Aurora MySQL, and the engine of ${path} is ${engine}`,
      scope,
    );
  if (version !== undefined && !Token.isUnresolved(version) && /^5\./.test(version))
    throw new ValidationError(
      `\`endpoint\` must be version 3 of Aurora MySQL or later, and that of ${path} is ${version}`,
      scope,
    );
  if (secretArn === undefined && iamUser === undefined && (managed === undefined || managed === false))
    throw new ValidationError(
      `\`endpoint\` must name one of \`secretArn\` and \`iamUser\`: ${path} has no secret that RDS manages. Or give ` +
        "that cluster `manageMasterUserPassword: true`",
      scope,
    );
}
