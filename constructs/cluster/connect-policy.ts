import type { IamGroup } from "@cdktf/provider-aws/lib/iam-group";
import { IamGroupPolicy } from "@cdktf/provider-aws/lib/iam-group-policy";
import type { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { SsoadminPermissionSetInlinePolicy } from "@cdktf/provider-aws/lib/ssoadmin-permission-set-inline-policy";
import { Token } from "cdktf";
import { Construct } from "constructs";
import { accountName } from "../../core/roster/account-name";
import { encodeName } from "../terraform/address";
import { AppRegistry } from "../terraform/app-registry";
import { policyDocument } from "../terraform/policy-document";
import { awsPartition } from "../terraform/stack-context";
import { ValidationError } from "../terraform/validation-error";
import type { IAuroraCluster } from "./aurora-cluster";

/** An Identity Center permission set, by its ARN and that of its instance. */
export interface PermissionSetReference {
  readonly arn: string;
  readonly instanceArn: string;
}

/** Who is to log in: those who assume a role, who are in a group, or who have a permission set. */
export type ConnectGrantee =
  | { readonly role: IamRole | string }
  | { readonly group: IamGroup | string }
  | { readonly permissionSet: PermissionSetReference };

export interface ConnectPolicyProps {
  /** The clusters to log in to. */
  readonly clusters: readonly IAuroraCluster[];
  /**
   * Who gets the policy. A permission set holds one inline policy only, so name all of its clusters in one go.
   * @default - nobody: the policy is only made, as `json`
   */
  readonly grantee?: ConnectGrantee;
  /**
   * The session tag (of the role's session, or an attribute for access control of Identity Center) that holds a person's user name.
   * @default "UserName"
   */
  readonly principalTag?: string;
  /**
   * Users (`svc.reports`, without the prefix) whose accounts may be used instead: for roles of services, which have no such tag.
   * @default - each to the account that the session tag names
   */
  readonly users?: readonly string[];
  /**
   * The name of the policy, at most 128 characters.
   * @default - "connect-" and the names of the clusters
   */
  readonly policyName?: string;
}

const permissionSets = new AppRegistry<ConnectPolicy>();

/**
 * The permission to log in to MySQL by an IAM token: to the account whose name ends in the caller's own user name, and to no other.
 * It names a cluster by its resource id, since a name can be given to another cluster.
 *
 * @example
 * new ConnectPolicy(this, "Developers", { clusters: [orders, payments], grantee: { role: "developers" } });
 * const json = new ConnectPolicy(this, "Reports", { clusters: [orders], users: ["svc.reports"] }).json;
 *
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/UsingWithRDS.IAMDBAuth.IAMPolicy.html
 */
export class ConnectPolicy extends Construct {
  /** The policy's document. */
  readonly json: string;

  constructor(scope: Construct, id: string, props: ConnectPolicyProps) {
    super(scope, id);
    const { clusters, grantee, principalTag = "UserName" } = props;
    if (clusters.length === 0) throw new ValidationError("`clusters` must name at least one cluster", this);
    if (!/^[\w+=,.@:/-]{1,128}$/.test(principalTag))
      throw new ValidationError(`\`principalTag\` must be the key of a tag, got: ${principalTag}`, this);
    if (props.users !== undefined && props.users.length === 0)
      throw new ValidationError("`users` must name at least one user, where it is given", this);
    for (const user of props.users ?? [])
      if (Token.isUnresolved(user) || !/^[\w.@+=,-]{1,256}$/.test(user))
        throw new ValidationError(
          `\`users\` must hold names of letters, digits and \`_.@+=,-\`, got: ${user}`,
          this,
        );
    // The `$$` is Terraform's escape; in the policy stands IAM's own variable.
    const names = props.users ?? [`$\${aws:PrincipalTag/${principalTag}}`];
    const resources = clusters.flatMap(cluster => names.map(name => accountArn(this, cluster, name)));
    this.json = policyDocument([{ Action: ["rds-db:connect"], Resource: resources }]);
    if (grantee)
      this.attach(grantee, props.policyName ?? `connect-${clusters.map(cluster => cluster.name).join("+")}`);
  }

  /** What tells a grantee's policy from others of the same cluster. */
  static granteeId(grantee: ConnectGrantee): string {
    const named = (kind: string, of: IamRole | IamGroup | string) =>
      typeof of !== "string"
        ? `${kind}-${of.node.addr}`
        : `${kind}-${Token.isUnresolved(of) ? "Reference" : encodeName(of)}`;
    if ("role" in grantee) return named("Role", grantee.role);
    if ("group" in grantee) return named("Group", grantee.group);
    const { arn } = grantee.permissionSet;
    return `PermissionSet-${Token.isUnresolved(arn) ? "Reference" : encodeName(arn.split("/").at(-1)!)}`;
  }

  private attach(grantee: ConnectGrantee, name: string): void {
    if (name.length > 128)
      throw new ValidationError(
        `\`policyName\` must have at most 128 characters, got ${name.length}: give one that is shorter`,
        this,
      );
    const nameOf = (of: IamRole | IamGroup | string) => (typeof of === "string" ? of : of.name);
    if ("role" in grantee)
      new IamRolePolicy(this, "Policy", { name, role: nameOf(grantee.role), policy: this.json });
    else if ("group" in grantee)
      new IamGroupPolicy(this, "Policy", { name, group: nameOf(grantee.group), policy: this.json });
    else this.attachToPermissionSet(grantee.permissionSet);
  }

  private attachToPermissionSet({ arn, instanceArn }: PermissionSetReference): void {
    const sets = permissionSets.of(this);
    const other = sets.get(arn);
    if (other !== undefined)
      throw new ValidationError(
        `a permission set holds one inline policy, and ${other.node.path} makes it already: name all clusters in one \`ConnectPolicy\``,
        this,
      );
    sets.set(arn, this);
    new SsoadminPermissionSetInlinePolicy(this, "Policy", {
      permissionSetArn: arn,
      instanceArn,
      inlinePolicy: this.json,
    });
  }
}

function accountArn(scope: Construct, cluster: IAuroraCluster, user: string): string {
  const { region, accountId, resourceId, prefix } = cluster;
  return `arn:${awsPartition(scope, region)}:rds-db:${region}:${accountId}:dbuser:${resourceId}/${accountName(prefix, user)}`;
}
