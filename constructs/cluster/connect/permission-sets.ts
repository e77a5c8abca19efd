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
import {
  complete,
  type GivenPolicy,
  MANAGED_ROOM,
  MOST_MANAGED,
  managedPolicy,
  namedParts,
  type PolicyPart,
} from "./policy-parts";

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

function attachByName(
  scope: Construct,
  permissionSet: PermissionSetReference,
  { name, path = "/" }: ManagedPolicyReference,
  { permissions, precondition }: UnnamedPolicy,
): void {
  const parts = namedParts(name, inParts(permissions, MANAGED_ROOM, MANAGED_ROOM));
  assertReference(scope, { name, path }, [parts.length, MOST_MANAGED]);
  const attachments = parts.map((part, index) => {
    const nth = index === 0 ? "" : String(index + 1);
    const policy = managedPolicy(scope, `ManagedPolicy${nth}`, part, { path, precondition });
    return new SsoadminCustomerManagedPolicyAttachment(scope, `Attachment${nth}`, {
      ...placeOf(permissionSet),
      customerManagedPolicyReference: { name: policy.name, path },
      lifecycle: { createBeforeDestroy: true },
    });
  });
  complete(scope, parts, attachments);
}

/**
 * Makes the policy for permission sets of other stacks, which know it by its name: so it is never in parts.
 * @throws ValidationError if the policy is too long
 */
export function makeManagedPolicy(
  scope: Construct,
  { name, path = "/" }: ManagedPolicyReference,
  { permissions, precondition }: UnnamedPolicy,
): void {
  const parts = namedParts(name, inParts(permissions, MANAGED_ROOM, MANAGED_ROOM));
  assertReference(scope, { name, path }, [parts.length, 1]);
  const [whole] = parts as [PolicyPart];
  managedPolicy(scope, "ManagedPolicy", whole, { path, precondition });
}

function assertReference(
  scope: Construct,
  { name, path }: Required<ManagedPolicyReference>,
  [count, most]: readonly [count: number, most: number],
): void {
  assertKnownText(scope, "managedPolicy.name", name, POLICY_NAME);
  assertKnownText(scope, "managedPolicy.path", path, PATH);
  if (count > most)
    throw new ValidationError(
      `\`clusters\` must fit into ${most === 1 ? "one policy" : `${most} policies`} of ${MANAGED_ROOM} characters, ` +
        `got ${count}: make several with different names`,
      scope,
    );
}
