import { randomUUID } from "node:crypto";
import type { RegistryEntry } from "../../../core/contract/registry-entry";
import { secretName } from "../../../core/contract/secret-name";
import { AccessError } from "../../../core/errors";
import { errorName } from "../../runtime/errors";
import { AccountSecretError } from "../runtime/errors";
import { generatePassword } from "./generate-password";
import { secretContent, secretText } from "./secret-text";
import type { SecretVersions } from "./secret-versions";

type ClusterEntry = Pick<RegistryEntry, "cluster" | "host" | "port" | "secretPath">;

/** An account's password, and the version of its secret that has it. */
export interface AccountPassword {
  readonly password: string;
  readonly secret: string;
  readonly version: string;
}

/** The passwords of accounts in Secrets Manager. No error repeats one. */
export class AccountSecrets {
  readonly #versions: SecretVersions;
  readonly #newId: () => string;

  constructor(versions: SecretVersions, newId: () => string = randomUUID) {
    this.#versions = versions;
    this.#newId = newId;
  }

  /**
   * The password that the account gets: that of the secret's current version, else the one that an earlier
   * run wrote and did not finish, else a new one, which is in the secret before it is anywhere else.
   * @throws AccountSecretError
   */
  passwordOf(entry: ClusterEntry, user: string, dbname: string | undefined): Promise<AccountPassword> {
    const secret = secretOf(entry, user);
    return explaining(entry, secret, async () => {
      const current = await this.#versions.read(secret, "AWSCURRENT");
      const version = current ?? (await this.#versions.read(secret, "AWSPENDING"));
      const content = version && secretContent(version.text, user);
      if (version && !content)
        throw new AccountSecretError(
          `${entry.cluster}: the secret ${secret} holds no JSON with the login of ${user} (engine, host, port, username, ` +
            "password). Somebody else wrote it: put a right version there, or delete the secret and apply again.",
        );
      if (version && content?.host === entry.host && content.port === entry.port)
        return { password: content.password, secret, version: version.id };
      const password = content?.password ?? generatePassword();
      const id = this.#newId();
      await this.#versions.write(secret, id, secretText(entry, user, password, dbname ?? content?.dbname));
      return { password, secret, version: id };
    });
  }

  /**
   * Looks whether the secret still has the password that the account has. Where only the cluster's address
   * differs, as after a restore, it gets a version with the right one and the same password.
   * @returns `empty` if there is no current version: then nobody has the password any more
   * @throws AccountSecretError
   */
  review(entry: ClusterEntry, user: string, mayWrite: boolean): Promise<"empty" | "kept"> {
    const secret = secretOf(entry, user);
    return explaining(entry, secret, async () => {
      const current = await this.#versions.read(secret, "AWSCURRENT");
      if (!current) return "empty";
      const content = secretContent(current.text, user);
      if (!content || !mayWrite || (content.host === entry.host && content.port === entry.port))
        return "kept";
      const id = this.#newId();
      await this.#versions.write(secret, id, secretText(entry, user, content.password, content.dbname));
      await this.#versions.makeCurrent(secret, id);
      return "kept";
    });
  }

  /** Makes the version with the account's password the current one. @throws AccountSecretError */
  confirm(entry: ClusterEntry, { secret, version }: AccountPassword): Promise<void> {
    return explaining(entry, secret, () => this.#versions.makeCurrent(secret, version));
  }
}

/** The secret of an account, by name. @throws AccountSecretError */
export function secretOf({ cluster, secretPath }: ClusterEntry, user: string): string {
  if (secretPath !== undefined) return secretName(secretPath, user);
  throw new AccountSecretError(
    `${cluster}: ${user} logs in by password, and the registry names no path for secrets. ` +
      "Apply the stack that declares the cluster again, with this release.",
  );
}

async function explaining<T>({ cluster }: ClusterEntry, secret: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof AccessError) throw cause;
    const missing = errorName(cause) === "ResourceNotFoundException";
    const why = missing
      ? "does not exist: Terraform makes it, in the stack of the cluster"
      : "cannot be used";
    throw new AccountSecretError(`${cluster}: the secret ${secret} ${why}`, { cause });
  }
}
