import { createHash, randomUUID } from "node:crypto";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve, sep } from "node:path";
import { unzipSync } from "fflate";
import { defined } from "../../core/json";
import { ACCOUNT_ID, credentialsIn, REGION } from "../aws-http/identity";
import { LocalError } from "../process/local-error";
import { makeRunDirectory } from "../process/run-directory";
import { FunctionContainer, type FunctionSpec, type Outcome } from "./function-container";
import type { LocalClock } from "./local-clock";

/** The parts of Lambda's GetFunctionConfiguration answer that are needed to run a function. */
export interface FunctionConfiguration {
  readonly FunctionName: string;
  readonly FunctionArn: string;
  readonly Version: string;
  readonly Handler: string;
  readonly Timeout?: number;
  readonly MemorySize?: number;
  readonly CodeSha256: string;
  readonly Environment?: { readonly Variables?: Readonly<Record<string, string>> };
}

/** One call of a function and its outcome. */
export interface Invocation {
  readonly functionName: string;
  readonly requestId: string;
  readonly payload: unknown;
  /** What the handler returned, or Lambda's error object. */
  readonly result: unknown;
  readonly functionError?: "Unhandled";
  /** Standard output and standard error. */
  readonly logs: string;
  readonly durationMs: number;
  /** The highest resident memory of the process so far. */
  readonly maxRssMb: number;
}

/** Runs functions from their uploaded zips, each in its own processes. */
export class FunctionRuntime {
  readonly invocations: Invocation[] = [];
  readonly #zips = new Map<string, Uint8Array>();
  readonly #directories = new Map<string, string>();
  readonly #idle = new Map<string, FunctionContainer[]>();
  readonly #all = new Set<FunctionContainer>();
  #root: Promise<string> | undefined;

  /** How many calls were started so far, and how many are running. */
  readonly activity = { started: 0, running: 0 };

  readonly #baseEnvironment: Readonly<Record<string, string>>;
  readonly #clock: LocalClock;

  /**
   * @param baseEnvironment variables of every function, in addition to its own: credentials, region, endpoint
   */
  constructor(baseEnvironment: Readonly<Record<string, string>>, clock: LocalClock) {
    this.#baseEnvironment = baseEnvironment;
    this.#clock = clock;
  }

  /** Keeps an uploaded zip. A configuration refers to it by its hash. */
  addCode(zip: Uint8Array): void {
    this.#zips.set(createHash("sha256").update(zip).digest("base64"), zip);
  }

  hasCode(codeSha256: string): boolean {
    return this.#zips.has(codeSha256);
  }

  async invoke(
    configuration: FunctionConfiguration,
    payload: string,
    kill?: "at-once" | number,
  ): Promise<Outcome & { requestId: string }> {
    this.activity.started++;
    this.activity.running++;
    return this.#run(configuration, payload, kill).finally(() => this.activity.running--);
  }

  async #run(configuration: FunctionConfiguration, payload: string, kill?: "at-once" | number) {
    const requestId = randomUUID();
    const spec = await this.#spec(configuration);
    const key = JSON.stringify(spec);
    const container = this.#take(spec, key);
    const started = performance.now();
    const outcome = await container.invoke(requestId, payload || "{}", kill);
    const { body, ...rest } = outcome;
    const durationMs = Math.round(performance.now() - started);
    this.invocations.push({
      functionName: spec.functionName,
      requestId,
      payload: parse(payload),
      result: parse(body),
      durationMs,
      ...rest,
    });
    if (container.alive) this.#idle.set(key, [...(this.#idle.get(key) ?? []), container]);
    else this.#all.delete(container);
    return { ...outcome, requestId };
  }

  /** Ends all containers: the next call of each function is a cold start. */
  endContainers(): void {
    for (const container of this.#all) container.kill();
    this.#all.clear();
    this.#idle.clear();
  }

  async stop(): Promise<void> {
    this.endContainers();
    if (this.#root) rmSync(await this.#root, { recursive: true, force: true });
    this.#root = undefined;
  }

  #take(spec: FunctionSpec, key: string): FunctionContainer {
    for (const [otherKey, containers] of this.#idle) {
      const [first] = containers;
      if (otherKey === key || first?.spec.arn !== spec.arn || first.spec.version !== spec.version) continue;
      // Code or configuration changed: containers with the old one are not used again.
      for (const container of containers) container.kill();
      this.#idle.delete(otherKey);
    }
    const waiting = this.#idle.get(key) ?? [];
    for (let container = waiting.pop(); container; container = waiting.pop()) {
      if (container.alive) return container;
    }
    const container = new FunctionContainer(spec, this.#clock);
    this.#all.add(container);
    return container;
  }

  async #spec(configuration: FunctionConfiguration): Promise<FunctionSpec> {
    const {
      FunctionName: functionName,
      Version: version,
      Handler: handler,
      MemorySize: memoryMb = 128,
    } = configuration;
    const codeDirectory = await this.#unpack(configuration.CodeSha256);
    const lambda = {
      AWS_LAMBDA_FUNCTION_NAME: functionName,
      AWS_LAMBDA_FUNCTION_VERSION: version,
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
      AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${functionName}`,
      AWS_EXECUTION_ENV: "AWS_Lambda_nodejs20.x",
      // Names the function in the user agent of its calls, which have the key of all functions.
      AWS_SDK_UA_APP_ID: functionName.slice(0, 50),
      LAMBDA_TASK_ROOT: codeDirectory,
      _HANDLER: handler,
      TZ: ":UTC",
      LANG: "en_US.UTF-8",
      PATH: "/usr/local/bin:/usr/bin:/bin",
    };
    return {
      functionName,
      version,
      arn: configuration.FunctionArn,
      codeDirectory,
      handler,
      memoryMb,
      timeoutSeconds: configuration.Timeout ?? 3,
      environment: {
        ...this.#baseEnvironment,
        ...elsewhere(configuration.FunctionArn),
        ...configuration.Environment?.Variables,
        ...lambda,
      },
    };
  }

  async #unpack(codeSha256: string): Promise<string> {
    const known = this.#directories.get(codeSha256);
    if (known) return known;
    const zip = this.#zips.get(codeSha256);
    if (!zip)
      throw new LocalError(`the zip with SHA-256 ${codeSha256} was not uploaded through this endpoint`);
    this.#root ??= makeRunDirectory("functions");
    const directory = join(
      await this.#root,
      createHash("sha256").update(codeSha256).digest("hex").slice(0, 16),
    );
    mkdirSync(directory, { recursive: true });
    for (const [name, bytes] of Object.entries(unzipSync(zip))) {
      const target = resolve(directory, name);
      if (name.endsWith("/") || !target.startsWith(directory + sep)) continue;
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, bytes);
    }
    this.#directories.set(codeSha256, directory);
    return directory;
  }
}

/** Region and keys of a function that is not in the local cloud's own region and account. */
function elsewhere(functionArn: string): Record<string, string> {
  const [, , , region = REGION, account = ACCOUNT_ID] = functionArn.split(":");
  const keys = account === ACCOUNT_ID ? undefined : credentialsIn(account, "FUNCTION");
  const other = region === REGION ? undefined : region;
  return defined({
    AWS_REGION: other,
    AWS_DEFAULT_REGION: other,
    AWS_ACCESS_KEY_ID: keys?.accessKeyId,
    AWS_SECRET_ACCESS_KEY: keys?.secretAccessKey,
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
