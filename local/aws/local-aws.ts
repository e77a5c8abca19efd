import type { AwsRequest } from "../aws-http/aws-request";
import type { Invocation } from "../lambda/function-runtime";
import type { FunctionFault } from "../lambda/lambda-api";
import type { LocalClock } from "../lambda/local-clock";
import type { PublishedEvent } from "../messaging/event-bus";
import type { FiredSchedule, PassTimeOptions } from "../messaging/schedules";
import type { ServiceFault, ServiceFaultAction, ServiceFaultOptions } from "../messaging/service-faults";
import type { RequestListener } from "./request-listeners";

export interface AwsOptions {
  /** @default - a free loopback port */
  readonly port?: number;
  /** Environment variables of every function in addition to its own, for example NODE_EXTRA_CA_CERTS. */
  readonly functionEnvironment?: Readonly<Record<string, string>>;
  /**
   * Whether DynamoDB and the proofs' key are in memory and not in moto. For suites whose subject is a
   * database: they send thousands of requests, and moto takes several ms for each. @default false
   */
  readonly tablesInMemory?: boolean;
}

/** AWS on loopback: moto behind an endpoint that runs functions, delivers messages and fires schedules. */
export interface LocalAws {
  readonly endpoint: string;
  readonly region: string;
  readonly accountId: string;
  /** The environment variables for Terraform, the AWS SDKs and the AWS command line. */
  readonly environment: Readonly<Record<string, string>>;
  /** All calls of functions, oldest first. */
  readonly invocations: readonly Invocation[];
  /**
   * All other requests, oldest first, without their bodies and without AWS's own, such as polls of queues.
   */
  readonly requests: readonly Omit<AwsRequest, "body" | "headers">[];
  /** All events that PutEvents accepted, oldest first. */
  readonly events: readonly PublishedEvent[];
  /** By identifier: where the servers answer that stand for instances of RDS. */
  readonly instanceEndpoints: Map<string, { readonly host: string; readonly port: number }>;
  readonly motoPid: number | undefined;
  /** The functions' clock. Moving it fires no schedules: runs in between are missed. */
  readonly clock: LocalClock;
  /**
   * After how many ms of real time a message is delivered again when its function failed. AWS waits for the
   * queue's visibility timeout.
   * @default 200
   */
  messageRetryMs: number | "visibility-timeout";
  /**
   * Calls a function through the endpoint, faults included.
   * @throws LocalError when Lambda refuses the call, or does not answer
   */
  invoke(
    name: string,
    payload: unknown,
    qualifier?: string,
  ): Promise<{ result: unknown; functionError?: string; logs: string }>;
  /**
   * Moves the clock by this many ms and fires the schedules on the way, in order, each at its time. Waits
   * until each function has ended. The result names failed runs.
   * @throws LocalError for an unsupported schedule, such as `cron(...)`
   */
  passTime(ms: number, options?: PassTimeOptions): Promise<readonly FiredSchedule[]>;
  /** From now on, due schedules fire within a second, as on AWS. */
  startTimers(): void;
  stopTimers(): void;
  /**
   * Resolves when no function runs and no mapped queue holds a message, visible or in flight.
   * @throws LocalError after `timeoutMs` (default 30,000); it names what is unfinished
   */
  settled(options?: { readonly timeoutMs?: number }): Promise<void>;
  /** Makes a function's next calls fail: `times` of them, by default all. `null` ends the fault. */
  fault(functionName: string, fault: FunctionFault | null, options?: { times?: number }): void;
  /** Makes matching requests to AWS services fail, AWS's own requests included. */
  faultService(
    matches: (request: AwsRequest) => boolean,
    action: ServiceFaultAction,
    options?: ServiceFaultOptions,
  ): ServiceFault;
  /**
   * Calls the listener with each request from now on that reaches AWS, those of functions included. For IAM,
   * STS and new keys also with AWS's answer, if the request succeeded.
   */
  observe(listener: RequestListener): void;
  clearFaults(): void;
  /** The next call of each function is a cold start. */
  endContainers(): void;
  /**
   * Empties moto, removes invocations, requests, events, mappings and faults, and sets the clock to real
   * time.
   */
  reset(): Promise<void>;
  /** Remembers what the tables in memory hold. @returns what makes them hold that again, and nothing else */
  keepTables(): () => void;
  stop(): Promise<void>;
}
