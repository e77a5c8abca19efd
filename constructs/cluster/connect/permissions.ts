import { Token } from "cdktf";
import type { Construct } from "constructs";
import { alsoManaged, managedName } from "../../../core/roster/managed-names";
import { TAG_VALUE } from "../../../core/users/identity-warnings";
import { arnOf } from "../../terraform/arn";
import { policyDocument } from "../../terraform/policy-document";
import { awsPartition } from "../../terraform/stack-context";
import type { IAuroraCluster } from "../cluster";
import type { ConnectConditions } from "./connect-options";

/** The permission to log in to one account on one cluster. */
export interface Permission {
  readonly arn: string;
  /** The ARN, with the longest values in place of what only Terraform knows. */
  readonly longest: string;
  readonly condition?: ConnectConditions | undefined;
}

/** Whose accounts may be used, and when. */
export interface Whose {
  /** @default - that of the session's tag */
  readonly users?: readonly string[] | undefined;
  readonly principalTag: string;
  readonly conditions?: ConnectConditions | undefined;
}

/** IAM takes no other characters in a policy. */
const LATIN = /^[\x20-\xff]*$/;

/** What the sessions may log in to, cluster by cluster. */
export const permissionsOf = (
  scope: Construct,
  clusters: readonly IAuroraCluster[],
  { users, principalTag, conditions }: Whose,
): Permission[] =>
  clusters.flatMap(cluster => {
    // `$$` is Terraform's escape: the policy holds a variable of IAM.
    const names = users ?? [`$\${aws:PrincipalTag/${principalTag}}`];
    const own = names.flatMap(name => ofAccount(scope, cluster, managedName(cluster, name), conditions));
    if (users) return own;
    // Who may use an account that has no prefix: only sessions whose tag is its name.
    const named = alsoManaged(cluster)
      .filter(({ user }) => TAG_VALUE.test(user) && LATIN.test(user))
      .flatMap(({ user }) => {
        const tag = { ...conditions?.["StringEquals"], [`aws:PrincipalTag/${principalTag}`]: user };
        return ofAccount(scope, cluster, user, { ...conditions, StringEquals: tag });
      });
    return [...own, ...named];
  });

/** On the cluster, on those that may take its place, and through its proxies. */
function ofAccount(
  scope: Construct,
  cluster: IAuroraCluster,
  user: string,
  condition: ConnectConditions | undefined,
): Permission[] {
  const { accountId, nextResourceIds = [], proxyResourceIds = [], region, resourceId } = cluster;
  const partition = orLongest(awsPartition(scope, region), "aws-us-gov".length);
  const place = `${partition}:rds-db:${orLongest(region, 16)}:${orLongest(accountId, 12)}`;
  return [...new Set([resourceId, ...nextResourceIds, ...proxyResourceIds])].map(id => ({
    arn: arnOf(scope, "rds-db", `dbuser:${id}/${user}`, cluster),
    longest: `arn:${place}:dbuser:${orLongest(id, "cluster-".length + 26)}/${user.replace("$${", "${")}`,
    condition,
  }));
}

const orLongest = (text: string, length: number): string =>
  Token.isUnresolved(text) ? "x".repeat(length) : text;

/** The policy of these permissions: a statement for each condition. */
export const documentOf = (permissions: readonly Permission[]): string => document(permissions, "arn");

function document(permissions: readonly Permission[], name: "arn" | "longest"): string {
  const byCondition = new Map<string, Permission[]>();
  for (const permission of permissions) {
    const key = JSON.stringify(permission.condition ?? null);
    byCondition.set(key, [...(byCondition.get(key) ?? []), permission]);
  }
  return policyDocument(
    [...byCondition.values()].map(alike => ({
      Action: ["rds-db:connect"],
      Resource: alike.map(permission => permission[name]),
      Condition: alike[0]!.condition,
    })),
  );
}

/**
 * Divides the permissions, in their order, into policies that are not too long.
 * @param first how long the first policy may be, in characters as IAM counts them: without white space
 * @param further how long each further one may be
 */
export function inParts(permissions: readonly Permission[], first: number, further: number): Permission[][] {
  const parts: Permission[][] = [];
  for (const permission of permissions) {
    const part = parts.at(-1);
    const room = parts.length === 1 ? first : further;
    if (part && document([...part, permission], "longest").length <= room) part.push(permission);
    else parts.push([permission]);
  }
  return parts;
}
