import {
  GetParameterCommand,
  GetParametersByPathCommand,
  type Parameter,
  type SSMClient,
} from "@aws-sdk/client-ssm";
import { type RegistryEntry, registryEntrySchema } from "../../../core/contract/registry-entry";
import { byCodeUnit } from "../../../core/json";
import { type Log, silentLog } from "../../runtime/log";
import { RegistryError } from "../runtime/errors";
import type { AccessDeniedRetry } from "./access-denied-retry";

/** Where endpoint, credentials, prefix and ceiling of a cluster come from: never from a payload. */
export interface Registry {
  /** @throws RegistryError */
  entry(cluster: string): Promise<RegistryEntry>;
  /** All entries, by cluster. One that cannot be used is logged and left out: it must not hide the others. @throws RegistryError */
  entries(): Promise<readonly RegistryEntry[]>;
}

/** The registry as SSM parameters, which Terraform writes and the functions only read. */
export class ParameterRegistry implements Registry {
  constructor(
    private readonly client: Pick<SSMClient, "send">,
    private readonly path: string,
    private readonly patience: AccessDeniedRetry,
    private readonly log: Log = silentLog,
  ) {}

  async entry(cluster: string): Promise<RegistryEntry> {
    const name = `${this.path}/${cluster}`;
    let text: string | undefined;
    try {
      const command = new GetParameterCommand({ Name: name, WithDecryption: true });
      text = (await this.patience.run(() => this.client.send(command))).Parameter?.Value;
    } catch (error) {
      const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      const hint =
        error instanceof Error && error.name === "ParameterNotFound"
          ? " No stack has declared this cluster."
          : "";
      throw new RegistryError(`${cluster}: its registry entry ${name} could not be read: ${reason}.${hint}`, {
        cause: error,
      });
    }
    return parseRegistryEntry(cluster, name, text ?? "");
  }

  async entries(): Promise<readonly RegistryEntry[]> {
    const found: RegistryEntry[] = [];
    for (const { Name = "", Value = "" } of await this.#parameters()) {
      const cluster = Name.slice(this.path.length + 1);
      try {
        found.push(parseRegistryEntry(cluster, Name, Value));
      } catch (error) {
        if (!(error instanceof RegistryError)) throw error;
        this.log.error("registry entry left out", { cluster, reason: error.message });
      }
    }
    return found.sort((a, b) => byCodeUnit(a.cluster, b.cluster));
  }

  async #parameters(): Promise<Parameter[]> {
    const found: Parameter[] = [];
    let NextToken: string | undefined;
    try {
      do {
        const command: GetParametersByPathCommand = new GetParametersByPathCommand({
          ...{ Path: this.path, WithDecryption: true },
          ...(NextToken === undefined ? {} : { NextToken }),
        });
        const page = await this.patience.run(() => this.client.send(command));
        found.push(...(page.Parameters ?? []));
        NextToken = page.NextToken;
      } while (NextToken !== undefined);
    } catch (error) {
      const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      throw new RegistryError(
        `all clusters: the registry entries below ${this.path} could not be read: ${reason}.`,
        {
          cause: error,
        },
      );
    }
    return found;
  }
}

export function parseRegistryEntry(cluster: string, name: string, text: string): RegistryEntry {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new RegistryError(
      `${cluster}: its registry entry ${name} is no JSON. Deploy the cluster's stack again.`,
    );
  }
  const parsed = registryEntrySchema.safeParse(json);
  if (!parsed.success) {
    const where = parsed.error.issues
      .slice(0, 5)
      .map(issue => `${issue.path.join(".") || "(all)"}: ${issue.message}`);
    throw new RegistryError(
      `${cluster}: its registry entry ${name} is not valid: ${where.join("; ")}. Deploy the cluster's stack again.`,
    );
  }
  if (parsed.data.cluster !== cluster)
    throw new RegistryError(
      `${cluster}: its registry entry ${name} speaks of ${parsed.data.cluster}. Deploy the cluster's stack again.`,
    );
  return parsed.data;
}
