import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import { answerError } from "../aws-http/aws-answer";
import { type AwsRequest, describeRequest } from "../aws-http/aws-request";
import { ACCOUNT_ID, REGION } from "../aws-http/identity";
import { QueueTurns } from "../aws-http/queue-turns";
import { callFunction } from "../lambda/call-function";
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
import { callerEnvironment, functionEnvironment } from "./environments";
import type { AwsOptions, LocalAws } from "./local-aws";
import { MemoryServices } from "./memory-services";
import { askMoto, readBody, readFromMoto, relay } from "./moto-forwarder";
import { type MotoServer, startMoto } from "./moto-server";
import { RdsInstances } from "./rds-instances";
import { type RequestListener, RequestListeners } from "./request-listeners";

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
  #memory: MemoryServices | undefined;
  readonly #faults = new ServiceFaults();
  readonly #turns = new QueueTurns();
  readonly #listeners = new RequestListeners();
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
    this.#memory = options.tablesInMemory ? new MemoryServices() : undefined;
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
    return callerEnvironment(this.endpoint);
  }

  async listen(port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(port, "127.0.0.1", resolve);
    });
    this.endpoint = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    const environment = { ...functionEnvironment(this.endpoint), ...this.#options.functionEnvironment };
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
    const isInvoke = LambdaApi.isInvoke(method, path);
    if (!isInvoke) this.#arrived(described);
    const fault = this.#faults.decide(described);
    if (fault !== undefined && fault !== "lose-response") return answerFault(fault, described, response);
    if (isInvoke) return this.#lambda!.invoke(described, body, response);
    const receiver = fault ? undefined : response;
    const isAnswered =
      this.#memory?.answer(described, body, receiver) || (await this.#services!.answer(described, receiver));
    if (!isAnswered) await this.#forward(described, body, receiver);
    if (fault) answerFault("drop", described, response);
  }

  /** Forwards a request to moto, and its answer to the services that watch it. */
  async #forward(request: AwsRequest, body: Buffer, response: ServerResponse | undefined): Promise<void> {
    const seen =
      (await this.#services!.watch(request)) ?? this.#rds.watch(request) ?? this.#listeners.watch(request);
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

  observe(listener: RequestListener): void {
    this.#listeners.add(listener);
  }

  #arrived({ body, headers, ...summary }: AwsRequest): void {
    this.requests.push(summary);
    this.#listeners.arrived({ body, headers, ...summary });
  }

  async invoke(name: string, payload: unknown, qualifier?: string) {
    const before = this.invocations.length;
    const { functionError, requestId, text } = await callFunction(this.endpoint, name, {
      payload,
      qualifier,
    });
    const logs = this.invocations.slice(before).find(call => call.requestId === requestId)?.logs ?? "";
    const result: unknown = text === "" ? undefined : JSON.parse(text);
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
    if (this.#memory) this.#memory = new MemoryServices();
    await fetch(`http://127.0.0.1:${this.#moto.port}/moto-api/reset`, { method: "POST" });
    this.clearFaults();
    this.clock.reset();
    this.instanceEndpoints.clear();
    this.endContainers();
    this.#runtime!.invocations.length = 0;
    this.requests.length = 0;
  }

  keepTables(): () => void {
    if (!this.#memory) throw new LocalError("only tables in memory can be kept");
    return this.#memory.tables.keep();
  }

  async stop(): Promise<void> {
    this.#services?.stop();
    await this.#runtime?.stop();
    this.#server.closeAllConnections();
    await new Promise(resolve => this.#server.close(resolve));
    await this.#moto.stop();
  }
}
