import { TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import type { ParameterSource } from "../../core/contract/registry-entry";
import { DEFAULT_PREFIX } from "../../core/roster/account-name";
import { type Ceiling, DEFAULT_CEILING } from "../../core/roster/ceiling";
import type { Roster } from "../../core/roster/roster";
import type { IAccountSecret } from "../password/account-secret";
import { ClusterSecrets } from "../password/cluster-secrets";
import type { IReconciler } from "../reconciler/reconciler-props";
import { AccessConstruct } from "../terraform/access-construct";
import { clusterAddress, recordAddress } from "../terraform/address";
import { dependOnStackOf } from "../terraform/stack-context";
import { ValidationError } from "../terraform/validation-error";
import {
  type AuroraClusterAttributes,
  type AuroraClusterProps,
  DEFAULT_INTERVAL_MINUTES,
} from "./aurora-cluster-props";
import { assertClusterProps } from "./checks/cluster-props";
import { assertNamedAccounts } from "./checks/named-accounts";
import { regionFaults } from "./checks/region-faults";
import { ruledRoster } from "./checks/rule-faults";
import type { AccountHolder, IAuroraCluster } from "./cluster";
import type { ClusterCoordinates } from "./cluster-endpoint-props";
import { clusterHook } from "./cluster-hook";
import { clusterPolicies } from "./cluster-permissions";
import { notEmpty, registryParameter, withMailDomains } from "./cluster-registry-entry";
import type { ClusterRoster, RosterEntry } from "./cluster-roster";
import { ClusterSchedules, expirySchedule } from "./cluster-schedules";
import type { ConnectOptions } from "./connect/connect-options";
import type { ConnectPolicy } from "./connect/connect-policy";
import { grantConnect } from "./connect/grant-connect";
import type { ConnectGrantee } from "./connect/grantee";
import { declareCluster } from "./declared-clusters";
import { gate, gateValues } from "./gate";
import { ImportedCluster } from "./imported-cluster";
import { addAccountSecret, outliveHook } from "./outlive-hook";
import { accountRecord } from "./records/account-record";
import { clusterRecord } from "./records/cluster-record";
import { type RunRoles, runRolesOf } from "./run-roles/run-roles";
import { UserGrant } from "./user-grant";
import type { UserGrantProps } from "./user-grant-props";

/**
 * A cluster whose users are managed. Every plan compares the live database with the roster and shows the
 * needed statements; apply runs them. The first apply, which nobody could read before, only creates accounts.
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
export class AuroraCluster extends AccessConstruct implements IAuroraCluster, AccountHolder {
  /** A cluster of another stack, for permissions to log in to it. */
  static fromAuroraClusterAttributes(
    scope: Construct,
    id: string,
    attributes: AuroraClusterAttributes,
  ): IAuroraCluster {
    return new ImportedCluster(scope, id, attributes);
  }

  readonly name: string;
  readonly prefix: string;
  readonly alsoManages: readonly string[] | undefined;
  /** The most that can ever be granted. */
  readonly ceiling: Ceiling;
  readonly resourceId: string;
  readonly nextResourceIds: readonly string[] | undefined;
  readonly proxyResourceIds: readonly string[] | undefined;
  readonly region: string;
  readonly accountId: string;
  /** The functions that manage the cluster's users. */
  readonly reconciler: IReconciler;
  /** Whether the prop `prefix` was given, even if it equals the default. */
  readonly prefixGiven: boolean;
  /** The interval of scheduled runs, in minutes. */
  readonly everyMinutes: number;
  #runRoleArns: RunRoles["arns"] | undefined;
  readonly #sources = new Map<string, ParameterSource>();
  #mailDomains: readonly string[] = [];
  readonly #roster: ClusterRoster;
  readonly #secrets: ClusterSecrets;
  readonly #hookAddress: string;
  readonly #records: "grant" | "cluster";

  constructor(scope: Construct, id: string, props: AuroraClusterProps) {
    super(scope, id);
    this.name = props.name ?? id;
    this.prefix = props.prefix ?? DEFAULT_PREFIX;
    this.alsoManages = props.alsoManages;
    this.prefixGiven = props.prefix !== undefined;
    this.ceiling = props.ceiling ?? DEFAULT_CEILING;
    this.reconciler = props.reconciler;
    this.everyMinutes = props.enforcement?.everyMinutes ?? DEFAULT_INTERVAL_MINUTES;
    this.#records = props.records ?? "grant";
    const { alsoManages, name, prefix, ceiling } = this;
    this.nextResourceIds = props.nextResourceIds;
    this.proxyResourceIds = props.proxyResourceIds;
    assertClusterProps(this, { ...props, name, prefix, ceiling });
    declareCluster(this);
    dependOnStackOf(this, props.reconciler);

    const coordinates = props.endpoint.bind(this, name);
    const { credentials } = coordinates;
    assertNamedAccounts(this, { alsoManages, prefix, takeOver: props.takeOver }, { ceiling, credentials });
    this.resourceId = coordinates.resourceId;
    this.region = coordinates.region;
    this.accountId = coordinates.accountId;
    this.#roster = ruledRoster(this, this.#sources);
    this.#secrets = new ClusterSecrets(this, props.passwords);
    this.#hookAddress = this.#manage(props, coordinates);
    if (this.#records === "cluster") clusterRecord(this, name, this.#hookAddress);
    this.node.addValidation({ validate: () => this.#roster.faults(ceiling, { alsoManages, prefix }) });
    this.node.addValidation({ validate: () => regionFaults(this, coordinates) });
  }

  /**
   * Grants a user roles on databases of this cluster.
   * @throws ValidationError as `UserGrant` does
   */
  addGrant(
    user: UserGrantProps["user"],
    grants: UserGrantProps["grants"],
    options: Pick<UserGrantProps, "roles"> = {},
  ): UserGrant {
    const id = recordAddress(user.user, this.name);
    return new UserGrant(this, id, { cluster: this, user, grants, ...options });
  }

  /**
   * Adds an account to the roster and its record to the plan.
   * @param scope the record's place in the construct tree, and the construct that errors name. The record's
   * address depends on user and cluster alone.
   * @throws ValidationError if the roster already has the account or its user
   */
  addAccount(entry: RosterEntry, scope: Construct = this): void {
    const escaped = this.#roster.add(entry, scope);
    if (entry.details.login === "password") addAccountSecret(this, this.#secrets, entry);
    if (this.#records === "cluster") return;
    const { name, prefix } = this;
    const hasUser = (user: string) => this.#roster.hasUser(user);
    accountRecord(scope, { name, prefix, hookAddress: this.#hookAddress, hasUser }, entry, escaped);
  }

  /** Declares the owners of projects and teams that grants name. They get messages about those grants. */
  addProjects(projects: NonNullable<Roster["projects"]>, teams: NonNullable<Roster["teams"]> = {}): void {
    this.#roster.addOwners(projects, teams);
  }

  /** The run roles' ARNs, if it has any. `assumeRoleArn` must trust both by `aws:PrincipalArn`. */
  get runRoleArns(): RunRoles["arns"] | undefined {
    return this.#runRoleArns;
  }

  /** The domains of addresses in the users folder: mails about sources' accounts go there by default. */
  get mailDomains(): readonly string[] {
    return this.#mailDomains;
  }

  /** Declares domains of e-mail addresses. @see mailDomains */
  addMailDomains(domains: readonly string[]): void {
    this.#mailDomains = [...new Set([...this.#mailDomains, ...domains])];
  }

  /**
   * Allows the enforcement function to read a roster from Parameter Store.
   * @throws ValidationError if the cluster already has a source of that name
   */
  addSource(source: ParameterSource, scope: Construct = this): void {
    if (this.#sources.has(source.name))
      throw new ValidationError(`the cluster ${this.name} has two sources named ${source.name}`, scope);
    this.#sources.set(source.name, source);
  }

  grantConnect(grantee: ConnectGrantee, options: ConnectOptions = {}): ConnectPolicy {
    return grantConnect(this, grantee, options);
  }

  /**
   * The secret of a service that logs in by password.
   * @param user the user's name: the name of its file without `.yaml`
   * @throws ValidationError if no user of that name does, or `addUsers` comes later
   */
  accountSecret(user: string): IAccountSecret {
    return this.#secrets.of(user);
  }

  /** The roster of all accounts that were added so far. */
  toRoster(): Roster {
    return this.#roster.toRoster();
  }

  /** Makes everything that the functions need to manage the cluster. @returns the hook's address */
  #manage(props: AuroraClusterProps, coordinates: ClusterCoordinates): string {
    const { name, reconciler } = this;
    const runRoles = runRolesOf(this, props.runRoles, coordinates, this.#secrets);
    this.#runRoleArns = runRoles?.arns;
    const rules = {
      cluster: name,
      prefix: this.prefix,
      alsoManages: notEmpty(this.alsoManages),
      takeOver: notEmpty(props.takeOver),
      ceiling: this.ceiling,
      unmanaged: props.unmanaged ?? "report",
      definers: props.definers ?? "block",
      drift: props.enforcement?.drift ?? "report",
      observationTimeout: props.observationTimeout,
      endSessionsOn: props.endSessionsOn,
      terminateSessions: props.terminateSessions === false ? (false as const) : undefined,
      nextResourceIds: props.nextResourceIds,
      runRoles: runRoles?.arns,
      expirySchedule: expirySchedule(name, reconciler),
    };
    const late = () => {
      const sources = withMailDomains([...this.#sources.values()], this.#mailDomains);
      const { oldPasswordHours, path: secretPath } = this.#secrets;
      return { sources, secretPath, oldPasswordHours };
    };
    const parameter = registryParameter(this, rules, coordinates, late);
    const policies = clusterPolicies(this, { coordinates, parameter, secrets: this.#secrets, runRoles });
    const schedules = new ClusterSchedules(this, "Schedules", [parameter, ...policies.enforce]);
    const { dependsOn = [] } = props;
    const own = [parameter, ...policies.hook, ...reconciler.dependables];
    const dependables = [...own, ...coordinates.dependables, ...dependsOn];
    const hook = clusterHook(this, {
      cluster: name,
      applyFunction: reconciler.applyFunction,
      registryPath: reconciler.registryPath,
      gate: gate(this, "Gate", {
        logicalId: clusterAddress(name, "gate"),
        values: gateValues(name, reconciler, coordinates),
        dependables,
      }),
      resourceId: coordinates.resourceId,
      owner: props.owner ?? TerraformStack.of(this).node.id,
      adopt: props.adopt ?? false,
      removalPolicy: props.removalPolicy ?? "protect",
      reference: props.reference,
      roster: () => this.#roster.toTerraform(),
    });
    outliveHook(this, [...policies.enforce, ...schedules.all]);
    return hook;
  }
}
