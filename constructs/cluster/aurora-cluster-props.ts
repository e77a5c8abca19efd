import { type ITerraformDependable, Token } from "cdktf";
import type { Construct, IConstruct } from "constructs";
import { REMOVAL_POLICIES, type RemovalPolicy } from "../../core/contract/payload";
import {
  CLUSTER_NAME_PATTERN,
  DEFINER_POLICIES,
  DRIFT_POLICIES,
  UNMANAGED_POLICIES,
} from "../../core/contract/registry-entry";
import { DEFAULT_PREFIX, PREFIX_PATTERN } from "../../core/roster/account-name";
import { type Ceiling, ceilingSchema } from "../../core/roster/ceiling";
import { assertWhole, type IReconciler } from "../reconciler/reconciler-props";
import { ValidationError } from "../terraform/validation-error";
import type { ClusterEndpoint } from "./cluster-endpoint";
import type { ConnectGrantee, ConnectPolicy } from "./connect-policy";

export { DEFAULT_PREFIX };
export const DEFAULT_INTERVAL_MINUTES = 15;

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

/** The scheduled runs of a cluster. */
export interface EnforcementOptions {
  /**
   * How often, in minutes, 1 to 1440.
   * @default 15
   */
  readonly everyMinutes?: number;
  /**
   * What is done about drift: `report` says it, `repair` puts it right, within what was applied.
   * @default "report"
   */
  readonly drift?: (typeof DRIFT_POLICIES)[number];
}

export interface AuroraClusterProps {
  /** The functions that look after it. */
  readonly reconciler: IReconciler;
  /** Where the cluster is, and how the functions log in. */
  readonly endpoint: ClusterEndpoint;
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
  readonly reference?: string | undefined;
  /**
   * The records in the plan: one for each user (`grant`), or one for all (`cluster`), which is quicker beyond a thousand users.
   * @default "grant"
   */
  readonly records?: "grant" | "cluster";
  /**
   * How often it is looked at on schedule, and what is done about drift. Expiry is enforced in any case, to the minute.
   * @default - every 15 minutes; drift is reported
   */
  readonly enforcement?: EnforcementOptions;
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

export function assertClusterProps(
  scope: Construct,
  name: string,
  prefix: string,
  ceiling: Ceiling,
  props: AuroraClusterProps,
): void {
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
    throw new ValidationError(
      `\`ceiling\` must name privileges of MySQL and databases, known at synth: ${faults}`,
      scope,
    );
  }
  const oneOf = (prop: string, value: string | undefined, allowed: readonly string[]) => {
    if (value !== undefined && !allowed.includes(value))
      throw new ValidationError(`\`${prop}\` must be one of ${allowed.join(", ")}, got: ${value}`, scope);
  };
  oneOf("unmanaged", props.unmanaged, UNMANAGED_POLICIES);
  oneOf("definers", props.definers, DEFINER_POLICIES);
  oneOf("removalPolicy", props.removalPolicy, REMOVAL_POLICIES);
  oneOf("records", props.records, ["grant", "cluster"]);
  oneOf("drift", props.enforcement?.drift, DRIFT_POLICIES);
  const { everyMinutes } = props.enforcement ?? {};
  if (Token.isUnresolved(everyMinutes))
    throw new ValidationError("`everyMinutes` must be known at synth", scope);
  assertWhole(scope, "everyMinutes", everyMinutes, 1, 1440);
  if (props.owner !== undefined && (props.owner.length === 0 || props.owner.length > 256))
    throw new ValidationError(`\`owner\` must have 1 to 256 characters, got ${props.owner.length}`, scope);
  if (props.reference !== undefined && props.reference.length > 1024)
    throw new ValidationError(
      `\`reference\` must have at most 1024 characters, got ${props.reference.length}`,
      scope,
    );
}
