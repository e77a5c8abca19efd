import { z } from "zod";
import type { RegistryEntry } from "../../../core/contract/registry-entry";
import { CredentialsError } from "../runtime/errors";
import type { AccessDeniedRetry } from "./access-denied-retry";

/** How the administrator logs in. Lives in memory only, for the length of one login. */
export interface Login {
  readonly user: string;
  readonly password: string;
  /** An IAM token, which is sent as it is (by `mysql_clear_password`, within TLS). */
  readonly token: boolean;
}

export interface Credentials {
  /** @param fresh reads the secret again, as after a rotation. @throws CredentialsError */
  login(entry: RegistryEntry, fresh: boolean): Promise<Login>;
}

/** AWS credentials, in the shape that the SDK's clients take. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** What is needed of AWS; `as` is absent where the function's own role is meant. */
export interface CredentialsApi {
  assumeRole(roleArn: string, sessionName: string): Promise<AwsCredentials>;
  secretText(secretArn: string, region: string, as: AwsCredentials | undefined): Promise<string>;
  token(entry: RegistryEntry, user: string, as: AwsCredentials | undefined): Promise<string>;
}

const secretSchema = z.object({ username: z.string().min(1), password: z.string().min(1) });

/** Secrets Manager, or a token for a named administrator account; through another account's role where the registry says so. */
export class AwsCredentialsReader implements Credentials {
  readonly #secrets = new Map<string, Login>();

  constructor(
    private readonly api: CredentialsApi,
    private readonly patience: AccessDeniedRetry,
  ) {}

  async login(entry: RegistryEntry, fresh: boolean): Promise<Login> {
    const { credentials, cluster } = entry;
    const known = "secretArn" in credentials ? this.#secrets.get(credentials.secretArn) : undefined;
    if (known && !fresh) return known;
    try {
      return await this.patience.run(() => this.#read(entry));
    } catch (error) {
      if (error instanceof CredentialsError) throw error;
      // AWS's own messages name ARNs and actions, never a secret's value.
      const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      const what =
        "secretArn" in credentials
          ? `the secret ${credentials.secretArn}`
          : `a token for ${credentials.iamUser}`;
      throw new CredentialsError(`${cluster}: ${what} could not be had: ${reason}`);
    }
  }

  async #read(entry: RegistryEntry): Promise<Login> {
    const { assumeRoleArn, credentials, cluster, region } = entry;
    const as = assumeRoleArn
      ? await this.api.assumeRole(assumeRoleArn, `aurora-users-${cluster}`.slice(0, 64))
      : undefined;
    if ("iamUser" in credentials) {
      return {
        user: credentials.iamUser,
        password: await this.api.token(entry, credentials.iamUser, as),
        token: true,
      };
    }
    const login = parseSecret(
      cluster,
      credentials.secretArn,
      await this.api.secretText(credentials.secretArn, region, as),
    );
    this.#secrets.set(credentials.secretArn, login);
    return login;
  }
}

function parseSecret(cluster: string, arn: string, text: string): Login {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined;
  }
  const parsed = secretSchema.safeParse(json);
  if (!parsed.success)
    throw new CredentialsError(
      `${cluster}: the secret ${arn} holds no JSON object with \`username\` and \`password\``,
    );
  return { user: parsed.data.username, password: parsed.data.password, token: false };
}
