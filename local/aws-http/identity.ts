export const REGION = "eu-central-1";
export const ACCOUNT_ID = "123456789012";

/**
 * The keys of the callers outside AWS: Terraform, the command line, the tests. Only the local cloud knows
 * them.
 */
export const CALLER_CREDENTIALS = {
  accessKeyId: "LOCALCALLERKEY000001",
  secretAccessKey: "local-caller-secret",
} as const;

/** The keys of the functions. */
export const FUNCTION_CREDENTIALS = {
  accessKeyId: "LOCALFUNCTIONKEY0001",
  secretAccessKey: "local-function-secret",
} as const;

/** The access keys that belong to another account than `ACCOUNT_ID` end in it. */
const OF_ACCOUNT = /^LOCAL(?:CALLER|FUNCTION)X(\d{12})$/;

/** The keys of callers, or of functions, in another account. Each account has its own resources. */
export const credentialsIn = (accountId: string, whose: "CALLER" | "FUNCTION") => ({
  accessKeyId: `LOCAL${whose}X${accountId}`,
  secretAccessKey: `local-${whose.toLowerCase()}-secret`,
});

/** The account of an access key; undefined for `ACCOUNT_ID`, and for keys that moto made for a role. */
export const accountOf = (accessKeyId: string): string | undefined => OF_ACCOUNT.exec(accessKeyId)?.[1];

/** The key of AWS's own services, which poll queues, publish events and fire schedules. */
export const SERVICE_ACCESS_KEY_ID = "LOCALSERVICEKEY00001";

/**
 * An Authorization header that names a caller and a service. Its signature is not valid: moto does not check
 * it.
 */
export function unsignedAuthorization(accessKeyId: string, service: string): string {
  const scope = `${accessKeyId}/20200101/${REGION}/${service}/aws4_request`;
  return `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=none`;
}
