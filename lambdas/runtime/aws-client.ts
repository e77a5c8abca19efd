/** How often and how long a client of an AWS service tries. */
export interface ClientPatience {
  readonly maxAttempts: number;
  readonly connectionTimeoutMs?: number;
  readonly requestTimeoutMs?: number;
}

/**
 * Options for a client of an AWS service. In a VPC without a way to the service a call must fail in seconds,
 * not last until the function's own timeout: by default 2 s to connect, 5 s for an answer.
 */
export const clientOptions = ({
  maxAttempts,
  connectionTimeoutMs: connectionTimeout = 2_000,
  requestTimeoutMs: requestTimeout = 5_000,
}: ClientPatience) => ({
  maxAttempts,
  requestHandler: { connectionTimeout, requestTimeout, throwOnRequestTimeout: true },
});
