import { CloudwatchEventRule } from "@cdktf/provider-aws/lib/cloudwatch-event-rule";
import { CloudwatchEventTarget } from "@cdktf/provider-aws/lib/cloudwatch-event-target";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { Construct } from "constructs";
import { parameterSourceSchema } from "../../core/contract/registry-entry";
import { reachesSystemDatabase } from "../../core/roster/ceiling";
import type { AuroraCluster } from "../cluster/aurora-cluster";
import type { Roles } from "../cluster/shipped-roles";
import type { IReconciler } from "../reconciler/reconciler-props";
import { encodeName, resource } from "../terraform/address";
import { arnOf } from "../terraform/arn";
import { assertArn } from "../terraform/assertions";
import { claimName } from "../terraform/claimed-names";
import { ownResources } from "../terraform/own-resources";
import { keyStatements, policyDocument } from "../terraform/policy-document";
import { dependOnStackOf } from "../terraform/stack-context";
import { ValidationError } from "../terraform/validation-error";
import { claimParameter } from "./claim-parameter";
import { privilegesAbove, rolesOf } from "./source-roles";

/** A cluster that a document in Parameter Store may grant access to. */
export interface SourcedCluster {
  /** The cluster. All clusters of a source must have the same reconciler. */
  readonly cluster: AuroraCluster;
  /**
   * The databases that the document may grant access to, at least one. A user whose entry names no databases
   * gets all of them.
   */
  readonly databases: readonly string[];
}

export interface ParameterStoreSourceProps {
  /**
   * The source's name: a project's environment (`shop/prod`), or any name of at most 128 letters, digits and
   * `._/-`, the first a letter or digit. Unique on each cluster.
   */
  readonly name: string;
  /**
   * The full name of the SSM parameter, at most 900 characters. The permission to write it is the permission
   * to grant access, within the databases, the roles and the ceiling. No source may have a parameter below
   * that of another: permissions on a parameter often cover those below it.
   * @default - "/", the reconciler's name, "-sources/" and the source's name:
   * "/aurora-users-sources/shop/prod"
   */
  readonly parameterName?: string;
  /** The clusters that the document may grant access to, at least one. */
  readonly clusters: readonly SourcedCluster[];
  /**
   * The privileges of each role that the document can name. Required if the ceiling allows more of
   * `SHIPPED_ROLES` than `read`: the default of earlier releases was all that it allows.
   * @default - the shipped role `read` alone: `{ read: ["SELECT"] }`
   */
  readonly roles?: Roles;
  /**
   * The largest share of its accounts that a change may remove without confirmation, 0 to 1.
   * @default 0.5
   */
  readonly maxRemovalShare?: number;
  /**
   * The smallest number of removed accounts that can need confirmation: a whole number, at least 1.
   * @default 3
   */
  readonly minRemovals?: number;
  /**
   * The ARN of the customer's KMS key that encrypts the parameter (a SecureString).
   * @default - none
   */
  readonly kmsKeyArn?: string;
}

/** The longest name of an EventBridge rule, in characters. */
const MAX_RULE_NAME = 64;

/**
 * A roster that a team keeps as JSON in an SSM parameter, to change access without a pipeline. Terraform
 * makes neither the parameter nor its value. It allows the enforcement function to read the parameter, and
 * makes each change call the function within seconds.
 *
 * @example
 * new ParameterStoreSource(this, "ShopProd", {
 *   name: "shop/prod",
 *   clusters: [{ cluster: orders, databases: ["shop", "shop_archive"] }],
 *   roles: { read: ["SELECT"], write: ["SELECT", "INSERT", "UPDATE"] },
 * });
 *
 * @see https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-cwe.html
 */
export class ParameterStoreSource extends Construct {
  /** The source's name. */
  readonly name: string;
  /** The full name of the parameter that holds the document. */
  readonly parameterName: string;

  constructor(scope: Construct, id: string, props: ParameterStoreSourceProps) {
    super(scope, id);
    const [first] = props.clusters;
    if (first === undefined) throw new ValidationError("`clusters` must name at least one cluster", this);
    const { reconciler } = first.cluster;
    if (props.clusters.some(({ cluster }) => cluster.reconciler.name !== reconciler.name))
      throw new ValidationError("`clusters` must have the same reconciler", this);
    assertArn(this, "kmsKeyArn", props.kmsKeyArn);
    this.name = props.name;
    this.parameterName = props.parameterName ?? `/${reconciler.name}-sources/${props.name}`;
    claimParameter(this, this.parameterName, reconciler);
    for (const sourced of props.clusters) this.#register(sourced, props);
    dependOnStackOf(this, reconciler);
    this.#deliverChanges(reconciler);
    this.#allowReading(reconciler, props.kmsKeyArn);
  }

  /** Adds the source to a cluster's registry entry. */
  #register({ cluster, databases }: SourcedCluster, props: ParameterStoreSourceProps): void {
    const { name, ceiling } = cluster;
    const { roles = rolesOf(this, cluster), maxRemovalShare = 0.5, minRemovals = 3 } = props;
    for (const [role, privileges] of Object.entries(roles)) {
      const above = privilegesAbove(ceiling, privileges);
      if (above.length > 0)
        throw new ValidationError(
          `\`roles\` must stay within the ceiling of ${name}, got: ${role} with ${above.join(", ")}`,
          this,
        );
    }
    for (const database of databases)
      if (reachesSystemDatabase(database) || (ceiling.databases && !ceiling.databases.includes(database)))
        throw new ValidationError(
          `\`databases\` must stay within the ceiling of ${name}, got: ${database}`,
          this,
        );
    const parsed = parameterSourceSchema.safeParse({
      name: this.name,
      parameter: this.parameterName,
      databases,
      roles,
      maxRemovalShare,
      minRemovals,
    });
    if (!parsed.success)
      throw new ValidationError(
        parsed.error.issues.map(issue => `\`${issue.path.join(".")}\`: ${issue.message}`).join("; "),
        this,
      );
    cluster.addSource(parsed.data, this);
  }

  /** Sends each change of the parameter to the reconciler's queue, as the event that AWS publishes. */
  #deliverChanges(reconciler: IReconciler): void {
    const start = `${reconciler.name}-source-`;
    const name = `${start}${this.name.replaceAll("/", ".")}`;
    if (name.length > MAX_RULE_NAME)
      throw new ValidationError(
        `\`name\` must have at most ${MAX_RULE_NAME - start.length} characters, got ${this.name.length}`,
        this,
      );
    claimName(this, "rule", name);
    const logicalId = this.#address(reconciler);
    const rule = resource(CloudwatchEventRule, this, "Changes", {
      logicalId,
      name,
      description: `Changes of the roster ${this.name} in Parameter Store`,
      eventPattern: JSON.stringify({
        source: ["aws.ssm"],
        "detail-type": ["Parameter Store Change"],
        detail: { name: [this.parameterName], operation: ["Create", "Update", "Delete"] },
      }),
    });
    resource(CloudwatchEventTarget, this, "Queue", {
      logicalId,
      rule: rule.name,
      targetId: "enforce",
      arn: arnOf(this, "sqs", reconciler.sourceQueue),
      deadLetterConfig: { arn: arnOf(this, "sqs", reconciler.deadLetterQueue) },
      dependsOn: ownResources(this, reconciler.enforceDependables),
    });
  }

  #allowReading(reconciler: IReconciler, kmsKeyArn: string | undefined): void {
    resource(IamRolePolicy, this, "Policy", {
      logicalId: this.#address(reconciler),
      name: `source-${this.name.replaceAll("/", ".")}`,
      role: reconciler.enforceRole,
      policy: policyDocument([
        {
          // The function finds the last valid document in the parameter's history.
          Action: ["ssm:GetParameter", "ssm:GetParameterHistory", "ssm:GetParameters"],
          Resource: ["", "/*"].map(end => arnOf(this, "ssm", `parameter${this.parameterName}${end}`)),
        },
        ...keyStatements(kmsKeyArn),
      ]),
      dependsOn: ownResources(this, reconciler.enforceDependables),
    });
  }

  #address(reconciler: IReconciler): string {
    return `${encodeName(reconciler.name)}-source-${encodeName(this.name)}`;
  }
}
