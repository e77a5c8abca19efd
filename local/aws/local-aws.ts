import type { AwsRequest } from "../aws-http/aws-request";
import type { Invocation } from "../lambda/function-runtime";
import type { FunctionFault } from "../lambda/lambda-api";
import type { LocalClock } from "../lambda/local-clock";
import type { PublishedEvent } from "../messaging/event-bus";
import type { FiredSchedule, PassTimeOptions } from "../messaging/schedules";
import type { ServiceFault, ServiceFaultAction, ServiceFaultOptions } from "../messaging/service-faults";

export interface AwsOptions {
  /** @default - a free loopback port */
  readonly port?: number;
  /** Environment variables that every function gets besides its own, for example NODE_EXTRA_CA_CERTS. */
  readonly functionEnvironment?: Readonly<Record<string, string>>;
}

/** AWS on loopback: moto, with a function runtime and what calls functions in front. */
export interface LocalAws {
  readonly endpoint: string;
  readonly region: string;
  readonly accountId: string;
  /** What Terraform, an AWS SDK or the AWS command line need in their environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** All calls of functions, oldest first. */
  readonly invocations: readonly Invocation[];
  /** All other requests, oldest first, without their bodies. Without those that AWS makes itself, such as polls of queues. */
  readonly requests: readonly Omit<AwsRequest, "body" | "headers">[];
  /** All events that PutEvents accepted, oldest first. */
  readonly events: readonly PublishedEvent[];
  readonly motoPid: number | undefined;
  /** The functions' time. Moving it fires nothing: a run that falls in between was missed. */
  readonly clock: LocalClock;
  /**
   * How long a message waits, in ms of real time, until it is delivered again after its function failed; or the time that AWS
   * takes, the queue's visibility timeout.
   * @default 200
   */
  messageRetryMs: number | "visibility-timeout";
  /**
   * Calls a function through the endpoint, faults included.
   * @throws LocalError when Lambda itself refuses, or does not answer
   */
  invoke(
    name: string,
    payload: unknown,
    qualifier?: string,
  ): Promise<{ result: unknown; functionError?: string; logs: string }>;
  /**
   * Moves the clock by so many ms and fires what is scheduled in between, in order, each at its moment. Waits for each
   * function to end; what failed is in the answer.
   * @throws LocalError for a schedule that cannot be understood here, such as `cron(...)`
   */
  passTime(ms: number, options?: PassTimeOptions): Promise<readonly FiredSchedule[]>;
  /** From now on what is due by the clock is fired within a second, as in a real cloud. */
  startTimers(): void;
  stopTimers(): void;
  /**
   * Resolves when no function runs and no queue that is mapped to a function holds a message, whether visible or in flight.
   * @throws LocalError after `timeoutMs` (default 30,000), saying what is left
   */
  settled(options?: { readonly timeoutMs?: number }): Promise<void>;
  /** Makes a function's next calls go wrong; `null` ends it. `times` limits it to so many calls. */
  fault(functionName: string, fault: FunctionFault | null, options?: { times?: number }): void;
  /** Makes requests to AWS services go wrong, from the nth matching one on; also those that AWS makes itself. */
  faultService(
    matches: (request: AwsRequest) => boolean,
    action: ServiceFaultAction,
    options?: ServiceFaultOptions,
  ): ServiceFault;
  clearFaults(): void;
  /** The next call of each function is a cold start. */
  endContainers(): void;
  /** Empties moto, forgets invocations, requests, events, mappings and faults, and sets the clock to real time. */
  reset(): Promise<void>;
  stop(): Promise<void>;
}
