import { DataAwsCallerIdentity } from "@cdktf/provider-aws/lib/data-aws-caller-identity";
import { DataAwsPartition } from "@cdktf/provider-aws/lib/data-aws-partition";
import { DataAwsRegion } from "@cdktf/provider-aws/lib/data-aws-region";
import { type TerraformElement, TerraformStack, Token } from "cdktf";
import type { Construct } from "constructs";

/** The one data source of a kind that a stack needs, made where it is first asked for. */
function once<T extends TerraformElement>(
  scope: Construct,
  id: string,
  make: (stack: TerraformStack) => T,
): T {
  const stack = TerraformStack.of(scope);
  const existing = stack.node.tryFindChild(id);
  if (existing) return existing as T;
  const made = make(stack);
  made.overrideLogicalId(id);
  return made;
}

const callerIdentity = (scope: Construct): DataAwsCallerIdentity =>
  once(scope, "aurora-users-caller", stack => new DataAwsCallerIdentity(stack, "aurora-users-caller"));

/** Who runs Terraform, as an ARN. Read in every plan. */
export const callerArn = (scope: Construct): string => callerIdentity(scope).arn;

/** The account that Terraform works in. */
export const currentAccountId = (scope: Construct): string => callerIdentity(scope).accountId;

/** The region that Terraform works in. `id` is the attribute that the AWS provider's versions 5 and 6 share. */
export const currentRegion = (scope: Construct): string =>
  once(scope, "aurora-users-region", stack => new DataAwsRegion(stack, "aurora-users-region")).id;

/**
 * The partition of a region (`aws`, `aws-cn`, `aws-us-gov`), from its name where that is known at synth.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
 */
export function awsPartition(scope: Construct, region: string): string {
  if (Token.isUnresolved(region))
    return once(
      scope,
      "aurora-users-partition",
      stack => new DataAwsPartition(stack, "aurora-users-partition"),
    ).partition;
  const partitions: readonly (readonly [string, string])[] = [
    ["cn-", "aws-cn"],
    ["us-gov-", "aws-us-gov"],
    ["us-isob-", "aws-iso-b"],
    ["us-iso-", "aws-iso"],
    ["eusc-", "aws-eusc"],
  ];
  return partitions.find(([start]) => region.startsWith(start))?.[1] ?? "aws";
}
