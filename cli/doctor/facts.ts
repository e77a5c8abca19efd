import type { Roster, RosterAccount } from "../../core/roster/roster";
import type { LoginOutcome } from "./login-outcome";
import type { PolicyDocument } from "./policy-decision";

/** What could be looked at; or why it could not. */
export type Seen<T> = { readonly seen: T } | { readonly unseen: string };

/**
 * The AWS credentials of this shell. `missing` has the SDK's own text, and whether a network kept them back:
 * IAM Identity Center or the metadata of an instance may answer again.
 */
export type CredentialsFact =
  | { readonly kind: "good"; readonly until: Date | undefined }
  | { readonly kind: "over"; readonly at: Date }
  | { readonly kind: "missing"; readonly reason: string; readonly isNetwork?: boolean };

/** Who the credentials are. */
export interface CallerIs {
  readonly arn: string;
  readonly accountId: string;
  /** The name of the session or of the IAM user; undefined: they are no person's, as the root user's. */
  readonly name: string | undefined;
}

/** Who AWS says the credentials are; `refused` has the code of its error, which is about credentials. */
export type CallerFact = Seen<CallerIs> | { readonly refused: string };

/** A cluster as RDS describes it. */
export interface RdsCluster {
  readonly resourceId: string;
  readonly takesIamLogins: boolean;
  /** `available`, `stopped` and others; undefined: RDS did not say it. */
  readonly status?: string | undefined;
  /** Whether it may be paused: its instances then have no capacity until somebody connects. */
  readonly mayPause?: boolean;
  /** Its names: writer, reader and custom endpoints. */
  readonly endpoints: readonly string[];
  readonly port: number;
}

/** What the users folder says. */
export interface DeclaredFact {
  /** Why nothing counts: there is no folder, or it has problems. */
  readonly unseen?: string | undefined;
  readonly roster?: Roster | undefined;
  readonly account?: RosterAccount | undefined;
}

/** An account as the cluster holds it. */
export interface HeldAccount {
  readonly user: string;
  readonly host: string;
  readonly plugin: string;
  readonly locked: boolean;
}

/** What IAM says of the permission to log in. */
export interface PolicyFacts {
  /** `allowed`, `implicitDeny` or `explicitDeny`, by IAM's own simulator. */
  readonly simulated: Seen<string>;
  readonly documents: Seen<readonly PolicyDocument[]>;
}

/** All that a diagnosis is made from. */
export interface Facts {
  readonly cluster: string;
  readonly host: string;
  readonly port: number;
  /** The region that tokens are signed for. */
  readonly region: string;
  /** A tunnel in use, as `host:port`. */
  readonly via: string | undefined;
  readonly from: string;
  readonly prefix: string;
  /** AWS_PROFILE. */
  readonly profile?: string | undefined;
  /** The MySQL account; undefined if nothing names it. */
  readonly account: string | undefined;
  /** The resource ids of the registry entry; none if nothing here says it. */
  readonly resourceIds: readonly string[];
  /** The AWS account of the cluster, as the registry entry shows it. */
  readonly clusterAccount: string | undefined;
  readonly credentials: CredentialsFact;
  readonly caller: CallerFact;
  /** How far the clock of this machine is ahead of AWS's, in ms. */
  readonly clockAhead: Seen<number>;
  /** Undefined within: RDS has none of that name. */
  readonly rds: Seen<RdsCluster | undefined>;
  /** The name that the host is another name of, in DNS; undefined within: none. */
  readonly alias: Seen<string | undefined>;
  /** The tags of the role or the user itself: those of a session cannot be seen. */
  readonly tags: Seen<Readonly<Record<string, string>>>;
  readonly policies: PolicyFacts;
  readonly declared: DeclaredFact;
  readonly login: LoginOutcome;
  readonly held: Seen<readonly HeldAccount[]>;
  readonly now: Date;
}
