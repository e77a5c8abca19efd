import type { IamGroup } from "@cdktf/provider-aws/lib/iam-group";
import type { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import type { IamUser } from "@cdktf/provider-aws/lib/iam-user";
import type { TerraformProvider } from "cdktf";

/** A policy of its own in IAM, which others refer to by its name. */
export interface ManagedPolicyReference {
  /** The policy's name: at most 128 characters, the same in each account. */
  readonly name: string;
  /**
   * The policy's path: `/`, or names between `/`.
   * @default "/"
   */
  readonly path?: string;
}

/**
 * A permission set of IAM Identity Center, and one of the two ways in which it gets the policy. An inline
 * policy that something else made is never replaced unless you say so.
 */
export interface PermissionSetReference {
  /** The ARN of the permission set. */
  readonly arn: string;
  /** The ARN of the Identity Center instance. */
  readonly instanceArn: string;
  /**
   * A policy that is made in the stack's account and attached to the permission set by its name. Each account
   * to which the set is assigned must have a policy of that name and path before. It is never divided.
   * @default - `ownsInlinePolicy` is given instead
   */
  readonly managedPolicy?: ManagedPolicyReference;
  /**
   * Says that the permission set has no other inline policy. It has room for one: another one is replaced,
   * and a destroy deletes it.
   * @default - `managedPolicy` is given instead
   */
  readonly ownsInlinePolicy?: true;
  /**
   * The provider for the account of Identity Center.
   * @default - the stack's
   */
  readonly provider?: TerraformProvider;
}

/**
 * The people or services that may log in: those who assume a role, belong to a group, are a user of IAM, or
 * have a permission set. A role, group or user that this stack does not make is given by its name. With
 * `managedPolicy` the policy is made and attached to nobody: a permission set of another stack can name it.
 */
export type ConnectGrantee =
  | { readonly role: IamRole | string }
  | { readonly group: IamGroup | string }
  | { readonly user: IamUser | string }
  | { readonly permissionSet: PermissionSetReference }
  | { readonly managedPolicy: ManagedPolicyReference };
