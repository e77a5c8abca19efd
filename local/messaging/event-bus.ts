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

/** Gives the whole event as it is. What moto makes of no transformer lacks the account, and replaces `<id>` and the like in the detail. */
const WHOLE_EVENT = { InputTransformer: { InputTemplate: "<aws.events.event.json>" } } as const;

/** What moto's EventBridge needs around it: moto itself matches the rules, and puts what they let through into queues. */
export class EventBus {
  readonly events: PublishedEvent[] = [];

  constructor(
    private readonly caller: ServiceCaller,
    private readonly clock: LocalClock,
  ) {}

  /** The request to send to moto instead, if it is to be another one. */
  rewrite(request: AwsRequest): object | undefined {
    if (request.service !== "events") return undefined;
    const body = request.body as { Entries?: readonly Entry[]; Targets?: readonly Target[] };
    if (request.operation === "PutEvents" && Array.isArray(body?.Entries)) {
      const now = this.clock.now().getTime() / 1000;
      return { ...body, Entries: body.Entries.map((entry: Entry) => ({ Time: now, ...entry })) };
    }
    if (request.operation !== "PutTargets" || !Array.isArray(body?.Targets)) return undefined;
    const isPlain = (target: Target) =>
      /^arn:[^:]+:sqs:/.test(target.Arn) && !("Input" in target || "InputPath" in target);
    return {
      ...body,
      Targets: body.Targets.map((target: Target) =>
        isPlain(target) ? { ...WHOLE_EVENT, ...target } : target,
      ),
    };
  }

  /** Whether `seen` wants the answer to this request. */
  watches({ service, operation }: AwsRequest): boolean {
    return service === "events" && (operation === "PutEvents" || operation === "ListTargetsByRule");
  }

  /** Takes note of moto's answer to a request; returns what the caller gets. */
  seen(request: AwsRequest, text: string): string {
    if (request.operation === "PutEvents") {
      this.#record(request, text);
      return text;
    }
    const { Targets, ...rest } = JSON.parse(text) as { Targets: readonly Target[] };
    const asGiven = ({ InputTransformer, ...target }: Target) =>
      InputTransformer && InputTransformer.InputTemplate !== WHOLE_EVENT.InputTransformer.InputTemplate
        ? { ...target, InputTransformer }
        : target;
    return JSON.stringify({ ...rest, Targets: Targets.map(asGiven) });
  }

  /** Publishes an event of AWS's own on the default bus; not among `events`. */
  async publish(
    source: string,
    detailType: string,
    resources: readonly string[],
    detail: object,
  ): Promise<void> {
    const Time = this.clock.now().getTime() / 1000;
    const entry: Entry = {
      Source: source,
      DetailType: detailType,
      Resources: resources,
      Detail: JSON.stringify(detail),
      Time,
    };
    await this.caller.call("events", "PutEvents", { Entries: [entry] });
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
