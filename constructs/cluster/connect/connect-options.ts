import type { IConstruct } from "constructs";

/** A permission to log in to clusters. */
export interface IConnectPolicy extends IConstruct {
  /** The whole document, as JSON. Where it is longer than IAM allows, the grantee gets it in parts. */
  readonly json: string;
}

/**
 * Conditions of a policy of IAM, by operator and key: `{ Bool: { "aws:MultiFactorAuthPresent": "true" } }`.
 * All must hold. Keys are those about the principal and its session (`aws:PrincipalTag/...`,
 * `aws:PrincipalArn`, `aws:PrincipalOrgID`, `aws:SourceIdentity`, `aws:TokenIssueTime`, ...): at a login
 * there is none about the network.
 */
export type ConnectConditions = Readonly<
  Record<string, Readonly<Record<string, string | readonly string[]>>>
>;

/** Which accounts may be used, and how the policy is named. */
export interface ConnectOptions {
  /**
   * The session tag that holds a person's user name: a tag of the role's session, or an attribute for access
   * control of Identity Center. 1 to 128 characters.
   * @default "UserName"
   */
  readonly principalTag?: string;
  /**
   * The users (`svc.reports`, without the prefix; at least one) whose accounts may be used. For sessions
   * that have no such tag: roles of services. Groups and users of IAM need it: who may tag users of IAM
   * would choose the account. Each member of a group may use each of the accounts.
   * @default - each session may use the account that its session tag names
   */
  readonly users?: readonly string[];
  /**
   * What must also be true of the session.
   * @default - nothing
   */
  readonly conditions?: ConnectConditions;
  /**
   * The principals that may give a role's session any value of the tag, because they know who asks: a broker
   * of logins. Each as it is in the trust policy: an ARN, an account, a service. A plan is refused if the
   * role's trust policy lets others choose the tag.
   * @default - none
   */
  readonly tagSetters?: readonly string[];
  /**
   * The policy's name, at most 128 characters. For a permission set and a managed policy it is given there.
   * A policy of a given name that is replaced is destroyed first: for a moment nobody can log in by it.
   * @default - `connect-`, region, first cluster, `people` or `accounts`, a hash of the construct's path, and
   * what Terraform adds, so that each policy has another name than the former one
   */
  readonly policyName?: string;
}
