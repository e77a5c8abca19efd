import { AuditAnchorBucket } from "../../../../constructs";
import { reconcilerIn, stackOf, statementsOf, synth } from "../synth";

describe("the audit trail's anchor", () => {
  it("is a bucket whose objects no one can delete and that refuses requests without TLS", () => {
    const stack = stackOf();
    new AuditAnchorBucket(stack, "Anchor", {
      bucket: "example-audit",
      retentionDays: 30,
      mode: "COMPLIANCE",
      writers: [
        "arn:aws:iam::111122223333:role/aurora-users-apply",
        "arn:aws:iam::111122223333:role/aurora-users-enforce",
      ],
    });
    const { resource } = synth(stack);
    expect(resource["aws_s3_bucket"]!["example-audit"]).toMatchObject({
      bucket: "example-audit",
      object_lock_enabled: true,
    });
    expect(resource["aws_s3_bucket_versioning"]!["example-audit"].versioning_configuration).toEqual({
      status: "Enabled",
    });
    expect(resource["aws_s3_bucket_object_lock_configuration"]!["example-audit"].rule).toEqual({
      default_retention: { mode: "COMPLIANCE", days: 30 },
    });
    expect(resource["aws_s3_bucket_public_access_block"]!["example-audit"]).toMatchObject({
      block_public_acls: true,
      block_public_policy: true,
      ignore_public_acls: true,
      restrict_public_buckets: true,
    });
    const [tls, writers] = JSON.parse(resource["aws_s3_bucket_policy"]!["example-audit"].policy).Statement;
    expect(tls).toMatchObject({
      Effect: "Deny",
      Principal: "*",
      Condition: { Bool: { "aws:SecureTransport": "false" } },
    });
    expect(writers).toMatchObject({
      Principal: { AWS: ["arn:aws:iam::111122223333:root"] },
      Action: "s3:PutObject",
      Resource: expect.stringMatching(/:s3:::example-audit\/aurora-users\/\*$/),
    });
  });

  it("is written by apply and enforcement, below its prefix only, and unknown to the preview", () => {
    const stack = stackOf();
    const auditAnchor = AuditAnchorBucket.fromBucketAttributes(stack, "Anchor", {
      bucket: "logging-account",
      prefix: "access/prod",
      kmsKeyArn: "arn:aws:kms:eu-west-1:111122223333:key/k",
    });
    reconcilerIn(stack, { auditAnchor });
    const { resource } = synth(stack);
    for (const action of ["apply", "enforce"]) {
      expect(resource["aws_lambda_function"]![`aurora-users-${action}`].environment.variables).toMatchObject({
        AUDIT_ANCHOR_BUCKET: "logging-account",
        AUDIT_ANCHOR_PREFIX: "access/prod/",
      });
      const statements = statementsOf(resource["aws_iam_role_policy"]![`aurora-users-${action}_base`].policy);
      expect(
        statements
          .filter(({ Action }) => /^(s3:|kms:GenerateDataKey)/.test(Action[0]!))
          .map(({ Action, Resource }) => [Action, Resource]),
      ).toEqual([
        [["s3:PutObject"], expect.stringMatching(/:s3:::logging-account\/access\/prod\/\*$/)],
        [["kms:GenerateDataKey"], "arn:aws:kms:eu-west-1:111122223333:key/k"],
      ]);
    }
    expect(JSON.stringify(resource["aws_lambda_function"]!["aurora-users-preview"])).not.toContain("ANCHOR");
  });

  test.each<[string, object, RegExp]>([
    ["a bucket that is an expression", { bucket: "${path.root}" }, /`bucket` must be/],
    ["a prefix that is a pattern", { prefix: "*" }, /`prefix` must be/],
    ["a retention of 0 days", { retentionDays: 0 }, /`retentionDays`/],
    ["a writer that is a pattern", { writers: ["*"] }, /`writers` must be ARNs of roles/],
  ])("refuses %s", (_, props, message) => {
    expect(() => new AuditAnchorBucket(stackOf(), "Anchor", { bucket: "example", ...props })).toThrow(
      message,
    );
  });
});
