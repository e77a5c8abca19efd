import type { IamGroup } from "@cdktf/provider-aws/lib/iam-group";
import type { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import type { Construct, IConstruct } from "constructs";
import type { RosterEntry } from "./cluster-roster";

/** A permission set of IAM Identity Center. */
export interface PermissionSetReference {
  /** The ARN of the permission set. */
  readonly arn: string;
  /** The ARN of the Identity Center instance. */
  readonly instanceArn: string;
}

/**
 * The people or services that may log in: those who assume a role, belong to a group, or have a permission
 * set. A role or a group that this stack does not make is given by its name.
 */
export type ConnectGrantee =
  | { readonly role: IamRole | string }
  | { readonly group: IamGroup | string }
  | { readonly permissionSet: PermissionSetReference };

/** A permission to log in to clusters. */
export interface IConnectPolicy extends IConstruct {
  /** The policy's document, as JSON. */
  readonly json: string;
}

/** A cluster whose users are managed, in this stack or in another one. */
export interface IAuroraCluster extends IConstruct {
  /** The cluster's name in `users/`. Known at synth. */
  readonly name: string;
  /** The beginning of its managed accounts' names, before the `_`. Known at synth. */
  readonly prefix: string;
  /**
   * Accounts without the prefix that keep their names: `legacy_app@%`. Known at synth.
   * @default - none
   */
  readonly alsoManages?: readonly string[] | undefined;
  /** The cluster's resource id (`cluster-ABC...`). May be a token. */
  readonly resourceId: string;
  /**
   * Resource ids of clusters that may take its place.
   * @default - none
   */
  readonly nextResourceIds?: readonly string[] | undefined;
  /** The cluster's region. May be a token. */
  readonly region: string;
  /** The cluster's account. May be a token. */
  readonly accountId: string;
  /**
   * Allows a role, a group or a permission set to log in: each person to the account with their own user
   * name.
   */
  grantConnect(grantee: ConnectGrantee): IConnectPolicy;
}

/** A cluster that accounts can be added to. */
export interface AccountHolder {
  /** The cluster's name in `users/`. */
  readonly name: string;
  /** The beginning of its managed accounts' names, before the `_`. */
  readonly prefix: string;
  /**
   * Accounts without the prefix that keep their names: `legacy_app@%`.
   * @default - none
   */
  readonly alsoManages?: readonly string[] | undefined;
  /**
   * Adds an account to the cluster's roster and its record to the plan.
   * @param scope the record's place in the construct tree, and the construct that errors name. Default: the
   * cluster.
   * @throws ValidationError if the cluster already has the account or its user
   */
  addAccount(entry: RosterEntry, scope?: Construct): void;
}
