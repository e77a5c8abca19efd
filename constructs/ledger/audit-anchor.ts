import { S3Bucket } from "@cdktf/provider-aws/lib/s3-bucket";
import { S3BucketObjectLockConfigurationA } from "@cdktf/provider-aws/lib/s3-bucket-object-lock-configuration";
import { S3BucketPolicy } from "@cdktf/provider-aws/lib/s3-bucket-policy";
import { S3BucketPublicAccessBlock } from "@cdktf/provider-aws/lib/s3-bucket-public-access-block";
import { S3BucketServerSideEncryptionConfigurationA } from "@cdktf/provider-aws/lib/s3-bucket-server-side-encryption-configuration";
import { S3BucketVersioningA } from "@cdktf/provider-aws/lib/s3-bucket-versioning";
import type { Construct, IConstruct } from "constructs";
import { AccessConstruct } from "../terraform/access-construct";
import { encodeName, resource } from "../terraform/address";
import { s3ArnOf } from "../terraform/arn";
import { assertArn, assertKnown, assertText, assertWhole } from "../terraform/assertions";
import { claimName } from "../terraform/claimed-names";
import { type PolicyStatement, policyDocument } from "../terraform/policy-document";

/** A bucket that keeps the hashes of the audit trail's heads, where no one can take them back. */
export interface IAuditAnchor extends IConstruct {
  /** The bucket's name. Known at synth. */
  readonly bucket: string;
  /** The beginning of all object keys, before a `/`. */
  readonly prefix: string;
  /** The ARN of the customer's KMS key that encrypts the bucket; undefined if it uses a key of AWS. */
  readonly kmsKeyArn: string | undefined;
}

/** Describes the bucket of another stack or account; a logging account is best. */
export interface AuditAnchorAttributes {
  /** The bucket's name: 3 to 63 lower-case letters, digits, `.` and `-`. */
  readonly bucket: string;
  /**
   * The beginning of all object keys, before a `/`: at most 200 letters, digits, `.`, `_`, `-`, and `/`
   * between them.
   * @default "aurora-users"
   */
  readonly prefix?: string;
  /**
   * The ARN of the customer's KMS key that encrypts the bucket.
   * @default - none: the bucket uses a key of AWS
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
   * Who may shorten the retention: with `GOVERNANCE` identities that have `s3:BypassGovernanceRetention`,
   * with `COMPLIANCE` no one, not even the root user.
   * @default "GOVERNANCE"
   */
  readonly mode?: "GOVERNANCE" | "COMPLIANCE";
  /**
   * The ARNs of roles in other accounts that may write below the prefix: the roles of a reconciler's apply
   * and enforcement functions.
   * @default - none: roles of the bucket's own account need only their own policies
   */
  readonly writers?: readonly string[];
  /**
   * The tags of the bucket.
   * @default - the provider's default tags only
   */
  readonly tags?: Record<string, string>;
}

const DEFAULT_KEY_PREFIX = "aurora-users";
const BUCKET = {
  pattern: /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
  rule: "a bucket's name (3 to 63 lower-case letters, digits, `.` and `-`)",
};
const KEY_PREFIX = {
  pattern: /^(?=.{1,200}$)[A-Za-z0-9._-]+(\/[A-Za-z0-9._-]+)*$/,
  rule: "at most 200 letters, digits, `.`, `_`, `-`, and `/` between them",
};
const ROLE_ARN = { pattern: /^(arn:[a-z-]+:iam::\d{12}:)role\/[\w+=,.@/-]{1,576}$/, rule: "ARNs of roles" };

/** A construct with the checked attributes of a bucket. */
abstract class AuditAnchor extends AccessConstruct implements IAuditAnchor {
  readonly bucket: string;
  readonly prefix: string;
  readonly kmsKeyArn: string | undefined;

  constructor(scope: Construct, id: string, attributes: AuditAnchorAttributes) {
    super(scope, id);
    const { bucket, prefix = DEFAULT_KEY_PREFIX, kmsKeyArn } = attributes;
    assertText(this, "bucket", bucket, BUCKET);
    assertText(this, "prefix", prefix, KEY_PREFIX);
    assertArn(this, "kmsKeyArn", kmsKeyArn, "key");
    this.bucket = bucket;
    this.prefix = prefix;
    this.kmsKeyArn = kmsKeyArn;
  }
}

/**
 * A bucket with object lock for the hashes of the audit trail's heads. The trail alone shows that an item was
 * altered. Only a copy of its head elsewhere shows that its end was cut off.
 *
 * @example
 * const auditAnchor = new AuditAnchorBucket(this, "Anchor", { bucket: "example-access-audit" });
 * new Reconciler(this, "Reconciler", { ledger: new AccessLedger(this, "Ledger"), auditAnchor });
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html
 */
export class AuditAnchorBucket extends AuditAnchor {
  /**
   * A bucket of another stack or account, known by its name. The bucket's own policy must allow the
   * functions' roles to put objects.
   */
  static fromBucketAttributes(scope: Construct, id: string, attributes: AuditAnchorAttributes): IAuditAnchor {
    return new ImportedAuditAnchor(scope, id, attributes);
  }

  constructor(scope: Construct, id: string, props: AuditAnchorBucketProps) {
    super(scope, id, props);
    const { retentionDays = 400, writers = [] } = props;
    assertKnown(this, "retentionDays", retentionDays);
    assertWhole(this, "retentionDays", retentionDays, [1, 36_500]);
    for (const writer of writers) assertText(this, "writers", writer, ROLE_ARN);
    claimName(this, "bucket", this.bucket);

    const logicalId = encodeName(this.bucket);
    const { id: bucket } = resource(S3Bucket, this, "Bucket", {
      logicalId,
      bucket: this.bucket,
      objectLockEnabled: true,
      tags: props.tags,
    });
    this.#lockObjects(bucket, logicalId, props.mode ?? "GOVERNANCE", retentionDays);
    this.#encrypt(bucket, logicalId);
    this.#restrictAccess(bucket, logicalId, writers);
  }

  #lockObjects(bucket: string, logicalId: string, mode: string, days: number): void {
    const versioning = resource(S3BucketVersioningA, this, "Versioning", {
      logicalId,
      bucket,
      versioningConfiguration: { status: "Enabled" },
    });
    const rule = { defaultRetention: { mode, days } };
    const dependsOn = [versioning];
    resource(S3BucketObjectLockConfigurationA, this, "Lock", { logicalId, bucket, rule, dependsOn });
  }

  #encrypt(bucket: string, logicalId: string): void {
    const applyServerSideEncryptionByDefault =
      this.kmsKeyArn === undefined
        ? { sseAlgorithm: "AES256" }
        : { sseAlgorithm: "aws:kms", kmsMasterKeyId: this.kmsKeyArn };
    const rule = [{ applyServerSideEncryptionByDefault }];
    resource(S3BucketServerSideEncryptionConfigurationA, this, "Encryption", { logicalId, bucket, rule });
  }

  #restrictAccess(bucket: string, logicalId: string, writers: readonly string[]): void {
    const access = resource(S3BucketPublicAccessBlock, this, "Access", {
      logicalId,
      bucket,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
    resource(S3BucketPolicy, this, "Policy", {
      logicalId,
      bucket,
      policy: policyDocument(this.#statements(writers)),
      // S3 refuses two changes of a bucket's access at the same time.
      dependsOn: [access],
    });
  }

  #statements(writers: readonly string[]): PolicyStatement[] {
    const arn = s3ArnOf(this, this.bucket);
    const tlsOnly: PolicyStatement = {
      Sid: "TlsOnly",
      Effect: "Deny",
      Principal: "*",
      Action: "s3:*",
      Resource: [arn, `${arn}/*`],
      Condition: { Bool: { "aws:SecureTransport": "false" } },
    };
    if (writers.length === 0) return [tlsOnly];
    // The principals are the writers' accounts. Roles would have to exist before the policy, but the
    // functions are made after the bucket.
    const accounts = new Set(writers.map(writer => `${ROLE_ARN.pattern.exec(writer)![1]}root`));
    const write: PolicyStatement = {
      Sid: "Writers",
      Principal: { AWS: [...accounts] },
      Action: "s3:PutObject",
      Resource: `${arn}/${this.prefix}/*`,
      Condition: { ArnEquals: { "aws:PrincipalArn": writers } },
    };
    return [tlsOnly, write];
  }
}

class ImportedAuditAnchor extends AuditAnchor {}
