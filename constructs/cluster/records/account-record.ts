import type { Construct } from "constructs";
import { defined } from "../../../core/json";
import { accountName } from "../../../core/roster/account-name";
import type { RosterAccount } from "../../../core/roster/roster";
import { recordAddress } from "../../terraform/address";
import { expressionLiteral } from "../../terraform/escape";
import { TerraformData } from "../../terraform/terraform-data";
import type { RosterEntry } from "../cluster-roster";

/** The cluster of a record. */
interface RecordedCluster {
  readonly name: string;
  readonly prefix: string;
  readonly hookAddress: string;
  /** Whether an account of this user is declared, as far as is known at synthesis. */
  readonly hasUser: (user: string) => boolean;
}

/**
 * Makes the record of an account in the plan. Its address depends on user and cluster alone.
 * @param escaped the account's details, for Terraform
 */
export function accountRecord(
  scope: Construct,
  cluster: RecordedCluster,
  { account, details }: RosterEntry,
  escaped: RosterAccount,
): void {
  // One local per account: Terraform took a minute for a thousand records that read theirs from the roster.
  const logicalId = recordAddress(details.user, cluster.name);
  // One expression instead of one member per detail makes synthesis of thousands a third faster.
  const literal = expressionLiteral(account, "account", scope);
  new TerraformData(scope, `Record-${logicalId}`, {
    logicalId,
    locals: { [logicalId]: escaped },
    input: `\${merge({account = ${literal}}, local.${logicalId})}`,
    dependsOn: [cluster.hookAddress],
    createBeforeDestroy: true,
    ...defined({ movedFrom: formerRecord(cluster, details) }),
  });
}

/** The identifier of the record that a renamed user had, unless somebody else has it now. */
function formerRecord({ hasUser, name, prefix }: RecordedCluster, { formerly, user }: RosterAccount) {
  if (formerly === undefined) return undefined;
  const former = formerly.slice(accountName(prefix, "").length);
  return () => (former === user || hasUser(former) ? undefined : recordAddress(former, name));
}
