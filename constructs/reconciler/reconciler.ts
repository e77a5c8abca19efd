import { LambdaPermission } from "@cdktf/provider-aws/lib/lambda-permission";
import type { ITerraformDependable } from "cdktf";
import type { Construct } from "constructs";
import { defined } from "../../core/json";
import { AccessConstruct } from "../terraform/access-construct";
import { encodeName, resource } from "../terraform/address";
import { assertArn, assertWhole } from "../terraform/assertions";
import { claimName } from "../terraform/claimed-names";
import { currentAccountId } from "../terraform/stack-context";
import { ValidationError } from "../terraform/validation-error";
import { assertRoom, CA_BUNDLE_FILE, type CaBundle, caBundle } from "./ca-bundle";
import { DeployedFunction } from "./deployed-function";
import { EnforcementDelivery } from "./enforcement-delivery";
import { type FunctionBundle, functionBundle } from "./function-bundle";
import {
  applyStatements,
  enforceStatements,
  previewStatements,
  rotateStatements,
} from "./function-permissions";
import { assertRolesOfClusters, assertSettings, assertVpc } from "./function-settings";
import { InvokePolicies } from "./invokers";
import { proofKey } from "./proof-key";
import { DEFAULT_RECONCILER_NAME, type ReconcilerNames, reconcilerNames } from "./reconciler-names";
import type { IReconciler, ReconcilerAttributes, ReconcilerProps } from "./reconciler-props";

/**
 * The longest time-out of a function whose answer Terraform waits for, in seconds. NAT gateways and load
 * balancers cut a connection that is idle for 350 s, and the provider then sends the call again.
 * @see https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-troubleshooting.html
 */
const MAX_AWAITED = 300;
const WHY_MAX_AWAITED =
  "Terraform waits for the answer on a connection that is idle, and networks cut such a connection after 350 s";

/** The differences between the functions. */
const FUNCTIONS = {
  preview: {
    id: "Preview",
    description: "Says what an apply would do to a cluster; changes nothing",
    statements: previewStatements,
    timeout: 120,
  },
  apply: {
    id: "Apply",
    description: "Applies a roster to a cluster",
    statements: applyStatements,
    timeout: 300,
  },
  enforce: {
    id: "Enforce",
    description: "Takes away what has expired on a cluster, and looks for drift",
    statements: enforceStatements,
    timeout: 300,
  },
  rotate: {
    id: "Rotate",
    description: "Rotates the password of a service, in the four steps of Secrets Manager",
    statements: rotateStatements,
    timeout: 180,
  },
} as const;

type Action = keyof typeof FUNCTIONS;

// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the constructor assigns all members
abstract class NamedReconciler extends AccessConstruct {
  constructor(scope: Construct, id: string, given: ReconcilerAttributes | ReconcilerProps) {
    super(scope, id);
    Object.assign(this, reconcilerNames(this, given.name, given.registryPath, given.eventBus));
  }
}

/** Gives `NamedReconciler` the names as properties without a second list of them. */
// biome-ignore lint/correctness/noUnusedVariables: it merges with the class
interface NamedReconciler extends ReconcilerNames {}

/**
 * The preview, apply and enforcement functions. Each has a role of its own with the least permissions it
 * needs. The preview's role cannot change anything, so a pipeline that only plans needs permission for that
 * function alone. `AuroraCluster` adds the permissions on a cluster and the schedules that enforce it.
 *
 * @example
 * const ledger = new AccessLedger(this, "Ledger");
 * new Reconciler(this, "Reconciler", {
 *   ledger,
 *   vpc: { subnetIds: ["subnet-0a1b2c3d"], securityGroupIds: ["sg-0a1b2c3d"] },
 *   tracing: true,
 * });
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
 */
export class Reconciler extends NamedReconciler implements IReconciler {
  /** The functions of another stack, known by their names. */
  static fromReconcilerAttributes(
    scope: Construct,
    id: string,
    attributes: ReconcilerAttributes = {},
  ): IReconciler {
    return new ImportedReconciler(scope, id, attributes);
  }

  readonly ledgerTable: string;
  readonly auditTable: string;
  readonly ledgerIsElsewhere: boolean;
  readonly trustedRegions: readonly string[] | undefined;
  readonly dependables: readonly ITerraformDependable[];
  readonly enforceDependables: readonly ITerraformDependable[];
  readonly rotates: boolean;
  readonly rotateDependables: readonly ITerraformDependable[];
  readonly permissionsBoundary: string | undefined;
  readonly clusterRolesOnly: boolean;
  readonly #certificates: CaBundle;
  readonly #bundle: FunctionBundle;

  constructor(scope: Construct, id: string, props: ReconcilerProps) {
    super(scope, id, props);
    const { ledger } = props;
    if (!ledger)
      throw new ValidationError(
        '`ledger` is missing: make one with `new AccessLedger(stack, "Ledger")`',
        this,
      );
    claimName(this, "reconciler", this.name);
    assertWhole(this, "memorySize", props.memorySize, [128, 10_240]);
    assertWhole(this, "previewTimeout", props.previewTimeout, [5, MAX_AWAITED, WHY_MAX_AWAITED]);
    assertWhole(this, "applyTimeout", props.applyTimeout, [10, MAX_AWAITED, WHY_MAX_AWAITED]);
    assertWhole(this, "enforceTimeout", props.enforceTimeout, [10, 900]);
    assertVpc(this, props.vpc);
    assertSettings(this, props);
    this.ledgerTable = ledger.ledgerTable;
    this.auditTable = ledger.auditTable;
    this.ledgerIsElsewhere = ledger.isElsewhere ?? false;
    this.permissionsBoundary = props.permissionsBoundary;
    this.clusterRolesOnly = props.clusterRolesOnly ?? false;
    assertRolesOfClusters(this);
    this.#certificates = caBundle(this, props);
    const { file, regions } = this.#certificates;
    this.trustedRegions = regions;
    this.#bundle = functionBundle(this, "reconciler", {
      file: props.bundle,
      added: file && { name: CA_BUNDLE_FILE, content: file },
    });
    // Not in `dependables` either, for the same reason as `enforceDependables`.
    const { arn } = proofKey(this, this, props);
    const preview = this.#deploy("preview", props, arn, props.previewTimeout);
    const apply = this.#deploy("apply", props, arn, props.applyTimeout);
    const enforce = this.#deploy("enforce", props, arn, props.enforceTimeout);
    const delivery = new EnforcementDelivery(this, "Enforcement", {
      names: this,
      lambda: enforce.lambda,
      timeout: props.enforceTimeout ?? FUNCTIONS.enforce.timeout,
      settings: props,
    });
    this.dependables = [preview.lambda, preview.policy, apply.lambda, apply.policy, ...ledger.dependables];
    // Not in `dependables`: a new resource there replaces every gate, and hooks do not need this function.
    this.rotates = props.rotation ?? false;
    this.rotateDependables = this.rotates ? this.#rotation(props, arn) : [];
    this.enforceDependables = [enforce.lambda, enforce.policy, ...delivery.dependables];
    if (props.invokers) new InvokePolicies(this, "Invokers", this, props.invokers);
  }

  /** Makes the rotation function, which Secrets Manager may call for secrets of this account. */
  #rotation(props: ReconcilerProps, proofKeyArn: string): ITerraformDependable[] {
    const { lambda, policy } = this.#deploy("rotate", props, proofKeyArn);
    const permission = resource(LambdaPermission, this, "RotatePermission", {
      logicalId: `${encodeName(this.name)}-rotate`,
      statementId: "secretsmanager",
      action: "lambda:InvokeFunction",
      functionName: lambda.functionName,
      principal: "secretsmanager.amazonaws.com",
      sourceAccount: currentAccountId(this),
    });
    return [lambda, policy, permission];
  }

  #deploy(action: Action, props: ReconcilerProps, proofKeyArn: string, timeout?: number): DeployedFunction {
    const { auditAnchor, ledger } = props;
    const { id, description, statements, timeout: defaultTimeout } = FUNCTIONS[action];
    return new DeployedFunction(this, id, {
      address: `${encodeName(this.name)}-${action}`,
      functionName: this[`${action}Function`],
      description,
      roleName: this[`${action}Role`],
      roleDescription: `The ${action} function of ${this.name}`,
      policyName: "reconciler",
      statements: statements(this, {
        names: this,
        ledger,
        auditAnchor,
        proofKeyArn,
        clusterRolesOnly: this.clusterRolesOnly,
      }),
      handler: `index.${action}`,
      bundle: this.#bundle,
      memorySize: props.memorySize ?? 256,
      timeout: timeout ?? defaultTimeout,
      variables: this.#variables(action, props, proofKeyArn),
      settings: props,
    });
  }

  #variables(
    action: Action,
    { auditAnchor, ledger }: ReconcilerProps,
    proofKeyArn: string,
  ): Record<string, string> {
    // The preview may not write to the bucket.
    const anchor = action === "preview" ? undefined : auditAnchor;
    const variables = defined({
      REGISTRY_PATH: this.registryPath,
      // DynamoDB takes the ARN in place of the name, and needs it for a table of another account.
      LEDGER_TABLE: ledger.isElsewhere ? ledger.ledgerTableArn : this.ledgerTable,
      AUDIT_TABLE: ledger.isElsewhere ? ledger.auditTableArn : this.auditTable,
      SERVICE_NAME: this.name,
      EVENT_BUS: this.eventBus,
      CLUSTER_ROLES_ONLY: this.clusterRolesOnly ? "true" : undefined,
      AUDIT_ANCHOR_BUCKET: anchor?.bucket,
      AUDIT_ANCHOR_PREFIX: anchor && `${anchor.prefix}/`,
      ...this.#certificates.variables,
      PROOF_KEY: proofKeyArn,
    });
    assertRoom(this, variables);
    return variables;
  }
}

class ImportedReconciler extends NamedReconciler implements IReconciler {
  readonly ledgerTable: string;
  readonly auditTable: string;
  readonly dependables: readonly ITerraformDependable[] = [];
  readonly enforceDependables: readonly ITerraformDependable[] = [];
  readonly permissionsBoundary: string | undefined;
  readonly clusterRolesOnly: boolean | undefined;
  readonly ledgerIsElsewhere: boolean;

  constructor(scope: Construct, id: string, attributes: ReconcilerAttributes) {
    super(scope, id, attributes);
    assertArn(this, "permissionsBoundary", attributes.permissionsBoundary, "policy");
    this.permissionsBoundary = attributes.permissionsBoundary;
    this.clusterRolesOnly = attributes.clusterRolesOnly;
    this.ledgerIsElsewhere = attributes.ledgerIsElsewhere ?? false;
    assertRolesOfClusters(this);
    this.ledgerTable = attributes.ledgerTable ?? `${DEFAULT_RECONCILER_NAME}-ledger`;
    this.auditTable = attributes.auditTable ?? `${DEFAULT_RECONCILER_NAME}-audit`;
  }
}
