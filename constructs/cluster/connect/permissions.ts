import type { Construct } from "constructs";
import { alsoManaged, managedName } from "../../../core/roster/managed-names";
import { TAG_VALUE } from "../../../core/users/identity-warnings";
import { type PolicyStatement, policyDocument } from "../../terraform/policy-document";
import type { IAuroraCluster } from "../cluster";
import { databaseUserArns } from "../cluster-permissions";

const ACTION = ["rds-db:connect"] as const;

/** The document that lets a session log in to the accounts of these users. */
export const documentOfUsers = (
  scope: Construct,
  clusters: readonly IAuroraCluster[],
  users: readonly string[],
): string => policyDocument([{ Action: ACTION, Resource: accountArns(scope, clusters, users) }]);

/** The document that lets each session log in to the account that its tag names. */
export function documentOfPeople(
  scope: Construct,
  clusters: readonly IAuroraCluster[],
  principalTag: string,
): string {
  // `$$` is Terraform's escape: the policy holds a variable of IAM.
  const own = accountArns(scope, clusters, [`$\${aws:PrincipalTag/${principalTag}}`]);
  const named = clusters.flatMap(cluster => ofOwnNames(scope, cluster, principalTag));
  return policyDocument([{ Action: ACTION, Resource: own }, ...named]);
}

const accountArns = (scope: Construct, clusters: readonly IAuroraCluster[], users: readonly string[]) =>
  clusters.flatMap(cluster =>
    users.flatMap(user => databaseUserArns(scope, cluster, managedName(cluster, user))),
  );

/** Who may use an account that has no prefix: only sessions whose tag is its name. */
const ofOwnNames = (scope: Construct, cluster: IAuroraCluster, principalTag: string): PolicyStatement[] =>
  alsoManaged(cluster)
    .filter(({ user }) => TAG_VALUE.test(user))
    .map(({ user }) => ({
      Action: ACTION,
      Resource: databaseUserArns(scope, cluster, user),
      Condition: { StringEquals: { [`aws:PrincipalTag/${principalTag}`]: user } },
    }));
