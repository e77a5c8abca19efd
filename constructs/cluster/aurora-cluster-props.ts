import type { ITerraformDependable } from "cdktf";
import type { RemovalPolicy } from "../../core/contract/payload";
import type {
  DEFINER_POLICIES,
  DRIFT_POLICIES,
  SESSION_SCOPES,
  UNMANAGED_POLICIES,
} from "../../core/contract/registry-entry";
import type { Ceiling } from "../../core/roster/ceiling";
import type { PasswordOptions } from "../password/cluster-secrets";
import type { IReconciler } from "../reconciler/reconciler-props";
import type { ClusterEndpoint } from "./cluster-endpoint";

export const DEFAULT_INTERVAL_MINUTES = 15;

/** The scheduled runs of a cluster. */
export interface EnforcementOptions {
  /**
   * The interval between runs, in minutes, 1 to 1440. Known at synth.
   * @default 15
   */
  readonly everyMinutes?: number;
  /**
   * What a run does about drift: `report` reports it, `repair` also corrects it, within the applied roster.
   * @default "report"
   */
  readonly drift?: (typeof DRIFT_POLICIES)[number];
}

export interface AuroraClusterProps {
  /** The functions that manage the cluster's users. */
  readonly reconciler: IReconciler;
  /** How the functions reach the cluster, and how they log in. */
  readonly endpoint: ClusterEndpoint;
  /**
   * The cluster's name in `users/`: letters, digits, `.`, `_` and `-`, at most 63, the first a letter or
   * digit. It is part of every address in Terraform's state and the key in the ledger, so a cluster with
   * another name is another cluster.
   * @default - the construct's id
   */
  readonly name?: string;
  /**
   * The beginning of managed accounts' names, before a `_`: one to eight lower-case letters or digits, the
   * first a letter. The functions never change accounts without it, but for those that
   * `alsoManages` and `takeOver` name. It must equal the prefix in
   * `users/settings.yaml`, if that names one.
   * @default "sl"
   */
  readonly prefix?: string;
  /**
   * Accounts without the prefix that keep their names and are managed like the others: `["legacy_app@%"]`, at
   * most 100. The file of such a user has that name, or says it as its `account`. One that no file declares
   * keeps its access. Apply a new entry before a plan that grants something to it.
   * @default - none
   */
  readonly alsoManages?: readonly string[];
  /**
   * Accounts without the prefix that become accounts of users, by what follows the prefix in these:
   * `{ "jane.doe": "jane@%" }` renames `jane` to `sl_jane.doe`, at most 100. It keeps the grants that are
   * declared. An entry can go once its account is renamed. Apply a new entry before the user's first grant.
   * @default - none
   */
  readonly takeOver?: Readonly<Record<string, string>>;
  /**
   * The most that can ever be granted: database privileges, and optionally a list of databases, patterns,
   * global privileges, native roles, and GRANT OPTION.
   * @default DEFAULT_CEILING - every database privilege except ALTER ROUTINE, on every database; no global
   * privilege, native role or GRANT OPTION
   */
  readonly ceiling?: Ceiling;
  /**
   * What happens to undeclared accounts with the prefix: `report` names them in every plan, `lock` locks
   * them, `remove` drops them.
   * @default "report"
   */
  readonly unmanaged?: (typeof UNMANAGED_POLICIES)[number];
  /**
   * What happens to an account that must go while views, routines, triggers or events run with its
   * privileges. Both lock the account and disable its events. `block` leaves it only what the objects may use
   * in their own databases; `strip` revokes all of it, so that they fail.
   * @default "block"
   */
  readonly definers?: (typeof DEFINER_POLICIES)[number];
  /**
   * What happens to the accounts when this construct is removed: `protect` refuses as long as there are
   * managed accounts, `remove` drops them, `retain` leaves them unchanged. A change takes effect once it is
   * applied. From then on, with `remove`, the check of every plan names the accounts that a destroy drops.
   * @default "protect"
   */
  readonly removalPolicy?: RemovalPolicy;
  /**
   * Whether to take the cluster over from another owner. Remove it after the first apply.
   * @default false
   */
  readonly adopt?: boolean;
  /**
   * The owner that the ledger records for the cluster: 1 to 256 characters. The functions refuse a cluster
   * that has another owner.
   * @default - the stack's id
   */
  readonly owner?: string;
  /**
   * A note for the audit trail (a commit, a ticket): at most 1024 characters. A changed reference alone
   * changes nothing.
   * @default - none
   */
  readonly reference?: string | undefined;
  /**
   * The records in the plan: one per user (`grant`), or one for all (`cluster`), which is faster with more
   * than 2,000 users.
   * @default "grant"
   */
  readonly records?: "grant" | "cluster";
  /**
   * Whether the cluster has two IAM roles of its own, which the functions assume for everything about it. A
   * run then reaches this cluster's secret, ledger and audit trail alone, and a reconciler can have hundreds
   * of clusters. (It may also write any line of the list of clusters, and describe all RDS servers.)
   * Set `false` if the functions cannot reach AWS STS. With `assumeRoleArn`, first let that role trust both
   * `runRoleArns`: as `name` of the clusters of `TargetAccountRole`, or as `ArnEquals` on `aws:PrincipalArn`
   * with the functions' account as principal, as IAM takes no pattern there. Then set
   * `true`. Not with a ledger of another account or region.
   * @default - true; false with `assumeRoleArn`, and with a ledger of another account or region
   */
  readonly runRoles?: boolean;
  /**
   * The cluster's scheduled runs. Grants end on time whatever the interval is.
   * @default - every 15 minutes; drift is reported
   */
  readonly enforcement?: EnforcementOptions;
  /**
   * The longest that a plan looks at the database, in seconds, 5 to 300: the login, and what accounts hold. A
   * cluster that pauses when idle has 40 s more. If it takes longer, the plan says which part was slow. The
   * reconciler's `previewTimeout` must be longer.
   * @default 20
   */
  readonly observationTimeout?: number;
  /**
   * Where sessions that have to end are ended: on every instance of the cluster and of its global database
   * (`global`), on the cluster's own (`cluster`), or on the writer only (`writer`). Elsewhere a session goes
   * on until it ends by itself. For instances that the functions cannot reach.
   * @default "global"
   */
  readonly endSessionsOn?: (typeof SESSION_SCOPES)[number];
  /**
   * Whether sessions end of accounts that only have less than before. With `false` they go on with what was
   * taken until they end by themselves; the audit trail says how many. Sessions of accounts that are gone,
   * locked, renamed or have another login end in any case.
   * @default true
   */
  readonly terminateSessions?: boolean;
  /**
   * The resource ids of clusters that may take this one's place, or had it: the green one of a blue/green
   * deployment, a restored one, the former one; at most 5. Policies to log in name them too, so that people
   * can log in before and after the move.
   * @default - none
   */
  readonly nextResourceIds?: readonly string[];
  /**
   * The resource ids of RDS Proxies (`prx-...`) in front of the cluster, at most 5. Policies to log in name
   * them too. The functions never go through a proxy.
   * @default - none
   */
  readonly proxyResourceIds?: readonly string[];
  /**
   * The secrets of services that log in by password (`login: password` in their files).
   * @default - none are needed; else they have the key of Secrets Manager, and are deleted at once
   */
  readonly passwords?: PasswordOptions;
  /**
   * Other resources that the functions need to reach the cluster: security group rules, routes, endpoints.
   * @default - none
   */
  readonly dependsOn?: readonly ITerraformDependable[];
}

/** Describes a cluster of another stack. */
export interface AuroraClusterAttributes {
  /** The cluster's name in `users/`. */
  readonly name: string;
  /** The cluster's resource id (`cluster-ABC...`), never its name. */
  readonly resourceId: string;
  /**
   * The resource ids of clusters that may take this one's place, or had it: the green one of a blue/green
   * deployment, a restored one, the former one; at most 5. Policies to log in name them too, so that people
   * can log in before and after the move.
   * @default - none
   */
  readonly nextResourceIds?: readonly string[];
  /**
   * The resource ids of RDS Proxies (`prx-...`) in front of the cluster, at most 5. Policies to log in name
   * them too. The functions never go through a proxy.
   * @default - none
   */
  readonly proxyResourceIds?: readonly string[];
  /**
   * The beginning of its managed accounts' names, before the `_`.
   * @default "sl"
   */
  readonly prefix?: string;
  /**
   * Accounts without the prefix that keep their names, as its construct says.
   * @default - none
   */
  readonly alsoManages?: readonly string[];
  /**
   * The cluster's region.
   * @default - the stack's
   */
  readonly region?: string;
  /**
   * The cluster's account, 12 digits.
   * @default - the stack's
   */
  readonly accountId?: string;
}
