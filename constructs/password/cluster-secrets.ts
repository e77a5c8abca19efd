import { Construct } from "constructs";
import { secretName } from "../../core/contract/secret-name";
import { nearestHint } from "../../core/users/nearest";
import type { DeclaredCluster } from "../cluster/declared-clusters";
import { recordAddress } from "../terraform/address";
import { arnOf } from "../terraform/arn";
import { assertArn, assertKnown } from "../terraform/assertions";
import { keyStatements, type PolicyStatement } from "../terraform/policy-document";
import { quoted, ValidationError } from "../terraform/validation-error";
import { AccountSecret } from "./account-secret";

/** The secrets of a cluster's services that log in by password. */
export interface PasswordOptions {
  /**
   * The ARN of the KMS key that encrypts the secrets. Roles of other accounts need one.
   * @default - the key of Secrets Manager (`aws/secretsmanager`)
   */
  readonly kmsKeyArn?: string;
  /**
   * How many days a deleted secret can be restored: 0, or 7 to 30. As long as it can, no secret of the same
   * name can be made: a service that returns within that time needs `aws secretsmanager restore-secret` and
   * `terraform import` first. A deleted secret's account is gone, so there is little to restore.
   * @default 0
   */
  readonly recoveryDays?: number;
}

/** The cluster that they are of. */
type OwnCluster = Construct & Pick<DeclaredCluster, "name" | "reconciler">;

/** What the functions do with a secret. They make and delete none, and read no other secret's value. */
const ACTIONS = [
  "secretsmanager:DescribeSecret",
  "secretsmanager:GetSecretValue",
  "secretsmanager:PutSecretValue",
  "secretsmanager:UpdateSecretVersionStage",
] as const;

/** All secrets of one cluster. Without any, it leaves no trace in the stack. */
export class ClusterSecrets extends Construct {
  readonly #cluster: string;
  readonly #path: string;
  readonly #options: PasswordOptions;
  readonly #secrets = new Map<string, AccountSecret>();

  constructor(cluster: OwnCluster, options: PasswordOptions = {}) {
    super(cluster, "Passwords");
    this.#cluster = cluster.name;
    this.#path = `${cluster.reconciler.name}/${cluster.name}`;
    this.#options = options;
    const { kmsKeyArn, recoveryDays = 0 } = options;
    assertArn(cluster, "passwords.kmsKeyArn", kmsKeyArn, "key");
    assertKnown(cluster, "passwords.recoveryDays", recoveryDays);
    if (recoveryDays !== 0 && !(Number.isInteger(recoveryDays) && recoveryDays >= 7 && recoveryDays <= 30))
      throw new ValidationError(
        `\`passwords.recoveryDays\` must be 0, or 7 to 30, got: ${recoveryDays}`,
        cluster,
      );
  }

  /** Makes the secret of a user. */
  add(user: string, account: string): AccountSecret {
    const secret = new AccountSecret(this, recordAddress(user, this.#cluster), {
      cluster: this.#cluster,
      user,
      secretName: secretName(this.#path, account),
      kmsKeyArn: this.#options.kmsKeyArn,
      recoveryDays: this.#options.recoveryDays ?? 0,
    });
    this.#secrets.set(user, secret);
    return secret;
  }

  /** @throws ValidationError if no such user logs in by password */
  of(user: string): AccountSecret {
    const secret = this.#secrets.get(user);
    if (secret) return secret;
    const cluster = this.#cluster;
    const hint = nearestHint(user, [...this.#secrets.keys()], "no user does, or `addUsers` comes later");
    throw new ValidationError(`no user ${quoted(user)} logs in to ${cluster} by password; ${hint}`, this);
  }

  /** Below which the secrets are; undefined if there are none. */
  get path(): string | undefined {
    return this.#secrets.size > 0 ? this.#path : undefined;
  }

  /** The functions' permissions; none if there are no secrets. */
  statements(): PolicyStatement[] {
    if (this.#secrets.size === 0) return [];
    return [
      { Action: ACTIONS, Resource: arnOf(this, "secretsmanager", `secret:${this.#path}/*`) },
      ...keyStatements(this.#options.kmsKeyArn, ["kms:Decrypt", "kms:GenerateDataKey"]),
    ];
  }
}
