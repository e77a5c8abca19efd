import { CloudwatchEventRule } from "@cdktf/provider-aws/lib/cloudwatch-event-rule";
import { CloudwatchEventTarget } from "@cdktf/provider-aws/lib/cloudwatch-event-target";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { Construct } from "constructs";
import type { DatabasePrivilege } from "../../core/catalogue/mysql-privileges";
import { parameterSourceSchema } from "../../core/contract/registry-entry";
import { type Ceiling, reachesSystemDatabase } from "../../core/roster/ceiling";
import type { IReconciler } from "../reconciler/reconciler-props";
import { encodeName, resource } from "../terraform/address";
import { arnOf } from "../terraform/arn";
import { assertArn, assertText } from "../terraform/assertions";
import { claimName } from "../terraform/claimed-names";
import { ownResources } from "../terraform/own-resources";
import { keyStatements, policyDocument } from "../terraform/policy-document";
import { dependOnStackOf } from "../terraform/stack-context";
import { ValidationError } from "../terraform/validation-error";
import type { AuroraCluster } from "./aurora-cluster";
import { type Roles, SHIPPED_ROLES } from "./shipped-roles";

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
   * to grant access, within the databases, the roles and the ceiling.
   * @default - "/", the reconciler's name, "-sources/" and the source's name:
   * "/aurora-users-sources/shop/prod"
   */
  readonly parameterName?: string;
  /** The clusters that the document may grant access to, at least one. */
  readonly clusters: readonly SourcedCluster[];
  /**
   * The privileges of each role that the document can name.
   * @default SHIPPED_ROLES - those of them that the cluster's ceiling allows
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

/** One level remains for the parts of a document that is too large for one parameter. */
const PARAMETER_NAME = {
  pattern: /^(?!\/(?:aws|ssm))(?=.{1,900}$)(\/[A-Za-z0-9_.-]+){1,14}$/i,
  rule: "the full name of an SSM parameter, not below `/aws` or `/ssm`",
};

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
    assertParameterName(this, this.parameterName, reconciler);
    for (const sourced of props.clusters) this.#register(sourced, props);
    dependOnStackOf(this, reconciler);
    this.#deliverChanges(reconciler);
    this.#allowReading(reconciler, props.kmsKeyArn);
  }

  /** Adds the source to a cluster's registry entry. */
  #register({ cluster, databases }: SourcedCluster, props: ParameterStoreSourceProps): void {
    const { name, ceiling } = cluster;
    const { roles = rolesWithin(ceiling), maxRemovalShare = 0.5, minRemovals = 3 } = props;
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

const privilegesAbove = (ceiling: Ceiling, privileges: readonly DatabasePrivilege[]): DatabasePrivilege[] =>
  privileges.filter(name => !ceiling.privileges.includes(name));

/** The shipped roles that the ceiling allows. */
const rolesWithin = (ceiling: Ceiling): Roles =>
  Object.fromEntries(
    Object.entries(SHIPPED_ROLES).filter(
      ([, privileges]) => privilegesAbove(ceiling, privileges).length === 0,
    ),
  );

/**
 * @see https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-parameter-name-constraints.html
 */
function assertParameterName(scope: Construct, name: string, { registryPath }: IReconciler): void {
  assertText(scope, "parameterName", name, PARAMETER_NAME);
  if (`${name}/`.startsWith(`${registryPath}/`))
    throw new ValidationError(
      `\`parameterName\` must not be below the registry's path ${registryPath}, got: ${name}`,
      scope,
    );
}
