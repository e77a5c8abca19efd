import type { IncomingHttpHeaders } from "node:http";

/** A request to AWS as the endpoint sees it. */
export interface AwsRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** The signing name: `dynamodb`, `ssm`, `lambda`, ... */
  readonly service: string;
  readonly region: string;
  readonly accessKeyId: string;
  /** `PutItem`; for services without an operation header the method and path: `GET /2015-03-31/functions/f`. */
  readonly operation: string;
  /** The `X-Amz-Target` header: `DynamoDB_20120810.PutItem`. */
  readonly target: string;
  /** Parsed when it is JSON, else the text; `undefined` for bodies over 1 MB, which no one matches on. */
  readonly body: unknown;
}

const BODY_LIMIT = 1024 * 1024;

/** Reads what a request is about from its signature, headers and body. */
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
 * Whether a client that would go on trying for minutes should be made to stop. Terraform's AWS provider tries 25 times
 * and does not heed AWS_MAX_ATTEMPTS; from its second attempt on, faults are answered with a status that it takes as
 * final. Clients that try a few times are left to it.
 *
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
 */
export function isPersistent(headers: IncomingHttpHeaders): boolean {
  const [, attempt = 1, max = 1] =
    /attempt=(\d+); max=(\d+)/.exec(String(headers["amz-sdk-request"] ?? "")) ?? [];
  return Number(attempt) >= 2 && Number(max) > 5;
}

/** Not retried by the AWS SDKs, unlike 500, 502, 503 and 504. */
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
