import { DataAwsCallerIdentity } from "@cdktf/provider-aws/lib/data-aws-caller-identity";
import { DataAwsPartition } from "@cdktf/provider-aws/lib/data-aws-partition";
import { DataAwsRegion } from "@cdktf/provider-aws/lib/data-aws-region";
import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import {
  DefaultTokenResolver,
  StringConcat,
  type TerraformElement,
  TerraformStack,
  Token,
  Tokenization,
} from "cdktf";
import type { Construct, IConstruct } from "constructs";
import { withLogicalId } from "./address";

/** The one data source of a kind that a stack needs, made on first use. */
function once<T extends TerraformElement>(
  scope: Construct,
  id: string,
  DataSource: new (stack: TerraformStack, id: string) => T,
): T {
  const stack = TerraformStack.of(scope);
  return (stack.node.tryFindChild(id) as T | undefined) ?? withLogicalId(new DataSource(stack, id), id);
}

const callerIdentity = (scope: Construct) => once(scope, "aurora-users-caller", DataAwsCallerIdentity);

/** The identity that runs Terraform, as an ARN. Read in every plan. */
export const callerArn = (scope: Construct): string => callerIdentity(scope).arn;

/** The account that Terraform works in. */
export const currentAccountId = (scope: Construct): string => callerIdentity(scope).accountId;

/** The region that Terraform works in. Versions 5 and 6 of the AWS provider both have the attribute `id`. */
export const currentRegion = (scope: Construct): string =>
  once(scope, "aurora-users-region", DataAwsRegion).id;

/**
 * A text with its tokens as expressions. Each use of a reference is another token, so that only this can be
 * compared.
 */
export const expressionOf = (scope: Construct, text: string): string =>
  Tokenization.resolve(text, { scope, resolver: new DefaultTokenResolver(new StringConcat()) });

/** The stack's provider of AWS that resources use by default, if the stack has it by now. */
export const defaultProvider = (scope: IConstruct): AwsProvider | undefined =>
  TerraformStack.of(scope).node.children.find(
    (child): child is AwsProvider => child instanceof AwsProvider && child.alias === undefined,
  );

/** Makes Terraform apply the stack of `other` first, where that is another stack of the app. */
export function dependOnStackOf(scope: Construct, other: IConstruct): void {
  const stack = TerraformStack.of(scope);
  const otherStack = TerraformStack.of(other);
  if (otherStack !== stack) stack.addDependency(otherStack);
}

/**
 * The partition of a region (`aws`, `aws-cn`, `aws-us-gov`): derived from the region's name, or looked up by
 * Terraform if the region is a token.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
 */
export function awsPartition(scope: Construct, region: string): string {
  if (Token.isUnresolved(region)) return once(scope, "aurora-users-partition", DataAwsPartition).partition;
  const partitions: readonly (readonly [string, string])[] = [
    ["cn-", "aws-cn"],
    ["us-gov-", "aws-us-gov"],
    ["us-isob-", "aws-iso-b"],
    ["us-iso-", "aws-iso"],
    ["eusc-", "aws-eusc"],
  ];
  return partitions.find(([start]) => region.startsWith(start))?.[1] ?? "aws";
}
