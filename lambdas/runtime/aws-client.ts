/**
 * Options for a client of an AWS service. In a VPC without a way to the service a call must fail in seconds,
 * not last until the function's own timeout: by default 2 s to connect, 5 s for an answer.
 */
export const clientOptions = (maxAttempts: number, connectionTimeout = 2_000, requestTimeout = 5_000) => ({
  maxAttempts,
  requestHandler: { connectionTimeout, requestTimeout, throwOnRequestTimeout: true },
});
