import type { AssumeRoleCommandInput, AssumeRoleCommandOutput } from "@aws-sdk/client-sts";
import { runSessionName } from "../../../core/contract/run-role";
import { errorName } from "../../runtime/errors";
import { CredentialsError } from "../runtime/errors";
import { AccessDeniedRetry } from "./access-denied-retry";
import { CLIENT_OPTIONS } from "./aws-credentials-api";
import type { AwsCredentials } from "./credentials";

/** Credentials that the SDK's clients ask for again before they end. */
export interface PassingCredentials extends AwsCredentials {
  readonly expiration: Date;
}

/** One call of AWS STS, as the function's own role. */
export type AssumeRole = (input: AssumeRoleCommandInput) => Promise<AssumeRoleCommandOutput>;

/** How long a session lasts, in seconds: the shortest that AWS STS gives. */
const SESSION_SECONDS = 900;
/** The SDK's clients ask for other credentials so long before the end, in ms. */
const RENEW_BEFORE_MS = 300_000;
/**
 * How long a denied call is repeated while the role or its policy may be new, in ms, if half of the
 * function's time is not less: IAM is eventually consistent, and a scheduled run can come while Terraform
 * makes both.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html
 */
const NEW_ROLE_MS = 30_000;
/** What services answer to a session that ended, or whose role was deleted, also if it was made again. */
const ENDED = new Set([
  "ExpiredToken",
  "ExpiredTokenException",
  "InvalidClientTokenId",
  "UnrecognizedClientException",
]);

/** The role of a cluster. */
export interface RunRoleOf {
  readonly arn: string;
  readonly cluster: string;
  /** The ARNs of roles that answered before: their policies are not new. */
  readonly used?: Set<string>;
}

/**
 * A cluster's role, which a function assumes for a run about that cluster. One object has one role and the
 * credentials of that role alone.
 */
export class RunRole {
  #current: { readonly until: number; readonly credentials: Promise<PassingCredentials> } | undefined;
  /** Why the role could not be assumed, in which call of the function. */
  #failed: { readonly call: number; readonly error: unknown } | undefined;
  readonly #used: Set<string>;
  readonly #cluster: string;
  readonly #arn: string;
  readonly #retry: AccessDeniedRetry;
  readonly #assumeRole: AssumeRole;
  readonly #own: AccessDeniedRetry;

  /**
   * @param retry of all calls of the function: those that come after the first AssumeRole may be denied too
   * @param own repeats AssumeRole; tests hand in one with a clock of their own
   */
  constructor(
    { arn, cluster, used = new Set() }: RunRoleOf,
    retry: AccessDeniedRetry,
    assumeRole: AssumeRole = assumeRoleOnAws,
    own = new AccessDeniedRetry(),
  ) {
    this.#cluster = cluster;
    this.#arn = arn;
    this.#used = used;
    this.#retry = retry;
    this.#assumeRole = assumeRole;
    this.#own = own;
  }

  /**
   * The role's credentials, with at least five minutes left. A role that could not be assumed is not asked
   * for again in the same call of the function. The SDK's clients keep no copy, so that `forget` has an
   * effect.
   * @throws CredentialsError
   */
  readonly credentials = Object.assign(() => this.#credentials(), { memoized: true } as const);

  /** Forgets a session that a service does not take any more. @returns whether the error says so */
  readonly forget = (error: unknown): boolean => {
    if (!ENDED.has(errorName(error) ?? "")) return false;
    this.#current = undefined;
    // If it was made again, its policies are new, too.
    this.#used.delete(this.#arn);
    return true;
  };

  #credentials(): Promise<PassingCredentials> {
    const { call } = this.#retry;
    if (this.#failed?.call === call) return Promise.reject(this.#failed.error);
    const now = Date.now();
    const current = this.#current;
    if (current && current.until - now > RENEW_BEFORE_MS) return current.credentials;
    const until = now + SESSION_SECONDS * 1000;
    const credentials = this.#assume(new Date(until));
    this.#current = { until, credentials };
    credentials.catch((error: unknown) => {
      this.#current = undefined;
      this.#failed = { call, error };
    });
    return credentials;
  }

  async #assume(expiration: Date): Promise<PassingCredentials> {
    const RoleSessionName = runSessionName(this.#cluster);
    const input = { RoleArn: this.#arn, RoleSessionName, DurationSeconds: SESSION_SECONDS };
    this.#own.begin(this.#retry.atMost(NEW_ROLE_MS));
    const { Credentials } = await this.#own
      .run(() => this.#assumeRole(input))
      .catch(cause => {
        throw new CredentialsError(`${this.#cluster}: its role ${this.#arn} could not be assumed`, {
          cause,
          advice: adviceOn(cause),
        });
      });
    const { AccessKeyId, SecretAccessKey, SessionToken } = Credentials ?? {};
    if (!AccessKeyId || !SecretAccessKey || !SessionToken)
      throw new CredentialsError(`${this.#cluster}: AWS STS gave no credentials for ${this.#arn}`);
    if (!this.#used.has(this.#arn)) this.#retry.extend(NEW_ROLE_MS);
    this.#used.add(this.#arn);
    const keys = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
    return { ...keys, expiration };
  }
}

function adviceOn(cause: unknown): string {
  const { $metadata, name = "" } = (cause ?? {}) as {
    $metadata?: { httpStatusCode?: number };
    name?: string;
  };
  if ($metadata?.httpStatusCode === undefined)
    return (
      "AWS STS did not answer: a function in a VPC without a way to the internet needs an interface endpoint " +
      "for STS in its VPC (`com.amazonaws.<region>.sts`). Without one, set `runRoles: false` on the cluster"
    );
  if (!name.startsWith("AccessDenied")) return "Deploy the cluster's stack again";
  return "Deploy the stack with the Reconciler, then the cluster's stack: both must allow it";
}

/** AWS STS as the function's own role. Loaded at the first use. */
const assumeRoleOnAws: AssumeRole = async input => {
  const { AssumeRoleCommand, STSClient } = await import("@aws-sdk/client-sts");
  return new STSClient(CLIENT_OPTIONS).send(new AssumeRoleCommand(input));
};
