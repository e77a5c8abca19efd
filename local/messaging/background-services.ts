import type { ServerResponse } from "node:http";
import type { AwsRequest } from "../aws-http/aws-request";
import type { FunctionConfiguration, FunctionRuntime } from "../lambda/function-runtime";
import type { LocalClock } from "../lambda/local-clock";
import { sleep } from "../process/child-process";
import { LocalError } from "../process/local-error";
import { EventBus } from "./event-bus";
import { EventSourceMappings } from "./event-source-mappings";
import { MessageMoves } from "./message-moves";
import { ParameterEvents } from "./parameter-events";
import { compactPolicies } from "./queue-attributes";
import { QueuePump } from "./queue-pump";
import { Schedules } from "./schedules";
import { queueArn, type ServiceCaller } from "./service-caller";
import type { ReceivedMessage } from "./sqs-event";

/** After these a queue may hold more, or what it holds may be visible. */
const MAY_BRING_MESSAGES =
  /^(SendMessage|ChangeMessageVisibility|PutEvents|Publish|PutParameter|DeleteParameter)/;

type Invoke = (functionArn: string, payload: unknown) => Promise<{ result: unknown; functionError?: string }>;

/** Takes moto's answer to a request; returns what the caller gets. */
export type Seen = (text: string) => Promise<string>;

/** What AWS does by itself and moto does not: schedules, deliveries from queues to functions, events of services, redrives. */
export class BackgroundServices {
  readonly bus: EventBus;
  readonly schedules: Schedules;
  readonly pump: QueuePump;
  readonly #mappings: EventSourceMappings;
  readonly #parameters: ParameterEvents;
  readonly #moves: MessageMoves;

  constructor(
    caller: ServiceCaller,
    clock: LocalClock,
    private readonly runtime: FunctionRuntime,
    configurationOf: (name: string, authorization: string) => Promise<FunctionConfiguration>,
    invoke: Invoke,
  ) {
    const hint = () => this.pump.hint();
    this.bus = new EventBus(caller, clock);
    this.schedules = new Schedules(caller, clock, invoke);
    this.#mappings = new EventSourceMappings(caller, configurationOf, hint);
    this.#moves = new MessageMoves(caller, hint);
    this.pump = new QueuePump(this.#mappings, caller, clock, invoke, (queue, messages) =>
      this.#moves.received(queue, messages),
    );
    this.#parameters = new ParameterEvents(caller, this.bus);
  }

  /** Answers a request of which moto is not to know. `false` when it is moto's. */
  async answer(request: AwsRequest, response: ServerResponse | undefined): Promise<boolean> {
    const service = [EventSourceMappings, MessageMoves].find(one => one.isOne(request));
    if (service === EventSourceMappings) await this.#mappings.answer(request, response);
    if (service === MessageMoves) await this.#moves.answer(request, response);
    return service !== undefined;
  }

  /** To be asked before moto does a request: what wants the answer, when that is a success. */
  async watch(request: AwsRequest): Promise<Seen | undefined> {
    const { service, operation, method } = request;
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
    const { activity } = this.runtime;
    for (const deadline = Date.now() + timeoutMs; ; await sleep(20)) {
      const begun = activity.started + this.pump.begun;
      const held = [...(await this.pump.holdings())].filter(([, count]) => count > 0);
      if (
        held.length === 0 &&
        activity.running + this.pump.busy === 0 &&
        begun === activity.started + this.pump.begun
      )
        return;
      if (held.length > 0) this.pump.hint();
      if (Date.now() < deadline) continue;
      const queues = held.map(([queue, count]) => `${count} in ${queue.split(":").at(-1)}`);
      const left = [
        `${activity.running} functions running`,
        `${this.pump.busy} batches under way`,
        ...queues,
      ].join(", ");
      throw new LocalError(`the local cloud did not settle within ${timeoutMs} ms: ${left}`);
    }
  }

  reset(): void {
    this.bus.events.length = 0;
    this.schedules.reset();
    this.#mappings.clear();
    this.#moves.clear();
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
