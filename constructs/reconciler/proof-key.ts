import { KmsKey } from "@cdktf/provider-aws/lib/kms-key";
import type { Construct } from "constructs";
import { encodeName, resource } from "../terraform/address";
import { iamArnOf } from "../terraform/arn";
import { type PolicyStatement, policyDocument } from "../terraform/policy-document";
import type { ReconcilerNames } from "./reconciler-names";

/** What administrators may do with the key by their own policies: neither use it nor grant that. */
const ADMINISTRATION = [
  "kms:CancelKeyDeletion",
  "kms:CreateAlias",
  "kms:Delete*",
  "kms:Describe*",
  "kms:Disable*",
  "kms:Enable*",
  "kms:Get*",
  "kms:List*",
  "kms:Put*",
  "kms:Revoke*",
  "kms:ScheduleKeyDeletion",
  "kms:TagResource",
  "kms:UntagResource",
  "kms:Update*",
];

/**
 * The HMAC key that proves that the functions wrote an item of the ledger. Its own policy lets nobody but the
 * functions' roles use it: rights on all keys of the account are not enough.
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/hmac.html
 */
export function proofKey(
  scope: Construct,
  names: ReconcilerNames,
  { rotation, tags }: { readonly rotation?: boolean; readonly tags?: Readonly<Record<string, string>> },
): KmsKey {
  const account = { AWS: iamArnOf(scope, "root") };
  // Roles as principals would have to exist before the key, and the functions need the key.
  const use = (action: string, ...roles: readonly string[]): PolicyStatement => ({
    Principal: account,
    Action: [action],
    Resource: "*",
    Condition: { ArnEquals: { "aws:PrincipalArn": roles.map(role => iamArnOf(scope, `role/${role}`)) } },
  });
  const { applyRole, enforceRole, name, previewRole, rotateRole } = names;
  const writers = [applyRole, enforceRole, ...(rotation ? [rotateRole] : [])];
  return resource(KmsKey, scope, "ProofKey", {
    logicalId: `${encodeName(name)}-ledger-proofs`,
    description: `Proves that the functions of ${name} wrote an item of their ledger`,
    customerMasterKeySpec: "HMAC_256",
    keyUsage: "GENERATE_VERIFY_MAC",
    deletionWindowInDays: 30,
    policy: policyDocument([
      { Principal: account, Action: ADMINISTRATION, Resource: "*" },
      use("kms:GenerateMac", ...writers),
      use("kms:VerifyMac", previewRole, ...writers),
    ]),
    tags,
  });
}
