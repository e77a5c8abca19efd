import {
  GetParameterCommand,
  GetParametersByPathCommand,
  type Parameter,
  type SSMClient,
} from "@aws-sdk/client-ssm";
import {
  DIRECTORY_PARAMETER,
  type DirectorySettings,
  directorySettingsSchema,
} from "../../../core/contract/offboarding";
import { type RegistryEntry, registryEntrySchema } from "../../../core/contract/registry-entry";
import { byCodeUnit, parseJson } from "../../../core/json";
import { type Log, silentLog } from "../../runtime/log";
import { RegistryError, UnregisteredError } from "../runtime/errors";
import type { AccessDeniedRetry } from "./access-denied-retry";

/** A cluster's endpoint, credentials, prefix and ceiling. They never come from a payload. */
export interface Registry {
  /** @throws UnregisteredError if there is no entry; RegistryError if it is unusable or cannot be read */
  entry(cluster: string): Promise<RegistryEntry>;
  /** Whether the cluster has an entry, usable or not. True also if the registry does not say. */
  has(cluster: string): Promise<boolean>;
  /**
   * The name of the parameter that a stack with `removalPolicy: "remove"` makes after its hook and deletes
   * before it; undefined if it is not there. @throws RegistryError
   */
  removalParameter(cluster: string): Promise<string | undefined>;
  /**
   * Which directory has the names of Identity Center's users; undefined if no stack says it.
   * @throws RegistryError
   */
  directory(): Promise<DirectorySettings | undefined>;
  /**
   * All entries, by cluster. An unusable one is logged and left out: the others must stay usable.
   * @throws RegistryError
   */
  entries(): Promise<readonly RegistryEntry[]>;
}

/** The registry as SSM parameters, which Terraform writes and the functions only read. */
export class ParameterRegistry implements Registry {
  readonly #client: Pick<SSMClient, "send">;
  readonly #path: string;
  readonly #retry: AccessDeniedRetry;
  readonly #log: Log;
  readonly #needsRunRoles: boolean;

  /** @param options `needsRunRoles`: an entry that names no run roles is unusable */
  constructor(
    client: Pick<SSMClient, "send">,
    path: string,
    retry: AccessDeniedRetry,
    { log = silentLog, needsRunRoles = false }: { log?: Log; needsRunRoles?: boolean } = {},
  ) {
    this.#client = client;
    this.#path = path;
    this.#retry = retry;
    this.#log = log;
    this.#needsRunRoles = needsRunRoles;
  }

  async entry(cluster: string): Promise<RegistryEntry> {
    const name = `${this.#path}/${cluster}`;
    try {
      const command = new GetParameterCommand({ Name: name, WithDecryption: true });
      const { Parameter } = await this.#retry.run(() => this.#client.send(command));
      return this.#parse(cluster, name, Parameter?.Value ?? "");
    } catch (cause) {
      if (cause instanceof RegistryError) throw cause;
      const what = `${cluster}: its registry entry ${name} could not be read`;
      if (cause instanceof Error && cause.name === "ParameterNotFound")
        throw new UnregisteredError(what, { cause, advice: "No stack has declared this cluster." });
      throw new RegistryError(what, { cause });
    }
  }

  async has(cluster: string): Promise<boolean> {
    try {
      await this.entry(cluster);
      return true;
    } catch (error) {
      return !(error instanceof UnregisteredError);
    }
  }

  async removalParameter(cluster: string): Promise<string | undefined> {
    const name = `${this.#path}/${cluster}/removal`;
    try {
      await this.#retry.run(() => this.#client.send(new GetParameterCommand({ Name: name })));
      return name;
    } catch (cause) {
      if (cause instanceof Error && cause.name === "ParameterNotFound") return undefined;
      throw new RegistryError(`${cluster}: the parameter ${name} could not be read. Nothing ran`, { cause });
    }
  }

  async directory(): Promise<DirectorySettings | undefined> {
    const name = `${this.#path}/${DIRECTORY_PARAMETER}`;
    try {
      const { Parameter } = await this.#retry.run(() =>
        this.#client.send(new GetParameterCommand({ Name: name })),
      );
      const json = parseJson(Parameter?.Value ?? "");
      return directorySettingsSchema.parse("value" in json ? json.value : undefined);
    } catch (cause) {
      if (cause instanceof Error && cause.name === "ParameterNotFound") return undefined;
      throw new RegistryError(`all clusters: the parameter ${name} could not be read`, { cause });
    }
  }

  async entries(): Promise<readonly RegistryEntry[]> {
    const found: RegistryEntry[] = [];
    for (const { Name = "", Value = "" } of await this.#parameters()) {
      const cluster = Name.slice(this.#path.length + 1);
      try {
        found.push(this.#parse(cluster, Name, Value));
      } catch (error) {
        if (!(error instanceof RegistryError)) throw error;
        this.#log.error("registry entry left out", { cluster, reason: error.message });
      }
    }
    return found.sort((a, b) => byCodeUnit(a.cluster, b.cluster));
  }

  #parse(cluster: string, name: string, text: string): RegistryEntry {
    const entry = parseRegistryEntry(cluster, name, text);
    if (this.#needsRunRoles && entry.runRoles === undefined)
      throw new RegistryError(
        `${cluster}: its registry entry ${name} names no run roles, and the Reconciler has \`clusterRolesOnly\`. ` +
          "Deploy the cluster's stack again, without `runRoles: false`; or take `clusterRolesOnly` back.",
      );
    return entry;
  }

  async #parameters(): Promise<Parameter[]> {
    const found: Parameter[] = [];
    let NextToken: string | undefined;
    try {
      do {
        const command: GetParametersByPathCommand = new GetParametersByPathCommand({
          Path: this.#path,
          WithDecryption: true,
          NextToken,
        });
        const page = await this.#retry.run(() => this.#client.send(command));
        found.push(...(page.Parameters ?? []));
        NextToken = page.NextToken;
      } while (NextToken !== undefined);
    } catch (cause) {
      throw new RegistryError(`all clusters: the registry entries below ${this.#path} could not be read`, {
        cause,
      });
    }
    return found;
  }
}

export function parseRegistryEntry(cluster: string, name: string, text: string): RegistryEntry {
  const fail = (problem: string): never => {
    throw new RegistryError(
      `${cluster}: its registry entry ${name} ${problem}. Deploy the cluster's stack again.`,
    );
  };
  const json = parseJson(text);
  if ("problem" in json) return fail("is not JSON");
  const parsed = registryEntrySchema.safeParse(json.value);
  if (!parsed.success) {
    const where = parsed.error.issues
      .slice(0, 5)
      .map(issue => `${issue.path.join(".") || "(all)"}: ${issue.message}`);
    return fail(`is not valid: ${where.join("; ")}`);
  }
  return parsed.data.cluster === cluster ? parsed.data : fail(`is about ${parsed.data.cluster}`);
}
