import { type AwsRequest, describeRequest } from "../aws-http/aws-request";
import { REGION, SERVICE_ACCESS_KEY_ID, unsignedAuthorization } from "../aws-http/identity";
import type { QueueTurns } from "../aws-http/queue-turns";
import { LocalError } from "../process/local-error";
import { FAULT_MESSAGE, type ServiceFaults } from "./service-faults";

/** The names before the dot in the header `X-Amz-Target`. */
const TARGETS = {
  sqs: "AmazonSQS",
  events: "AWSEvents",
  ssm: "AmazonSSM",
  secretsmanager: "secretsmanager",
} as const;

interface Call {
  readonly service: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly quiet: boolean;
}

/** A call that AWS refused, or that a fault caused to fail. */
export class ServiceCallError extends LocalError {
  constructor(
    /** AWS's error code, such as `QueueDoesNotExist`. */
    readonly type: string,
    message: string,
  ) {
    super(message);
  }
}

/**
 * Calls moto for the local cloud's own services. These calls do not appear among the endpoint's requests, but
 * faults that a test sets affect them.
 */
export class ServiceCaller {
  readonly #motoPort: number;
  readonly #faults: ServiceFaults;
  readonly #turns: QueueTurns;

  constructor(motoPort: number, faults: ServiceFaults, turns: QueueTurns) {
    this.#motoPort = motoPort;
    this.#faults = faults;
    this.#turns = turns;
  }

  /**
   * Calls an operation of a service with a JSON protocol.
   *
   * @param options `quiet`: faults do not affect the call
   * @throws ServiceCallError
   */
  async call<T>(
    service: keyof typeof TARGETS,
    operation: string,
    input: object,
    options: { readonly quiet?: boolean } = {},
  ): Promise<T> {
    return this.#send({
      service,
      method: "POST",
      path: "/",
      headers: {
        "content-type": "application/x-amz-json-1.0",
        "x-amz-target": `${TARGETS[service]}.${operation}`,
      },
      body: JSON.stringify(input),
      quiet: options.quiet ?? false,
    });
  }

  /** Calls a service with a REST protocol. @throws ServiceCallError */
  async rest<T>(service: "scheduler" | "lambda", method: "GET" | "DELETE", path: string): Promise<T> {
    return this.#send({ service, method, path, headers: {}, body: "", quiet: false });
  }

  async #send<T>({ service, method, path, body, quiet, ...call }: Call): Promise<T> {
    const authorization = unsignedAuthorization(SERVICE_ACCESS_KEY_ID, service);
    const headers = { ...call.headers, authorization };
    const request = describeRequest(method, path, headers, Buffer.from(body));
    const fault = quiet ? undefined : this.#faults.decide(request);
    if (fault !== undefined && fault !== "lose-response")
      throw faulted(request, typeof fault === "object" ? fault.type : fault);
    const response = await this.#turns.take(request, () =>
      fetch(`http://127.0.0.1:${this.#motoPort}${path}`, {
        method,
        headers,
        body: body === "" ? null : body,
      }),
    );
    const text = await response.text();
    if (fault) throw faulted(request, fault);
    if (!response.ok) {
      const type = /"__type":\s*"(?:[^"#]*#)?([^"]+)"/.exec(text)?.[1] ?? String(response.status);
      throw new ServiceCallError(
        type,
        `${service} refused ${request.operation}: ${response.status} ${text.slice(0, 500)}`,
      );
    }
    return JSON.parse(text || "{}") as T;
  }
}

function faulted(request: AwsRequest, type: string): ServiceCallError {
  return new ServiceCallError(type, `${request.service} ${request.operation}: ${FAULT_MESSAGE}`);
}

/** The URL of a queue in moto, from its ARN. */
export function queueUrl(arn: string): string {
  const [, , , , account, name] = arn.split(":");
  return `http://sqs.local/${account}/${name}`;
}

/** The ARN of a queue, from its URL. */
export function queueArn(url: string): string {
  const [account, name] = url.split("/").slice(-2);
  return `arn:aws:sqs:${REGION}:${account}:${name}`;
}
