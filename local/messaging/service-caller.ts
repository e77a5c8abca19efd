import { type AwsRequest, describeRequest } from "../aws-http/aws-request";
import { REGION, SERVICE_ACCESS_KEY_ID } from "../aws-http/identity";
import { LocalError } from "../process/local-error";
import type { ServiceFaults } from "./service-faults";

/** The names before the dot in `X-Amz-Target`. */
const TARGETS = { sqs: "AmazonSQS", events: "AWSEvents", ssm: "AmazonSSM" } as const;

/** A call that AWS refused, or that a fault made fail. */
export class ServiceCallError extends LocalError {
  constructor(
    /** AWS's error code, such as `QueueDoesNotExist`. */
    readonly type: string,
    message: string,
  ) {
    super(message);
  }
}

/** How the local cloud's own parts call moto: past the endpoint's record of requests, but not past the faults that are set. */
export class ServiceCaller {
  constructor(
    private readonly motoPort: number,
    private readonly faults: ServiceFaults,
  ) {}

  /** Calls an operation of a service with a JSON protocol. @throws ServiceCallError */
  async call<T>(
    service: keyof typeof TARGETS,
    operation: string,
    input: object,
    options: { quiet?: boolean } = {},
  ): Promise<T> {
    const headers = {
      "content-type": "application/x-amz-json-1.0",
      "x-amz-target": `${TARGETS[service]}.${operation}`,
    };
    return this.#send(service, "POST", "/", headers, JSON.stringify(input), options.quiet ?? false);
  }

  /** Calls a service whose operations are paths. @throws ServiceCallError */
  async rest<T>(service: "scheduler", method: "GET" | "DELETE", path: string): Promise<T> {
    return this.#send(service, method, path, {}, "", false);
  }

  /** @param quiet for looking on: not subject to faults */
  async #send<T>(
    service: string,
    method: string,
    path: string,
    extra: object,
    body: string,
    quiet: boolean,
  ): Promise<T> {
    const scope = `${SERVICE_ACCESS_KEY_ID}/20200101/${REGION}/${service}/aws4_request`;
    const authorization = `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=none`;
    const headers = { ...extra, authorization };
    const request = describeRequest(method, path, headers, Buffer.from(body));
    const fault = quiet ? undefined : this.faults.decide(request);
    if (fault !== undefined && fault !== "lose-response")
      throw faulted(request, typeof fault === "object" ? fault.type : fault);
    const response = await fetch(`http://127.0.0.1:${this.motoPort}${path}`, {
      ...{ method, headers },
      ...(body === "" ? {} : { body }),
    });
    const text = await response.text();
    if (fault) throw faulted(request, fault);
    if (!response.ok) {
      const type = /"__type":\s*"(?:[^"#]*#)?([^"]+)"/.exec(text)?.[1] ?? String(response.status);
      throw new ServiceCallError(
        type,
        `${service} refused ${request.operation}: ${response.status} ${text.slice(0, 500)}`,
      );
    }
    return (text === "" ? {} : JSON.parse(text)) as T;
  }
}

function faulted(request: AwsRequest, type: string): ServiceCallError {
  return new ServiceCallError(type, `${request.service} ${request.operation}: a fault that a test has set`);
}

/** The URL under which moto knows a queue. */
export function queueUrl(arn: string): string {
  const [, , , , account, name] = arn.split(":");
  return `http://sqs.local/${account}/${name}`;
}

/** From its URL. */
export function queueArn(url: string): string {
  const [account, name] = url.split("/").slice(-2);
  return `arn:aws:sqs:${REGION}:${account}:${name}`;
}
