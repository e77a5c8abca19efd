/** What was asked of AWS, for who is told that it failed. */
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
const REFUSED = new Set([
  "UnrecognizedClientException",
  "InvalidSignatureException",
  "InvalidAccessKeyId",
  "SignatureDoesNotMatch",
]);
const DENIED = new Set(["AccessDenied", "AccessDeniedException"]);
const ABSENT = new Set(["ResourceNotFoundException", "NoSuchBucket", "NotFound"]);

/** An answer of AWS, or an error; the error as a sentence that says what to do. */
export async function askAws<T>({ what, permission }: AwsCall, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    throw new Error(sentence(what, permission, cause), { cause });
  }
}

function sentence(what: string, permission: string, cause: unknown): string {
  const { name, message } = cause instanceof Error ? cause : { name: "Error", message: String(cause) };
  if (NO_CREDENTIALS.has(name))
    return `There are no AWS credentials that hold. Log in to AWS first (aws sso login, or AWS_PROFILE).`;
  if (REFUSED.has(name))
    return `AWS does not know these credentials (${name}). Log in to AWS again, or choose another AWS_PROFILE.`;
  if (DENIED.has(name)) return `AWS refused access to ${what}: it takes the permission ${permission}.`;
  if (ABSENT.has(name)) return `There is no ${what.replace(/^the /, "")} in this account and region.`;
  if (/region is missing/i.test(message)) return "The region is missing: give --region, or set AWS_REGION.";
  return `Reading ${what} failed: ${name}: ${message}`;
}
