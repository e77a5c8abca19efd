import type { IamGroup } from "@cdktf/provider-aws/lib/iam-group";
import { IamGroupPolicy } from "@cdktf/provider-aws/lib/iam-group-policy";
import type { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { SsoadminPermissionSetInlinePolicy } from "@cdktf/provider-aws/lib/ssoadmin-permission-set-inline-policy";
import { Token } from "cdktf";
import type { Construct } from "constructs";
import { accountName, hasPrefix } from "../../core/roster/account-name";
import { alsoManaged, managedName } from "../../core/roster/managed-names";
import { accountFault } from "../../core/users/check-account";
import { TAG_VALUE } from "../../core/users/identity-warnings";
import { AccessConstruct } from "../terraform/access-construct";
import { encodeName } from "../terraform/address";
import { AppRegistry } from "../terraform/app-registry";
import { assertArn, assertKnownText, assertText } from "../terraform/assertions";
import { type PolicyStatement, policyDocument } from "../terraform/policy-document";
import { quoted, ValidationError } from "../terraform/validation-error";
import { refusal } from "./checks/grant-props";
import type { ConnectGrantee, IAuroraCluster, IConnectPolicy, PermissionSetReference } from "./cluster";
import { databaseUserArns } from "./cluster-permissions";

export interface ConnectPolicyProps {
  /** The clusters to log in to; at least one. */
  readonly clusters: readonly IAuroraCluster[];
  /**
   * The role, group or permission set that gets the policy. A permission set holds one inline policy only, so
   * name all of its clusters at once.
   * @default - none: the policy is only available as `json`
   */
  readonly grantee?: ConnectGrantee;
  /**
   * The session tag that holds a person's user name: a tag of the role's session, or an attribute for access
   * control of Identity Center. 1 to 128 characters.
   * @default "UserName"
   */
  readonly principalTag?: string;
  /**
   * The users (`svc.reports`, without the prefix; at least one) whose accounts may be used. For roles of
   * services, whose sessions have no such tag.
   * @default - each session may use the account that its session tag names
   */
  readonly users?: readonly string[];
  /**
   * The policy's name, at most 128 characters.
   * @default - "connect-" and the names of the clusters
   */
  readonly policyName?: string;
}

const TAG_KEY = { pattern: /^[\w+=,.@:/-]{1,128}$/, rule: "the key of a tag" };
const USER = { pattern: /^[\w.@+=,-]{1,256}$/, rule: "names of at most 256 letters, digits and `_.@+=,-`" };
const POLICY_NAME = {
  pattern: /^[\w+=,.@-]{1,128}$/,
  rule: "a policy's name (at most 128 letters, digits and `_+=,.@-`)",
};
/** @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const NAMES = { role: /^[\w+=,.@-]{1,64}$/, group: /^[\w+=,.@-]{1,128}$/ } as const;

const permissionSets = new AppRegistry<ConnectPolicy>();

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
    // `$$` is Terraform's escape: the policy holds a variable of IAM.
    const names = users ?? [`$\${aws:PrincipalTag/${principalTag}}`];
    const accounts = clusters.flatMap(cluster =>
      names.flatMap(name => databaseUserArns(this, cluster, managedName(cluster, name))),
    );
    this.json = policyDocument([
      { Action: ["rds-db:connect"], Resource: accounts },
      ...(users ? [] : clusters.flatMap(cluster => this.#ofOwnNames(cluster, principalTag))),
    ]);
    if (grantee)
      this.#attach(grantee, props.policyName ?? `connect-${clusters.map(cluster => cluster.name).join("+")}`);
  }

  /** Who may use an account that has no prefix: only sessions whose tag is its name. */
  #ofOwnNames(cluster: IAuroraCluster, principalTag: string): PolicyStatement[] {
    return alsoManaged(cluster)
      .filter(({ user }) => TAG_VALUE.test(user))
      .map(({ user }) => ({
        Action: ["rds-db:connect"],
        Resource: databaseUserArns(this, cluster, user),
        Condition: { StringEquals: { [`aws:PrincipalTag/${principalTag}`]: user } },
      }));
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

  #attach(grantee: ConnectGrantee, name: string): void {
    assertKnownText(this, "policyName", name, POLICY_NAME);
    const config = { name, policy: this.json };
    if ("role" in grantee)
      new IamRolePolicy(this, "Policy", { ...config, role: this.#nameOf("role", grantee.role) });
    else if ("group" in grantee)
      new IamGroupPolicy(this, "Policy", { ...config, group: this.#nameOf("group", grantee.group) });
    else this.#attachToPermissionSet(grantee.permissionSet);
  }

  #nameOf(prop: "role" | "group", identity: IamRole | IamGroup | string): string {
    const name = typeof identity === "string" ? identity : identity.name;
    assertKnownText(this, prop, name, {
      pattern: NAMES[prop],
      rule: `the ${prop}'s name, not its ARN and without its path`,
    });
    return name;
  }

  #attachToPermissionSet({ arn, instanceArn }: PermissionSetReference): void {
    const refusal = ({ node }: ConnectPolicy) =>
      `\`permissionSet\` must not have another inline policy, and ${node.path} already makes one: ` +
      "name all clusters in one `ConnectPolicy`";
    assertArn(this, "permissionSet.arn", arn, "permissionSet");
    assertArn(this, "permissionSet.instanceArn", instanceArn, "instance");
    permissionSets.claim(arn, this, refusal);
    const config = { permissionSetArn: arn, instanceArn, inlinePolicy: this.json };
    new SsoadminPermissionSetInlinePolicy(this, "Policy", config);
  }
}

/** Makes the policy with which the grantee may log in to the cluster. Its id differs for each grantee. */
export const grantConnect = (cluster: IAuroraCluster & Construct, grantee: ConnectGrantee): ConnectPolicy =>
  new ConnectPolicy(cluster, `Connect-${granteeId(grantee)}`, { clusters: [cluster], grantee });

function granteeId(grantee: ConnectGrantee): string {
  const idOf = (text: string, name = text) => (Token.isUnresolved(text) ? "Reference" : encodeName(name));
  const named = (kind: string, identity: IamRole | IamGroup | string) =>
    `${kind}-${typeof identity === "string" ? idOf(identity) : identity.node.addr}`;
  if ("role" in grantee) return named("Role", grantee.role);
  if ("group" in grantee) return named("Group", grantee.group);
  const { arn } = grantee.permissionSet;
  return `PermissionSet-${idOf(arn, arn.split("/").at(-1))}`;
}
