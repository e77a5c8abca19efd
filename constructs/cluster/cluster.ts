import type { Construct, IConstruct } from "constructs";
import type { RosterEntry } from "./cluster-roster";
import type { ConnectOptions, IConnectPolicy } from "./connect/connect-options";
import type { ConnectGrantee } from "./connect/grantee";

/** A cluster whose users are managed, in this stack or in another one. */
export interface IAuroraCluster extends IConstruct {
  /** The cluster's name in `users/`. Known at synth. */
  readonly name: string;
  /** The beginning of its managed accounts' names, before the `_`. Known at synth. */
  readonly prefix: string;
  /**
   * Accounts without the prefix that keep their names: `legacy_app@%`. Known at synth.
   * @default - none
   */
  readonly alsoManages?: readonly string[] | undefined;
  /** The cluster's resource id (`cluster-ABC...`). May be a token. */
  readonly resourceId: string;
  /**
   * Resource ids of clusters that may take its place.
   * @default - none
   */
  readonly nextResourceIds?: readonly string[] | undefined;
  /**
   * Resource ids of RDS Proxies (`prx-...`) in front of it, through which people log in, too.
   * @default - none
   */
  readonly proxyResourceIds?: readonly string[] | undefined;
  /** The cluster's region. May be a token. */
  readonly region: string;
  /** The cluster's account. May be a token. */
  readonly accountId: string;
  /**
   * Allows a role or a permission set to log in, each person to the account with their own user name; or a
   * role, a group or a user to log in to the accounts of `options.users`.
   * @throws ValidationError as `ConnectPolicy` does, and if the grantee has the same permission already
   */
  grantConnect(grantee: ConnectGrantee, options?: ConnectOptions): IConnectPolicy;
}

/** A cluster that accounts can be added to. */
export interface AccountHolder {
  /** The cluster's name in `users/`. */
  readonly name: string;
  /** The beginning of its managed accounts' names, before the `_`. */
  readonly prefix: string;
  /**
   * Accounts without the prefix that keep their names: `legacy_app@%`.
   * @default - none
   */
  readonly alsoManages?: readonly string[] | undefined;
  /**
   * Adds an account to the cluster's roster and its record to the plan.
   * @param scope the record's place in the construct tree, and the construct that errors name. Default: the
   * cluster.
   * @throws ValidationError if the cluster already has the account or its user
   */
  addAccount(entry: RosterEntry, scope?: Construct): void;
}
