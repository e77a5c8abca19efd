import { IamGroupPolicy } from "@cdktf/provider-aws/lib/iam-group-policy";
import { IamGroupPolicyAttachment } from "@cdktf/provider-aws/lib/iam-group-policy-attachment";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { IamRolePolicyAttachment } from "@cdktf/provider-aws/lib/iam-role-policy-attachment";
import { IamUserPolicy } from "@cdktf/provider-aws/lib/iam-user-policy";
import { IamUserPolicyAttachment } from "@cdktf/provider-aws/lib/iam-user-policy-attachment";
import { type TerraformResource, TerraformStack, Token } from "cdktf";
import type { Construct } from "constructs";
import { assertKnownText } from "../../terraform/assertions";
import { claimInPlace } from "../../terraform/claimed-names";
import { expressionOf } from "../../terraform/stack-context";
import { ValidationError } from "../../terraform/validation-error";
import type { IAuroraCluster } from "../cluster";
import type { RefusedUnless } from "./account-of-clusters";
import type { ConnectGrantee } from "./grantee";
import { inParts } from "./permissions";
import { POLICY_NAME } from "./policy-name";
import {
  complete,
  type GivenPolicy,
  MANAGED_ROOM,
  MOST_MANAGED,
  managedPolicy,
  namedParts,
  type PolicyPart,
} from "./policy-parts";

/** A role, a group or a user of IAM. */
export interface Identity {
  readonly kind: "role" | "group" | "user";
  readonly name: string;
}

/**
 * The room for all inline policies of an identity, in characters without white space.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
const INLINE_ROOM = { role: 10_240, group: 5120, user: 2048 } as const;

const NAMES = {
  role: /^[\w+=,.@-]{1,64}$/,
  group: /^[\w+=,.@-]{1,128}$/,
  user: /^[\w+=,.@-]{1,64}$/,
} as const;

/**
 * The identity that the grantee is; undefined for a permission set or a policy of its own.
 * @throws ValidationError if its name is known at synth and none of IAM, or that of a role that cannot log in
 */
export function identityOf(
  scope: Construct,
  grantee: ConnectGrantee,
  clusters: readonly IAuroraCluster[],
): Identity | undefined {
  const found = Object.entries(grantee).find(([kind]) => kind in NAMES);
  if (!found) return undefined;
  const [kind, given] = found as [Identity["kind"], string | { readonly name: string }];
  const name = typeof given === "string" ? given : given.name;
  if (kind === "role") assertOwnRole(scope, name, clusters);
  assertKnownText(scope, kind, name, {
    pattern: NAMES[kind],
    rule: `the ${kind}'s name, not its ARN and without its path`,
  });
  return { kind, name };
}

/** @throws ValidationError if the role is known to be of Identity Center, or of another account */
function assertOwnRole(scope: Construct, role: string, clusters: readonly IAuroraCluster[]): void {
  if (Token.isUnresolved(role)) return;
  if (/(^|\/)AWSReservedSSO_/.test(role))
    throw new ValidationError(
      "`role` must not be a role of Identity Center, which undoes what others change about it: use " +
        `\`permissionSet\` with the permission set of ${role}`,
      scope,
    );
  const account = /^arn:[^:]+:iam::(\d{12}):role\//.exec(role)?.[1];
  const other = clusters.find(({ accountId }) => !Token.isUnresolved(accountId) && accountId !== account);
  if (account && other)
    throw new ValidationError(
      `\`role\` must be a role of the cluster's account ${other.accountId}, got one of ${account}, which RDS does ` +
        "not admit. Make a role there that this one may assume, or assign a permission set there",
      scope,
    );
}

/**
 * Gives the identity an inline policy and, where it has no room for all, policies of its own. Half of the
 * room is used, so that a policy of another name fits next to the former one until that goes.
 * @throws ValidationError if another construct of the stack gives the identity a policy of that name, or if
 * the policies would be more than an identity may have
 */
export function giveToIdentity(scope: Construct, identity: Identity, policy: GivenPolicy): void {
  const { kind } = identity;
  const { name, permissions, precondition } = policy;
  assertKnownText(scope, "policyName", name.text, POLICY_NAME);
  if (name.isGiven)
    claimInPlace(scope, `policy of the ${ownerOf(scope, identity)}`, expressionOf(scope, name.text));
  const parts = namedParts(name, inParts(permissions, INLINE_ROOM[kind] / 2, MANAGED_ROOM));
  if (parts.length - 1 > MOST_MANAGED)
    throw new ValidationError(
      `\`clusters\` must fit into ${MOST_MANAGED} policies of ${MANAGED_ROOM} characters, got ` +
        `${parts.length - 1}: give some of them to another ${kind}`,
      scope,
    );
  const [first, ...further] = parts as [PolicyPart, ...PolicyPart[]];
  const inline = inlinePolicy(scope, identity, first, precondition);
  const attachments = further.map((part, index) => {
    const id = index + 2;
    const { arn } = managedPolicy(scope, `Policy${id}`, part, { precondition });
    return attachment(scope, `Attachment${id}`, identity, arn);
  });
  complete(scope, parts, [inline, ...attachments]);
}

/** The identity in words. A reference says which one it is in its own stack alone. */
function ownerOf(scope: Construct, { kind, name }: Identity): string {
  const where = Token.isUnresolved(name) ? ` of the stack ${TerraformStack.of(scope).node.path}` : "";
  return `${kind} ${expressionOf(scope, name)}${where}`;
}

/**
 * A policy of another name is made before the former one is destroyed, so that nobody loses access. One of
 * the same name is destroyed first: IAM would replace the former one by it, and then lose it.
 */
function inlinePolicy(
  scope: Construct,
  { kind, name }: Identity,
  part: PolicyPart,
  precondition: RefusedUnless[],
): TerraformResource {
  const { document: policy, ...named } = part;
  const lifecycle = { ...("namePrefix" in named && { createBeforeDestroy: true }), precondition };
  const config = { ...named, policy, lifecycle };
  if (kind === "role") return new IamRolePolicy(scope, "Policy", { ...config, role: name });
  if (kind === "group") return new IamGroupPolicy(scope, "Policy", { ...config, group: name });
  return new IamUserPolicy(scope, "Policy", { ...config, user: name });
}

/** The policy of each part has another ARN, so that the new one is attached before the former one goes. */
function attachment(
  scope: Construct,
  id: string,
  { kind, name }: Identity,
  policyArn: string,
): TerraformResource {
  const config = { policyArn, lifecycle: { createBeforeDestroy: true } };
  if (kind === "role") return new IamRolePolicyAttachment(scope, id, { ...config, role: name });
  if (kind === "group") return new IamGroupPolicyAttachment(scope, id, { ...config, group: name });
  return new IamUserPolicyAttachment(scope, id, { ...config, user: name });
}
