import type { Construct } from "constructs";
import { awsPartition, currentAccountId, currentRegion } from "./stack-context";

/**
 * The ARN of something in the stack's own account (and region, unless another is named), by its name: `arnOf(this, "sqs", "orders")`. So that what names it
 * needs no reference to where it is made.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
 */
export function arnOf(
  scope: Construct,
  service: string,
  resource: string,
  region: string = currentRegion(scope),
): string {
  return `arn:${awsPartition(scope, region)}:${service}:${region}:${currentAccountId(scope)}:${resource}`;
}

/** The ARN of a role, or of anything else of IAM: it knows no region. */
export const iamArnOf = (scope: Construct, resource: string): string =>
  `arn:${awsPartition(scope, currentRegion(scope))}:iam::${currentAccountId(scope)}:${resource}`;

/** The ARN of a bucket, or of objects in it. S3 knows neither region nor account there. */
export const s3ArnOf = (scope: Construct, resource: string): string =>
  `arn:${awsPartition(scope, currentRegion(scope))}:s3:::${resource}`;
