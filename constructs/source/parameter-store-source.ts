import { CloudwatchEventRule } from "@cdktf/provider-aws/lib/cloudwatch-event-rule";
import { CloudwatchEventTarget } from "@cdktf/provider-aws/lib/cloudwatch-event-target";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { Annotations, Aspects } from "cdktf";
import type { Construct, IConstruct } from "constructs";
import { parameterSourceSchema } from "../../core/contract/registry-entry";
import { defined } from "../../core/json";
import { reachesSystemDatabase } from "../../core/roster/ceiling";
import type { AuroraCluster } from "../cluster/aurora-cluster";
import { outliveHook } from "../cluster/outlive-hook";
import type { Roles } from "../cluster/shipped-roles";
import type { IReconciler } from "../reconciler/reconciler-props";
import { AccessConstruct } from "../terraform/access-construct";
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
   * Whether a document may take over accounts with the prefix that exist, and that no roster and no source
   * declared before. Such an account then gets the login and the grants of the document, and is dropped when
   * the document no longer names it.
   * @default false - these entries are left out and reported
   */
  readonly adoptAccounts?: boolean;
  /**
   * The domains of the e-mail addresses to which mails about the document's accounts go, without sub-domains.
   * Mails to other addresses are not sent; with an empty list none are.
   * @default - `emailDomains` of the folder's settings.yaml; if it names none, no mails, and synth warns
   */
  readonly mailDomains?: readonly string[];
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
export class ParameterStoreSource extends AccessConstruct {
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
    assertArn(this, "kmsKeyArn", props.kmsKeyArn, "key");
    this.name = props.name;
    this.parameterName = props.parameterName ?? `/${reconciler.name}-sources/${props.name}`;
    claimParameter(this, this.parameterName, reconciler);
    for (const sourced of props.clusters) this.#register(sourced, props);
    if (props.mailDomains === undefined) this.#warnWithoutMails(props.clusters);
    dependOnStackOf(this, reconciler);
    this.#deliverChanges(reconciler);
    const policy = this.#allowReading(reconciler, props.kmsKeyArn);
    for (const { cluster } of props.clusters) outliveHook(cluster, [policy]);
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
      // Functions of an earlier release refuse a field that they do not know.
      adoptAccounts: props.adoptAccounts || undefined,
      mailDomains: props.mailDomains,
    });
    if (!parsed.success)
      throw new ValidationError(
        parsed.error.issues.map(issue => `\`${issue.path.join(".")}\`: ${issue.message}`).join("; "),
        this,
      );
    cluster.addSource(defined(parsed.data), this);
  }

  /** Warns at synth, when all users were added. */
  #warnWithoutMails(clusters: readonly SourcedCluster[]): void {
    const visit = (node: IConstruct) => {
      const without = clusters.filter(({ cluster }) => cluster.mailDomains.length === 0);
      if (node !== this || without.length === 0) return;
      const names = without.map(({ cluster }) => cluster.name).join(", ");
      Annotations.of(this).addWarning(
        `no mail goes to users of the source ${this.name} on ${names}: set \`mailDomains\`, to [] if that is ` +
          "meant, or name `emailDomains` in settings.yaml",
      );
    };
    Aspects.of(this).add({ visit });
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

  #allowReading(reconciler: IReconciler, kmsKeyArn: string | undefined): IamRolePolicy {
    return resource(IamRolePolicy, this, "Policy", {
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
