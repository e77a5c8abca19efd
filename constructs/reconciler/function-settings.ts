import type { IConstruct } from "constructs";
import { ValidationError } from "../terraform/validation-error";

/** The network that functions run in. */
export interface FunctionVpc {
  /** The ids of at least one subnet that can reach everything the functions talk to. */
  readonly subnetIds: readonly string[];
  /** The ids of at least one security group for the functions. */
  readonly securityGroupIds: readonly string[];
}

/** Settings that all functions of a construct share. */
export interface FunctionSettings {
  /**
   * The functions' Node.js runtime.
   * @default "nodejs22.x"
   */
  readonly runtime?: "nodejs20.x" | "nodejs22.x";
  /**
   * The functions' processor architecture.
   * @default "arm64"
   */
  readonly architecture?: "arm64" | "x86_64";
  /**
   * How long the functions' logs are kept, in days; one of the values that CloudWatch Logs accepts.
   * @default 400
   */
  readonly logRetentionDays?: number;
  /**
   * The ARN of the KMS key that encrypts the logs.
   * @default - the key of CloudWatch Logs
   */
  readonly logKmsKeyArn?: string;
  /**
   * The ARN of the permissions boundary of every role.
   * @default - none
   */
  readonly permissionsBoundary?: string;
  /**
   * Whether X-Ray traces the functions and their calls.
   * @default false
   */
  readonly tracing?: boolean;
  /**
   * The tags of functions, roles, log groups, queues and tables.
   * @default - the provider's default tags only
   */
  readonly tags?: Record<string, string>;
}

/** @throws ValidationError if the network has no subnet or no security group, or one that is no list */
export function assertVpc(scope: IConstruct, vpc: FunctionVpc | undefined): void {
  for (const prop of vpc ? (["subnetIds", "securityGroupIds"] as const) : [])
    if (!Array.isArray(vpc![prop]))
      throw new ValidationError(`\`vpc.${prop}\` must be a list, got: ${typeof vpc![prop]}`, scope);
  if (vpc && (vpc.subnetIds.length === 0 || vpc.securityGroupIds.length === 0))
    throw new ValidationError("`vpc` must name at least one subnet and one security group", scope);
}
