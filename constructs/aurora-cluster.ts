import { type ITerraformDependable, TerraformStack, Token } from "cdktf";
import { Construct, type IConstruct } from "constructs";
import { PREFIX_PATTERN } from "../core/account-name";
import { type Ceiling, ceilingSchema, ceilingViolations, DEFAULT_CEILING } from "../core/ceiling";
import { REMOVAL_POLICIES, type RemovalPolicy } from "../core/payload";
import { CLUSTER_NAME_PATTERN, DEFINER_POLICIES, UNMANAGED_POLICIES } from "../core/registry-entry";
import { type Roster, rosterSchema } from "../core/roster";
import { clusterAddress, recordAddress } from "./address";
import { AppRegistry } from "./app-registry";
import { clusterGate } from "./cluster-gate";
import { clusterHook } from "./cluster-hook";
import { clusterPolicies } from "./cluster-permissions";
import { registryParameter } from "./cluster-registry-entry";
import { ClusterRoster, type RosterEntry } from "./cluster-roster";
import type { ClusterSource } from "./cluster-source";
import { type ConnectGrantee, ConnectPolicy } from "./connect-policy";
import { expressionLiteral } from "./escape";
import type { IReconciler } from "./reconciler";
import { currentAccountId, currentRegion } from "./stack-context";
import { TerraformData } from "./terraform-data";
import { UserGrant, type UserGrantProps } from "./user-grant";
import { ValidationError } from "./validation-error";

/** A cluster whose users are managed, here or elsewhere. */
export interface IAuroraCluster extends IConstruct {
  /** What `users/` calls it. */
  readonly name: string;
  /** What its managed accounts begin with, before the `_`. */
  readonly prefix: string;
  /** `cluster-ABC...`. May be a token. */
  readonly resourceId: string;
  /** May be a token. */
  readonly region: string;
  /** May be a token. */
  readonly accountId: string;
  /** Lets a role, a group or a permission set log in: each to the account of its own name. */
  grantConnect(grantee: ConnectGrantee): ConnectPolicy;
}

export interface AuroraClusterProps {
  /** The functions that look after it. */
  readonly reconciler: IReconciler;
  /** Where the cluster is, and how the functions log in. */
  readonly source: ClusterSource;
  /**
   * What `users/` calls it: letters, digits, `.`, `_` and `-`, at most 63, the first a letter or digit. It is in every address in
   * Terraform's state and in the ledger, so that another name is another cluster.
   * @default - the construct's id
   */
  readonly name?: string;
  /**
   * What managed accounts begin with, before a `_`: one to eight lower-case letters or digits, the first a letter. Accounts
   * without it are never touched. It has to be that of `users/settings.yaml`, where that names one.
   * @default "sl"
   */
  readonly prefix?: string;
  /**
   * The most that may ever be granted.
   * @default DEFAULT_CEILING - every database privilege but ALTER ROUTINE
   */
  readonly ceiling?: Ceiling;
  /**
   * What happens to accounts that bear the prefix and that nobody declared: `report` names them in every plan, `lock` locks them,
   * `remove` drops them.
   * @default "report"
   */
  readonly unmanaged?: (typeof UNMANAGED_POLICIES)[number];
  /**
   * What happens to an account that has to go while views, routines, triggers or events run as it: `block` locks it and keeps its
   * grants, so that they go on working; `strip` takes the grants too, and they break.
   * @default "block"
   */
  readonly definers?: (typeof DEFINER_POLICIES)[number];
  /**
   * What a removal of this construct does to the accounts: `protect` refuses as long as there are any, `remove` drops them, `retain`
   * leaves them as they are. It counts once it has been applied.
   * @default "protect"
   */
  readonly removalPolicy?: RemovalPolicy;
  /**
   * Takes the cluster over from another owner. To be taken out again afterwards.
   * @default false
   */
  readonly adopt?: boolean;
  /**
   * Who declares the cluster. The functions refuse a cluster that has another owner.
   * @default - the stack's id
   */
  readonly owner?: string;
  /**
   * What a plan is for (a commit, a ticket), for the audit trail: at most 1024 characters. By itself it changes nothing.
   * @default - none
   */
  readonly reference?: string;
  /**
   * The records in the plan: one for each user (`grant`), or one for all (`cluster`), which is quicker beyond a thousand users.
   * @default "grant"
   */
  readonly records?: "grant" | "cluster";
  /**
   * What else the functions need to reach the cluster: security group rules, routes, endpoints.
   * @default - nothing
   */
  readonly dependsOn?: readonly ITerraformDependable[];
}

/** A cluster that another stack declares. */
export interface AuroraClusterAttributes {
  /** What `users/` calls it. */
  readonly name: string;
  /** The cluster's resource id (`cluster-ABC...`), never its name. */
  readonly resourceId: string;
  /**
   * What its managed accounts begin with.
   * @default "sl"
   */
  readonly prefix?: string;
  /**
   * The cluster's region.
   * @default - the stack's
   */
  readonly region?: string;
  /**
   * The cluster's account.
   * @default - the stack's
   */
  readonly accountId?: string;
}

export const DEFAULT_PREFIX = "sl";
/** A call carries roster, change set and the call before it, and AWS Lambda takes 6 MB. */
const MAX_ROSTER_BYTES = 2_500_000;

const declared = new AppRegistry<AuroraCluster>();

/** The names of all clusters of the app that `scope` is in and that the reconciler looks after, in order. */
export const declaredClusters = (scope: IConstruct, reconciler: IReconciler): string[] =>
  [...declared.of(scope).values()]
    .filter(cluster => cluster.reconciler.name === reconciler.name)
    .map(cluster => cluster.name)
    .sort();

/**
 * A cluster under management. Every plan asks the live database what is to be done and shows the statements; apply runs those and
 * nothing else.
 *
 * @example
 * const orders = new AuroraCluster(this, "orders", {
 *   reconciler,
 *   source: ClusterSource.fromLookup("orders-prod"),
 * });
 * addUsers("users", [orders]);
 * orders.grantConnect({ role: "developers" });
 *
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/UsingWithRDS.IAMDBAuth.html
 */
export class AuroraCluster extends Construct implements IAuroraCluster {
  /** A cluster of another stack, to let somebody log in to it. */
  static fromAuroraClusterAttributes(scope: Construct, id: string, attributes: AuroraClusterAttributes): IAuroraCluster {
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
    assertProps(this, this.name, this.prefix, this.ceiling, props);
    this.declare();

    const stack = TerraformStack.of(this);
    const reconcilerStack = TerraformStack.of(props.reconciler);
    if (reconcilerStack !== stack) stack.addDependency(reconcilerStack);

    const coordinates = props.source.bind(this, this.name);
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
      },
      coordinates,
    );
    const policies = clusterPolicies(this, this.name, props.reconciler, coordinates, parameter);
    const gate = clusterGate(this, this.name, props.reconciler, coordinates, [
      parameter,
      ...policies,
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
    return new UserGrant(this, recordAddress(user.user, this.name), { cluster: this, user, grants, ...options });
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
      return parsed.error.issues.map(issue => `the roster of ${this.name}: ${issue.path.join(".")}: ${issue.message}`);
    return ceilingViolations(roster, this.ceiling, this.prefix).map(
      ({ account, database, message }) =>
        `${account} on ${this.name}${database === undefined ? "" : `, database ${database}`}: ${message}`,
    );
  }
}

function assertProps(scope: Construct, name: string, prefix: string, ceiling: Ceiling, props: AuroraClusterProps): void {
  if (Token.isUnresolved(name) || !CLUSTER_NAME_PATTERN.test(name))
    throw new ValidationError(
      `\`name\` must be letters, digits, \`.\`, \`_\` and \`-\`, at most 63, the first a letter or digit, known at synth, got: ${name}`,
      scope,
    );
  if (Token.isUnresolved(prefix) || !PREFIX_PATTERN.test(prefix))
    throw new ValidationError(
      `\`prefix\` must be one to eight lower-case letters or digits, the first a letter, known at synth, got: ${prefix}`,
      scope,
    );
  const parsed = ceilingSchema.safeParse(ceiling);
  if (!parsed.success) {
    const faults = parsed.error.issues.map(issue => `${issue.path.join(".")}: ${issue.message}`).join("; ");
    throw new ValidationError(`\`ceiling\` must name privileges of MySQL and databases, known at synth: ${faults}`, scope);
  }
  const oneOf = (prop: string, value: string | undefined, allowed: readonly string[]) => {
    if (value !== undefined && !allowed.includes(value))
      throw new ValidationError(`\`${prop}\` must be one of ${allowed.join(", ")}, got: ${value}`, scope);
  };
  oneOf("unmanaged", props.unmanaged, UNMANAGED_POLICIES);
  oneOf("definers", props.definers, DEFINER_POLICIES);
  oneOf("removalPolicy", props.removalPolicy, REMOVAL_POLICIES);
  oneOf("records", props.records, ["grant", "cluster"]);
  if (props.owner !== undefined && (props.owner.length === 0 || props.owner.length > 256))
    throw new ValidationError(`\`owner\` must have 1 to 256 characters, got ${props.owner.length}`, scope);
  if (props.reference !== undefined && props.reference.length > 1024)
    throw new ValidationError(`\`reference\` must have at most 1024 characters, got ${props.reference.length}`, scope);
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
