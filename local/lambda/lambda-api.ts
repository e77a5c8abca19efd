import type { ServerResponse } from "node:http";

import { defined } from "../../core/json";
import { Refusal } from "../aws-http/aws-answer";
import { type AwsRequest, FINAL_STATUS, isPersistent } from "../aws-http/aws-request";
import type { FunctionConfiguration, FunctionRuntime } from "./function-runtime";

/**
 * How calls of a function fail:
 *
 * - `unreachable`: the connection is closed, and nothing runs;
 * - `service-error`: Lambda answers 500, and nothing runs;
 * - `crash`: the process ends before the handler starts;
 * - `lose-response`: the handler runs to its end, then the connection is closed;
 * - `killAfterMs`: the process is killed this many ms after the handler started;
 * - `deny`: this many calls are answered with 403 AccessDeniedException.
 *
 * The AWS SDKs call again after the first two and after `lose-response`, as in production. Terraform is
 * stopped at its second attempt (see `isPersistent`).
 */
export type FunctionFault =
  | "unreachable"
  | "service-error"
  | "crash"
  | "lose-response"
  | { readonly killAfterMs: number }
  | { readonly deny: number };

const FUNCTIONS = /^\/2015-03-31\/functions\/([^/?]+)\/?(invocations|code)?(?:\?(.*))?$/;
const REQUEST_LIMIT = 6 * 1024 * 1024;
const EVENT_LIMIT = 1024 * 1024;

/** The part of Lambda's API that moto lacks: it keeps uploaded code, and runs it. */
export class LambdaApi {
  readonly #faults = new Map<string, { fault: FunctionFault; left: number }>();

  readonly #runtime: FunctionRuntime;
  readonly #ask: (path: string, authorization: string) => Promise<Response>;

  /** @param ask reads a path from moto with the caller's authorization, which names the region */
  constructor(runtime: FunctionRuntime, ask: (path: string, authorization: string) => Promise<Response>) {
    this.#runtime = runtime;
    this.#ask = ask;
  }

  static isInvoke(method: string, path: string): boolean {
    return method === "POST" && FUNCTIONS.exec(path)?.[2] === "invocations";
  }

  fault(functionName: string, fault: FunctionFault | null, times = Number.POSITIVE_INFINITY): void {
    if (fault === null) this.#faults.delete(functionName);
    else
      this.#faults.set(functionName, {
        fault,
        left: typeof fault === "object" && "deny" in fault ? fault.deny : times,
      });
  }

  clearFaults(): void {
    this.#faults.clear();
  }

  /** Keeps the zip of CreateFunction and UpdateFunctionCode. Call it when moto has accepted the request. */
  learn(request: AwsRequest, body: Buffer): void {
    const creates = request.method === "POST" && /^\/2015-03-31\/functions\/?$/.test(request.path);
    const updates = request.method === "PUT" && FUNCTIONS.exec(request.path)?.[2] === "code";
    if (!creates && !updates) return;
    const parsed = JSON.parse(body.toString("utf8")) as { ZipFile?: string; Code?: { ZipFile?: string } };
    const zip = creates ? parsed.Code?.ZipFile : parsed.ZipFile;
    if (zip) this.#runtime.addCode(Buffer.from(zip, "base64"));
  }

  async invoke(request: AwsRequest, body: Buffer, response: ServerResponse): Promise<void> {
    const [, encoded = "", , query = ""] = FUNCTIONS.exec(request.path) ?? [];
    const { name, qualifier } = parseFunctionName(
      decodeURIComponent(encoded),
      new URLSearchParams(query).get("Qualifier"),
    );
    const type = String(request.headers["x-amz-invocation-type"] ?? "RequestResponse");
    const limit = type === "Event" ? EVENT_LIMIT : REQUEST_LIMIT;
    if (body.length > limit) {
      const size = `${body.length} byte payload is too large`;
      const message = `${size} for the ${type} invocation type (limit ${limit} bytes)`;
      return refuse(response, 413, "RequestTooLargeException", message);
    }
    const fault = this.#takeFault(name);
    const last = isPersistent(request.headers);
    if (fault === "unreachable")
      return last ? refuse(response, FINAL_STATUS, "Unreachable", "unreachable") : void response.destroy();
    if (fault === "service-error")
      return refuse(response, last ? FINAL_STATUS : 500, "ServiceException", "Internal error");
    if (typeof fault === "object" && "deny" in fault) {
      const message = `User is not authorized to perform: lambda:InvokeFunction on resource: ${name}`;
      return refuse(response, 403, "AccessDeniedException", message);
    }
    let configuration: FunctionConfiguration;
    try {
      configuration = await this.configurationOf(name, qualifier, request.headers.authorization ?? "");
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return refuse(response, error.status, error.type, error.message);
    }
    if (type === "DryRun") return void response.writeHead(204).end();
    const kill = fault === "crash" ? "at-once" : typeof fault === "object" ? fault.killAfterMs : undefined;
    const running = this.#runtime.invoke(configuration, body.toString("utf8"), kill);
    if (type === "Event") {
      running.catch((error: Error) => process.stderr.write(`function-runtime: ${error.stack}\n`));
      return void response.writeHead(202).end();
    }
    const outcome = await running;
    if (fault === "lose-response") {
      return last
        ? refuse(response, FINAL_STATUS, "Unreachable", "the answer was lost")
        : void response.destroy();
    }
    const wantsLogs = request.headers["x-amz-log-type"] === "Tail";
    const headers = {
      "content-type": "application/json",
      "x-amzn-requestid": outcome.requestId,
      "x-amz-executed-version": configuration.Version,
      "x-amz-function-error": outcome.functionError,
      "x-amz-log-result": wantsLogs ? tail(outcome.logs) : undefined,
    };
    response.writeHead(200, defined(headers)).end(outcome.body);
  }

  /** @throws Refusal when Lambda does not know the function */
  async configurationOf(
    text: string,
    given: string | null,
    authorization: string,
  ): Promise<FunctionConfiguration> {
    const { name, qualifier } = parseFunctionName(text, given);
    const query = qualifier ? `?Qualifier=${encodeURIComponent(qualifier)}` : "";
    const found = await this.#ask(
      `/2015-03-31/functions/${encodeURIComponent(name)}/configuration${query}`,
      authorization,
    );
    if (found.ok) return (await found.json()) as FunctionConfiguration;
    const { message = "" } = (await found.json().catch(() => ({}))) as { message?: string };
    throw new Refusal(found.status, found.headers.get("x-amzn-errortype") ?? "ServiceException", message);
  }

  #takeFault(name: string): FunctionFault | undefined {
    const set = this.#faults.get(name);
    if (!set || set.left <= 0) return undefined;
    set.left--;
    return set.fault;
  }
}

/** Reads a function's name, `name:qualifier`, partial or full ARN. */
function parseFunctionName(
  text: string,
  qualifier: string | null,
): { name: string; qualifier: string | null } {
  const [, name = text, inName] =
    /^(?:arn:[^:]+:lambda:[^:]+:\d+:function:|\d+:function:)?([^:]+)(?::([^:]+))?$/.exec(text) ?? [];
  return { name, qualifier: qualifier ?? inName ?? null };
}

function refuse(response: ServerResponse, status: number, type: string, message: string): void {
  response.writeHead(status, { "content-type": "application/json", "x-amzn-errortype": type });
  response.end(JSON.stringify({ Type: status >= 500 ? "Service" : "User", Message: message, message }));
}

function tail(logs: string): string {
  return Buffer.from(logs, "utf8").subarray(-4096).toString("base64");
}
