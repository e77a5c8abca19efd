/** A login: which account, where. */
export interface LoginTarget {
  readonly cluster: string;
  /** The real endpoint, for which a token is made. TLS is verified for this name. */
  readonly host: string;
  readonly port: number;
  readonly region: string;
  /** The MySQL account. */
  readonly user: string;
  readonly database: string | undefined;
  /** What says where the cluster is. */
  readonly from: string;
}
