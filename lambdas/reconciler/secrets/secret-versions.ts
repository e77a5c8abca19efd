import type { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { defined } from "../../../core/json";
import { pause } from "../../runtime/deadline";
import { errorName } from "../../runtime/errors";

/** The labels that Secrets Manager gives versions. */
export type Stage = "AWSCURRENT" | "AWSPENDING" | "AWSPREVIOUS";

/** One version of a secret. */
export interface SecretVersion {
  readonly id: string;
  readonly text: string;
}

/** The versions of secrets. Terraform makes the secrets; nothing here makes or deletes one. */
export interface SecretVersions {
  /** @returns undefined if no version has the label */
  read(secret: string, stage: Stage, id?: string): Promise<SecretVersion | undefined>;
  /** Writes a version with the label AWSPENDING. The same call again writes nothing. @param id its UUID */
  write(secret: string, id: string, text: string): Promise<void>;
  /** The labels of each version that has some, by its id. */
  stages(secret: string): Promise<ReadonlyMap<string, readonly string[]>>;
  /** Moves AWSCURRENT to the version. The one before gets AWSPREVIOUS. */
  makeCurrent(secret: string, id: string): Promise<void>;
}

type Client = () => Promise<Pick<SecretsManagerClient, "send">>;

const DENIED = new Set(["AccessDenied", "AccessDeniedException"]);
/** IAM is eventually consistent, and the policy may be as new as the secret. */
const DENIED_PAUSES_MS = [1_000, 3_000, 6_000];

/** Secrets Manager in the functions' own account and region. */
export class AwsSecretVersions implements SecretVersions {
  readonly #client: Client;
  readonly #pause: (ms: number) => Promise<void>;

  constructor(client: Client, wait: (ms: number) => Promise<void> = pause) {
    this.#client = client;
    this.#pause = wait;
  }

  async read(SecretId: string, VersionStage: Stage, VersionId?: string): Promise<SecretVersion | undefined> {
    const { GetSecretValueCommand } = await import("@aws-sdk/client-secrets-manager");
    const command = new GetSecretValueCommand(defined({ SecretId, VersionStage, VersionId }));
    try {
      const found = await this.#retried(async () => (await this.#client()).send(command));
      return { id: found.VersionId ?? "", text: found.SecretString ?? "" };
    } catch (error) {
      if (errorName(error) === "ResourceNotFoundException") return undefined;
      throw error;
    }
  }

  async write(SecretId: string, ClientRequestToken: string, SecretString: string): Promise<void> {
    const { PutSecretValueCommand } = await import("@aws-sdk/client-secrets-manager");
    const VersionStages = ["AWSPENDING"];
    const command = new PutSecretValueCommand({ SecretId, ClientRequestToken, SecretString, VersionStages });
    await this.#retried(async () => (await this.#client()).send(command));
  }

  async stages(SecretId: string): Promise<ReadonlyMap<string, readonly string[]>> {
    const { DescribeSecretCommand } = await import("@aws-sdk/client-secrets-manager");
    const command = new DescribeSecretCommand({ SecretId });
    const found = await this.#retried(async () => (await this.#client()).send(command));
    return new Map(Object.entries(found.VersionIdsToStages ?? {}));
  }

  async makeCurrent(SecretId: string, MoveToVersionId: string): Promise<void> {
    const { UpdateSecretVersionStageCommand } = await import("@aws-sdk/client-secrets-manager");
    const current = [...(await this.stages(SecretId))].find(([, stages]) =>
      stages.includes("AWSCURRENT"),
    )?.[0];
    if (current === MoveToVersionId) return;
    const command = new UpdateSecretVersionStageCommand(
      defined({ SecretId, VersionStage: "AWSCURRENT", MoveToVersionId, RemoveFromVersionId: current }),
    );
    await this.#retried(async () => (await this.#client()).send(command));
  }

  async #retried<T>(call: () => Promise<T>): Promise<T> {
    for (const ms of DENIED_PAUSES_MS)
      try {
        return await call();
      } catch (error) {
        if (!DENIED.has(errorName(error) ?? "")) throw error;
        await this.#pause(ms);
      }
    return call();
  }
}
