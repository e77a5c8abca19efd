import { createServer, request as httpRequest, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import { type AwsRequest, describeRequest, FINAL_STATUS, isPersistent } from "./aws-request";
import type { Invocation } from "./function-runtime";
import { FunctionRuntime } from "./function-runtime";
import { type FunctionFault, LambdaApi } from "./lambda-api";
import { LocalError } from "./local-error";
import { type MotoServer, startMoto } from "./moto-server";
import { type ServiceFault, type ServiceFaultAction, type ServiceFaultOptions, ServiceFaults } from "./service-faults";

export const REGION = "eu-central-1";
export const ACCOUNT_ID = "123456789012";
/** Who calls from outside: Terraform, the command line, the tests. Known to no one but the local cloud. */
export const CALLER_CREDENTIALS = { accessKeyId: "LOCALCALLERKEY000001", secretAccessKey: "local-caller-secret" } as const;
/** Whose credentials the functions have. */
export const FUNCTION_CREDENTIALS = { accessKeyId: "LOCALFUNCTIONKEY0001", secretAccessKey: "local-function-secret" } as const;

export interface AwsOptions {
  /** @default - a free loopback port */
  readonly port?: number;
  /** Environment variables that every function gets besides its own, for example NODE_EXTRA_CA_CERTS. */
  readonly functionEnvironment?: Readonly<Record<string, string>>;
}

/** AWS on loopback: moto, with a function runtime in front. */
export interface LocalAws {
  readonly endpoint: string;
  readonly region: string;
  readonly accountId: string;
  /** What Terraform, an AWS SDK or the AWS command line need in their environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** All calls of functions, oldest first. */
  readonly invocations: readonly Invocation[];
  /** All other requests, oldest first, without their bodies. */
  readonly requests: readonly Omit<AwsRequest, "body" | "headers">[];
  readonly motoPid: number | undefined;
  /**
   * Calls a function through the endpoint, faults included.
   * @throws LocalError when Lambda itself refuses, or does not answer
   */
  invoke(name: string, payload: unknown, qualifier?: string): Promise<{ result: unknown; functionError?: string; logs: string }>;
  /** Makes a function's next calls go wrong; `null` ends it. `times` limits it to so many calls. */
  fault(functionName: string, fault: FunctionFault | null, options?: { times?: number }): void;
  /** Makes requests to AWS services go wrong, from the nth matching one on. */
  faultService(
    matches: (request: AwsRequest) => boolean,
    action: ServiceFaultAction,
    options?: ServiceFaultOptions,
  ): ServiceFault;
  clearFaults(): void;
  /** The next call of each function is a cold start. */
  endContainers(): void;
  /** Empties moto and forgets invocations, requests and faults. */
  reset(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts AWS on this machine: everything is passed on to moto, except that `Invoke` runs the very zip that was
 * uploaded. Dies with this process.
 *
 * @throws MissingPartError when moto cannot be had
 */
export async function startAws(options: AwsOptions = {}): Promise<LocalAws> {
  const moto = await startMoto();
  const endpoint = new AwsEndpoint(moto, options);
  await endpoint.listen(options.port ?? 0);
  return endpoint;
}

class AwsEndpoint implements LocalAws {
  readonly region = REGION;
  readonly accountId = ACCOUNT_ID;
  readonly requests: Omit<AwsRequest, "body" | "headers">[] = [];
  endpoint = "";
  #runtime: FunctionRuntime | undefined;
  #lambda: LambdaApi | undefined;
  readonly #faults = new ServiceFaults();
  readonly #server: Server = createServer((request, response) => {
    this.#handle(request, response).catch((error: Error) => {
      process.stderr.write(`aws-endpoint: ${error.stack}\n`);
      if (!response.headersSent) answerError(response, 500, "InternalFailure", error.message);
      else response.destroy();
    });
  });

  constructor(
    private readonly moto: MotoServer,
    private readonly options: AwsOptions,
  ) {}

  get motoPid() {
    return this.moto.pid;
  }

  get invocations(): readonly Invocation[] {
    return this.#runtime?.invocations ?? [];
  }

  get environment(): Readonly<Record<string, string>> {
    return {
      AWS_ENDPOINT_URL: this.endpoint,
      AWS_ACCESS_KEY_ID: CALLER_CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: CALLER_CREDENTIALS.secretAccessKey,
      ...{ AWS_REGION: REGION, AWS_DEFAULT_REGION: REGION, AWS_EC2_METADATA_DISABLED: "true" },
      AWS_MAX_ATTEMPTS: "2",
    };
  }

  async listen(port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(port, "127.0.0.1", resolve);
    });
    this.endpoint = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    this.#runtime = new FunctionRuntime({
      ...{ AWS_REGION: REGION, AWS_DEFAULT_REGION: REGION, AWS_ENDPOINT_URL: this.endpoint },
      AWS_ACCESS_KEY_ID: FUNCTION_CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: FUNCTION_CREDENTIALS.secretAccessKey,
      ...this.options.functionEnvironment,
    });
    this.#lambda = new LambdaApi(this.#runtime, (path, authorization) =>
      fetch(`http://127.0.0.1:${this.moto.port}${path}`, { headers: { authorization } }),
    );
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request);
    const { method = "GET", url: path = "/" } = request;
    const described = describeRequest(method, path, request.headers, body);
    const { body: _body, headers: _headers, ...summary } = described;
    const isInvoke = LambdaApi.isInvoke(method, path);
    if (!isInvoke) this.requests.push(summary);
    const fault = this.#faults.decide(described);
    const last = isPersistent(request.headers);
    const drop = () => (last ? answerError(response, FINAL_STATUS, "Unreachable", "unreachable") : void response.destroy());
    if (fault === "drop") return drop();
    if (fault === "error")
      return answerError(response, last ? FINAL_STATUS : 500, "InternalServerError", "a fault that a test has set");
    if (fault === "deny") return answerError(response, 400, "AccessDeniedException", "a fault that a test has set");
    if (typeof fault === "object")
      return answerError(response, fault.status, fault.type, fault.message ?? "a fault that a test has set");
    if (isInvoke) return this.#lambda!.invoke(described, body, response);
    await this.#forward(request, body, fault === "lose-response" ? undefined : response, status => {
      if (status < 300) this.#lambda!.learn(described, body);
    });
    if (fault === "lose-response") drop();
  }

  /** Passes a request on to moto, and the answer back, as it comes. */
  #forward(
    request: IncomingMessage,
    body: Buffer,
    response: ServerResponse | undefined,
    seen: (status: number) => void,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      const { "transfer-encoding": _, connection: __, expect: ___, ...headers } = request.headers;
      const { method, url: path } = request;
      const onward = httpRequest({
        host: "127.0.0.1",
        port: this.moto.port,
        method,
        path,
        headers: { ...headers, "content-length": body.length },
      });
      onward.once("error", reject);
      onward.once("response", answer => {
        seen(answer.statusCode ?? 500);
        answer.once("end", resolve).once("error", reject);
        if (!response) return void answer.resume();
        const { connection: _connection, ...answerHeaders } = answer.headers;
        response.writeHead(answer.statusCode ?? 500, answerHeaders);
        answer.pipe(response);
      });
      onward.end(body);
    });
  }

  async invoke(name: string, payload: unknown, qualifier?: string) {
    const path = `/2015-03-31/functions/${encodeURIComponent(name)}/invocations${qualifier ? `?Qualifier=${qualifier}` : ""}`;
    const authorization = `AWS4-HMAC-SHA256 Credential=${CALLER_CREDENTIALS.accessKeyId}/20200101/${REGION}/lambda/aws4_request, SignedHeaders=host, Signature=none`;
    const before = this.invocations.length;
    const headers = { authorization, "content-type": "application/json" };
    const response = await fetch(this.endpoint + path, { method: "POST", headers, body: JSON.stringify(payload) }).catch(
      cause => {
        throw new LocalError(`the call of ${name} got no answer`, { cause });
      },
    );
    const text = await response.text();
    if (!response.ok) throw new LocalError(`Lambda refused the call of ${name}: ${response.status} ${text}`);
    const requestId = response.headers.get("x-amzn-requestid");
    const logs = this.invocations.slice(before).find(call => call.requestId === requestId)?.logs ?? "";
    const functionError = response.headers.get("x-amz-function-error");
    return { result: text === "" ? undefined : (JSON.parse(text) as unknown), logs, ...(functionError ? { functionError } : {}) };
  }

  fault(functionName: string, fault: FunctionFault | null, options: { times?: number } = {}): void {
    this.#lambda!.fault(functionName, fault, options.times);
  }

  faultService(
    matches: (request: AwsRequest) => boolean,
    action: ServiceFaultAction,
    options?: ServiceFaultOptions,
  ): ServiceFault {
    return this.#faults.add(matches, action, options);
  }

  clearFaults(): void {
    this.#faults.clear();
    this.#lambda!.clearFaults();
  }

  endContainers(): void {
    this.#runtime?.endContainers();
  }

  async reset(): Promise<void> {
    await fetch(`http://127.0.0.1:${this.moto.port}/moto-api/reset`, { method: "POST" });
    this.clearFaults();
    this.endContainers();
    this.#runtime!.invocations.length = 0;
    this.requests.length = 0;
  }

  async stop(): Promise<void> {
    await this.#runtime?.stop();
    this.#server.closeAllConnections();
    await new Promise(resolve => this.#server.close(resolve));
    await this.moto.stop();
  }
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Answers in the form that both AWS's JSON protocols understand. */
export function answerError(response: ServerResponse, status: number, type: string, message: string): void {
  response.writeHead(status, { "content-type": "application/x-amz-json-1.1", "x-amzn-errortype": type });
  response.end(JSON.stringify({ __type: type, Type: status >= 500 ? "Service" : "User", message, Message: message }));
}
