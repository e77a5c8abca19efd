import { dependable, type ITerraformDependable, type TerraformResource } from "cdktf";
import type { IConstruct } from "constructs";
import { ownResources } from "../terraform/own-resources";

const hooks = new WeakMap<IConstruct, TerraformResource>();

/** Remembers the hook of a cluster. */
export const rememberHook = (cluster: IConstruct, hook: TerraformResource): void =>
  void hooks.set(cluster, hook);

/**
 * Makes the hook of a cluster depend on resources of its stack: Terraform then destroys the hook first. If
 * the hook refuses its deletion, access still ends on its date. Only for what Terraform makes without fail:
 * the hook, and so each revocation, waits for it. A permission to log in may name a role that does not exist.
 *
 * The gate must not depend on them: it is replaced when something that it depends on is new, and then no plan
 * shows a statement.
 */
export function outliveHook(cluster: IConstruct, resources: readonly ITerraformDependable[]): void {
  const hook = hooks.get(cluster);
  if (!hook) return;
  const own = ownResources(hook, resources).map(dependable);
  hook.dependsOn = [...new Set([...(hook.dependsOn ?? []), ...own])];
}
