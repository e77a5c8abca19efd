import type { ServerResponse } from "node:http";
import type { AwsRequest } from "../aws-http/aws-request";
import type { FunctionConfiguration, FunctionRuntime } from "../lambda/function-runtime";
import type { LocalClock } from "../lambda/local-clock";
import { sleep } from "../process/child-process";
import { LocalError } from "../process/local-error";
import { EventBus } from "./event-bus";
import { EventSourceMappings } from "./event-source-mappings";
import type { InvokeFunction } from "./invoke-function";
import { MessageMoves } from "./message-moves";
import { ParameterEvents } from "./parameter-events";
import { compactPolicies } from "./queue-attributes";
import { QueuePump } from "./queue-pump";
import { Schedules } from "./schedules";
import { SecretRotations } from "./secret-rotations";
import { queueArn, type ServiceCaller } from "./service-caller";
import type { ReceivedMessage } from "./sqs-event";

/** After these operations a queue may hold more messages, or messages may have become visible. */
const MAY_BRING_MESSAGES =
  /^(SendMessage|ChangeMessageVisibility|PutEvents|Publish|PutParameter|DeleteParameter)/;

/** Receives moto's answer to a request, and returns the answer for the caller. */
export type AnswerWatcher = (text: string) => Promise<string>;

export interface BackgroundOptions {
  readonly caller: ServiceCaller;
  readonly clock: LocalClock;
  readonly runtime: FunctionRuntime;
  readonly configurationOf: (name: string, authorization: string) => Promise<FunctionConfiguration>;
  readonly invoke: InvokeFunction;
}

/**
 * The work that AWS does without a request and that moto lacks: schedules, deliveries from queues to
 * functions, events of AWS services, redrives of dead letters, rotations of secrets.
 */
export class BackgroundServices {
  readonly bus: EventBus;
  readonly schedules: Schedules;
  readonly pump: QueuePump;
  readonly #runtime: FunctionRuntime;
  readonly #mappings: EventSourceMappings;
  readonly #parameters: ParameterEvents;
  readonly #moves: MessageMoves;
  readonly #rotations: SecretRotations;

  constructor({ caller, clock, runtime, configurationOf, invoke }: BackgroundOptions) {
    const hint = () => this.pump.hint();
    const mappings = new EventSourceMappings(caller, configurationOf, hint);
    const moves = new MessageMoves(caller, hint);
    this.bus = new EventBus(caller, clock);
    this.schedules = new Schedules(caller, clock, invoke);
    this.pump = new QueuePump({
      mappings,
      caller,
      clock,
      invoke,
      received: (queue, messages) => moves.received(queue, messages),
    });
    this.#runtime = runtime;
    this.#mappings = mappings;
    this.#moves = moves;
    this.#parameters = new ParameterEvents(caller, this.bus);
    this.#rotations = new SecretRotations(caller, invoke);
  }

  /** Answers a request that moto must not get. @returns `false` for a request that is moto's */
  async answer(request: AwsRequest, response: ServerResponse | undefined): Promise<boolean> {
    const all = [EventSourceMappings, MessageMoves, SecretRotations];
    const service = all.find(candidate => candidate.accepts(request));
    if (service === EventSourceMappings) await this.#mappings.answer(request, response);
    if (service === MessageMoves) await this.#moves.answer(request, response);
    if (service === SecretRotations) await this.#rotations.answer(request, response);
    return service !== undefined;
  }

  /**
   * Call it before moto gets the request.
   * @returns what to call with moto's answer, if the request succeeds
   */
  async watch(request: AwsRequest): Promise<AnswerWatcher | undefined> {
    const { service, operation, method } = request;
    const described = this.#rotations.watch(request);
    if (described) return async text => described(text);
    const parameterChanged = await this.#parameters.watch(request);
    const schedulesChanged = service === "scheduler" && method !== "GET";
    const received = service === "sqs" && operation === "ReceiveMessage";
    if (service === "sqs" && operation === "GetQueueAttributes" && request.target)
      return async text => compactPolicies(text);
    const mayBring = MAY_BRING_MESSAGES.test(operation);
    if (!parameterChanged && !schedulesChanged && !received && !mayBring && !this.bus.watches(request))
      return undefined;
    return async text => {
      await parameterChanged?.(text);
      if (schedulesChanged) await this.schedules.refresh();
      if (received) this.#noteReceived(request, text);
      const answer = this.bus.watches(request) ? this.bus.seen(request, text) : text;
      if (mayBring) this.pump.hint();
      return answer;
    };
  }

  /** See `LocalAws.settled`. */
  async settled(timeoutMs: number): Promise<void> {
    const { activity } = this.#runtime;
    for (const deadline = Date.now() + timeoutMs; ; await sleep(20)) {
      const begun = activity.started + this.pump.begun;
      const held = [...(await this.pump.holdings())].filter(([, count]) => count > 0);
      if (
        held.length === 0 &&
        activity.running + this.pump.busy + this.#rotations.busy === 0 &&
        begun === activity.started + this.pump.begun
      )
        return;
      if (held.length > 0) this.pump.hint();
      if (Date.now() < deadline) continue;
      const unfinished = [
        `${activity.running} functions running`,
        `${this.pump.busy} batches in work`,
        `${this.#rotations.busy} secrets in rotation`,
        ...held.map(([queue, count]) => `${count} in ${queue.split(":").at(-1)}`),
      ];
      throw new LocalError(`the local cloud did not settle within ${timeoutMs} ms: ${unfinished.join(", ")}`);
    }
  }

  reset(): void {
    this.bus.events.length = 0;
    this.schedules.reset();
    this.#mappings.clear();
    this.#moves.clear();
    this.#rotations.clear();
    this.pump.reset();
  }

  stop(): void {
    this.schedules.stop();
    this.pump.stop();
  }

  #noteReceived({ body }: AwsRequest, text: string): void {
    if (!text.startsWith("{")) return;
    const { Messages = [] } = JSON.parse(text) as { Messages?: readonly ReceivedMessage[] };
    this.#moves.received(queueArn((body as { QueueUrl: string }).QueueUrl), Messages);
  }
}
