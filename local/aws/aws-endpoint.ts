import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import { answerError } from "../aws-http/aws-answer";
import { type AwsRequest, describeRequest } from "../aws-http/aws-request";
import {
  ACCOUNT_ID,
  CALLER_CREDENTIALS,
  FUNCTION_CREDENTIALS,
  REGION,
  unsignedAuthorization,
} from "../aws-http/identity";
import { QueueTurns } from "../aws-http/queue-turns";
import { FunctionRuntime, type Invocation } from "../lambda/function-runtime";
import { type FunctionFault, LambdaApi } from "../lambda/lambda-api";
import { LocalClock } from "../lambda/local-clock";
import { BackgroundServices } from "../messaging/background-services";
import type { PublishedEvent } from "../messaging/event-bus";
import type { PassTimeOptions } from "../messaging/schedules";
import { ServiceCaller } from "../messaging/service-caller";
import {
  answerFault,
  type ServiceFault,
  type ServiceFaultAction,
  type ServiceFaultOptions,
  ServiceFaults,
} from "../messaging/service-faults";
import { LocalError } from "../process/local-error";
import type { AwsOptions, LocalAws } from "./local-aws";
import { askMoto, readBody, readFromMoto, relay } from "./moto-forwarder";
import { type MotoServer, startMoto } from "./moto-server";
import { RdsInstances } from "./rds-instances";

export { ACCOUNT_ID, CALLER_CREDENTIALS, FUNCTION_CREDENTIALS, REGION } from "../aws-http/identity";
export type { AwsOptions, LocalAws } from "./local-aws";

/**
 * Starts AWS on this machine. Requests are forwarded to moto, but `Invoke` runs the uploaded zip. Everything
 * ends with this process.
 *
 * @throws MissingPartError when moto cannot be provided
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
  readonly clock = new LocalClock();
  endpoint = "";
  #runtime: FunctionRuntime | undefined;
  #lambda: LambdaApi | undefined;
  #services: BackgroundServices | undefined;
  readonly #rds = new RdsInstances();
  readonly #faults = new ServiceFaults();
  readonly #turns = new QueueTurns();
  readonly #moto: MotoServer;
  readonly #options: AwsOptions;
  readonly #server: Server = createServer((request, response) => {
    this.#handle(request, response).catch((error: Error) => {
      process.stderr.write(`aws-endpoint: ${error.stack}\n`);
      if (!response.headersSent) answerError(response, 500, "InternalFailure", error.message);
      else response.destroy();
    });
  });

  constructor(moto: MotoServer, options: AwsOptions) {
    this.#moto = moto;
    this.#options = options;
  }

  get instanceEndpoints() {
    return this.#rds.endpoints;
  }

  get motoPid() {
    return this.#moto.pid;
  }

  get invocations(): readonly Invocation[] {
    return this.#runtime?.invocations ?? [];
  }

  get events(): readonly PublishedEvent[] {
    return this.#services!.bus.events;
  }

  get messageRetryMs() {
    return this.#services!.pump.retryMs;
  }

  set messageRetryMs(value: number | "visibility-timeout") {
    this.#services!.pump.retryMs = value;
  }

  get environment(): Readonly<Record<string, string>> {
    return {
      AWS_ENDPOINT_URL: this.endpoint,
      AWS_ACCESS_KEY_ID: CALLER_CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: CALLER_CREDENTIALS.secretAccessKey,
      AWS_REGION: REGION,
      AWS_DEFAULT_REGION: REGION,
      AWS_EC2_METADATA_DISABLED: "true",
      AWS_MAX_ATTEMPTS: "2",
    };
  }

  async listen(port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(port, "127.0.0.1", resolve);
    });
    this.endpoint = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    const environment = {
      AWS_REGION: REGION,
      AWS_DEFAULT_REGION: REGION,
      AWS_ENDPOINT_URL: this.endpoint,
      AWS_ACCESS_KEY_ID: FUNCTION_CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: FUNCTION_CREDENTIALS.secretAccessKey,
      ...this.#options.functionEnvironment,
    };
    const runtime = new FunctionRuntime(environment, this.clock);
    const lambda = new LambdaApi(runtime, readFromMoto(this.#moto.port));
    this.#runtime = runtime;
    this.#lambda = lambda;
    this.#services = new BackgroundServices({
      caller: new ServiceCaller(this.#moto.port, this.#faults, this.#turns),
      clock: this.clock,
      runtime,
      configurationOf: (name, authorization) => lambda.configurationOf(name, null, authorization),
      invoke: (functionArn, payload) => this.invoke(functionArn, payload),
    });
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request);
    const { method = "GET", url: path = "/" } = request;
    const described = describeRequest(method, path, request.headers, body);
    const { body: _body, headers: _headers, ...summary } = described;
    const isInvoke = LambdaApi.isInvoke(method, path);
    if (!isInvoke) this.requests.push(summary);
    const fault = this.#faults.decide(described);
    if (fault !== undefined && fault !== "lose-response") return answerFault(fault, described, response);
    if (isInvoke) return this.#lambda!.invoke(described, body, response);
    const receiver = fault ? undefined : response;
    if (!(await this.#services!.answer(described, receiver))) await this.#forward(described, body, receiver);
    if (fault) answerFault("drop", described, response);
  }

  /** Forwards a request to moto, and its answer to the services that watch it. */
  async #forward(request: AwsRequest, body: Buffer, response: ServerResponse | undefined): Promise<void> {
    const seen = (await this.#services!.watch(request)) ?? this.#rds.watch(request);
    const rewritten = this.#services!.bus.rewrite(request);
    const sent = rewritten ? Buffer.from(JSON.stringify(rewritten)) : (this.#rds.rewrite(request) ?? body);
    const answer = await this.#turns.take(request, () => askMoto(this.#moto.port, request, sent));
    const { statusCode: status = 500, headers } = answer;
    if (status < 300) this.#lambda!.learn(request, body);
    if (status >= 300 || !seen) return relay(answer, response);
    const text = await seen((await readBody(answer)).toString("utf8"));
    const { connection: _, "content-length": __, "transfer-encoding": ___, ...kept } = headers;
    response?.writeHead(status, kept).end(text);
  }

  async invoke(name: string, payload: unknown, qualifier?: string) {
    const query = qualifier ? `?Qualifier=${qualifier}` : "";
    const path = `/2015-03-31/functions/${encodeURIComponent(name)}/invocations${query}`;
    const before = this.invocations.length;
    const headers = {
      authorization: unsignedAuthorization(CALLER_CREDENTIALS.accessKeyId, "lambda"),
      "content-type": "application/json",
    };
    const response = await fetch(this.endpoint + path, {
      method: "POST",
      headers,
      body: JSON.stringify(payload),
    }).catch(cause => {
      throw new LocalError(`the call of ${name} got no answer`, { cause });
    });
    const text = await response.text();
    if (!response.ok) throw new LocalError(`Lambda refused the call of ${name}: ${response.status} ${text}`);
    const requestId = response.headers.get("x-amzn-requestid");
    const logs = this.invocations.slice(before).find(call => call.requestId === requestId)?.logs ?? "";
    const result: unknown = text === "" ? undefined : JSON.parse(text);
    const functionError = response.headers.get("x-amz-function-error");
    return functionError ? { result, logs, functionError } : { result, logs };
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

  passTime(ms: number, options?: PassTimeOptions) {
    return this.#services!.schedules.passTime(ms, options);
  }

  startTimers(): void {
    this.#services!.schedules.start();
  }

  stopTimers(): void {
    this.#services!.schedules.stop();
  }

  settled({ timeoutMs = 30_000 }: { readonly timeoutMs?: number } = {}): Promise<void> {
    return this.#services!.settled(timeoutMs);
  }

  clearFaults(): void {
    this.#faults.clear();
    this.#lambda!.clearFaults();
  }

  endContainers(): void {
    this.#runtime?.endContainers();
  }

  async reset(): Promise<void> {
    this.#services!.reset();
    await fetch(`http://127.0.0.1:${this.#moto.port}/moto-api/reset`, { method: "POST" });
    this.clearFaults();
    this.clock.reset();
    this.instanceEndpoints.clear();
    this.endContainers();
    this.#runtime!.invocations.length = 0;
    this.requests.length = 0;
  }

  async stop(): Promise<void> {
    this.#services?.stop();
    await this.#runtime?.stop();
    this.#server.closeAllConnections();
    await new Promise(resolve => this.#server.close(resolve));
    await this.#moto.stop();
  }
}
