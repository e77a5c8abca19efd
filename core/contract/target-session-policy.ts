import type { RegistryEntry } from "./registry-entry";

/** The longest that a session policy may be, in characters. */
export const MAX_SESSION_POLICY = 2_048;

interface Statement {
  readonly Action: readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: object;
}

type Entry = Pick<RegistryEntry, "credentials" | "nextResourceIds" | "pausing" | "region" | "resourceId">;

/**
 * The policy of a session of the role in a cluster's account: what the functions do there for this cluster.
 * The session may do what both this policy and the role's own allow, so a role that serves many clusters
 * gives a run access to one.
 * @param roleArn the role that is assumed
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#policies_session
 */
export function targetSessionPolicy(entry: Entry, roleArn: string): string {
  const [, partition = "aws", , , account = ""] = roleArn.split(":");
  const described = ["cluster", "db", "global-cluster"];
  const Statement = [
    ...loginStatements(entry, { partition, account }),
    {
      Action: ["rds:DescribeDBClusters", "rds:DescribeDBInstances", "rds:DescribeGlobalClusters"],
      Resource: described.map(kind => `arn:${partition}:rds:*:${account}:${kind}:*`),
    },
    // It supports no resource.
    ...(entry.pausing ? [{ Action: ["cloudwatch:GetMetricData"], Resource: "*" }] : []),
  ].map(statement => ({ Effect: "Allow", ...statement }));
  return JSON.stringify({ Version: "2012-10-17", Statement });
}

function loginStatements(
  { credentials, nextResourceIds = [], region, resourceId }: Entry,
  { partition, account }: { readonly partition: string; readonly account: string },
): Statement[] {
  if ("iamUser" in credentials) {
    const user = asText(credentials.iamUser);
    const ids = [...new Set([resourceId, ...nextResourceIds])];
    const arns = ids.map(id => `arn:${partition}:rds-db:${region}:${account}:dbuser:${id}/${user}`);
    return [{ Action: ["rds-db:connect"], Resource: arns }];
  }
  // An entry may name the secret without the six characters that AWS adds.
  const secrets = [credentials.secretArn, `${credentials.secretArn}-??????`];
  return [
    { Action: ["secretsmanager:GetSecretValue"], Resource: secrets },
    {
      // The entry does not name the key. Secrets Manager uses one for this secret alone, the only one that
      // the session may read.
      Action: ["kms:Decrypt"],
      Resource: "*",
      Condition: { StringLike: { "kms:ViaService": `secretsmanager.${region}.amazonaws.com*` } },
    },
  ];
}

/**
 * A name in which IAM sees no pattern and no variable. Characters above U+00FF are none that a policy may
 * hold: a `?` matches each.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
 */
const asText = (name: string): string =>
  name.replace(/[$*?]/g, character => `\${${character}}`).replace(/[^\x20-\xff]/gu, "?");
