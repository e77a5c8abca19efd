import { randomUUID } from "node:crypto";
import type { ServerResponse } from "node:http";
import { defined } from "../../core/json";
import { answerError, answerJson, Refusal } from "../aws-http/aws-answer";
import type { AwsRequest } from "../aws-http/aws-request";
import { ACCOUNT_ID } from "../aws-http/identity";
import type { FunctionConfiguration } from "../lambda/function-runtime";
import { queueUrl, type ServiceCaller } from "./service-caller";

/** A mapping of a queue to a function, as Lambda describes it. */
export interface EventSourceMapping {
  readonly UUID: string;
  readonly EventSourceArn: string;
  readonly FunctionArn: string;
  readonly State: "Enabled" | "Disabled";
  readonly BatchSize: number;
  readonly FunctionResponseTypes: readonly string[];
  readonly ScalingConfig?: { readonly MaximumConcurrency?: number };
}

interface Input {
  readonly EventSourceArn?: string;
  readonly FunctionName?: string;
  readonly Enabled?: boolean;
  readonly BatchSize?: number;
  readonly MaximumBatchingWindowInSeconds?: number;
  readonly FunctionResponseTypes?: readonly string[];
  readonly ScalingConfig?: { readonly MaximumConcurrency?: number };
  readonly FilterCriteria?: { readonly Filters?: readonly object[] };
  readonly Tags?: Readonly<Record<string, string>>;
}

const PATH = /^\/2015-03-31\/event-source-mappings\/?([^/?]*)\/?(?:\?(.*))?$/;
const TAGS = /^\/2017-03-31\/tags\/([^/?]+)(?:\?(.*))?$/;

/**
 * Lambda's API for event source mappings of queues. Moto never sees these requests: it would run the
 * functions in its own containers as soon as a message is sent.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
 */
export class EventSourceMappings {
  readonly #all = new Map<string, EventSourceMapping>();
  readonly #tags = new Map<string, Readonly<Record<string, string>>>();

  readonly #caller: ServiceCaller;
  readonly #configurationOf: (name: string, authorization: string) => Promise<FunctionConfiguration>;
  readonly #changed: () => void;

  /**
   * @param configurationOf asks Lambda for a function's configuration
   * @param changed is called after each change of a mapping
   */
  constructor(
    caller: ServiceCaller,
    configurationOf: (name: string, authorization: string) => Promise<FunctionConfiguration>,
    changed: () => void,
  ) {
    this.#caller = caller;
    this.#configurationOf = configurationOf;
    this.#changed = changed;
  }

  static accepts({ path }: Pick<AwsRequest, "path">): boolean {
    return PATH.test(path) || isTagged(path);
  }

  get enabled(): readonly EventSourceMapping[] {
    return [...this.#all.values()].filter(mapping => mapping.State === "Enabled");
  }

  get(id: string): EventSourceMapping | undefined {
    return this.#all.get(id);
  }

  clear(): void {
    this.#all.clear();
    this.#tags.clear();
    this.#changed();
  }

  async answer(request: AwsRequest, response: ServerResponse | undefined): Promise<void> {
    try {
      const { status, body } = isTagged(request.path)
        ? this.#answerTags(request)
        : await this.#answer(request);
      answerJson(response, status, body);
      this.#changed();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      answerError(response, error.status, error.type, error.message);
    }
  }

  async #answer({ method, path, body, headers }: AwsRequest): Promise<{ status: number; body: object }> {
    const [, id = "", query] = PATH.exec(path) ?? [];
    const input: Input = typeof body === "object" && body !== null ? body : {};
    const authorization = headers.authorization ?? "";
    if (id === "") {
      if (method === "POST") return { status: 202, body: await this.#create(input, authorization) };
      return {
        status: 200,
        body: { EventSourceMappings: await this.#list(new URLSearchParams(query), authorization) },
      };
    }
    const known = this.#all.get(id);
    if (!known)
      throw new Refusal(404, "ResourceNotFoundException", "The resource you requested does not exist.");
    if (method === "GET") return { status: 200, body: known };
    if (method === "PUT") {
      const merged = { ...known, ...input, FunctionName: input.FunctionName ?? known.FunctionArn };
      const changed = await this.#validated(merged, id, authorization);
      this.#all.set(id, changed);
      return { status: 202, body: changed };
    }
    this.#all.delete(id);
    return { status: 202, body: { ...known, State: "Deleting" } };
  }

  async #create(input: Input, authorization: string): Promise<EventSourceMapping> {
    const created = await this.#validated(input, randomUUID(), authorization);
    const existing = [...this.#all.values()].find(
      other => other.EventSourceArn === created.EventSourceArn && other.FunctionArn === created.FunctionArn,
    );
    if (existing) {
      const message =
        `An event source mapping with SQS arn (" ${created.EventSourceArn} ") and function ` +
        `(" ${created.FunctionArn} ") already exists. ` +
        `Please update or delete the existing mapping with UUID ${existing.UUID}`;
      throw new Refusal(409, "ResourceConflictException", message);
    }
    this.#all.set(created.UUID, created);
    this.#tags.set(arnOf(created), input.Tags ?? {});
    return created;
  }

  /** The mapping with Lambda's defaults. @throws Refusal where Lambda refuses it */
  async #validated(
    input: Input & { State?: string },
    id: string,
    authorization: string,
  ): Promise<EventSourceMapping> {
    const {
      EventSourceArn: queue = "",
      BatchSize = 10,
      MaximumBatchingWindowInSeconds = 0,
      ScalingConfig = {},
    } = input;
    if (!/^arn:[^:]+:sqs:[^:]+:\d+:[^:]+$/.test(queue) || queue.endsWith(".fifo"))
      throw invalid(`the local cloud maps standard SQS queues only, got: ${queue}`);
    if (input.FilterCriteria?.Filters?.length)
      throw invalid("the local cloud does not support filter criteria of event source mappings");
    if (BatchSize < 1 || BatchSize > 10_000 || (BatchSize > 10 && MaximumBatchingWindowInSeconds < 1))
      throw invalid(
        "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10",
      );
    const most = ScalingConfig.MaximumConcurrency;
    if (most !== undefined && (most < 2 || most > 1000))
      throw invalid("MaximumConcurrency must be from 2 to 1000");
    const target = await this.#configurationOf(input.FunctionName ?? "", authorization);
    const visibility = await this.#visibilityTimeout(queue);
    const { Timeout = 3 } = target;
    if (visibility < Timeout)
      throw invalid(
        `Queue visibility timeout: ${visibility} seconds is less than Function timeout: ${Timeout} seconds`,
      );
    const isEnabled = input.Enabled ?? input.State !== "Disabled";
    return defined({
      UUID: id,
      EventSourceArn: queue,
      EventSourceMappingArn: arnOf({ UUID: id, EventSourceArn: queue }),
      FunctionArn: target.FunctionArn,
      BatchSize,
      MaximumBatchingWindowInSeconds,
      State: isEnabled ? ("Enabled" as const) : ("Disabled" as const),
      StateTransitionReason: "USER_INITIATED",
      LastModified: Date.now() / 1000,
      FunctionResponseTypes: input.FunctionResponseTypes ?? [],
      ScalingConfig: most === undefined ? undefined : ScalingConfig,
    });
  }

  async #visibilityTimeout(queue: string): Promise<number> {
    const names = { QueueUrl: queueUrl(queue), AttributeNames: ["VisibilityTimeout"] };
    const found = await this.#caller
      .call<{ Attributes: { VisibilityTimeout: string } }>("sqs", "GetQueueAttributes", names, {
        quiet: true,
      })
      .catch(() => undefined);
    if (!found)
      throw invalid(
        "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue.",
      );
    return Number(found.Attributes.VisibilityTimeout);
  }

  async #list(query: URLSearchParams, authorization: string): Promise<readonly EventSourceMapping[]> {
    const queue = query.get("EventSourceArn");
    const name = query.get("FunctionName");
    const wanted = name && (await this.#configurationOf(name, authorization)).FunctionArn;
    return [...this.#all.values()].filter(
      mapping => (!queue || mapping.EventSourceArn === queue) && (!wanted || mapping.FunctionArn === wanted),
    );
  }

  #answerTags({ method, path, body }: AwsRequest): { status: number; body: object } {
    const [, encoded = "", query] = TAGS.exec(path) ?? [];
    const arn = decodeURIComponent(encoded);
    const tags = this.#tags.get(arn);
    if (!tags)
      throw new Refusal(404, "ResourceNotFoundException", "The resource you requested does not exist.");
    if (method === "GET") return { status: 200, body: { Tags: tags } };
    const gone = method === "DELETE" ? new URLSearchParams(query).getAll("tagKeys") : [];
    const more = method === "POST" ? ((body as Input).Tags ?? {}) : {};
    this.#tags.set(
      arn,
      Object.fromEntries(Object.entries({ ...tags, ...more }).filter(([key]) => !gone.includes(key))),
    );
    return { status: 200, body: {} };
  }
}

function isTagged(path: string): boolean {
  return decodeURIComponent(TAGS.exec(path)?.[1] ?? "").includes(":event-source-mapping:");
}

function arnOf({ UUID, EventSourceArn }: Pick<EventSourceMapping, "UUID" | "EventSourceArn">): string {
  return `arn:aws:lambda:${EventSourceArn.split(":")[3]}:${ACCOUNT_ID}:event-source-mapping:${UUID}`;
}

function invalid(message: string): Refusal {
  return new Refusal(400, "InvalidParameterValueException", message);
}
