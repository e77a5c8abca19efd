import type { IAuroraCluster } from "../cluster";
import type { ConnectOptions } from "./connect-options";
import type { ConnectGrantee } from "./grantee";

export interface ConnectPolicyProps extends ConnectOptions {
  /** The clusters to log in to; at least one. */
  readonly clusters: readonly IAuroraCluster[];
  /**
   * Who gets the policy.
   * @default - none: the policy is only available as `json`
   */
  readonly grantee?: ConnectGrantee;
}
