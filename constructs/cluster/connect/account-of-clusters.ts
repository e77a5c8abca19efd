import { TerraformLocal } from "cdktf";
import type { Construct } from "constructs";
import { escapeText } from "../../terraform/escape";
import { currentAccountId, expressionOf } from "../../terraform/stack-context";
import type { IAuroraCluster } from "../cluster";

/** What Terraform checks in the plan, and says if it is not so. */
export interface RefusedUnless {
  readonly condition: string;
  readonly errorMessage: string;
}

/**
 * That the stack works in the clusters' account: RDS admits sessions of that account alone, whatever the
 * policies of another account say. Nothing to check where the clusters are in the stack's own account.
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/UsingWithRDS.IAMDBAuth.IAMPolicy.html
 */
export function inAccountOf(scope: Construct, clusters: readonly IAuroraCluster[]): RefusedUnless[] {
  const own = currentAccountId(scope);
  const ids = [...new Set(clusters.map(({ accountId }) => accountId))];
  const others = ids.filter(id => expressionOf(scope, id) !== expressionOf(scope, own));
  if (others.length === 0) return [];
  const local = `local.${new TerraformLocal(scope, "Accounts", { own, others }).friendlyUniqueId}`;
  return [
    {
      condition: `\${alltrue([for id in ${local}.others : id == ${local}.own])}`,
      errorMessage:
        `[${escapeText(scope.node.path, "path", scope)}] the stack works in the account \${${local}.own}, and ` +
        `its policy would name clusters of \${join(", ", ${local}.others)}: only roles, groups and users of a ` +
        "cluster's own account can log in to it. Make a role there that the people of other accounts may " +
        "assume, or assign a permission set there.",
    },
  ];
}
