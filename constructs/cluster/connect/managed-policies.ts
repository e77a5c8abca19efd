import { IamPolicy } from "@cdktf/provider-aws/lib/iam-policy";
import type { Construct } from "constructs";
import { assertKnownText, type TextRule } from "../../terraform/assertions";
import type { ManagedPolicyReference } from "./grantee";
import { POLICY_NAME } from "./policy-name";

const PATH: TextRule = { pattern: /^\/([\w+=,.@-]+\/)*$/, rule: "`/`, or names between `/`" };

/** Makes a policy of its own. Its name is fixed, so a changed name or path makes another one first. */
export function managedPolicy(
  scope: Construct,
  { name, path = "/" }: ManagedPolicyReference,
  document: string,
): IamPolicy {
  assertKnownText(scope, "managedPolicy.name", name, POLICY_NAME);
  assertKnownText(scope, "managedPolicy.path", path, PATH);
  return new IamPolicy(scope, "ManagedPolicy", {
    name,
    path,
    policy: document,
    lifecycle: { createBeforeDestroy: true },
  });
}
