import type { ITerraformDependable } from "cdktf";
import type { IConstruct } from "constructs";
import type { IAccessLedger } from "../ledger/access-ledger";
import type { IAuditAnchor } from "../ledger/audit-anchor";
import type { FunctionSettings, FunctionVpc } from "./function-settings";
import type { ReconcilerNames } from "./reconciler-names";

/**
 * The functions that inspect clusters and change them. All names are known at synth, so other stacks need no
 * reference.
 */
export interface IReconciler extends IConstruct, ReconcilerNames {
  /** The name of the ledger's table. */
  readonly ledgerTable: string;
  /** The name of the audit trail's table. */
  readonly auditTable: string;
  /**
   * Whether the tables are in another account or region than the functions. Clusters then have no run roles.
   * @default false
   */
  readonly ledgerIsElsewhere?: boolean | undefined;
  /**
   * The regions of the root certificates that the functions have.
   * @default - not known, or the functions trust other authorities: no region is refused
   */
  readonly trustedRegions?: readonly string[] | undefined;
  /**
   * The resources that must exist before plan and apply can call the functions. Only used within the same
   * stack.
   */
  readonly dependables: readonly ITerraformDependable[];
  /**
   * The ARN of the permissions boundary of the clusters' run roles.
   * @default - none
   */
  readonly permissionsBoundary?: string | undefined;
  /**
   * Whether the functions' own roles reach no cluster, so that each needs run roles.
   * @default - not known
   */
  readonly clusterRolesOnly?: boolean | undefined;
  /**
   * Whether the rotation function is made.
   * @default - not known
   */
  readonly rotates?: boolean | undefined;
  /**
   * The resources that must exist before Secrets Manager can call the rotation function. Not part of the
   * gate. Only used within the same stack.
   * @default - none
   */
  readonly rotateDependables?: readonly ITerraformDependable[] | undefined;
  /**
   * The resources that must exist before schedules and changes of parameters can call the enforcement
   * function. Not part of the gate. Only used within the same stack.
   */
  readonly enforceDependables: readonly ITerraformDependable[];
}

/** The network that the reconciler's functions run in. */
export interface ReconcilerVpc extends FunctionVpc {
  /**
   * The ids of at least one subnet that can reach the clusters and the endpoints of SSM, DynamoDB, KMS,
   * Secrets Manager, STS, EventBridge, EventBridge Scheduler and CloudWatch.
   */
  readonly subnetIds: readonly string[];
  /**
   * The ids of at least one security group for the functions. The clusters' security groups must admit it.
   */
  readonly securityGroupIds: readonly string[];
}

/** The IAM roles of the functions' account that may call them, by name or ARN. */
export interface Invokers {
  /**
   * Roles of pipelines that plan. They may call the preview function.
   * @default - none
   */
  readonly preview?: readonly string[];
  /**
   * Roles of pipelines that apply. They may call the preview and the apply function.
   * @default - none
   */
  readonly apply?: readonly string[];
}

export interface ReconcilerProps extends FunctionSettings {
  /** The tables that record what was applied and what was done. */
  readonly ledger: IAccessLedger;
  /**
   * The beginning of all names (`<name>-preview`, `<name>-apply`, `<name>-enforce`): 1 to 40 letters, digits,
   * `_` and `-`, the first a letter or digit. A reconciler with another name is another reconciler: hooks are
   * replaced, accounts stay.
   * @default "aurora-users"
   */
  readonly name?: string;
  /**
   * The path of the registry's SSM parameters: begins with `/`, at most 14 levels, not below `/aws` or
   * `/ssm`.
   * @default - "/" and the name
   */
  readonly registryPath?: string;
  /**
   * The network that the functions run in.
   * @default - outside any VPC, for clusters with a public endpoint (there is almost never a reason for one)
   */
  readonly vpc?: ReconcilerVpc;
  /**
   * The memory of each function, in MB, 128 to 10240.
   * @default 256
   */
  readonly memorySize?: number;
  /**
   * The longest that a preview may take, in seconds, 5 to 300. A plan waits for it at most that long. A
   * cluster that pauses when idle needs 80 s.
   * @default 120
   */
  readonly previewTimeout?: number;
  /**
   * The longest that an apply may take, in seconds, 10 to 300. An apply stops safely before that; the next
   * run finishes the remaining statements. Networks cut a connection that is idle for 350 s, and the provider
   * would then send the call again.
   * @default 300
   */
  readonly applyTimeout?: number;
  /**
   * The longest that an enforcement may take, in seconds, 10 to 900.
   * @default 300
   */
  readonly enforceTimeout?: number;
  /**
   * Whether to make the function that rotates the passwords of services, `<name>-rotate`. Clusters use it
   * with `passwords: { rotateAfterDays }`.
   * @default false
   */
  readonly rotation?: boolean;
  /**
   * Whether every cluster has `runRoles`, so that the functions' own roles need no right on ledger, audit
   * trail, schedules and databases. Functions then refuse a cluster whose registry entry names
   * none. Set it when each cluster's stack was applied with this release or a later one. Not with a ledger
   * of another account or region.
   * @default false - the functions' own roles also serve clusters of earlier releases
   */
  readonly clusterRolesOnly?: boolean;
  /**
   * The IAM roles that may call the functions: each gets a policy of its own. A role that has
   * `lambda:InvokeFunction` from elsewhere keeps it.
   * @default - none: the roles have the permission from elsewhere
   */
  readonly invokers?: Invokers;
  /**
   * The certificates of the authorities that sign the clusters' certificates, as PEM text, instead of those
   * that ship. AWS Lambda takes 4 KB of variables: three such certificates, seldom more.
   * @default - `caBundleFile`
   */
  readonly caBundle?: string;
  /**
   * The path of a file with these certificates in PEM, of any size, instead of those that ship. It becomes
   * part of the functions' zip. For several regions, put their files together.
   * @default - the root certificates of RDS in the functions' zip, which has none for GovCloud, China and the
   * newest regions
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/UsingWithRDS.SSL.html
   */
  readonly caBundleFile?: string;
  /**
   * The path of the functions' zip.
   * @default - the zip in this package
   */
  readonly bundle?: string;
  /**
   * The name of the event bus that the functions send events to, in their own account and region: 1 to 256
   * letters, digits, `.`, `_` and `-`.
   * @default "default"
   */
  readonly eventBus?: string;
  /**
   * The bucket that keeps the hashes of the audit trail's heads. They show whether the end of the trail was
   * cut off.
   * @default - none: the hashes are only in the functions' logs
   */
  readonly auditAnchor?: IAuditAnchor;
}

/** Describes the functions of another stack. */
export interface ReconcilerAttributes {
  /**
   * The reconciler's name: 1 to 40 letters, digits, `_` and `-`, the first a letter or digit.
   * @default "aurora-users"
   */
  readonly name?: string;
  /**
   * The path of its registry's SSM parameters.
   * @default - "/" and the name
   */
  readonly registryPath?: string;
  /**
   * The name of the ledger's table.
   * @default "aurora-users-ledger"
   */
  readonly ledgerTable?: string;
  /**
   * The name of the audit trail's table.
   * @default "aurora-users-audit"
   */
  readonly auditTable?: string;
  /**
   * Whether the tables are in another account or region than the functions. Clusters then have no run roles.
   * @default false
   */
  readonly ledgerIsElsewhere?: boolean;
  /**
   * The name of its event bus.
   * @default "default"
   */
  readonly eventBus?: string;
  /**
   * The ARN of the permissions boundary of the clusters' run roles.
   * @default - none
   */
  readonly permissionsBoundary?: string;
  /**
   * Whether the `Reconciler` has `clusterRolesOnly`: then synth refuses a cluster without run roles.
   * @default - not known
   */
  readonly clusterRolesOnly?: boolean;
}
