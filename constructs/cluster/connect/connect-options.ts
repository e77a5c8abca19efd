import type { IConstruct } from "constructs";

/** A permission to log in to clusters. */
export interface IConnectPolicy extends IConstruct {
  /** The whole document, as JSON. Where it is longer than IAM allows, the grantee gets it in parts. */
  readonly json: string;
}

/** Who may log in, and as whom. */
export interface ConnectOptions {
  /**
   * The session tag that holds a person's user name: a tag of the role's session, or an attribute for access
   * control of Identity Center. 1 to 128 characters.
   * @default "UserName"
   */
  readonly principalTag?: string;
  /**
   * The users (`svc.reports`, without the prefix; at least one) whose accounts may be used. For sessions
   * that have no such tag: roles of services, groups, and users of IAM.
   * @default - each session may use the account that its session tag names
   */
  readonly users?: readonly string[];
  /**
   * The policy's name, at most 128 characters. For a permission set and a managed policy it is given there.
   * @default - `connect-`, region, cluster, `people` or `accounts`, and a hash of the construct's path
   */
  readonly policyName?: string;
}
