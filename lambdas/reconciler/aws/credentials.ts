import * as z from "zod";
import type { RegistryEntry } from "../../../core/contract/registry-entry";
import { targetSessionPolicy } from "../../../core/contract/target-session-policy";
import { parseJson } from "../../../core/json";
import { pause } from "../../runtime/deadline";
import { CredentialsError } from "../runtime/errors";
import type { AccessDeniedRetry } from "./access-denied-retry";

/** How the administrator logs in. It is in memory only. */
export interface Login {
  readonly user: string;
  readonly password: string;
  /** Whether the password is an IAM token, which is sent as it is (by `mysql_clear_password`, within TLS). */
  readonly token: boolean;
}

export interface Credentials {
  /**
   * @param refused a login that the server did not accept. The secret is read again, as after a rotation, a
   * few times while it is still the same.
   * @throws CredentialsError
   */
  login(entry: RegistryEntry, refused: Login | undefined): Promise<Login>;
}

/** AWS credentials, in the form that the SDK's clients accept. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** How a role is assumed. */
export interface RoleOptions {
  readonly externalId: string | undefined;
  /** The session may do no more than this policy allows. */
  readonly policy: string;
}

/** The calls to AWS that a login needs. Without `as` they are made as the run's role. */
export interface CredentialsApi {
  assumeRole(roleArn: string, sessionName: string, options: RoleOptions): Promise<AwsCredentials>;
  secretText(secretArn: string, region: string, as: AwsCredentials | undefined): Promise<string>;
  token(entry: RegistryEntry, user: string, as: AwsCredentials | undefined): Promise<string>;
}

/** The credentials of the role in the cluster's account; undefined if the function's own role has access. */
export async function credentialsFor(entry: RegistryEntry, api: CredentialsApi) {
  const { assumeRoleArn, cluster, externalId } = entry;
  if (assumeRoleArn === undefined) return undefined;
  const policy = targetSessionPolicy(entry, assumeRoleArn);
  return api.assumeRole(assumeRoleArn, `aurora-users-${cluster}`.slice(0, 64), { externalId, policy });
}

const secretSchema = z.object({ username: z.string().min(1), password: z.string().min(1) });

/** Where the administrator's login comes from, in words. */
export const loginSource = ({ credentials }: RegistryEntry): string =>
  "secretArn" in credentials ? `the secret ${credentials.secretArn}` : `a token for ${credentials.iamUser}`;

/**
 * How often a secret is read whose password was just refused: a rotation gives the account its new password
 * before the secret has it, and Secrets Manager may answer with the version before for a moment.
 */
const READS_AFTER_REFUSAL = 3;
/** The pause between them, on average, in ms. */
const READ_PAUSE_MS = 1_000;

/** Logins by Secrets Manager or an IAM token, through another account's role if the registry names one. */
export class AwsCredentialsReader implements Credentials {
  readonly #secrets = new Map<string, Login>();
  readonly #api: CredentialsApi;
  readonly #retry: AccessDeniedRetry;
  readonly #pause: (ms: number) => Promise<void>;

  /** Tests hand in a pause of their own. */
  constructor(api: CredentialsApi, retry: AccessDeniedRetry, wait: (ms: number) => Promise<void> = pause) {
    this.#api = api;
    this.#retry = retry;
    this.#pause = wait;
  }

  async login(entry: RegistryEntry, refused: Login | undefined): Promise<Login> {
    const { credentials } = entry;
    const known = "secretArn" in credentials ? this.#secrets.get(credentials.secretArn) : undefined;
    if (known && !refused) return known;
    for (let read = 1; ; read++) {
      const login = await this.#readOrExplain(entry);
      if (login.password !== refused?.password || login.token || read === READS_AFTER_REFUSAL) return login;
      await this.#pause(READ_PAUSE_MS * (0.5 + Math.random()));
    }
  }

  async #readOrExplain(entry: RegistryEntry): Promise<Login> {
    try {
      return await this.#retry.run(() => this.#read(entry));
    } catch (cause) {
      if (cause instanceof CredentialsError) throw cause;
      const could = "secretArn" in entry.credentials ? "read" : "created";
      throw new CredentialsError(`${entry.cluster}: ${loginSource(entry)} could not be ${could}`, { cause });
    }
  }

  async #read(entry: RegistryEntry): Promise<Login> {
    const { credentials, cluster, region } = entry;
    const as = await credentialsFor(entry, this.#api);
    if ("iamUser" in credentials) {
      const password = await this.#api.token(entry, credentials.iamUser, as);
      return { user: credentials.iamUser, password, token: true };
    }
    const { secretArn } = credentials;
    const login = parseSecret(cluster, secretArn, await this.#api.secretText(secretArn, region, as));
    this.#secrets.set(secretArn, login);
    return login;
  }
}

function parseSecret(cluster: string, arn: string, text: string): Login {
  const json = parseJson(text);
  const parsed = secretSchema.safeParse("value" in json ? json.value : undefined);
  if (!parsed.success)
    throw new CredentialsError(
      `${cluster}: the secret ${arn} holds no JSON object with \`username\` and \`password\``,
    );
  return { user: parsed.data.username, password: parsed.data.password, token: false };
}
