import type { IamPolicy } from "@cdktf/provider-aws/lib/iam-policy";
import { SsoadminCustomerManagedPolicyAttachment } from "@cdktf/provider-aws/lib/ssoadmin-customer-managed-policy-attachment";
import { SsoadminPermissionSetInlinePolicy } from "@cdktf/provider-aws/lib/ssoadmin-permission-set-inline-policy";
import type { Construct } from "constructs";
import { defined } from "../../../core/json";
import { AppRegistry } from "../../terraform/app-registry";
import { assertArn, assertKnownText, type TextRule } from "../../terraform/assertions";
import { ValidationError } from "../../terraform/validation-error";
import type { ManagedPolicyReference, PermissionSetReference } from "./grantee";
import { documentOf, inParts } from "./permissions";
import { POLICY_NAME } from "./policy-name";
import { type GivenPolicy, MANAGED_ROOM, managedPolicy } from "./policy-parts";

/**
 * In characters.
 * @see https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_PutInlinePolicyToPermissionSet.html
 */
const INLINE_ROOM = 32_768;
const PATH: TextRule = { pattern: /^\/([\w+=,.@-]+\/)*$/, rule: "`/`, or names between `/`" };

type UnnamedPolicy = Omit<GivenPolicy, "name">;

const inlinePolicies = new AppRegistry<Construct>();

/**
 * Gives the policy to a permission set.
 * @throws ValidationError unless the reference says how, if another construct makes its inline policy, or if
 * the policy is too long
 */
export function giveToPermissionSet(
  scope: Construct,
  permissionSet: PermissionSetReference,
  policy: UnnamedPolicy,
): void {
  const { arn, instanceArn, managedPolicy: named, ownsInlinePolicy } = permissionSet;
  assertArn(scope, "permissionSet.arn", arn, "permissionSet");
  assertArn(scope, "permissionSet.instanceArn", instanceArn, "instance");
  if ((named === undefined) === (ownsInlinePolicy === undefined))
    throw new ValidationError(
      "`permissionSet` must have one of `managedPolicy` (a policy of its own, attached by its name: what else " +
        "the set has stays) and `ownsInlinePolicy: true` (the set's only inline policy, as in earlier releases: " +
        "another one is replaced)",
      scope,
    );
  if (named) attachByName(scope, permissionSet, named, policy);
  else makeInlinePolicy(scope, permissionSet, policy);
}

const placeOf = ({ arn, instanceArn, provider }: PermissionSetReference) => ({
  permissionSetArn: arn,
  instanceArn,
  ...defined({ provider }),
});

function makeInlinePolicy(
  scope: Construct,
  permissionSet: PermissionSetReference,
  { permissions }: UnnamedPolicy,
): void {
  inlinePolicies.claim(permissionSet.arn, scope, takenBy);
  const [whole, ...further] = inParts(permissions, INLINE_ROOM, INLINE_ROOM);
  if (further.length > 0)
    throw new ValidationError(
      `\`clusters\` must fit into an inline policy of ${INLINE_ROOM} characters: use \`managedPolicy\``,
      scope,
    );
  const inlinePolicy = documentOf(whole!);
  new SsoadminPermissionSetInlinePolicy(scope, "Policy", { ...placeOf(permissionSet), inlinePolicy });
}

const takenBy = ({ node }: Construct): string =>
  `\`permissionSet\` must not have another inline policy, and ${node.path} already makes one: ` +
  "name all clusters in one `ConnectPolicy`, or use `managedPolicy`";

/** Not made before the former attachment is destroyed: that can be of the same name. */
function attachByName(
  scope: Construct,
  permissionSet: PermissionSetReference,
  reference: ManagedPolicyReference,
  policy: UnnamedPolicy,
): void {
  const { name } = makeManagedPolicy(scope, reference, policy);
  new SsoadminCustomerManagedPolicyAttachment(scope, "Attachment", {
    ...placeOf(permissionSet),
    customerManagedPolicyReference: { name, path: reference.path ?? "/" },
  });
}

/**
 * Makes the policy for permission sets, which know it by its name in each account: so it is never in parts.
 * @throws ValidationError if the policy is too long
 */
export function makeManagedPolicy(
  scope: Construct,
  { name, path = "/" }: ManagedPolicyReference,
  { permissions, precondition }: UnnamedPolicy,
): IamPolicy {
  assertKnownText(scope, "managedPolicy.name", name, POLICY_NAME);
  assertKnownText(scope, "managedPolicy.path", path, PATH);
  const { length } = inParts(permissions, MANAGED_ROOM, MANAGED_ROOM);
  if (length > 1)
    throw new ValidationError(
      `\`clusters\` must fit into one policy of ${MANAGED_ROOM} characters, as each account knows it by its ` +
        `name, got ${length}: make several with different names`,
      scope,
    );
  return managedPolicy(
    scope,
    "ManagedPolicy",
    { name, document: documentOf(permissions) },
    { path, precondition },
  );
}
