import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { encodeName } from "../terraform/address";
import { EnforcementDelivery } from "./enforcement-delivery";
import { functionBundle } from "./function-bundle";
import { applyStatements, enforceStatements, previewStatements } from "./function-permissions";
import { DeployedFunction } from "./lambda-function";
import { DEFAULT_RECONCILER_NAME, reconcilerNames } from "./reconciler-names";
import {
  assertReconcilerProps,
  type IReconciler,
  type ReconcilerAttributes,
  type ReconcilerProps,
} from "./reconciler-props";

export type { IReconciler, ReconcilerAttributes, ReconcilerProps, ReconcilerVpc } from "./reconciler-props";

/** What differs between the functions. */
const FUNCTIONS = {
  preview: {
    id: "Preview",
    description: "Says what an apply would do to a cluster; changes nothing",
    statements: previewStatements,
    timeout: 30,
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
} as const;

type Action = keyof typeof FUNCTIONS;

/** A construct that bears all names of a reconciler. */
abstract class NamedReconciler extends Construct implements IReconciler {
  readonly name: string;
  readonly previewFunction: string;
  readonly applyFunction: string;
  readonly enforceFunction: string;
  readonly previewRole: string;
  readonly applyRole: string;
  readonly enforceRole: string;
  readonly schedulerRole: string;
  readonly scheduleGroup: string;
  readonly eventBus: string;
  readonly sourceQueue: string;
  readonly deadLetterQueue: string;
  readonly registryPath: string;
  abstract readonly ledgerTable: string;
  abstract readonly auditTable: string;
  abstract readonly dependables: readonly ITerraformDependable[];
  abstract readonly enforceDependables: readonly ITerraformDependable[];

  constructor(
    scope: Construct,
    id: string,
    given: Pick<ReconcilerAttributes, "name" | "registryPath" | "eventBus">,
  ) {
    super(scope, id);
    const names = reconcilerNames(this, given.name, given.registryPath, given.eventBus);
    this.name = names.name;
    this.previewFunction = names.previewFunction;
    this.applyFunction = names.applyFunction;
    this.enforceFunction = names.enforceFunction;
    this.previewRole = names.previewRole;
    this.applyRole = names.applyRole;
    this.enforceRole = names.enforceRole;
    this.schedulerRole = names.schedulerRole;
    this.scheduleGroup = names.scheduleGroup;
    this.eventBus = names.eventBus;
    this.sourceQueue = names.sourceQueue;
    this.deadLetterQueue = names.deadLetterQueue;
    this.registryPath = names.registryPath;
  }
}

/**
 * The three functions, each with a role that may do only what it has to: the preview has no permission that changes a cluster's
 * ledger, so that a pipeline which only plans can be allowed to call just that one. What a role may do on a cluster comes with the
 * cluster (`AuroraCluster`), and so do the schedules that call the enforcement function.
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
export class Reconciler extends NamedReconciler {
  /** The functions of another stack, by their names. */
  static fromReconcilerAttributes(
    scope: Construct,
    id: string,
    attributes: ReconcilerAttributes = {},
  ): IReconciler {
    return new ImportedReconciler(scope, id, attributes);
  }

  readonly ledgerTable: string;
  readonly auditTable: string;
  readonly dependables: readonly ITerraformDependable[];
  readonly enforceDependables: readonly ITerraformDependable[];

  constructor(scope: Construct, id: string, props: ReconcilerProps) {
    super(scope, id, props);
    assertReconcilerProps(this, props);
    this.ledgerTable = props.ledger.ledgerTable;
    this.auditTable = props.ledger.auditTable;
    const preview = this.deploy("preview", props, props.previewTimeout);
    const apply = this.deploy("apply", props, props.applyTimeout);
    // Not in `dependables`: what the gate waits for replaces it when it is new, and hooks do without the enforcement function.
    const enforce = this.deploy("enforce", props, props.enforceTimeout);
    const delivery = new EnforcementDelivery(this, "Enforcement", {
      names: this,
      lambda: enforce.lambda,
      timeout: props.enforceTimeout ?? FUNCTIONS.enforce.timeout,
      settings: props,
    });
    this.dependables = [
      preview.lambda,
      preview.policy,
      apply.lambda,
      apply.policy,
      ...props.ledger.dependables,
    ];
    this.enforceDependables = [enforce.lambda, enforce.policy, ...delivery.dependables];
  }

  private deploy(action: Action, props: ReconcilerProps, timeout?: number): DeployedFunction {
    const { id, description, statements, timeout: usual } = FUNCTIONS[action];
    return new DeployedFunction(this, id, {
      address: `${encodeName(this.name)}-${action}`,
      functionName: this[`${action}Function`],
      description,
      roleName: this[`${action}Role`],
      roleDescription: `The ${action} function of ${this.name}`,
      policyName: "reconciler",
      statements: statements(this, { names: this, ledger: props.ledger, auditAnchor: props.auditAnchor }),
      handler: `index.${action}`,
      bundle: functionBundle(this, "reconciler", props.bundle),
      memorySize: props.memorySize ?? 256,
      timeout: timeout ?? usual,
      variables: this.variables(action, props),
      vpc: props.vpc,
      settings: props,
    });
  }

  private variables(action: Action, { auditAnchor, caBundle }: ReconcilerProps): Record<string, string> {
    return {
      REGISTRY_PATH: this.registryPath,
      LEDGER_TABLE: this.ledgerTable,
      AUDIT_TABLE: this.auditTable,
      SERVICE_NAME: this.name,
      EVENT_BUS: this.eventBus,
      // The preview may not write there.
      ...(auditAnchor === undefined || action === "preview"
        ? {}
        : { AUDIT_ANCHOR_BUCKET: auditAnchor.bucket, AUDIT_ANCHOR_PREFIX: `${auditAnchor.prefix}/` }),
      ...(caBundle === undefined ? {} : { CA_BUNDLE: caBundle }),
    };
  }
}

class ImportedReconciler extends NamedReconciler {
  readonly ledgerTable: string;
  readonly auditTable: string;
  readonly dependables: readonly ITerraformDependable[] = [];
  readonly enforceDependables: readonly ITerraformDependable[] = [];

  constructor(scope: Construct, id: string, attributes: ReconcilerAttributes) {
    super(scope, id, attributes);
    this.ledgerTable = attributes.ledgerTable ?? `${DEFAULT_RECONCILER_NAME}-ledger`;
    this.auditTable = attributes.auditTable ?? `${DEFAULT_RECONCILER_NAME}-audit`;
  }
}
