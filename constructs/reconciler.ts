import { CloudwatchLogGroup } from "@cdktf/provider-aws/lib/cloudwatch-log-group";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { LambdaFunction } from "@cdktf/provider-aws/lib/lambda-function";
import { type ITerraformDependable, Token } from "cdktf";
import { Construct, type IConstruct } from "constructs";
import type { IAccessLedger } from "./access-ledger";
import { encodeName } from "./address";
import { functionBundle } from "./function-bundle";
import { applyStatements, previewStatements } from "./function-permissions";
import { policyDocument } from "./policy-document";
import { currentAccountId, currentRegion, partitionOf } from "./stack-context";
import { ValidationError } from "./validation-error";

/** The two functions that look at clusters and change them. All of its names are known at synth, so that other stacks need no reference. */
export interface IReconciler extends IConstruct {
  /** What tells several apart; begins every name. */
  readonly name: string;
  /** The function that every plan asks. It changes nothing. */
  readonly previewFunction: string;
  /** The function that a hook calls. */
  readonly applyFunction: string;
  /** The role of the preview function, by name. */
  readonly previewRole: string;
  /** The role of the apply function, by name. */
  readonly applyRole: string;
  /** Under which the registry's SSM parameters stand: `<path>/<cluster>`. */
  readonly registryPath: string;
  /** The ledger's table. */
  readonly ledgerTable: string;
  /** The audit trail's table. */
  readonly auditTable: string;
  /** What has to exist before the functions can work. Only of meaning in the same stack. */
  readonly dependables: readonly ITerraformDependable[];
}

/** In which network the functions run. */
export interface ReconcilerVpc {
  /** Subnets from which the clusters, and the endpoints of SSM, DynamoDB, Secrets Manager and STS, can be reached. */
  readonly subnetIds: readonly string[];
  /** Security groups of the functions. The clusters' own must let them in. */
  readonly securityGroupIds: readonly string[];
}

export interface ReconcilerProps {
  /** Where it keeps what was applied, and what was done. */
  readonly ledger: IAccessLedger;
  /**
   * Begins the functions' names (`<name>-preview`, `<name>-apply`): 1 to 40 letters, digits, `_` and `-`. Another name is another
   * reconciler: hooks are replaced, accounts stay.
   * @default "aurora-users"
   */
  readonly name?: string;
  /**
   * Under which the registry's SSM parameters stand.
   * @default - "/" and the name
   */
  readonly registryPath?: string;
  /**
   * Subnets and security groups of the functions.
   * @default - outside any VPC, for clusters that are public (there is nearly never a reason for one)
   */
  readonly vpc?: ReconcilerVpc;
  /**
   * Memory of each function, in MB, 128 to 10240.
   * @default 256
   */
  readonly memorySize?: number;
  /**
   * How long a preview may take, in seconds, 5 to 900. Every plan waits for it.
   * @default 30
   */
  readonly previewTimeout?: number;
  /**
   * How long an apply may take, in seconds, 10 to 900. It stops in good time before; a second run finishes what a first one left.
   * @default 300
   */
  readonly applyTimeout?: number;
  /**
   * The functions' runtime.
   * @default "nodejs22.x"
   */
  readonly runtime?: "nodejs20.x" | "nodejs22.x";
  /**
   * The functions' processor.
   * @default "arm64"
   */
  readonly architecture?: "arm64" | "x86_64";
  /**
   * How long the functions' logs are kept, in days, one of those that CloudWatch Logs takes.
   * @default 400
   */
  readonly logRetentionDays?: number;
  /**
   * The KMS key that encrypts the logs, as an ARN.
   * @default - the key of CloudWatch Logs
   */
  readonly logKmsKeyArn?: string;
  /**
   * Certificates of the authorities that the clusters' certificates are checked against, as PEM text of at most 3 KB.
   * @default - those of RDS, which ship with the functions
   */
  readonly caBundle?: string;
  /**
   * The functions' zip.
   * @default - the one that ships with this package
   */
  readonly bundle?: string;
  /**
   * A permissions boundary of both roles, as an ARN.
   * @default - none
   */
  readonly permissionsBoundary?: string;
  /**
   * Tags of functions, roles and log groups.
   * @default - those of the provider
   */
  readonly tags?: Record<string, string>;
}

/** What is needed to use the functions of another stack. */
export interface ReconcilerAttributes {
  /**
   * The name it was given.
   * @default "aurora-users"
   */
  readonly name?: string;
  /**
   * Its registry path.
   * @default - "/" and the name
   */
  readonly registryPath?: string;
  /**
   * The ledger's table.
   * @default "aurora-users-ledger"
   */
  readonly ledgerTable?: string;
  /**
   * The audit trail's table.
   * @default "aurora-users-audit"
   */
  readonly auditTable?: string;
}

const DEFAULT_NAME = "aurora-users";

interface Names {
  readonly name: string;
  readonly previewFunction: string;
  readonly applyFunction: string;
  readonly previewRole: string;
  readonly applyRole: string;
  readonly registryPath: string;
}

function namesOf(scope: Construct, name: string, registryPath: string = `/${name}`): Names {
  if (Token.isUnresolved(name) || !/^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$/.test(name))
    throw new ValidationError(`\`name\` must be 1 to 40 letters, digits, \`_\` and \`-\`, known at synth, got: ${name}`, scope);
  if (Token.isUnresolved(registryPath) || !/^(\/[A-Za-z0-9_.-]+){1,14}$/.test(registryPath) || /^\/(aws|ssm)/i.test(registryPath))
    throw new ValidationError(
      `\`registryPath\` must be a path of SSM parameters that begins with \`/\` and not with \`/aws\` or \`/ssm\`, known at synth, got: ${registryPath}`,
      scope,
    );
  const [preview, apply] = [`${name}-preview`, `${name}-apply`];
  return { name, previewFunction: preview, applyFunction: apply, previewRole: preview, applyRole: apply, registryPath };
}

function assertWhole(scope: Construct, prop: string, value: number, minimum: number, maximum: number): void {
  if (!Token.isUnresolved(value) && !(Number.isInteger(value) && value >= minimum && value <= maximum))
    throw new ValidationError(`\`${prop}\` must be a whole number from ${minimum} to ${maximum}, got: ${value}`, scope);
}

/**
 * The two functions, each with a role that may do only what it has to: the preview has no permission that changes a cluster's
 * ledger, so that a pipeline which only plans can be allowed to call just that one. What a role may do on a cluster comes with the
 * cluster (`AuroraCluster`).
 *
 * @example
 * const ledger = new AccessLedger(this, "Ledger");
 * new Reconciler(this, "Reconciler", {
 *   ledger,
 *   vpc: { subnetIds: ["subnet-0a1b2c3d"], securityGroupIds: ["sg-0a1b2c3d"] },
 * });
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
 */
export class Reconciler extends Construct implements IReconciler {
  /** The functions of another stack, by their names. */
  static fromReconcilerAttributes(scope: Construct, id: string, attributes: ReconcilerAttributes = {}): IReconciler {
    return new ImportedReconciler(scope, id, attributes);
  }

  readonly name: string;
  readonly previewFunction: string;
  readonly applyFunction: string;
  readonly previewRole: string;
  readonly applyRole: string;
  readonly registryPath: string;
  readonly ledgerTable: string;
  readonly auditTable: string;
  readonly dependables: readonly ITerraformDependable[];

  constructor(scope: Construct, id: string, props: ReconcilerProps) {
    super(scope, id);
    const { memorySize = 256, previewTimeout = 30, applyTimeout = 300 } = props;
    assertWhole(this, "memorySize", memorySize, 128, 10_240);
    assertWhole(this, "previewTimeout", previewTimeout, 5, 900);
    assertWhole(this, "applyTimeout", applyTimeout, 10, 900);
    if (props.vpc && (props.vpc.subnetIds.length === 0 || props.vpc.securityGroupIds.length === 0))
      throw new ValidationError("`vpc` must name at least one subnet and one security group", this);
    const names = namesOf(this, props.name ?? DEFAULT_NAME, props.registryPath);
    this.name = names.name;
    this.previewFunction = names.previewFunction;
    this.applyFunction = names.applyFunction;
    this.previewRole = names.previewRole;
    this.applyRole = names.applyRole;
    this.registryPath = names.registryPath;
    this.ledgerTable = props.ledger.ledgerTable;
    this.auditTable = props.ledger.auditTable;
    this.dependables = [
      ...this.lambda("preview", props, { memorySize, timeout: previewTimeout }),
      ...this.lambda("apply", props, { memorySize, timeout: applyTimeout }),
      ...props.ledger.dependables,
    ];
  }

  private lambda(
    action: "preview" | "apply",
    props: ReconcilerProps,
    size: { memorySize: number; timeout: number },
  ): readonly ITerraformDependable[] {
    const functionName = action === "preview" ? this.previewFunction : this.applyFunction;
    const roleName = action === "preview" ? this.previewRole : this.applyRole;
    const scope = new Construct(this, action === "preview" ? "Preview" : "Apply");
    const address = `${encodeName(this.name)}-${action}`;
    const tags = props.tags ? { tags: props.tags } : {};
    const region = currentRegion(this);
    const partition = partitionOf(this, region);
    const where = { region, partition, accountId: currentAccountId(this) };

    const logs = new CloudwatchLogGroup(scope, "Logs", {
      name: `/aws/lambda/${functionName}`,
      retentionInDays: props.logRetentionDays ?? 400,
      ...(props.logKmsKeyArn === undefined ? {} : { kmsKeyId: props.logKmsKeyArn }),
      ...tags,
    });
    logs.overrideLogicalId(address);

    const role = new IamRole(scope, "Role", {
      name: roleName,
      description: `The ${action} function of ${this.name}`,
      assumeRolePolicy: JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: "lambda.amazonaws.com" } }],
      }),
      ...(props.permissionsBoundary === undefined ? {} : { permissionsBoundary: props.permissionsBoundary }),
      ...tags,
    });
    role.overrideLogicalId(address);

    const statements = action === "preview" ? previewStatements : applyStatements;
    const policy = new IamRolePolicy(scope, "Policy", {
      name: "reconciler",
      role: role.name,
      policy: policyDocument(
        statements({
          ...where,
          registryPath: this.registryPath,
          logGroupArn: logs.arn,
          ledger: props.ledger,
          inVpc: props.vpc !== undefined,
        }),
      ),
    });
    policy.overrideLogicalId(`${address}_base`);

    const bundle = functionBundle(this, props.bundle);
    const lambda = new LambdaFunction(scope, "Function", {
      functionName,
      description:
        action === "preview" ? "Says what an apply would do to a cluster; changes nothing" : "Applies a roster to a cluster",
      role: role.arn,
      runtime: props.runtime ?? "nodejs22.x",
      architectures: [props.architecture ?? "arm64"],
      handler: `index.${action}`,
      filename: bundle.path,
      sourceCodeHash: bundle.sha256,
      ...size,
      environment: {
        variables: {
          REGISTRY_PATH: this.registryPath,
          LEDGER_TABLE: this.ledgerTable,
          AUDIT_TABLE: this.auditTable,
          ...(props.caBundle === undefined ? {} : { CA_BUNDLE: props.caBundle }),
        },
      },
      ...(props.vpc
        ? { vpcConfig: { subnetIds: [...props.vpc.subnetIds], securityGroupIds: [...props.vpc.securityGroupIds] } }
        : {}),
      ...tags,
      dependsOn: [logs, policy],
    });
    lambda.overrideLogicalId(address);
    return [lambda, policy];
  }
}

class ImportedReconciler extends Construct implements IReconciler {
  readonly name: string;
  readonly previewFunction: string;
  readonly applyFunction: string;
  readonly previewRole: string;
  readonly applyRole: string;
  readonly registryPath: string;
  readonly ledgerTable: string;
  readonly auditTable: string;
  readonly dependables: readonly ITerraformDependable[] = [];

  constructor(scope: Construct, id: string, attributes: ReconcilerAttributes) {
    super(scope, id);
    const names = namesOf(this, attributes.name ?? DEFAULT_NAME, attributes.registryPath);
    this.name = names.name;
    this.previewFunction = names.previewFunction;
    this.applyFunction = names.applyFunction;
    this.previewRole = names.previewRole;
    this.applyRole = names.applyRole;
    this.registryPath = names.registryPath;
    this.ledgerTable = attributes.ledgerTable ?? `${DEFAULT_NAME}-ledger`;
    this.auditTable = attributes.auditTable ?? `${DEFAULT_NAME}-audit`;
  }
}
