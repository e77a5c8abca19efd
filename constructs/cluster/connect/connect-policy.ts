import type { Construct } from "constructs";
import { accountName, hasPrefix } from "../../../core/roster/account-name";
import { managedName } from "../../../core/roster/managed-names";
import { accountFault } from "../../../core/users/check-account";
import { AccessConstruct } from "../../terraform/access-construct";
import { assertText } from "../../terraform/assertions";
import { quoted, ValidationError } from "../../terraform/validation-error";
import { refusal } from "../checks/grant-props";
import type { IAuroraCluster } from "../cluster";
import { inAccountOf } from "./account-of-clusters";
import { checkedConditions } from "./conditions";
import type { IConnectPolicy } from "./connect-options";
import type { ConnectPolicyProps } from "./connect-policy-props";
import type { ConnectGrantee } from "./grantee";
import { giveToIdentity, identityOf } from "./identities";
import { giveToPermissionSet, makeManagedPolicy } from "./permission-sets";
import { documentOf, type Permission, permissionsOf } from "./permissions";
import { policyName } from "./policy-name";
import { trustPinsTag } from "./role-trust";

export const TAG_KEY = { pattern: /^[\w+=,.@:/-]{1,128}$/, rule: "the key of a tag" };
const USER = { pattern: /^[\w.@+=,-]{1,256}$/, rule: "names of at most 256 letters, digits and `_.@+=,-`" };

/**
 * The permission to log in to MySQL with an IAM token, only to the account whose name ends in the caller's
 * own user name. The policy names a cluster by its resource id, because another cluster can get its name
 * later.
 *
 * @example
 * new ConnectPolicy(this, "Developers", { clusters: [orders, payments], grantee: { role: "developers" } });
 * const json = new ConnectPolicy(this, "Reports", { clusters: [orders], users: ["svc.reports"] }).json;
 *
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/UsingWithRDS.IAMDBAuth.IAMPolicy.html
 */
export class ConnectPolicy extends AccessConstruct implements IConnectPolicy {
  readonly json: string;

  constructor(scope: Construct, id: string, props: ConnectPolicyProps) {
    super(scope, id);
    const { clusters, grantee, principalTag = "UserName", users } = props;
    if (clusters.length === 0) throw new ValidationError("`clusters` must name at least one cluster", this);
    assertText(this, "principalTag", principalTag, TAG_KEY);
    if (users?.length === 0)
      throw new ValidationError("`users` must name at least one user, if it is given", this);
    for (const user of users ?? []) this.#assertUser(user, clusters);
    const conditions = props.conditions && checkedConditions(this, props.conditions, principalTag);
    const permissions = permissionsOf(this, clusters, { users, principalTag, conditions });
    this.json = documentOf(permissions);
    if (grantee) this.#giveTo(grantee, props, permissions);
  }

  #assertUser(user: string, clusters: readonly IAuroraCluster[]): void {
    assertText(this, "users", user, USER);
    for (const cluster of clusters) {
      const { prefix } = cluster;
      if (managedName(cluster, user) === user) continue;
      if (hasPrefix(prefix, user)) {
        const right = user.slice(accountName(prefix, "").length);
        throw new ValidationError(
          `\`users\` must be names without the prefix, got: ${quoted(user)}. Write ${quoted(right)}`,
          this,
        );
      }
      const fault = accountFault(user, prefix);
      if (fault) throw refusal(this, "users", fault);
    }
  }

  #giveTo(grantee: ConnectGrantee, props: ConnectPolicyProps, permissions: readonly Permission[]): void {
    const { clusters, principalTag = "UserName", tagSetters = [], users } = props;
    const identity = identityOf(this, grantee, clusters);
    if (users === undefined && identity !== undefined && identity.kind !== "role")
      throw new ValidationError(
        `\`users\` must name the accounts that the ${identity.kind} may use: who may tag users of ` +
          "IAM would choose the account. Best is one policy for each user (`{ user }` with `users` of one), as " +
          "each member of a group may use all of its accounts",
        this,
      );
    const byTag = "role" in grantee && users === undefined;
    const precondition = [
      ...inAccountOf(this, clusters),
      ...(byTag ? trustPinsTag(this, { role: grantee.role, principalTag, tagSetters }) : []),
    ];
    const policy = { permissions, precondition };
    if (identity) giveToIdentity(this, identity, { ...policy, name: policyName(this, clusters, props) });
    else if ("permissionSet" in grantee) giveToPermissionSet(this, grantee.permissionSet, policy);
    else if ("managedPolicy" in grantee) makeManagedPolicy(this, grantee.managedPolicy, policy);
  }
}
