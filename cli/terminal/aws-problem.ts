import { AwsProblemError, CallFailedError, type Failure, reasonOf } from "./errors";

/** A call to AWS, as the message about its failure names it. */
export interface AwsCall {
  /** The table or bucket: `the table aurora-users-audit`. */
  readonly what: string;
  /** The permission that the call needs: `dynamodb:Query`. */
  readonly permission: string;
}

const NO_CREDENTIALS = new Set([
  "CredentialsProviderError",
  "ExpiredTokenException",
  "ExpiredToken",
  "TokenProviderError",
]);
const UNKNOWN_CREDENTIALS = new Set([
  "UnrecognizedClientException",
  "InvalidSignatureException",
  "InvalidAccessKeyId",
  "SignatureDoesNotMatch",
]);
const DENIED = new Set(["AccessDenied", "AccessDeniedException"]);
const ABSENT = new Set(["ResourceNotFoundException", "NoSuchBucket", "NotFound"]);

/**
 * Makes a call to AWS.
 * @throws AwsProblemError that says what to do, where the error's name is known
 * @throws CallFailedError for any other error
 */
export async function askAws<T>(call: AwsCall, send: () => Promise<T>): Promise<T> {
  try {
    return await send();
  } catch (cause) {
    const sentence = sentenceFor(cause instanceof Error ? cause.name : "", call);
    if (sentence !== undefined) throw new AwsProblemError(sentence, { cause });
    throw new CallFailedError({ what: `Reading ${call.what} failed`, reason: reasonOf(cause) }, cause);
  }
}

/** Resolves a client's region before its first call, so that a missing one is not taken for a failed call. */
export async function assertRegion(client: {
  readonly config: { region(): Promise<string> };
}): Promise<void> {
  await client.config.region().catch(cause => {
    throw new AwsProblemError("The region is missing: give --region, or set AWS_REGION.", { cause });
  });
}

/** What to say of credentials that are missing, or of a profile that does not exist; else the failure. */
export function credentialsProblem(failure: Omit<Failure, "reason">, cause: unknown): Error {
  const sentence = credentialsSentence(cause instanceof Error ? cause.name : "");
  if (sentence !== undefined) return new AwsProblemError(sentence, { cause });
  return new CallFailedError({ ...failure, reason: reasonOf(cause) }, cause);
}

/** What an error says against the credentials, as a code of `doctor`; undefined: nothing. */
export function credentialsCode(cause: unknown): "no-credentials" | "credentials-refused" | undefined {
  const name = cause instanceof Error ? cause.name : "";
  if (NO_CREDENTIALS.has(name)) return "no-credentials";
  return UNKNOWN_CREDENTIALS.has(name) ? "credentials-refused" : undefined;
}

/** What to do without credentials. */
export const LOG_IN = "Log in to AWS first (aws sso login, or AWS_PROFILE).";

function credentialsSentence(errorName: string): string | undefined {
  if (NO_CREDENTIALS.has(errorName)) return `There are no valid AWS credentials. ${LOG_IN}`;
  if (UNKNOWN_CREDENTIALS.has(errorName))
    return `AWS does not know these credentials (${errorName}). Log in to AWS again, or choose another AWS_PROFILE.`;
  return undefined;
}

function sentenceFor(errorName: string, { what, permission }: AwsCall): string | undefined {
  const credentials = credentialsSentence(errorName);
  if (credentials !== undefined) return credentials;
  if (DENIED.has(errorName)) return `AWS denied access to ${what}: the permission ${permission} is missing.`;
  if (ABSENT.has(errorName)) return `There is no ${what.replace(/^the /, "")} in this account and region.`;
  return undefined;
}
