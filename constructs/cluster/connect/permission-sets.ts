import { SsoadminCustomerManagedPolicyAttachment } from "@cdktf/provider-aws/lib/ssoadmin-customer-managed-policy-attachment";
import { SsoadminPermissionSetInlinePolicy } from "@cdktf/provider-aws/lib/ssoadmin-permission-set-inline-policy";
import type { Construct } from "constructs";
import { defined } from "../../../core/json";
import { AppRegistry } from "../../terraform/app-registry";
import { assertArn } from "../../terraform/assertions";
import { ValidationError } from "../../terraform/validation-error";
import type { PermissionSetReference } from "./grantee";
import { managedPolicy } from "./managed-policies";

const inlinePolicies = new AppRegistry<Construct>();

/**
 * Gives the policy to a permission set.
 * @throws ValidationError unless the reference says how, or if another construct makes its inline policy
 */
export function giveToPermissionSet(
  scope: Construct,
  permissionSet: PermissionSetReference,
  document: string,
): void {
  const { arn, instanceArn, managedPolicy: named, ownsInlinePolicy, provider } = permissionSet;
  assertArn(scope, "permissionSet.arn", arn, "permissionSet");
  assertArn(scope, "permissionSet.instanceArn", instanceArn, "instance");
  if ((named === undefined) === (ownsInlinePolicy === undefined))
    throw new ValidationError(
      "`permissionSet` must have one of `managedPolicy` (a policy of its own, attached by its name: what else " +
        "the set has stays) and `ownsInlinePolicy: true` (the set's only inline policy, as in earlier releases: " +
        "another one is replaced)",
      scope,
    );
  const place = { instanceArn, permissionSetArn: arn, ...defined({ provider }) };
  if (named) attachByName(scope, place, managedPolicy(scope, named, document));
  else {
    inlinePolicies.claim(arn, scope, takenBy);
    new SsoadminPermissionSetInlinePolicy(scope, "Policy", { ...place, inlinePolicy: document });
  }
}

const takenBy = ({ node }: Construct): string =>
  `\`permissionSet\` must not have another inline policy, and ${node.path} already makes one: ` +
  "name all clusters in one `ConnectPolicy`, or use `managedPolicy`";

function attachByName(
  scope: Construct,
  place: Pick<PermissionSetReference, "instanceArn" | "provider"> & { readonly permissionSetArn: string },
  policy: ReturnType<typeof managedPolicy>,
): void {
  const reference = { name: policy.name, path: policy.pathInput ?? "/" };
  new SsoadminCustomerManagedPolicyAttachment(scope, "Attachment", {
    ...place,
    customerManagedPolicyReference: reference,
  });
}
