import { IamPolicy } from "@cdktf/provider-aws/lib/iam-policy";
import { Lazy, type TerraformResource, Token } from "cdktf";
import type { Construct } from "constructs";
import { TerraformData } from "../../terraform/terraform-data";
import type { RefusedUnless } from "./account-of-clusters";
import { documentOf, type Permission } from "./permissions";
import { type PolicyName, shortHash } from "./policy-name";

/** A policy, and what has to be true before anybody gets it. */
export interface GivenPolicy {
  readonly name: PolicyName;
  readonly permissions: readonly Permission[];
  readonly precondition: RefusedUnless[];
}

/**
 * A policy as IAM keeps it. Where only the beginning of its name is given, Terraform makes the rest of it, so
 * that each new policy has another name than the former one.
 */
export type PolicyPart = { readonly document: string } & (
  | { readonly name: string }
  | { readonly namePrefix: string }
);

/** A managed policy's length, in characters without white space, and how many of them one grantee has. */
export const MANAGED_ROOM = 6144;
export const MOST_MANAGED = 10;

/**
 * Names the parts of a policy. One that is whole has the policy's own name, and a change updates it in place.
 * Parts are named by what they allow: when clusters move from one to another, Terraform makes new parts.
 */
export function namedParts(
  { text, isGiven }: PolicyName,
  parts: readonly (readonly Permission[])[],
): PolicyPart[] {
  const documents = parts.map(documentOf);
  const [document] = documents as [string];
  if (documents.length === 1)
    return [isGiven ? { name: text, document } : { namePrefix: `${text}-`, document }];
  const short = Token.isUnresolved(text) ? text : text.slice(0, MOST_OF_PREFIX - "-10--".length - HASH);
  return documents.map((part, index) => ({
    namePrefix: `${short}-${index + 1}-${hashOf(part)}-`,
    document: part,
  }));
}

/** How long a `name_prefix` of the AWS provider may be: it adds 26 characters. */
const MOST_OF_PREFIX = 102;
const HASH = 12;

/** What the stack gives of the name. */
export const nameOf = (part: PolicyPart): string => ("name" in part ? part.name : part.namePrefix);

/** Of the text with its expressions, as only that is the same at each synth. */
const hashOf = (document: string): string =>
  Lazy.stringValue({ produce: context => shortHash(String(context.resolve(document))) });

/** Makes a policy of its own. A new one is made before the former one goes. */
export const managedPolicy = (
  scope: Construct,
  id: string,
  { document, ...named }: PolicyPart,
  {
    path = "/",
    precondition,
  }: { readonly path?: string | undefined; readonly precondition: RefusedUnless[] },
): IamPolicy =>
  new IamPolicy(scope, id, {
    ...named,
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
    input: parts.map(nameOf),
    dependsOn: resources.map(resource => `${resource.terraformResourceType}.${resource.friendlyUniqueId}`),
  });
}
