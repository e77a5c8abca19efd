import { credentialsProblem, LOG_IN } from "./aws-problem";
import type { Io } from "./command";
import { AwsProblemError, CallFailedError, reasonOf, UsageError } from "./errors";

/** A function of AWS Lambda. */
export interface FunctionTarget {
  readonly name: string;
  readonly region: string;
  /** Ends the call. */
  readonly signal?: AbortSignal;
}

/** What the function itself answered as an error. */
export class FunctionFailedError extends AwsProblemError {
  /** The function's own code: `InvalidInput`. */
  readonly code: string;

  constructor(name: string, text: string) {
    super(`${name}: ${messageOf(text)}`);
    this.code = String((parsed(text) as { errorType?: unknown } | undefined)?.errorType);
  }
}

/** The region of an option, the environment or the AWS profile. @throws UsageError */
export async function regionOf(given: string | undefined, io: Io): Promise<string> {
  const found = given ?? io.env["AWS_REGION"] ?? io.env["AWS_DEFAULT_REGION"];
  if (found !== undefined) return found;
  const { SSMClient } = await import("@aws-sdk/client-ssm");
  return new SSMClient({}).config.region().catch(() => {
    throw new UsageError("`--region` is missing: neither AWS_REGION nor the AWS profile says the region");
  });
}

/**
 * Calls a function and returns its answer. By one signed request: the client of the SDK for Lambda would be
 * one more package for one call.
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
 * @throws FunctionFailedError if the function answers an error
 * @throws AwsProblemError, CallFailedError if the call fails
 */
export async function invokeFunction(
  { name, region, signal }: FunctionTarget,
  payload: unknown,
  io: Io,
): Promise<unknown> {
  const what = `The function ${name} in ${region} could not be called`;
  const url = new URL(`/2015-03-31/functions/${encodeURIComponent(name)}/invocations`, endpoint(region, io));
  const body = JSON.stringify(payload);
  const request = { url, body, region, service: "lambda", type: "application/json" };
  const headers = await signedHeaders(request, io).catch((cause: unknown) => {
    throw credentialsProblem({ what, hint: LOG_IN }, cause);
  });
  const response = await fetch(url, { method: "POST", headers, body, signal: signal ?? null }).catch(
    (cause: unknown) => {
      throw new CallFailedError({ what, reason: reasonOf(cause) }, cause);
    },
  );
  const text = await response.text();
  if (!response.ok) throw refusal(name, response, text);
  if (response.headers.has("x-amz-function-error")) throw new FunctionFailedError(name, text);
  return parsed(text);
}

function endpoint(region: string, { env }: Io): string {
  const suffix = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  return env["AWS_ENDPOINT_URL_LAMBDA"] ?? env["AWS_ENDPOINT_URL"] ?? `https://lambda.${region}.${suffix}`;
}

/** A POST to AWS. */
export interface AwsRequest {
  readonly url: URL;
  readonly body: string;
  readonly region: string;
  /** The service as signatures name it: `lambda`. */
  readonly service: string;
  /** The body's media type. */
  readonly type: string;
}

/** The headers of a request, with its signature. */
export async function signedHeaders(
  request: AwsRequest,
  { credentials }: Pick<Io, "credentials">,
): Promise<Record<string, string>> {
  const { url, body, region, service, type } = request;
  // Loaded here only, so that other commands start without the SDK.
  const { Sha256 } = await import("@smithy/core/checksum");
  const { SignatureV4 } = await import("@smithy/signature-v4");
  const { fromNodeProviderChain } = await import("@aws-sdk/credential-providers");
  const signer = new SignatureV4({
    credentials: credentials ?? fromNodeProviderChain(),
    region,
    service,
    sha256: Sha256,
  });
  const { headers } = await signer.sign({
    method: "POST",
    protocol: url.protocol,
    hostname: url.hostname,
    ...(url.port !== "" && { port: Number(url.port) }),
    path: url.pathname,
    headers: { host: url.host, "content-type": type },
    body,
  });
  const { host: _, ...sent } = headers;
  return sent;
}

function refusal(name: string, { headers, status }: Response, text: string): Error {
  const code = headers.get("x-amzn-errortype")?.split(":")[0] ?? `HTTP ${status}`;
  if (status === 403)
    return new AwsProblemError(
      `AWS denied the call of ${name} (${code}): the permission lambda:InvokeFunction is missing, or the credentials ended. ${LOG_IN}`,
    );
  if (status === 404)
    return new AwsProblemError(
      `There is no function ${name} in this account and region. Name it with \`--function\`, and the region with \`--region\`.`,
    );
  return new CallFailedError(
    { what: `The function ${name} could not be called`, reason: `${code}: ${messageOf(text)}` },
    undefined,
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function messageOf(text: string): string {
  const { Message, errorMessage, message = Message } = (parsed(text) ?? {}) as Record<string, unknown>;
  return String(errorMessage ?? message ?? text.slice(0, 500));
}
