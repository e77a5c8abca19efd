import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { secretName } from "../../core/contract/secret-name";
import type { RosterAccount } from "../../core/roster/roster";
import { nearestHint } from "../../core/users/nearest";
import type { IReconciler } from "../reconciler/reconciler-props";
import { recordAddress } from "../terraform/address";
import { arnOf } from "../terraform/arn";
import { assertArn, assertKnown, assertWhole } from "../terraform/assertions";
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
  /**
   * After how many days Secrets Manager rotates each password, 1 to 1000. The reconciler needs `rotation`. A
   * service that logs in with a certificate (`tls` other than `ssl`) is not rotated: the function has none.
   * @default - passwords are not rotated
   */
  readonly rotateAfterDays?: number;
  /**
   * For how many hours after a rotation the password before it works, 1 to 720: as long as a client may
   * keep what it has read.
   * @default 24
   */
  readonly oldPasswordHours?: number;
}

/** The cluster that they are of. */
type OwnCluster = Construct & { readonly name: string; readonly reconciler: IReconciler };

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
  readonly #rotateFunction: string;
  readonly #secrets = new Map<string, AccountSecret>();

  constructor(cluster: OwnCluster, options: PasswordOptions = {}) {
    super(cluster, "Passwords");
    this.#cluster = cluster.name;
    this.#path = `${cluster.reconciler.name}/${cluster.name}`;
    this.#options = options;
    this.#rotateFunction = cluster.reconciler.rotateFunction;
    const { kmsKeyArn, oldPasswordHours, recoveryDays = 0, rotateAfterDays } = options;
    assertWhole(cluster, "passwords.rotateAfterDays", rotateAfterDays, [1, 1000]);
    assertKnown(cluster, "passwords.oldPasswordHours", oldPasswordHours);
    assertWhole(cluster, "passwords.oldPasswordHours", oldPasswordHours, [1, 720]);
    if (rotateAfterDays !== undefined && cluster.reconciler.rotates === false)
      throw new ValidationError(
        "`passwords.rotateAfterDays`: the reconciler has no function for it; set its `rotation: true`",
        cluster,
      );
    assertArn(cluster, "passwords.kmsKeyArn", kmsKeyArn, "key");
    assertKnown(cluster, "passwords.recoveryDays", recoveryDays);
    if (recoveryDays !== 0 && !(Number.isInteger(recoveryDays) && recoveryDays >= 7 && recoveryDays <= 30))
      throw new ValidationError(
        `\`passwords.recoveryDays\` must be 0, or 7 to 30, got: ${recoveryDays}`,
        cluster,
      );
  }

  /** Whether passwords are rotated. */
  get isRotated(): boolean {
    return this.#options.rotateAfterDays !== undefined;
  }

  /**
   * For how many hours an old password works; undefined if the default is right, or there are no passwords.
   */
  get oldPasswordHours(): number | undefined {
    return this.#secrets.size > 0 ? this.#options.oldPasswordHours : undefined;
  }

  /**
   * Checks that the passwords of a service are rotated before they end: else it would be locked out.
   * @throws ValidationError
   */
  assertEndsLater({ password, tls, user }: Pick<RosterAccount, "password" | "tls" | "user">): void {
    const days = password?.expiresAfterDays;
    if (!days) return;
    const { rotateAfterDays } = this.#options;
    const ends = `the passwords of ${quoted(user)} on ${this.#cluster} end after ${days} days (expiresAfterDays)`;
    if (tls !== undefined && tls !== "ssl")
      throw new ValidationError(
        `${ends} and cannot be rotated, because its logins need a certificate; set expiresAfterDays to 0`,
        this,
      );
    if (rotateAfterDays === undefined || rotateAfterDays >= days)
      throw new ValidationError(
        `${ends} and are rotated ${rotateAfterDays === undefined ? "never" : `after ${rotateAfterDays}`}: ` +
          "it would be locked out; rotate earlier, by `passwords.rotateAfterDays` of the cluster",
        this,
      );
  }

  /** Makes the secret of a user. @param needs what must exist before it can be rotated */
  add(user: string, account: string, needs: readonly ITerraformDependable[]): AccountSecret {
    const { rotateAfterDays } = this.#options;
    const functionArn = arnOf(this, "lambda", `function:${this.#rotateFunction}`);
    const secret = new AccountSecret(this, recordAddress(user, this.#cluster), {
      cluster: this.#cluster,
      user,
      secretName: secretName(this.#path, account),
      kmsKeyArn: this.#options.kmsKeyArn,
      rotation:
        rotateAfterDays === undefined
          ? undefined
          : { afterDays: rotateAfterDays, functionArn, dependsOn: needs },
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
    return this.#secrets.size === 0 ? [] : this.pathStatements();
  }

  /** The permissions on what is below the path, also while that is nothing: no policy may be empty. */
  pathStatements(): PolicyStatement[] {
    return [
      { Action: ACTIONS, Resource: arnOf(this, "secretsmanager", `secret:${this.#path}/*`) },
      ...keyStatements(this.#options.kmsKeyArn, ["kms:Decrypt", "kms:GenerateDataKey"]),
    ];
  }
}
