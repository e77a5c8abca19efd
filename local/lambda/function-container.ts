import type { ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { signal, sleep, spawnChild } from "../process/child-process";
import type { LocalClock } from "./local-clock";

/** What a function is at one moment; another value means another container. */
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
  /** The process's whole environment. */
  readonly environment: Readonly<Record<string, string>>;
}

/** What came of one call. */
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
  readonly maxRssKb?: number;
}

const RESPONSE_LIMIT = 6 * 1024 * 1024;
const INIT_LIMIT_MS = 10_000;

/**
 * One process that runs one function's handler, one call at a time, as a Lambda execution environment does: it is
 * frozen between calls, killed when a call exceeds the function's time-out or memory, and not used again after that.
 */
export class FunctionContainer {
  /** Whether it can take another call. */
  alive = true;
  #child: ChildProcess;
  #logs = "";
  #ends = 0;
  #reply: ((reply: Reply) => void) | undefined;
  #ready: Promise<Reply>;
  #memoryWatch: NodeJS.Timeout | undefined;
  #outOfMemory = false;
  #maxRssMb = 0;

  constructor(
    readonly spec: FunctionSpec,
    private readonly clock: LocalClock,
  ) {
    const worker = [join(__dirname, "function-worker.js"), String(clock.offsetMs)];
    this.#child = spawnChild(process.execPath, [...heapOptions(spec.memoryMb), ...worker], {
      env: spec.environment,
      cwd: spec.codeDirectory,
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      let held = "";
      stream?.setEncoding("utf8").on("data", (chunk: string) => {
        const [shown, ...rest] = (held + chunk).split(/\0[^\n]*\n/);
        const text = shown + rest.join("");
        this.#ends += rest.length;
        // A mark that is not complete yet waits for the next chunk.
        const cut = text.indexOf("\0");
        held = cut < 0 ? "" : text.slice(cut);
        this.#logs += cut < 0 ? text : text.slice(0, cut);
      });
    }
    this.#ready = this.#next();
    this.#child.on("message", (reply: Reply) => this.#reply?.(reply));
    // A call to a process that just died; its exit is what counts.
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

  /** Runs the handler on one event (JSON text). `kill` ends the process before the handler starts, or so many ms after. */
  async invoke(requestId: string, event: string, kill?: "at-once" | number): Promise<Outcome> {
    signal(this.#child.pid!, "SIGCONT");
    const init = await within(INIT_LIMIT_MS, this.#ready);
    if (!init?.ready)
      return this.#unhandled(
        init?.fatal ?? { errorMessage: `${requestId} Init timed out after 10.00 seconds` },
        requestId,
      );
    const killing = typeof kill === "number" ? setTimeout(() => this.kill(), kill) : undefined;
    const reply = await within(
      this.spec.timeoutSeconds * 1000,
      this.#call(requestId, event, kill === "at-once"),
    );
    clearTimeout(killing);
    if (!reply) {
      const duration = this.spec.timeoutSeconds.toFixed(2);
      const errorMessage = `${this.clock.now().toISOString()} ${requestId} Task timed out after ${duration} seconds`;
      return this.#unhandled({ errorMessage }, requestId);
    }
    if (reply.fatal) return this.#unhandled(reply.fatal, requestId);
    for (let waited = 0; this.#ends < 2 && waited < 200; waited++) await sleep(1);
    this.#maxRssMb = Math.max(this.#maxRssMb, (reply.maxRssKb ?? 0) / 1024);
    if (this.alive) signal(this.#child.pid!, "SIGSTOP");
    if (reply.error) return this.#outcome(JSON.stringify(reply.error), true);
    const body = reply.result ?? "null";
    if (Buffer.byteLength(body) <= RESPONSE_LIMIT) return this.#outcome(body, false);
    const errorMessage = `Response payload size exceeded maximum allowed payload size (${RESPONSE_LIMIT} bytes).`;
    return this.#outcome(JSON.stringify({ errorType: "Function.ResponseSizeTooLarge", errorMessage }), true);
  }

  #call(requestId: string, event: string, killed: boolean): Promise<Reply> {
    const { timeoutSeconds, arn, functionName, version, memoryMb } = this.spec;
    this.#ends = 0;
    const answered = this.#next();
    const context = {
      ...{ awsRequestId: requestId, functionName, functionVersion: version, invokedFunctionArn: arn },
      ...{
        memoryLimitInMB: String(memoryMb),
        logGroupName: `/aws/lambda/${functionName}`,
        logStreamName: "local",
      },
    };
    if (killed) this.kill();
    else {
      const deadline = Date.now() + timeoutSeconds * 1000;
      this.#child.send({ id: requestId, event, context, deadline, offsetMs: this.clock.offsetMs });
    }
    return answered;
  }

  /** Ends the process at once, whatever it is doing. */
  kill(): void {
    this.alive = false;
    this.#child.kill("SIGKILL");
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
    return {
      body,
      logs,
      maxRssMb: Math.round(this.#maxRssMb * 10) / 10,
      ...(failed ? { functionError: "Unhandled" } : {}),
    };
  }

  /** Lambda counts resident memory, of which node's heap limit is only a part. Without `/proc` only the heap limit acts. */
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
      // The process is gone.
    }
  }
}

/** Lambda's own runtimes start node with these for a function of 128 MB: `--max-semi-space-size=6 --max-old-space-size=116`. */
function heapOptions(memoryMb: number): string[] {
  return [
    `--max-semi-space-size=${Math.floor(memoryMb * 0.05)}`,
    `--max-old-space-size=${Math.ceil(memoryMb * 0.9)}`,
  ];
}

/** The promise's value, or `undefined` when it takes longer. */
async function within<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>(resolve => {
    timer = setTimeout(resolve, ms, undefined);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
