import type { Construct } from "constructs";
import { awsPartition, currentAccountId, currentRegion } from "./stack-context";

/** Where a resource of AWS is; by default in the stack's own account and region. Both may be tokens. */
export interface ArnLocation {
  readonly region?: string | undefined;
  readonly accountId?: string | undefined;
}

/**
 * The ARN of a resource, built from its name: `arnOf(this, "sqs", "orders")`. A construct that uses it needs
 * no reference to the construct that makes the resource.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
 */
export function arnOf(
  scope: Construct,
  service: string,
  resource: string,
  { region = currentRegion(scope), accountId = currentAccountId(scope) }: ArnLocation = {},
): string {
  return `arn:${awsPartition(scope, region)}:${service}:${region}:${accountId}:${resource}`;
}

/** The same for resources of any region, and for those that have none. */
export const anyRegionArnOf = (
  scope: Construct,
  service: string,
  resource: string,
  accountId = currentAccountId(scope),
): string => `arn:${awsPartition(scope, currentRegion(scope))}:${service}:*:${accountId}:${resource}`;

/** The ARN of a role or another resource of IAM. It has no region. */
export const iamArnOf = (scope: Construct, resource: string): string =>
  `arn:${awsPartition(scope, currentRegion(scope))}:iam::${currentAccountId(scope)}:${resource}`;

/** The ARN of a bucket, or of objects in it. It has neither region nor account. */
export const s3ArnOf = (scope: Construct, resource: string): string =>
  `arn:${awsPartition(scope, currentRegion(scope))}:s3:::${resource}`;
