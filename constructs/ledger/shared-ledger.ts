import { DynamodbResourcePolicy } from "@cdktf/provider-aws/lib/dynamodb-resource-policy";
import type { DynamodbTable } from "@cdktf/provider-aws/lib/dynamodb-table";
import { Fn, Op, Token } from "cdktf";
import type { Construct } from "constructs";
import { CLUSTERS } from "../../core/contract/listed-cluster";
import { personPartitions } from "../../core/contract/offboarding";
import { CLUSTER_NAME_PATTERN } from "../../core/contract/registry-entry";
import { encodeName, resource } from "../terraform/address";
import { ACCOUNT_ID, assertText } from "../terraform/assertions";
import { functionRoles } from "../terraform/function-roles";
import { type PolicyStatement, policyDocument } from "../terraform/policy-document";
import { currentAccountId } from "../terraform/stack-context";
import { ValidationError } from "../terraform/validation-error";

/**
 * A reconciler of another account that uses the tables. One of the tables' own account needs no entry: its
 * roles reach all of the tables by their own policies.
 */
export interface LedgerUser {
  /** The reconciler's account, 12 digits, and not the tables'. */
  readonly accountId: string;
  /** The reconciler's name, which no other reconciler that uses the tables may have. */
  readonly reconcilerName: string;
  /**
   * The names of the reconciler's clusters, at least one. It can read and write what the tables hold about
   * these. Of others it sees their names in the list of clusters, and who declares them, and can change both.
   * No other reconciler may have clusters of these names.
   */
  readonly clusters: readonly string[];
}

const RECONCILER = { pattern: /^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$/, rule: "the name of a reconciler" };
const CLUSTER = { pattern: CLUSTER_NAME_PATTERN, rule: "the name of a cluster, as in `users/`" };
/** @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/rbac-considerations.html */
const MAX_BYTES = 20 * 1024;
/** The beginning of a table's ARN where partition and region have the longest names. */
const LONGEST_ARN = "arn:aws-us-gov:dynamodb:ap-southeast-99:111122223333:table/";

/** The partition of refused calls that named no cluster of the registry, which they share, too. */
const REFUSED_UNKNOWN = "refused#unknown";

/** @throws ValidationError for a wrong user, and for a reconciler or a cluster that two of them name */
export function assertSharing(
  scope: Construct,
  users: readonly LedgerUser[],
  kmsKeyArn: string | undefined,
): void {
  if (kmsKeyArn === undefined)
    throw new ValidationError(
      "`sharedWith` needs `kmsKeyArn`: the key that AWS manages for DynamoDB takes no calls from other accounts. " +
        "That key's policy must allow them, too",
      scope,
    );
  const claimed = new Map<string, string>();
  const names = users.map(({ reconcilerName }) => reconcilerName);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    throw new ValidationError(
      `\`sharedWith\` must name each reconciler once: ${twice} is there twice. Each keeps what it knows of persons ` +
        "under its name",
      scope,
    );
  for (const { accountId, clusters, reconcilerName } of users) {
    assertText(scope, "sharedWith.accountId", String(accountId), ACCOUNT_ID);
    assertText(scope, "sharedWith.reconcilerName", String(reconcilerName), RECONCILER);
    if (!Array.isArray(clusters) || clusters.length === 0)
      throw new ValidationError("`sharedWith.clusters` must name at least one cluster", scope);
    for (const name of clusters) {
      assertText(scope, "sharedWith.clusters", name, CLUSTER);
      const other = claimed.get(name);
      if (other !== undefined)
        throw new ValidationError(
          `\`sharedWith.clusters\` must name each cluster once: ${name} is that of ${other} and of ${accountId}. ` +
            "The ledger knows clusters by name",
          scope,
        );
      claimed.set(name, accountId);
    }
  }
}

/**
 * The policy of a table that reconcilers of other accounts use. Each of their roles also needs its own
 * policy, which `Reconciler` makes.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/rbac-cross-account-access.html
 */
export function sharePolicy(
  scope: Construct,
  kind: "ledger" | "audit",
  table: DynamodbTable,
  users: readonly LedgerUser[],
): DynamodbResourcePolicy {
  const statementsOn = (Resource: string): PolicyStatement[] =>
    users.flatMap(user =>
      (kind === "ledger" ? ledgerAccess(user) : auditAccess(user)).map(access => ({
        Principal: { AWS: user.accountId },
        Action: access.actions.map(action => `dynamodb:${action}`),
        Resource,
        Condition: {
          ArnLike: { "aws:PrincipalArn": access.roles.map(role => `arn:*:iam::${user.accountId}:${role}`) },
          "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": access.keys },
        },
      })),
    );
  // The table's ARN is a token here, whose length says nothing.
  const bytes = policyDocument(statementsOn(LONGEST_ARN + table.nameInput!)).length;
  if (bytes > MAX_BYTES)
    throw new ValidationError(
      `\`sharedWith\` must fit in a table's policy of ${MAX_BYTES} bytes, and these ${users.length} reconcilers ` +
        `make ${bytes}. Make another AccessLedger with another \`name\` for some of them`,
      scope,
    );
  return resource(DynamodbResourcePolicy, scope, kind === "ledger" ? "LedgerPolicy" : "AuditPolicy", {
    logicalId: `${encodeName(table.nameInput!)}-policy`,
    resourceArn: table.arn,
    policy: policyDocument(statementsOn(table.arn)),
    lifecycle: { precondition: [notOfThisAccount(scope, users)] },
  });
}

/** Within one account a role needs only its own policy, so that a table's policy limits nothing. */
const notOfThisAccount = (scope: Construct, users: readonly LedgerUser[]) => {
  const accounts = [...new Set(users.map(({ accountId }) => accountId))];
  return {
    condition: Token.asString(Op.not(Fn.contains(accounts, currentAccountId(scope)))),
    errorMessage:
      "`sharedWith` must not name the tables' own account: its roles reach all of the tables by their own " +
      "policies, so that nothing would limit them to their clusters.",
  };
};

interface Access {
  readonly roles: readonly string[];
  readonly actions: readonly string[];
  /** The partitions. */
  readonly keys: readonly string[];
}

/** Each reconciler has its own marks of offboarded persons, and its own names of Identity Center's users. */
function ledgerAccess({ clusters, reconcilerName }: LedgerUser): Access[] {
  const { directory, offboarded } = personPartitions(reconcilerName);
  const keys = [...clusters, CLUSTERS, offboarded];
  return [
    { roles: functionRoles(reconcilerName, "read"), actions: ["GetItem", "Query"], keys },
    {
      roles: functionRoles(reconcilerName, "write"),
      actions: ["GetItem", "Query", "PutItem", "DeleteItem"],
      keys: [...keys, directory],
    },
  ];
}

/** The preview records what it refused. No one updates or deletes an item. */
function auditAccess({ clusters, reconcilerName }: LedgerUser): Access[] {
  const refused = [...clusters.map(name => `refused#${name}`), REFUSED_UNKNOWN];
  return [
    { roles: functionRoles(reconcilerName, "read"), actions: ["GetItem", "PutItem"], keys: refused },
    {
      roles: functionRoles(reconcilerName, "write"),
      actions: ["GetItem", "Query", "PutItem"],
      keys: [...clusters, ...refused, personPartitions(reconcilerName).audit],
    },
  ];
}
