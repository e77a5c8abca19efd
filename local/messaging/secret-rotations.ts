import { randomUUID } from "node:crypto";
import type { ServerResponse } from "node:http";
import { answerError, answerJson, Refusal } from "../aws-http/aws-answer";
import type { AwsRequest } from "../aws-http/aws-request";
import { sleep } from "../process/child-process";
import { reportError } from "../process/report-error";
import type { InvokeFunction } from "./invoke-function";
import { ServiceCallError, type ServiceCaller } from "./service-caller";

const STEPS = ["createSecret", "setSecret", "testSecret", "finishSecret"] as const;
/** How often a rotation is tried. AWS tries several times, and documents no number. */
const ATTEMPTS = 3;
const RETRY_MS = 200;

/** How a secret is rotated, as DescribeSecret has it. */
interface Rotation {
  readonly RotationLambdaARN: string;
  readonly RotationRules: object;
  readonly RotationEnabled: boolean;
  readonly LastRotatedDate?: number;
}

interface Input extends Partial<Rotation> {
  readonly SecretId?: string;
  readonly ClientRequestToken?: string;
  readonly RotateImmediately?: boolean;
}

interface Secret {
  readonly ARN: string;
  readonly Name: string;
  readonly VersionIdsToStages?: Readonly<Record<string, readonly string[]>>;
}

/**
 * Rotation in Secrets Manager: calls the rotation function with its four steps, or tests it. Moto never sees
 * these requests: it would run the function in a container of its own, and wait for it. A rotation goes on
 * after the request for it is answered. Nothing is rotated on a schedule.
 *
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotateSecret.html
 */
export class SecretRotations {
  readonly #all = new Map<string, Rotation>();
  readonly #caller: ServiceCaller;
  readonly #invoke: InvokeFunction;
  /** How many rotations are under way. */
  busy = 0;

  constructor(caller: ServiceCaller, invoke: InvokeFunction) {
    this.#caller = caller;
    this.#invoke = invoke;
  }

  static accepts({ service, operation }: AwsRequest): boolean {
    return service === "secretsmanager" && ["RotateSecret", "CancelRotateSecret"].includes(operation);
  }

  async answer({ body, operation }: AwsRequest, response: ServerResponse | undefined): Promise<void> {
    const input = (body ?? {}) as Input;
    try {
      const rotates = operation === "RotateSecret";
      answerJson(response, 200, await (rotates ? this.#rotate(input) : this.#cancel(input)));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      answerError(response, error.status, error.type, error.message);
    }
  }

  /** Adds to moto's description of a secret how it is rotated. @returns what to call with moto's answer */
  watch({ service, operation }: AwsRequest): ((text: string) => string) | undefined {
    if (service !== "secretsmanager" || operation !== "DescribeSecret") return undefined;
    return text => {
      const secret = JSON.parse(text) as Secret;
      return JSON.stringify({ ...secret, ...this.#all.get(secret.ARN) });
    };
  }

  clear(): void {
    this.#all.clear();
  }

  async #rotate(input: Input): Promise<object> {
    const secret = await this.#describe(input);
    const before = this.#all.get(secret.ARN);
    const RotationLambdaARN = input.RotationLambdaARN ?? before?.RotationLambdaARN;
    if (!RotationLambdaARN) throw refusal("No Lambda rotation function ARN is associated with this secret.");
    await this.#assertAllowed(RotationLambdaARN);
    const stages = Object.values(secret.VersionIdsToStages ?? {});
    if (stages.some(of => of.includes("AWSPENDING") && !of.includes("AWSCURRENT")))
      throw refusal("A previous rotation isn't complete. That rotation will be reattempted.");
    const RotationRules = input.RotationRules ?? before?.RotationRules ?? {};
    this.#all.set(secret.ARN, { ...before, RotationLambdaARN, RotationRules, RotationEnabled: true });
    const token = input.ClientRequestToken ?? randomUUID();
    this.#begin(
      input.RotateImmediately === false ? () => this.#test(secret, token) : () => this.#run(secret, token),
    );
    return { ARN: secret.ARN, Name: secret.Name, VersionId: token };
  }

  async #cancel(input: Input): Promise<object> {
    const secret = await this.#describe(input);
    const before = this.#all.get(secret.ARN);
    if (before) this.#all.set(secret.ARN, { ...before, RotationEnabled: false });
    return { ARN: secret.ARN, Name: secret.Name };
  }

  #begin(work: () => Promise<void>): void {
    this.busy++;
    work()
      .catch((error: Error) => reportError("secret-rotations", error))
      .finally(() => this.busy--);
  }

  /** The four steps, all of them again after one that failed. */
  async #run(secret: Secret, token: string): Promise<void> {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      if (attempt > 1) await sleep(RETRY_MS);
      if (!(await this.#steps(secret, token))) continue;
      this.#all.set(secret.ARN, {
        ...this.#all.get(secret.ARN)!,
        LastRotatedDate: Math.floor(Date.now() / 1000),
      });
      return;
    }
  }

  /** @returns whether all of them succeeded */
  async #steps(secret: Secret, token: string): Promise<boolean> {
    for (const step of STEPS) if (!(await this.#call(secret, step, token))) return false;
    return true;
  }

  /** The test of a new configuration: a version AWSPENDING like the current one, which goes again. */
  async #test(secret: Secret, token: string): Promise<void> {
    const SecretId = secret.ARN;
    const current = await this.#ask<{ SecretString: string }>("GetSecretValue", { SecretId });
    const { SecretString } = current;
    const VersionStages = ["AWSPENDING"];
    await this.#ask("PutSecretValue", { SecretId, SecretString, ClientRequestToken: token, VersionStages });
    await this.#call(secret, "testSecret", token);
    const [VersionStage] = VersionStages;
    await this.#ask("UpdateSecretVersionStage", { SecretId, VersionStage, RemoveFromVersionId: token });
  }

  /** @returns whether the step succeeded */
  async #call({ ARN }: Secret, Step: string, ClientRequestToken: string): Promise<boolean> {
    const { RotationLambdaARN } = this.#all.get(ARN)!;
    const { functionError } = await this.#invoke(RotationLambdaARN, {
      Step,
      SecretId: ARN,
      ClientRequestToken,
    });
    return functionError === undefined;
  }

  async #describe({ SecretId }: Input): Promise<Secret> {
    try {
      return await this.#ask<Secret>("DescribeSecret", { SecretId });
    } catch (error) {
      if (!(error instanceof ServiceCallError)) throw error;
      throw new Refusal(400, error.type, `Secrets Manager can't find the secret ${SecretId}.`);
    }
  }

  #ask<T>(operation: string, input: object): Promise<T> {
    return this.#caller.call<T>("secretsmanager", operation, input);
  }

  #policy(path: string): Promise<{ readonly Policy?: string }> {
    return this.#caller.rest<{ Policy?: string }>("lambda", "GET", path).catch((error: unknown) => {
      if (error instanceof ServiceCallError) return {};
      throw error;
    });
  }

  /** @throws Refusal if the function's policy does not let Secrets Manager call it */
  async #assertAllowed(functionArn: string): Promise<void> {
    const path = `/2015-03-31/functions/${encodeURIComponent(functionArn)}/policy`;
    const { Policy } = await this.#policy(path);
    if (Policy?.includes('"secretsmanager.amazonaws.com"')) return;
    throw new Refusal(
      400,
      "AccessDeniedException",
      "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants " +
        "access to the principal secretsmanager.amazonaws.com.",
    );
  }
}

const refusal = (message: string): Refusal => new Refusal(400, "InvalidRequestException", message);
