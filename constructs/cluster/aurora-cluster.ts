import { TerraformStack } from "cdktf";
import { Construct, type IConstruct } from "constructs";
import type { ParameterSource } from "../../core/contract/registry-entry";
import { byCodeUnit } from "../../core/json";
import { type Ceiling, ceilingViolations, DEFAULT_CEILING } from "../../core/roster/ceiling";
import { type Roster, rosterSchema } from "../../core/roster/roster";
import type { IReconciler } from "../reconciler/reconciler-props";
import { clusterAddress, recordAddress } from "../terraform/address";
import { AppRegistry } from "../terraform/app-registry";
import { expressionLiteral } from "../terraform/escape";
import { currentAccountId, currentRegion } from "../terraform/stack-context";
import { TerraformData } from "../terraform/terraform-data";
import { ValidationError } from "../terraform/validation-error";
import {
  type AuroraClusterAttributes,
  type AuroraClusterProps,
  assertClusterProps,
  DEFAULT_INTERVAL_MINUTES,
  DEFAULT_PREFIX,
  type IAuroraCluster,
} from "./aurora-cluster-props";
import { clusterGate } from "./cluster-gate";
import { clusterHook } from "./cluster-hook";
import { clusterPolicies } from "./cluster-permissions";
import { registryParameter } from "./cluster-registry-entry";
import { ClusterRoster, type RosterEntry } from "./cluster-roster";
import { ClusterSchedules, expirySchedule } from "./cluster-schedules";
import { type ConnectGrantee, ConnectPolicy } from "./connect-policy";
import { UserGrant, type UserGrantProps } from "./user-grant";

export type {
  AuroraClusterAttributes,
  AuroraClusterProps,
  EnforcementOptions,
  IAuroraCluster,
} from "./aurora-cluster-props";

/** A call carries roster, change set and the call before it, and AWS Lambda takes 6 MB. */
const MAX_ROSTER_BYTES = 2_500_000;

const declared = new AppRegistry<AuroraCluster>();

/** The names of all clusters of the app that `scope` is in and that the reconciler looks after, in order. */
export const declaredClusters = (scope: IConstruct, reconciler: IReconciler): string[] =>
  [...declared.of(scope).values()]
    .filter(cluster => cluster.reconciler.name === reconciler.name)
    .map(cluster => cluster.name)
    .sort();

/** How often a cluster that the app declares is enforced, in minutes; undefined: the app does not declare it. */
export const declaredInterval = (
  scope: IConstruct,
  reconciler: IReconciler,
  cluster: string,
): number | undefined => declared.of(scope).get(`${reconciler.name}/${cluster}`)?.everyMinutes;

/**
 * A cluster under management. Every plan asks the live database what is to be done and shows the statements; apply runs those and
 * nothing else.
 *
 * @example
 * const orders = new AuroraCluster(this, "orders", {
 *   reconciler,
 *   endpoint: ClusterEndpoint.fromLookup("orders-prod"),
 * });
 * addUsers("users", [orders]);
 * orders.grantConnect({ role: "developers" });
 *
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/UsingWithRDS.IAMDBAuth.html
 */
export class AuroraCluster extends Construct implements IAuroraCluster {
  /** A cluster of another stack, to let somebody log in to it. */
  static fromAuroraClusterAttributes(
    scope: Construct,
    id: string,
    attributes: AuroraClusterAttributes,
  ): IAuroraCluster {
    return new ImportedCluster(scope, id, attributes);
  }

  readonly name: string;
  readonly prefix: string;
  readonly ceiling: Ceiling;
  readonly resourceId: string;
  readonly region: string;
  readonly accountId: string;
  readonly reconciler: IReconciler;
  /** Whether `prefix` was asked for, and is not the default. */
  readonly prefixGiven: boolean;
  /** How often it is looked at on schedule. */
  readonly everyMinutes: number;
  private readonly sources = new Map<string, ParameterSource>();
  private readonly roster: ClusterRoster;
  private readonly hookAddress: string;
  private readonly records: "grant" | "cluster";

  constructor(scope: Construct, id: string, props: AuroraClusterProps) {
    super(scope, id);
    this.name = props.name ?? id;
    this.prefix = props.prefix ?? DEFAULT_PREFIX;
    this.prefixGiven = props.prefix !== undefined;
    this.ceiling = props.ceiling ?? DEFAULT_CEILING;
    this.records = props.records ?? "grant";
    this.reconciler = props.reconciler;
    this.everyMinutes = props.enforcement?.everyMinutes ?? DEFAULT_INTERVAL_MINUTES;
    assertClusterProps(this, this.name, this.prefix, this.ceiling, props);
    this.declare();

    const stack = TerraformStack.of(this);
    const reconcilerStack = TerraformStack.of(props.reconciler);
    if (reconcilerStack !== stack) stack.addDependency(reconcilerStack);

    const coordinates = props.endpoint.bind(this, this.name);
    this.resourceId = coordinates.resourceId;
    this.region = coordinates.region;
    this.accountId = coordinates.accountId;
    this.roster = new ClusterRoster(this.name, this);

    const parameter = registryParameter(
      this,
      props.reconciler.registryPath,
      {
        cluster: this.name,
        prefix: this.prefix,
        ceiling: this.ceiling,
        unmanaged: props.unmanaged ?? "report",
        definers: props.definers ?? "block",
        drift: props.enforcement?.drift ?? "report",
        expirySchedule: expirySchedule(this.name, props.reconciler),
      },
      coordinates,
      () => [...this.sources.values()].sort((a, b) => byCodeUnit(a.name, b.name)),
    );
    const policies = clusterPolicies(this, this.name, props.reconciler, coordinates, parameter);
    const gate = clusterGate(this, this.name, props.reconciler, coordinates, [
      parameter,
      ...policies.hook,
      ...props.reconciler.dependables,
      ...coordinates.dependables,
      ...(props.dependsOn ?? []),
    ]);
    this.hookAddress = clusterHook(this, {
      cluster: this.name,
      reconciler: props.reconciler,
      gate,
      resourceId: this.resourceId,
      owner: props.owner ?? stack.node.id,
      adopt: props.adopt ?? false,
      removalPolicy: props.removalPolicy ?? "protect",
      reference: props.reference,
      roster: () => this.roster.toTerraform(),
    });
    new ClusterSchedules(this, "Schedules", {
      cluster: this.name,
      reconciler: props.reconciler,
      everyMinutes: this.everyMinutes,
      dependsOn: [parameter, policies.enforce],
    });
    if (this.records === "cluster")
      new TerraformData(this, "Grants", {
        logicalId: clusterAddress(this.name, "grants"),
        // Not as input: with each change, Terraform prints the whole old output of an update in place.
        triggersReplace: `\${local.${clusterAddress(this.name, "roster")}.accounts}`,
        dependsOn: [this.hookAddress],
        createBeforeDestroy: true,
      });
    this.node.addValidation({ validate: () => this.rosterFaults() });
  }

  /**
   * Gives a user roles on databases of this cluster.
   * @see UserGrant
   */
  addGrant(
    user: UserGrantProps["user"],
    grants: UserGrantProps["grants"],
    options: Pick<UserGrantProps, "roles"> = {},
  ): UserGrant {
    return new UserGrant(this, recordAddress(user.user, this.name), {
      cluster: this,
      user,
      grants,
      ...options,
    });
  }

  /**
   * Adds an account to the roster, and its record to the plan.
   * @param scope Where the record stands in the construct tree; its address is always of user and cluster.
   * @throws ValidationError where the account or its user is there already.
   */
  addAccount(entry: RosterEntry, scope: Construct = this): void {
    if (this.records === "cluster") {
      this.roster.add(entry, scope);
      return;
    }
    // A local for each account: records that pick theirs out of the roster took Terraform a minute for a thousand.
    const logicalId = recordAddress(entry.details.user, this.name);
    const escaped = this.roster.add(entry, scope, logicalId);
    // One expression instead of a member for each detail: synthesis of thousands takes a third less.
    const account = expressionLiteral(entry.account, "account", scope);
    new TerraformData(scope, `Record-${logicalId}`, {
      logicalId,
      locals: { [logicalId]: escaped },
      input: `\${merge({account = ${account}}, local.${logicalId})}`,
      dependsOn: [this.hookAddress],
      createBeforeDestroy: true,
    });
  }

  /** Says who answers for projects that grants name, for messages about them. */
  addProjects(projects: NonNullable<Roster["projects"]>): void {
    this.roster.addProjects(projects);
  }

  /**
   * Lets the enforcement function read a roster from Parameter Store.
   * @see ParameterStoreSource
   * @throws ValidationError where a source of that name is there already.
   */
  addSource(source: ParameterSource, scope: Construct = this): void {
    if (this.sources.has(source.name))
      throw new ValidationError(`the cluster ${this.name} has two sources named ${source.name}`, scope);
    this.sources.set(source.name, source);
  }

  grantConnect(grantee: ConnectGrantee): ConnectPolicy {
    return connect(this, grantee);
  }

  /** The roster as it stands now: all who were added so far. */
  toRoster(): Roster {
    return this.roster.toRoster();
  }

  /** Two clusters of one name would share an SSM parameter, a ledger entry and, in one stack, every address. */
  private declare(): void {
    const key = `${this.reconciler.name}/${this.name}`;
    const clusters = declared.of(this);
    const other = clusters.get(key);
    if (other !== undefined)
      throw new ValidationError(
        `the cluster ${this.name} is declared twice: at ${other.node.path} and at ${this.node.path}`,
        this,
      );
    clusters.set(key, this);
  }

  private rosterFaults(): string[] {
    const roster = this.roster.toRoster();
    const bytes = Buffer.byteLength(JSON.stringify(roster));
    if (bytes > MAX_ROSTER_BYTES)
      return [
        `the roster of ${this.name} must not be larger than ${MAX_ROSTER_BYTES} bytes, and has ${bytes}: split the cluster's users`,
      ];
    const parsed = rosterSchema.safeParse(roster);
    if (!parsed.success)
      return parsed.error.issues.map(
        issue => `the roster of ${this.name}: ${issue.path.join(".")}: ${issue.message}`,
      );
    return ceilingViolations(roster, this.ceiling, this.prefix).map(
      ({ account, database, message }) =>
        `${account} on ${this.name}${database === undefined ? "" : `, database ${database}`}: ${message}`,
    );
  }
}

const connect = (cluster: IAuroraCluster & Construct, grantee: ConnectGrantee): ConnectPolicy =>
  new ConnectPolicy(cluster, `Connect-${ConnectPolicy.granteeId(grantee)}`, { clusters: [cluster], grantee });

class ImportedCluster extends Construct implements IAuroraCluster {
  readonly name: string;
  readonly prefix: string;
  readonly resourceId: string;
  readonly region: string;
  readonly accountId: string;

  constructor(scope: Construct, id: string, attributes: AuroraClusterAttributes) {
    super(scope, id);
    this.name = attributes.name;
    this.prefix = attributes.prefix ?? DEFAULT_PREFIX;
    this.resourceId = attributes.resourceId;
    this.region = attributes.region ?? currentRegion(this);
    this.accountId = attributes.accountId ?? currentAccountId(this);
  }

  grantConnect(grantee: ConnectGrantee): ConnectPolicy {
    return connect(this, grantee);
  }
}
