import { regionOfHost } from "../../core/contract/endpoint-region";
import { credentialsProblem, LOG_IN } from "../terminal/aws-problem";
import type { Io } from "../terminal/command";
import { CallFailedError, UsageError } from "../terminal/errors";

/**
 * How long a token is valid for a login, in minutes.
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.html
 */
export const MINUTES = 15;
const NO_TOKEN = "No token could be made";

/** What a token is for. It works for this endpoint and account alone. */
export interface TokenTarget {
  readonly host: string;
  readonly port: number;
  /** The MySQL account. */
  readonly user: string;
  readonly region: string;
}

export interface Token {
  readonly token: string;
  /** For how many minutes a login by it works. */
  readonly minutes: number;
}

/**
 * A token from the AWS credentials of now, without a call to AWS.
 * @throws AwsProblemError, CallFailedError if there are no credentials, or they have ended
 */
export async function makeToken({ host, port, user, region }: TokenTarget, io: Io): Promise<Token> {
  // Loaded here only, so that other commands start without the SDK.
  const { Signer } = await import("@aws-sdk/rds-signer");
  const credentials = io.credentials ?? (await currentCredentials(io.now()));
  const minutes = validFor(credentials.expiration, io.now());
  const signer = new Signer({ hostname: host, port, username: user, credentials, region });
  const token = await signer.getAuthToken().catch((cause: unknown) => {
    throw credentialsProblem({ what: NO_TOKEN, hint: LOG_IN }, cause);
  });
  return { token, minutes };
}

/** Says so if the credentials end before a token would. */
export function warnIfShort(minutes: number, io: Io): void {
  if (minutes < MINUTES) io.err(`The AWS credentials end in ${spoken(minutes)}, and the token with them.`);
}

/** The host name that an option names. @throws UsageError */
export function hostOf(option: string, host: string): string {
  if (!/^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(host))
    throw new UsageError(
      `\`--${option}\` must be a host name without scheme, port and path, but is "${host}": give the port by \`--port\``,
    );
  return host;
}

/** The port that an option names. @throws UsageError */
export function portOf(option: string, text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65535)
    throw new UsageError(`\`--${option}\` must be a number from 1 to 65535, but is "${text}"`);
  return port;
}

/**
 * The region to sign for: the one in an endpoint's name. A global writer endpoint names none. A token for
 * another one than the endpoint's never works.
 * @throws UsageError
 */
export async function regionFor(host: string, given: string | undefined, io: Io): Promise<string> {
  const own = regionOfHost(host);
  if (own !== undefined && given !== undefined && given !== own)
    throw new UsageError(`\`--region\` is ${given}, but the endpoint is in ${own}: leave \`--region\` out`);
  return own ?? given ?? io.env["AWS_REGION"] ?? io.env["AWS_DEFAULT_REGION"] ?? (await regionOfProfile());
}

async function regionOfProfile(): Promise<string> {
  const { SSMClient } = await import("@aws-sdk/client-ssm");
  return new SSMClient({}).config.region().catch(() => {
    throw new UsageError(
      "`--region` is missing: neither the host's name nor AWS_REGION nor the AWS profile says the region",
    );
  });
}

const spoken = (minutes: number): string =>
  minutes === 0 ? "less than a minute" : minutes === 1 ? "1 minute" : `${minutes} minutes`;

/** The credentials of the environment or the profile; new ones if they end soon. @throws CallFailedError */
export async function currentCredentials(now: Date) {
  const { fromNodeProviderChain } = await import("@aws-sdk/credential-providers");
  // A process of --serve lives long: without this the files of credentials would be read once.
  const provider = fromNodeProviderChain({ ignoreCache: true });
  const found = await provider().catch((cause: unknown) => {
    throw credentialsProblem({ what: NO_TOKEN, hint: LOG_IN }, cause);
  });
  const { expiration } = found;
  const isShort = expiration !== undefined && expiration.getTime() - now.getTime() < MINUTES * 60_000;
  return isShort ? provider({ forceRefresh: true }).catch(() => found) : found;
}

/** How many minutes a login by the token works. @throws CallFailedError if the credentials have ended */
function validFor(expiration: Date | undefined, now: Date): number {
  if (expiration === undefined) return MINUTES;
  const left = Math.floor((expiration.getTime() - now.getTime()) / 60_000);
  if (expiration <= now) {
    const reason = `the AWS credentials ended at ${expiration.toISOString()}`;
    throw new CallFailedError({ what: NO_TOKEN, reason, hint: LOG_IN }, undefined);
  }
  return Math.min(MINUTES, left);
}
