import { dependable, type ITerraformDependable, type TerraformResource } from "cdktf";
import type { IConstruct } from "constructs";
import { ownResources } from "../terraform/own-resources";

/** The construct's id of a cluster's hook. A cluster of another stack has none. */
export const HOOK_ID = "Hook";

/**
 * Makes the hook of a cluster depend on resources of its stack: Terraform then destroys the hook first. If
 * the hook refuses its deletion, access still ends on its date. Only for what Terraform makes without fail:
 * the hook, and so each revocation, waits for it. A permission to log in may name a role that does not exist.
 *
 * The gate must not depend on them: it is replaced when something that it depends on is new, and then no plan
 * shows a statement.
 */
export function outliveHook(cluster: IConstruct, resources: readonly ITerraformDependable[]): void {
  const hook = cluster.node.tryFindChild(HOOK_ID) as TerraformResource | undefined;
  if (!hook) return;
  const own = ownResources(hook, resources).map(dependable);
  hook.dependsOn = [...new Set([...(hook.dependsOn ?? []), ...own])];
}
