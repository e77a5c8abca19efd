import { createHash } from "node:crypto";
import type { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { SecretsmanagerSecret } from "@cdktf/provider-aws/lib/secretsmanager-secret";
import { SecretsmanagerSecretPolicy } from "@cdktf/provider-aws/lib/secretsmanager-secret-policy";
import { SecretsmanagerSecretRotation } from "@cdktf/provider-aws/lib/secretsmanager-secret-rotation";
import { type ITerraformDependable, Lazy, Token } from "cdktf";
import type { Construct } from "constructs";
import { AccessConstruct } from "../terraform/access-construct";
import { encodeName, recordAddress, resource, withLogicalId } from "../terraform/address";
import { assertArn, assertKnownText } from "../terraform/assertions";
import { policyDocument } from "../terraform/policy-document";
import { currentRegion } from "../terraform/stack-context";

/** Who may read a service's password. */
export type SecretReader =
  /** A role of this account; one that this stack does not make is given by its name. */
  | { readonly role: IamRole | string }
  /**
   * A role of any account, by the secret's own policy. With a KMS key, the key's policy must allow it, too.
   */
  | { readonly roleArn: string };

/** The secret with the password of a service on a cluster. */
export interface IAccountSecret {
  /** The secret's name: `aurora-users/orders/sl_order-sync`. Known at synth. */
  readonly secretName: string;
  /** The secret's ARN. */
  readonly secretArn: string;
  /** Allows a role to read the password. */
  grantRead(reader: SecretReader): void;
}

export interface AccountSecretProps {
  readonly cluster: string;
  /** The user's name in the roster. */
  readonly user: string;
  readonly secretName: string;
  readonly kmsKeyArn: string | undefined;
  /** How it is rotated. */
  readonly rotation: AccountRotation | undefined;
  /** How many days Secrets Manager keeps it after its deletion: 0, or 7 to 30. */
  readonly recoveryDays: number;
}

/** The rotation of a secret. */
export interface AccountRotation {
  readonly afterDays: number;
  readonly functionArn: string;
  /** What must exist before the secret can be rotated: it holds a password once the hook has run. */
  readonly dependsOn: readonly ITerraformDependable[];
}

const ROLE_NAME = {
  pattern: /^[\w+=,.@-]{1,64}$/,
  rule: "the role's name, not its ARN and without its path",
};
const READ = ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"] as const;

/**
 * The secret of a service that logs in by password. Terraform makes it empty; the functions put the password
 * there, so that no plan and no state has it. `AuroraCluster` makes one for each such service.
 *
 * @example
 * orders.accountSecret("order-sync").grantRead({ role: "order-sync-task" });
 *
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_secret_json_structure.html
 */
export class AccountSecret extends AccessConstruct implements IAccountSecret {
  readonly secretName: string;
  readonly secretArn: string;
  /** The secret itself. */
  readonly resource: SecretsmanagerSecret;
  readonly #kmsKeyArn: string | undefined;
  readonly #address: string;
  readonly #readers: string[] = [];

  constructor(scope: Construct, id: string, props: AccountSecretProps) {
    super(scope, id);
    this.#kmsKeyArn = props.kmsKeyArn;
    this.#address = recordAddress(props.user, props.cluster);
    this.secretName = props.secretName;
    this.resource = resource(SecretsmanagerSecret, this, "Secret", {
      logicalId: this.#address,
      name: props.secretName,
      description: `A login on ${props.cluster}. The functions of aurora-users write its versions`,
      kmsKeyId: props.kmsKeyArn,
      recoveryWindowInDays: props.recoveryDays,
    });
    this.secretArn = this.resource.arn;
    const { rotation } = props;
    if (rotation)
      resource(SecretsmanagerSecretRotation, this, "Rotation", {
        logicalId: this.#address,
        secretId: this.resource.id,
        rotationLambdaArn: rotation.functionArn,
        rotationRules: { automaticallyAfterDays: rotation.afterDays },
        rotateImmediately: false,
        dependsOn: [...rotation.dependsOn],
      });
  }

  grantRead(reader: SecretReader): void {
    if ("role" in reader) this.#allowRole(typeof reader.role === "string" ? reader.role : reader.role.name);
    else this.#allowArn(reader.roleArn);
  }

  #allowRole(role: string): void {
    assertKnownText(this, "role", role, ROLE_NAME);
    const resources = this.#kmsKeyArn === undefined ? this.secretArn : [this.secretArn, this.#kmsKeyArn];
    const actions = this.#kmsKeyArn === undefined ? READ : [...READ, "kms:Decrypt"];
    const id = Token.isUnresolved(role) ? `Reader${this.node.children.length}` : `Reader-${encodeName(role)}`;
    const policy = new IamRolePolicy(this, id, {
      name: `${this.#policyName()}-${currentRegion(this)}`,
      role,
      policy: policyDocument([{ Action: actions, Resource: resources }]),
    });
    // A role that this stack makes has no name yet.
    if (!Token.isUnresolved(role)) withLogicalId(policy, `${this.#address}_${encodeName(role)}`);
  }

  /**
   * One for each secret, with the region: a role may read secrets of several reconcilers, clusters and
   * regions, and has its policies in all of them. Names have at most 128 characters.
   */
  #policyName(): string {
    const hash = createHash("sha256").update(this.secretName).digest("hex").slice(0, 12);
    return `read-${this.#address.slice(0, 80)}-${hash}`;
  }

  #allowArn(roleArn: string): void {
    assertArn(this, "roleArn", roleArn, "role");
    this.#readers.push(roleArn);
    if (this.#readers.length > 1) return;
    const statement = () => [{ Principal: { AWS: [...this.#readers] }, Action: READ, Resource: "*" }];
    resource(SecretsmanagerSecretPolicy, this, "Policy", {
      logicalId: this.#address,
      secretArn: this.secretArn,
      policy: Lazy.stringValue({ produce: () => policyDocument(statement()) }),
      blockPublicPolicy: true,
    });
  }
}
