import { S3Bucket } from "@cdktf/provider-aws/lib/s3-bucket";
import { S3BucketObjectLockConfigurationA } from "@cdktf/provider-aws/lib/s3-bucket-object-lock-configuration";
import { S3BucketPolicy } from "@cdktf/provider-aws/lib/s3-bucket-policy";
import { S3BucketPublicAccessBlock } from "@cdktf/provider-aws/lib/s3-bucket-public-access-block";
import { S3BucketServerSideEncryptionConfigurationA } from "@cdktf/provider-aws/lib/s3-bucket-server-side-encryption-configuration";
import { S3BucketVersioningA } from "@cdktf/provider-aws/lib/s3-bucket-versioning";
import { type TerraformResource, Token } from "cdktf";
import { Construct, type IConstruct } from "constructs";
import { encodeName } from "../terraform/address";
import { s3ArnOf } from "../terraform/arn";
import { assertArn } from "../terraform/assert-arn";
import { claimName } from "../terraform/claimed-names";
import { ValidationError } from "../terraform/validation-error";

/** A bucket that keeps the hashes of the audit trail's heads, where nobody can take them back. */
export interface IAuditAnchor extends IConstruct {
  /** Known at synth. */
  readonly bucket: string;
  /** What the objects' keys begin with, before a `/`. */
  readonly prefix: string;
  /** The key that the bucket is encrypted with, as an ARN, where it is one of the customer's own. */
  readonly kmsKeyArn: string | undefined;
}

/** A bucket that stands elsewhere: in a logging account, best of all. */
export interface AuditAnchorAttributes {
  /** The bucket's name. */
  readonly bucket: string;
  /**
   * What the objects' keys begin with, before a `/`.
   * @default "aurora-users"
   */
  readonly prefix?: string;
  /**
   * The customer's key that the bucket is encrypted with, as an ARN.
   * @default - none
   */
  readonly kmsKeyArn?: string;
}

export interface AuditAnchorBucketProps extends AuditAnchorAttributes {
  /**
   * How long AWS refuses to delete or overwrite an object, in days, 1 to 36500.
   * @default 400
   */
  readonly retentionDays?: number;
  /**
   * Whether somebody may shorten that: `GOVERNANCE` lets those who have `s3:BypassGovernanceRetention`; `COMPLIANCE` nobody, the root
   * user included.
   * @default "GOVERNANCE"
   */
  readonly mode?: "GOVERNANCE" | "COMPLIANCE";
  /**
   * Roles of other accounts that write below the prefix, by their ARNs: those of a reconciler's apply and enforcement functions.
   * @default - none: roles of the bucket's own account are let in by their own policies
   */
  readonly writers?: readonly string[];
  /**
   * Tags of the bucket.
   * @default - those of the provider
   */
  readonly tags?: Record<string, string>;
}

const ROLE_ARN = /^(arn:[a-z-]+:iam::\d{12}:)role\/[\w+=,.@/-]{1,576}$/;
const DEFAULT_PREFIX = "aurora-users";

/**
 * A bucket with object lock for the hashes of the audit trail's heads. The trail shows by itself that an item was altered; that its
 * end was cut off shows only against what was written down elsewhere.
 *
 * @example
 * const auditAnchor = new AuditAnchorBucket(this, "Anchor", { bucket: "example-access-audit" });
 * new Reconciler(this, "Reconciler", { ledger: new AccessLedger(this, "Ledger"), auditAnchor });
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html
 */
export class AuditAnchorBucket extends Construct implements IAuditAnchor {
  /** A bucket of another stack or account, by its name. Its own policy has to let the functions' roles put objects. */
  static fromBucketAttributes(scope: Construct, id: string, attributes: AuditAnchorAttributes): IAuditAnchor {
    return new ImportedAuditAnchor(scope, id, attributes);
  }

  readonly bucket: string;
  readonly prefix: string;
  readonly kmsKeyArn: string | undefined;

  constructor(scope: Construct, id: string, props: AuditAnchorBucketProps) {
    super(scope, id);
    ({ bucket: this.bucket, prefix: this.prefix, kmsKeyArn: this.kmsKeyArn } = attributesOf(this, props));
    const { retentionDays = 400, mode = "GOVERNANCE", writers = [] } = props;
    if (!Number.isInteger(retentionDays) || retentionDays < 1 || retentionDays > 36_500)
      throw new ValidationError(
        `\`retentionDays\` must be a whole number from 1 to 36500, got: ${retentionDays}`,
        this,
      );
    for (const writer of writers)
      if (Token.isUnresolved(writer) || !ROLE_ARN.test(writer))
        throw new ValidationError(`\`writers\` must be ARNs of roles, known at synth, got: ${writer}`, this);
    claimName(this, "bucket", this.bucket);

    const made = <T extends TerraformResource>(resource: T): T => {
      resource.overrideLogicalId(encodeName(this.bucket));
      return resource;
    };
    const bucket = made(
      new S3Bucket(this, "Bucket", {
        bucket: this.bucket,
        objectLockEnabled: true,
        ...(props.tags ? { tags: props.tags } : {}),
      }),
    ).id;
    const versioning = made(
      new S3BucketVersioningA(this, "Versioning", { bucket, versioningConfiguration: { status: "Enabled" } }),
    );
    made(
      new S3BucketObjectLockConfigurationA(this, "Lock", {
        bucket,
        rule: { defaultRetention: { mode, days: retentionDays } },
        dependsOn: [versioning],
      }),
    );
    made(
      new S3BucketServerSideEncryptionConfigurationA(this, "Encryption", {
        bucket,
        rule: [
          {
            applyServerSideEncryptionByDefault:
              this.kmsKeyArn === undefined
                ? { sseAlgorithm: "AES256" }
                : { sseAlgorithm: "aws:kms", kmsMasterKeyId: this.kmsKeyArn },
          },
        ],
      }),
    );
    const access = made(
      new S3BucketPublicAccessBlock(this, "Access", {
        bucket,
        blockPublicAcls: true,
        blockPublicPolicy: true,
        ignorePublicAcls: true,
        restrictPublicBuckets: true,
      }),
    );
    // S3 refuses two changes of a bucket's access at once.
    made(new S3BucketPolicy(this, "Policy", { bucket, policy: this.policy(writers), dependsOn: [access] }));
  }

  private policy(writers: readonly string[]): string {
    const [bucket, all, own] = ["", "/*", `/${this.prefix}/*`].map(end =>
      s3ArnOf(this, `${this.bucket}${end}`),
    );
    return JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "TlsOnly",
          Effect: "Deny",
          Principal: "*",
          Action: "s3:*",
          Resource: [bucket, all],
          Condition: { Bool: { "aws:SecureTransport": "false" } },
        },
        ...(writers.length === 0
          ? []
          : [
              {
                Sid: "Writers",
                Effect: "Allow",
                // By their accounts, since roles would have to exist before the policy, and the functions are made after the bucket.
                Principal: { AWS: [...new Set(writers.map(writer => `${ROLE_ARN.exec(writer)![1]}root`))] },
                Action: "s3:PutObject",
                Resource: own,
                Condition: { ArnEquals: { "aws:PrincipalArn": writers } },
              },
            ]),
      ],
    });
  }
}

class ImportedAuditAnchor extends Construct implements IAuditAnchor {
  readonly bucket: string;
  readonly prefix: string;
  readonly kmsKeyArn: string | undefined;

  constructor(scope: Construct, id: string, attributes: AuditAnchorAttributes) {
    super(scope, id);
    ({
      bucket: this.bucket,
      prefix: this.prefix,
      kmsKeyArn: this.kmsKeyArn,
    } = attributesOf(this, attributes));
  }
}

function attributesOf(
  scope: Construct,
  { bucket, prefix = DEFAULT_PREFIX, kmsKeyArn }: AuditAnchorAttributes,
) {
  if (Token.isUnresolved(bucket) || !/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket))
    throw new ValidationError(
      `\`bucket\` must be a bucket's name (3 to 63 lower-case letters, digits, \`.\` and \`-\`), known at synth, got: ${bucket}`,
      scope,
    );
  if (
    Token.isUnresolved(prefix) ||
    !/^[A-Za-z0-9._-]+(\/[A-Za-z0-9._-]+)*$/.test(prefix) ||
    prefix.length > 200
  )
    throw new ValidationError(
      `\`prefix\` must be at most 200 letters, digits, \`.\`, \`_\`, \`-\`, and \`/\` between them, known at synth, got: ${prefix}`,
      scope,
    );
  if (kmsKeyArn !== undefined) assertArn(scope, "kmsKeyArn", kmsKeyArn);
  return { bucket, prefix, kmsKeyArn };
}
