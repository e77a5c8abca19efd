import { Token } from "cdktf";
import type { IConstruct } from "constructs";
import { assertArn, assertOneOf, assertWhole } from "../terraform/assertions";
import { ValidationError } from "../terraform/validation-error";

/** The runtimes that the functions are made for. */
const RUNTIMES = ["nodejs22.x", "nodejs24.x"] as const;
type Runtime = (typeof RUNTIMES)[number];

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
   * The functions' Node.js runtime. `nodejs24.x` needs version 6.21 of the AWS provider.
   * @default - "nodejs24.x" where the provider knows it, else "nodejs22.x"
   */
  readonly runtime?: "nodejs22.x" | "nodejs24.x";
  /**
   * The functions' processor architecture.
   * @default "arm64"
   */
  readonly architecture?: "arm64" | "x86_64";
  /**
   * How long the functions' logs are kept, in days; one of the values that CloudWatch Logs accepts. 0 is
   * for ever.
   * @default 400
   */
  readonly logRetentionDays?: number;
  /**
   * The ARN of the KMS key that encrypts the logs.
   * @default - the key of CloudWatch Logs
   */
  readonly logKmsKeyArn?: string;
  /**
   * The ARN of the KMS key that encrypts the functions' environment: names and ARNs, and no secret. Their
   * roles get `kms:Decrypt` on it; the deploying role needs `kms:Encrypt` and `kms:CreateGrant`.
   * @default - the account's key `aws/lambda`
   * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html
   */
  readonly environmentKmsKeyArn?: string;
  /**
   * How many calls of each function run at once at most, 2 to 1000. They are taken from the account's
   * concurrency, so that no other function can use them up. Each cluster in a plan or an apply is a call, and
   * calls over the number wait or fail: Terraform makes ten at once (`-parallelism`).
   * @default - the account's concurrency
   * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
   */
  readonly reservedConcurrency?: number;
  /**
   * The ARN of the code signing configuration of the functions. `bundle` is then the path of a zip that one
   * of its profiles signed; with `caBundleFile` the zip is changed, and its signature is not valid.
   * @default - the code is not signed; Terraform compares its hash
   * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-codesigning.html
   */
  readonly codeSigningConfigArn?: string;
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

/** The values that CloudWatch Logs accepts, in days. 0 means for ever. */
const RETENTIONS = [
  0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

/**
 * Tokens are accepted.
 * @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
 * @throws ValidationError if a setting is known at synth and wrong
 */
export function assertSettings(scope: IConstruct, settings: FunctionSettings): void {
  const { architecture, logRetentionDays: days } = settings;
  if (!Token.isUnresolved(days)) assertOneOf(scope, "logRetentionDays", days, RETENTIONS);
  if (!Token.isUnresolved(architecture))
    assertOneOf(scope, "architecture", architecture, ["arm64", "x86_64"]);
  assertArn(scope, "logKmsKeyArn", settings.logKmsKeyArn, "key");
  assertArn(scope, "environmentKmsKeyArn", settings.environmentKmsKeyArn, "key");
  assertArn(scope, "codeSigningConfigArn", settings.codeSigningConfigArn, "codeSigning");
  // The queue of changed parameters calls its function twice at once.
  assertWhole(scope, "reservedConcurrency", settings.reservedConcurrency, [2, 1000]);
  assertArn(scope, "permissionsBoundary", settings.permissionsBoundary, "policy");
}

/** @throws ValidationError if the network has no subnet or no security group, or one that is no list */
export function assertVpc(scope: IConstruct, vpc: FunctionVpc | undefined): void {
  for (const prop of vpc ? (["subnetIds", "securityGroupIds"] as const) : [])
    if (!Array.isArray(vpc![prop]))
      throw new ValidationError(`\`vpc.${prop}\` must be a list, got: ${typeof vpc![prop]}`, scope);
  if (vpc && (vpc.subnetIds.length === 0 || vpc.securityGroupIds.length === 0))
    throw new ValidationError("`vpc` must name at least one subnet and one security group", scope);
}

/**
 * @throws ValidationError if clusters need run roles and cannot have them: the policies of tables in another
 * account name the functions' own roles
 */
export function assertRolesOfClusters(
  reconciler: IConstruct & {
    readonly clusterRolesOnly: boolean | undefined;
    readonly ledgerIsElsewhere: boolean;
  },
): void {
  if (!reconciler.clusterRolesOnly || !reconciler.ledgerIsElsewhere) return;
  throw new ValidationError(
    "`clusterRolesOnly` must not be true with a ledger of another account or region: clusters have no run roles there",
    reconciler,
  );
}

/**
 * The runtime that is given, or the newest that the AWS provider knows: it refuses others in the plan.
 * @param provider the version of hashicorp/aws that the provider's package was made from
 * @throws ValidationError if the runtime is none that the functions are made for, or if the provider does not
 * know it
 * @see https://github.com/hashicorp/terraform-provider-aws/blob/main/CHANGELOG.md (6.21.0)
 */
export function runtimeFor(scope: IConstruct, given: Runtime | undefined, provider = ""): Runtime {
  assertOneOf(scope, "runtime", given, RUNTIMES);
  const [major = 0, minor = 0] = provider.split(".").map(Number);
  const knows24 = major > 6 || (major === 6 && minor >= 21);
  if (given === "nodejs24.x" && provider !== "" && !knows24)
    throw new ValidationError(
      `\`runtime\` must be nodejs22.x with version ${provider} of the AWS provider: nodejs24.x needs 6.21 or newer`,
      scope,
    );
  return given ?? (knows24 ? "nodejs24.x" : "nodejs22.x");
}
