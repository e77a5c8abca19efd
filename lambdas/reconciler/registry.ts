import { GetParameterCommand, type SSMClient } from "@aws-sdk/client-ssm";
import { type RegistryEntry, registryEntrySchema } from "../../core/registry-entry";
import { RegistryError } from "./errors";
import type { Patience } from "./patience";

/** Where endpoint, credentials, prefix and ceiling of a cluster come from: never from a payload. */
export interface Registry {
  /** @throws RegistryError */
  entry(cluster: string): Promise<RegistryEntry>;
}

/** The registry as SSM parameters, which Terraform writes and the functions only read. */
export class ParameterRegistry implements Registry {
  constructor(
    private readonly client: Pick<SSMClient, "send">,
    private readonly path: string,
    private readonly patience: Patience,
  ) {}

  async entry(cluster: string): Promise<RegistryEntry> {
    const name = `${this.path}/${cluster}`;
    let text: string | undefined;
    try {
      const command = new GetParameterCommand({ Name: name, WithDecryption: true });
      text = (await this.patience.retryDenied(() => this.client.send(command))).Parameter?.Value;
    } catch (error) {
      const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      const hint = error instanceof Error && error.name === "ParameterNotFound" ? " No stack has declared this cluster." : "";
      throw new RegistryError(`${cluster}: its registry entry ${name} could not be read: ${reason}.${hint}`, { cause: error });
    }
    return parseRegistryEntry(cluster, name, text ?? "");
  }
}

export function parseRegistryEntry(cluster: string, name: string, text: string): RegistryEntry {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new RegistryError(`${cluster}: its registry entry ${name} is no JSON. Deploy the cluster's stack again.`);
  }
  const parsed = registryEntrySchema.safeParse(json);
  if (!parsed.success) {
    const where = parsed.error.issues.slice(0, 5).map(issue => `${issue.path.join(".") || "(all)"}: ${issue.message}`);
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
