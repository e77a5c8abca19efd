import { CloudwatchEventRule } from "@cdktf/provider-aws/lib/cloudwatch-event-rule";
import { CloudwatchEventTarget } from "@cdktf/provider-aws/lib/cloudwatch-event-target";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { TerraformStack } from "cdktf";
import { Construct } from "constructs";
import type { DatabasePrivilege } from "../../core/catalogue/mysql-privileges";
import { parameterSourceSchema } from "../../core/contract/registry-entry";
import { reachesSystemDatabase } from "../../core/roster/ceiling";
import type { IReconciler } from "../reconciler/reconciler-props";
import { encodeName } from "../terraform/address";
import { arnOf } from "../terraform/arn";
import { assertArn } from "../terraform/assert-arn";
import { claimName } from "../terraform/claimed-names";
import { policyDocument } from "../terraform/policy-document";
import { ValidationError } from "../terraform/validation-error";
import type { AuroraCluster } from "./aurora-cluster";
import { resourcesOf } from "./cluster-gate";
import { SHIPPED_ROLES } from "./shipped-roles";

/** A cluster that a document in Parameter Store may speak of. */
export interface SourcedCluster {
  /** All clusters of a source have the same reconciler. */
  readonly cluster: AuroraCluster;
  /** The databases that the document may give access to, and all of which a user gets who names none. */
  readonly databases: readonly string[];
}

export interface ParameterStoreSourceProps {
  /**
   * What tells it apart: a project's environment (`shop/prod`), or any name of letters, digits and `._/-`, at most 128, the first a
   * letter or digit.
   */
  readonly name: string;
  /**
   * The SSM parameter, by its full name. Who may write it decides who gets access, within the databases, the roles and the ceiling.
   * @default - "/aurora-users-sources/" (or what the reconciler is called, and "-sources/") and the name
   */
  readonly parameterName?: string;
  /** The clusters that it speaks of. */
  readonly clusters: readonly SourcedCluster[];
  /**
   * What the roles mean that its users name.
   * @default SHIPPED_ROLES - as far as the cluster's ceiling allows them
   */
  readonly roles?: Readonly<Record<string, readonly DatabasePrivilege[]>>;
  /**
   * Above which share of its accounts a removal wants to be confirmed, 0 to 1.
   * @default 0.5
   */
  readonly maxRemovalShare?: number;
  /**
   * Fewer removals than this never want to be confirmed.
   * @default 3
   */
  readonly minRemovals?: number;
  /**
   * The customer's key that the parameter is encrypted with (a SecureString), as an ARN.
   * @default - none
   */
  readonly kmsKeyArn?: string;
}

/**
 * A roster that a team keeps as JSON in an SSM parameter, for when it must act without a pipeline. Terraform makes neither the
 * parameter nor its value; it lets the enforcement function read it, and hear of each change within seconds.
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
  readonly name: string;
  /** The parameter to write. */
  readonly parameterName: string;

  constructor(scope: Construct, id: string, props: ParameterStoreSourceProps) {
    super(scope, id);
    const [first] = props.clusters;
    if (first === undefined) throw new ValidationError("`clusters` must name at least one cluster", this);
    const { reconciler } = first.cluster;
    if (props.clusters.some(({ cluster }) => cluster.reconciler.name !== reconciler.name))
      throw new ValidationError("`clusters` must have the same reconciler", this);
    if (props.kmsKeyArn !== undefined) assertArn(this, "kmsKeyArn", props.kmsKeyArn);
    this.name = props.name;
    this.parameterName = props.parameterName ?? `/${reconciler.name}-sources/${props.name}`;
    assertParameterName(this, this.parameterName, reconciler);
    for (const sourced of props.clusters) this.add(sourced, props);

    const stack = TerraformStack.of(this);
    const reconcilerStack = TerraformStack.of(reconciler);
    if (reconcilerStack !== stack) stack.addDependency(reconcilerStack);
    this.hear(reconciler);
    this.letRead(reconciler, props.kmsKeyArn);
  }

  private add({ cluster, databases }: SourcedCluster, props: ParameterStoreSourceProps): void {
    const { ceiling } = cluster;
    const { maxRemovalShare = 0.5, minRemovals = 3 } = props;
    const above = (privileges: readonly DatabasePrivilege[]) =>
      privileges.filter(name => !ceiling.privileges.includes(name));
    const roles =
      props.roles ??
      Object.fromEntries(
        Object.entries(SHIPPED_ROLES).filter(([, privileges]) => above(privileges).length === 0),
      );
    for (const [role, privileges] of Object.entries(roles))
      if (above(privileges).length > 0)
        throw new ValidationError(
          `\`roles\`: ${role} asks for ${above(privileges).join(", ")}, which the ceiling of ${cluster.name} does not allow`,
          this,
        );
    for (const database of databases)
      if (reachesSystemDatabase(database) || (ceiling.databases && !ceiling.databases.includes(database)))
        throw new ValidationError(
          `\`databases\`: the ceiling of ${cluster.name} does not allow ${database}`,
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

  /** Each change of the parameter goes into the reconciler's queue, as the event that AWS publishes. */
  private hear(reconciler: IReconciler): void {
    const start = `${reconciler.name}-source-`;
    const name = `${start}${this.name.replaceAll("/", ".")}`;
    if (name.length > 64)
      throw new ValidationError(
        `\`name\` must have at most ${64 - start.length} characters, got ${this.name.length}`,
        this,
      );
    claimName(this, "rule", name);
    const address = `${encodeName(reconciler.name)}-source-${encodeName(this.name)}`;
    const rule = new CloudwatchEventRule(this, "Changes", {
      name,
      description: `Changes of the roster ${this.name} in Parameter Store`,
      eventPattern: JSON.stringify({
        source: ["aws.ssm"],
        "detail-type": ["Parameter Store Change"],
        detail: { name: [this.parameterName], operation: ["Create", "Update", "Delete"] },
      }),
    });
    rule.overrideLogicalId(address);
    const target = new CloudwatchEventTarget(this, "Queue", {
      rule: rule.name,
      targetId: "enforce",
      arn: arnOf(this, "sqs", reconciler.sourceQueue),
      deadLetterConfig: { arn: arnOf(this, "sqs", reconciler.deadLetterQueue) },
      dependsOn: resourcesOf(this, reconciler.enforceDependables),
    });
    target.overrideLogicalId(address);
  }

  private letRead(reconciler: IReconciler, kmsKeyArn: string | undefined): void {
    const policy = new IamRolePolicy(this, "Policy", {
      name: `source-${this.name.replaceAll("/", ".")}`,
      role: reconciler.enforceRole,
      policy: policyDocument([
        {
          // The last good document is found in the parameter's history.
          Action: ["ssm:GetParameter", "ssm:GetParameterHistory", "ssm:GetParameters"],
          Resource: ["", "/*"].map(end => arnOf(this, "ssm", `parameter${this.parameterName}${end}`)),
        },
        ...(kmsKeyArn === undefined ? [] : [{ Action: ["kms:Decrypt"], Resource: kmsKeyArn }]),
      ]),
      dependsOn: resourcesOf(this, reconciler.enforceDependables),
    });
    policy.overrideLogicalId(`${encodeName(reconciler.name)}-source-${encodeName(this.name)}`);
  }
}

/** @see https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-parameter-name-constraints.html */
function assertParameterName(scope: Construct, name: string, { registryPath }: IReconciler): void {
  // One level is left for the parts of a document that is too large for one parameter.
  if (!/^(\/[A-Za-z0-9_.-]+){1,14}$/.test(name) || /^\/(aws|ssm)/i.test(name) || name.length > 900)
    throw new ValidationError(
      `\`parameterName\` must be the full name of an SSM parameter, not below \`/aws\` or \`/ssm\`, known at synth, got: ${name}`,
      scope,
    );
  if (`${name}/`.startsWith(`${registryPath}/`))
    throw new ValidationError(
      `\`parameterName\` must not stand below the registry's path ${registryPath}, got: ${name}`,
      scope,
    );
}
