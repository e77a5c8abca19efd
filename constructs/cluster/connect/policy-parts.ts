import { IamPolicy } from "@cdktf/provider-aws/lib/iam-policy";
import { Lazy, type TerraformResource, Token } from "cdktf";
import type { Construct } from "constructs";
import { TerraformData } from "../../terraform/terraform-data";
import type { RefusedUnless } from "./account-of-clusters";
import { documentOf, type Permission } from "./permissions";
import { shortHash } from "./policy-name";

/** A policy, and what has to be true before anybody gets it. */
export interface GivenPolicy {
  readonly name: string;
  readonly permissions: readonly Permission[];
  readonly precondition: RefusedUnless[];
}

/** A policy as IAM keeps it. */
export interface PolicyPart {
  readonly name: string;
  readonly document: string;
}

/** A managed policy's length, in characters without white space, and how many of them one grantee has. */
export const MANAGED_ROOM = 6144;
export const MOST_MANAGED = 10;

/**
 * Names the parts of a policy. One that is whole has the policy's own name, and a change updates it in place.
 * Parts are named by what they allow: when clusters move from one to another, Terraform makes new parts.
 */
export function namedParts(name: string, parts: readonly (readonly Permission[])[]): PolicyPart[] {
  const documents = parts.map(documentOf);
  if (documents.length === 1) return [{ name, document: documents[0]! }];
  const short = Token.isUnresolved(name) ? name : name.slice(0, 128 - "-10-".length - HASH);
  return documents.map((document, index) => ({
    name: `${short}-${index + 1}-${hashOf(document)}`,
    document,
  }));
}

const HASH = 12;

/** Of the text with its expressions, as only that is the same at each synth. */
const hashOf = (document: string): string =>
  Lazy.stringValue({ produce: context => shortHash(String(context.resolve(document))) });

/** Makes a policy of its own. A new one is made before the former one goes. */
export const managedPolicy = (
  scope: Construct,
  id: string,
  { name, document }: PolicyPart,
  {
    path = "/",
    precondition,
  }: { readonly path?: string | undefined; readonly precondition: RefusedUnless[] },
): IamPolicy =>
  new IamPolicy(scope, id, {
    name,
    path,
    policy: document,
    lifecycle: { createBeforeDestroy: true, precondition },
  });

/**
 * Makes Terraform finish all parts before it destroys a former one: their names change with the parts, this
 * changes with the names, and what it depended on goes after it. So nobody loses access while clusters move
 * from part to part. There is one for a whole policy, too: that can become parts.
 */
export function complete(
  scope: Construct,
  parts: readonly PolicyPart[],
  resources: readonly TerraformResource[],
): void {
  new TerraformData(scope, "Complete", {
    logicalId: resources[0]!.friendlyUniqueId,
    input: parts.map(({ name }) => name),
    dependsOn: resources.map(resource => `${resource.terraformResourceType}.${resource.friendlyUniqueId}`),
  });
}
