import type { ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";

import { defined } from "../../core/json";
import { signal, sleep, spawnChild } from "../process/child-process";
import type { LocalClock } from "./local-clock";

/** A function's code and configuration at one moment. A container is used for one value of it only. */
export interface FunctionSpec {
  readonly functionName: string;
  readonly version: string;
  readonly arn: string;
  /** The unpacked zip. */
  readonly codeDirectory: string;
  /** For example `index.preview`. */
  readonly handler: string;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  /** All environment variables of the process. */
  readonly environment: Readonly<Record<string, string>>;
}

/** The outcome of one call. */
export interface Outcome {
  /** The body of Lambda's answer: the handler's result or the error, as JSON text. */
  readonly body: string;
  readonly functionError?: "Unhandled";
  readonly logs: string;
  readonly maxRssMb: number;
}

interface Reply {
  readonly ready?: true;
  readonly id?: string;
  readonly result?: string;
  readonly error?: object;
  readonly fatal?: object;
  readonly timedOut?: true;
  readonly maxRssKb?: number;
}

const RESPONSE_LIMIT = 6 * 1024 * 1024;
const INIT_LIMIT_MS = 10_000;

/**
 * One process that runs one function's handler, one call at a time, as a Lambda execution environment does.
 * It is frozen between calls. When a call exceeds the function's time-out or memory, the process is killed
 * and not used again.
 */
export class FunctionContainer {
  /** Whether the container can take another call. */
  alive = true;
  #child: ChildProcess;
  #logs = "";
  #ends = 0;
  #reply: ((reply: Reply) => void) | undefined;
  #ready: Promise<Reply>;
  #memoryWatch: NodeJS.Timeout | undefined;
  #outOfMemory = false;
  #maxRssMb = 0;
  readonly spec: FunctionSpec;
  readonly #clock: LocalClock;

  constructor(spec: FunctionSpec, clock: LocalClock) {
    this.spec = spec;
    this.#clock = clock;
    const worker = [join(__dirname, "function-worker.js"), String(clock.offsetMs)];
    this.#child = spawnChild(process.execPath, [...heapOptions(spec.memoryMb), ...worker], {
      env: spec.environment,
      cwd: spec.codeDirectory,
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      ownSession: true,
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) this.#collectLogs(stream);
    this.#ready = this.#next();
    this.#child.on("message", (reply: Reply) => this.#reply?.(reply));
    // Sending to a process that has just ended fails. The exit handler below reports it.
    this.#child.on("error", () => {});
    this.#child.once("exit", (code, name) => {
      this.alive = false;
      clearInterval(this.#memoryWatch);
      const how =
        code === null ? `signal: ${name === "SIGKILL" ? "killed" : "aborted"}` : `exit status ${code}`;
      const errorType = this.#outOfMemory || name === "SIGABRT" ? "Runtime.OutOfMemory" : "Runtime.ExitError";
      this.#reply?.({ fatal: { errorType, errorMessage: `Error: Runtime exited with error: ${how}` } });
    });
    this.#memoryWatch = setInterval(() => this.#checkMemory(), 25);
    this.#memoryWatch.unref();
  }

  /**
   * Runs the handler on one event.
   *
   * @param event JSON text
   * @param kill ends the process before the handler starts, or this many ms after
   */
  async invoke(requestId: string, event: string, kill?: "at-once" | number): Promise<Outcome> {
    signal(this.#child.pid!, "SIGCONT");
    const init = await this.#within(INIT_LIMIT_MS, this.#ready);
    if (!init.ready)
      return this.#unhandled(
        init.fatal ?? { errorMessage: `${requestId} Init timed out after 10.00 seconds` },
        requestId,
      );
    const killing = typeof kill === "number" ? setTimeout(() => this.kill(), kill) : undefined;
    const reply = await this.#within(
      this.spec.timeoutSeconds * 1000,
      this.#call(requestId, event, kill === "at-once"),
    );
    clearTimeout(killing);
    if (reply.timedOut) {
      const duration = this.spec.timeoutSeconds.toFixed(2);
      const now = this.#clock.now().toISOString();
      const errorMessage = `${now} ${requestId} Task timed out after ${duration} seconds`;
      return this.#unhandled({ errorMessage }, requestId);
    }
    if (reply.fatal) return this.#unhandled(reply.fatal, requestId);
    for (let waited = 0; this.#ends < 2 && waited < 200; waited++) await sleep(1);
    this.#maxRssMb = Math.max(this.#maxRssMb, (reply.maxRssKb ?? 0) / 1024);
    if (this.alive) signal(this.#child.pid!, "SIGSTOP");
    if (reply.error) return this.#outcome(JSON.stringify(reply.error), true);
    const body = reply.result ?? "null";
    if (Buffer.byteLength(body) <= RESPONSE_LIMIT) return this.#outcome(body, false);
    const errorMessage =
      "Response payload size exceeded maximum allowed payload size " + `(${RESPONSE_LIMIT} bytes).`;
    return this.#outcome(JSON.stringify({ errorType: "Function.ResponseSizeTooLarge", errorMessage }), true);
  }

  #call(requestId: string, event: string, killed: boolean): Promise<Reply> {
    const { timeoutSeconds, arn, functionName, version, memoryMb } = this.spec;
    this.#ends = 0;
    const answered = this.#next();
    const context = {
      awsRequestId: requestId,
      functionName,
      functionVersion: version,
      invokedFunctionArn: arn,
      memoryLimitInMB: String(memoryMb),
      logGroupName: `/aws/lambda/${functionName}`,
      logStreamName: "local",
    };
    if (killed) this.kill();
    else {
      const deadline = Date.now() + timeoutSeconds * 1000;
      this.#child.send({ id: requestId, event, context, deadline, offsetMs: this.#clock.offsetMs });
    }
    return answered;
  }

  /** Ends the process at once. */
  kill(): void {
    this.alive = false;
    this.#child.kill("SIGKILL");
  }

  /** Adds a stream's text to the logs, and counts the marks that end a call's output. */
  #collectLogs(stream: Readable | null): void {
    let held = "";
    stream?.setEncoding("utf8").on("data", (chunk: string) => {
      const [first, ...rest] = (held + chunk).split(/\0[^\n]*\n/);
      const text = first + rest.join("");
      this.#ends += rest.length;
      // An incomplete mark waits for the next chunk.
      const cut = text.indexOf("\0");
      held = cut < 0 ? "" : text.slice(cut);
      this.#logs += cut < 0 ? text : text.slice(0, cut);
    });
  }

  /** The pending reply, or a reply with `timedOut` when it takes longer. */
  async #within(ms: number, pending: Promise<Reply>): Promise<Reply> {
    const timer = setTimeout(() => this.#reply?.({ timedOut: true }), ms);
    return pending.finally(() => clearTimeout(timer));
  }

  #next(): Promise<Reply> {
    return new Promise(resolve => {
      this.#reply = resolve;
    });
  }

  #unhandled(error: object, requestId: string | undefined): Outcome {
    this.#checkMemory();
    this.kill();
    const { errorMessage, ...rest } = error as { errorMessage?: string; errorType?: string };
    const isExit = rest.errorType === "Runtime.ExitError" || rest.errorType === "Runtime.OutOfMemory";
    const message = isExit && requestId ? `RequestId: ${requestId} ${errorMessage}` : errorMessage;
    return this.#outcome(JSON.stringify({ ...rest, errorMessage: message }), true);
  }

  #outcome(body: string, failed: boolean): Outcome {
    const logs = this.#logs;
    this.#logs = "";
    const maxRssMb = Math.round(this.#maxRssMb * 10) / 10;
    return defined({ body, logs, maxRssMb, functionError: failed ? ("Unhandled" as const) : undefined });
  }

  /**
   * Kills the process when its resident memory exceeds the limit, as Lambda does. Without `/proc`, only
   * Node's heap limit applies, which covers a part of the memory.
   */
  #checkMemory(): void {
    try {
      const status = readFileSync(`/proc/${this.#child.pid}/status`, "utf8");
      const megabytes = (name: string) =>
        Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)?.[1] ?? 0) / 1024;
      this.#maxRssMb = Math.max(this.#maxRssMb, megabytes("VmHWM"));
      if (megabytes("VmRSS") <= this.spec.memoryMb) return;
      this.#outOfMemory = true;
      this.kill();
    } catch {
      // The process has ended.
    }
  }
}

/** Like Lambda's own runtime, which uses `--max-semi-space-size=6 --max-old-space-size=116` for 128 MB. */
function heapOptions(memoryMb: number): string[] {
  return [
    `--max-semi-space-size=${Math.floor(memoryMb * 0.05)}`,
    `--max-old-space-size=${Math.ceil(memoryMb * 0.9)}`,
  ];
}
