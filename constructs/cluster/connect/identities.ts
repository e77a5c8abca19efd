import { IamGroupPolicy } from "@cdktf/provider-aws/lib/iam-group-policy";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { IamUserPolicy } from "@cdktf/provider-aws/lib/iam-user-policy";
import { Token } from "cdktf";
import type { Construct } from "constructs";
import { assertKnownText } from "../../terraform/assertions";
import { claimInPlace } from "../../terraform/claimed-names";
import type { ConnectGrantee } from "./grantee";
import { POLICY_NAME } from "./policy-name";

/** A role, a group or a user of IAM. */
export interface Identity {
  readonly kind: "role" | "group" | "user";
  readonly name: string;
}

/** @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const NAMES = {
  role: /^[\w+=,.@-]{1,64}$/,
  group: /^[\w+=,.@-]{1,128}$/,
  user: /^[\w+=,.@-]{1,64}$/,
} as const;

/**
 * The identity that the grantee is; undefined for a permission set or a policy of its own.
 * @throws ValidationError if its name is known at synth and none of IAM
 */
export function identityOf(scope: Construct, grantee: ConnectGrantee): Identity | undefined {
  const found = Object.entries(grantee).find(([kind]) => kind in NAMES);
  if (!found) return undefined;
  const [kind, given] = found as [Identity["kind"], string | { readonly name: string }];
  const name = typeof given === "string" ? given : given.name;
  assertKnownText(scope, kind, name, {
    pattern: NAMES[kind],
    rule: `the ${kind}'s name, not its ARN and without its path`,
  });
  return { kind, name };
}

/**
 * Makes an inline policy of the identity. One of another name is made before the former one is destroyed, so
 * that nobody loses access meanwhile.
 * @throws ValidationError if another construct of the stack gives the identity a policy of that name
 */
export function giveToIdentity(
  scope: Construct,
  { kind, name }: Identity,
  policy: { name: string; policy: string },
) {
  assertKnownText(scope, "policyName", policy.name, POLICY_NAME);
  if (!Token.isUnresolved(name)) claimInPlace(scope, `policy of the ${kind} ${name}`, policy.name);
  const config = { ...policy, lifecycle: { createBeforeDestroy: true } };
  if (kind === "role") return new IamRolePolicy(scope, "Policy", { ...config, role: name });
  if (kind === "group") return new IamGroupPolicy(scope, "Policy", { ...config, group: name });
  return new IamUserPolicy(scope, "Policy", { ...config, user: name });
}
