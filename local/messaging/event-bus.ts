import type { AwsRequest } from "../aws-http/aws-request";
import type { LocalClock } from "../lambda/local-clock";
import type { ServiceCaller } from "./service-caller";

/** An event that PutEvents accepted. */
export interface PublishedEvent {
  readonly source: string;
  readonly detailType: string;
  readonly detail: unknown;
  /** The bus's name. */
  readonly bus: string;
}

interface Entry {
  readonly Source?: string;
  readonly DetailType?: string;
  readonly Detail?: string;
  readonly EventBusName?: string;
  readonly Resources?: readonly string[];
  readonly Time?: number;
}

interface Target {
  readonly Arn: string;
  readonly InputTransformer?: { readonly InputTemplate?: string };
}

/**
 * Delivers the whole event unchanged. Without a transformer, moto leaves out the account and replaces
 * placeholders such as `<id>` in the detail.
 */
const WHOLE_EVENT = { InputTransformer: { InputTemplate: "<aws.events.event.json>" } } as const;

/**
 * Corrects moto's EventBridge and records its events. Moto itself matches the rules and puts matching events
 * into queues.
 */
export class EventBus {
  readonly events: PublishedEvent[] = [];

  readonly #caller: ServiceCaller;
  readonly #clock: LocalClock;

  constructor(caller: ServiceCaller, clock: LocalClock) {
    this.#caller = caller;
    this.#clock = clock;
  }

  /** The body to send to moto instead; `undefined` when the request needs no change. */
  rewrite(request: AwsRequest): object | undefined {
    if (request.service !== "events") return undefined;
    const body = request.body as { Entries?: readonly Entry[]; Targets?: readonly Target[] };
    if (request.operation === "PutEvents" && Array.isArray(body?.Entries)) {
      const now = this.#clock.now().getTime() / 1000;
      return { ...body, Entries: body.Entries.map((entry: Entry) => ({ Time: now, ...entry })) };
    }
    if (request.operation !== "PutTargets" || !Array.isArray(body?.Targets)) return undefined;
    const takesWholeEvent = (target: Target) =>
      /^arn:[^:]+:sqs:/.test(target.Arn) && !("Input" in target || "InputPath" in target);
    return {
      ...body,
      Targets: body.Targets.map((target: Target) =>
        takesWholeEvent(target) ? { ...WHOLE_EVENT, ...target } : target,
      ),
    };
  }

  /** Whether `seen` needs the answer to this request. */
  watches({ service, operation }: AwsRequest): boolean {
    return service === "events" && (operation === "PutEvents" || operation === "ListTargetsByRule");
  }

  /** Records moto's answer to a request. @returns the answer for the caller */
  seen(request: AwsRequest, text: string): string {
    if (request.operation === "PutEvents") {
      this.#record(request, text);
      return text;
    }
    const { Targets, ...rest } = JSON.parse(text) as { Targets: readonly Target[] };
    const withoutOurs = ({ InputTransformer, ...target }: Target) =>
      InputTransformer && InputTransformer.InputTemplate !== WHOLE_EVENT.InputTransformer.InputTemplate
        ? { ...target, InputTransformer }
        : target;
    return JSON.stringify({ ...rest, Targets: Targets.map(withoutOurs) });
  }

  /** Publishes an event of an AWS service on the default bus. It is not added to `events`. */
  async publish(
    source: string,
    detailType: string,
    resources: readonly string[],
    detail: object,
  ): Promise<void> {
    const entry: Entry = {
      Source: source,
      DetailType: detailType,
      Resources: resources,
      Detail: JSON.stringify(detail),
      Time: this.#clock.now().getTime() / 1000,
    };
    await this.#caller.call("events", "PutEvents", { Entries: [entry] });
  }

  #record(request: AwsRequest, text: string): void {
    const { Entries: entries = [] } = request.body as { Entries?: readonly Entry[] };
    const { Entries: answers = [] } = JSON.parse(text) as { Entries?: readonly { ErrorCode?: string }[] };
    entries.forEach(({ Source = "", DetailType = "", Detail = "", EventBusName = "default" }, index) => {
      if (!answers[index] || answers[index].ErrorCode) return;
      const bus = EventBusName.split("/").at(-1)!;
      this.events.push({
        source: Source,
        detailType: DetailType,
        detail: JSON.parse(Detail) as unknown,
        bus,
      });
    });
  }
}
