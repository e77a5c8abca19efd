import type { ITerraformDependable } from "cdktf";
import { Token } from "cdktf";
import type { Construct, IConstruct } from "constructs";
import type { IAccessLedger } from "../ledger/access-ledger";
import type { IAuditAnchor } from "../ledger/audit-anchor";
import { ValidationError } from "../terraform/validation-error";
import type { FunctionSettings, FunctionVpc } from "./lambda-function";
import type { ReconcilerNames } from "./reconciler-names";

/** The functions that look at clusters and change them. All of its names are known at synth, so that other stacks need no reference. */
export interface IReconciler extends IConstruct, ReconcilerNames {
  /** The ledger's table. */
  readonly ledgerTable: string;
  /** The audit trail's table. */
  readonly auditTable: string;
  /** What has to exist before plan and apply can call the functions. Only of meaning in the same stack. */
  readonly dependables: readonly ITerraformDependable[];
  /** What has to exist before schedules and parameters can. Not part of the gate. Only of meaning in the same stack. */
  readonly enforceDependables: readonly ITerraformDependable[];
}

/** In which network the functions run. */
export interface ReconcilerVpc extends FunctionVpc {
  /**
   * Subnets from which the clusters, and the endpoints of SSM, DynamoDB, Secrets Manager, STS, EventBridge, EventBridge Scheduler and
   * CloudWatch, can be reached.
   */
  readonly subnetIds: readonly string[];
  /** Security groups of the functions. The clusters' own must let them in. */
  readonly securityGroupIds: readonly string[];
}

export interface ReconcilerProps extends FunctionSettings {
  /** Where it keeps what was applied, and what was done. */
  readonly ledger: IAccessLedger;
  /**
   * Begins the functions' names (`<name>-preview`, `<name>-apply`, `<name>-enforce`): 1 to 40 letters, digits, `_` and `-`. Another name is another
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
   * How long an enforcement may take, in seconds, 10 to 900.
   * @default 300
   */
  readonly enforceTimeout?: number;
  /**
   * The event bus that events of what happened go to, by its name. It has to be in the functions' account and region.
   * @default "default"
   */
  readonly eventBus?: string;
  /**
   * Where the hashes of the audit trail's heads are kept, so that a cut-off end shows.
   * @default - in the functions' logs alone
   */
  readonly auditAnchor?: IAuditAnchor;
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
  /**
   * Its event bus.
   * @default "default"
   */
  readonly eventBus?: string;
}

export function assertReconcilerProps(scope: Construct, props: ReconcilerProps): void {
  assertWhole(scope, "memorySize", props.memorySize, 128, 10_240);
  assertWhole(scope, "previewTimeout", props.previewTimeout, 5, 900);
  assertWhole(scope, "applyTimeout", props.applyTimeout, 10, 900);
  assertWhole(scope, "enforceTimeout", props.enforceTimeout, 10, 900);
  assertVpc(scope, props.vpc);
}

/** @throws ValidationError where the number is known at synth and not a whole one within the limits */
export function assertWhole(
  scope: IConstruct,
  prop: string,
  value: number | undefined,
  minimum: number,
  maximum: number,
): void {
  if (value === undefined || Token.isUnresolved(value)) return;
  if (!Number.isInteger(value) || value < minimum || value > maximum)
    throw new ValidationError(
      `\`${prop}\` must be a whole number from ${minimum} to ${maximum}, got: ${value}`,
      scope,
    );
}

export function assertVpc(scope: IConstruct, vpc: FunctionVpc | undefined): void {
  if (vpc && (vpc.subnetIds.length === 0 || vpc.securityGroupIds.length === 0))
    throw new ValidationError("`vpc` must name at least one subnet and one security group", scope);
}
