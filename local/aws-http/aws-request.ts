import type { IncomingHttpHeaders } from "node:http";

/** A request to AWS that the endpoint received. */
export interface AwsRequest {
  readonly method: string;
  /** The path with the query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** The signing name: `dynamodb`, `ssm`, `lambda`, ... */
  readonly service: string;
  readonly region: string;
  readonly accessKeyId: string;
  /** `PutItem`; for services without an operation header, method and path: `GET /2015-03-31/functions/f`. */
  readonly operation: string;
  /** The `X-Amz-Target` header: `DynamoDB_20120810.PutItem`. */
  readonly target: string;
  /** Parsed when the body is JSON, else its text; `undefined` for bodies of more than 1 MB. */
  readonly body: unknown;
}

const BODY_LIMIT = 1024 * 1024;

/** Describes a request from its signature, headers and body. */
export function describeRequest(
  method: string,
  path: string,
  headers: IncomingHttpHeaders,
  bytes: Buffer,
): AwsRequest {
  const scope = /Credential=([^/,]+)\/\d+\/([^/]+)\/([^/]+)\/aws4_request/.exec(headers.authorization ?? "");
  const target = String(headers["x-amz-target"] ?? "");
  const body = parseBody(bytes);
  const action = typeof body === "string" ? /(?:^|&)Action=(\w+)/.exec(body)?.[1] : undefined;
  const operation = target.split(".").at(-1) || action || `${method} ${path.split("?")[0]}`;
  const [, accessKeyId = "", region = "us-east-1", service = ""] = scope ?? [];
  return { method, path, headers, service, region, accessKeyId, operation, target, body };
}

/**
 * Whether a fault must be answered with `FINAL_STATUS`, so that the client stops. Terraform's AWS provider
 * ignores AWS_MAX_ATTEMPTS and tries 25 times, which takes minutes: it is stopped at its second attempt.
 * Clients that try up to five times are not stopped.
 *
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
 */
export function isPersistent(headers: IncomingHttpHeaders): boolean {
  const [, attempt = 1, max = 1] =
    /attempt=(\d+); max=(\d+)/.exec(String(headers["amz-sdk-request"] ?? "")) ?? [];
  return Number(attempt) >= 2 && Number(max) > 5;
}

/** The AWS SDKs do not retry this status; they retry 500, 502, 503 and 504. */
export const FINAL_STATUS = 501;

function parseBody(bytes: Buffer): unknown {
  if (bytes.length > BODY_LIMIT) return undefined;
  const text = bytes.toString("utf8");
  if (!/^\s*[[{"]/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
