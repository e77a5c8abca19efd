import { dependable, type ITerraformDependable, type TerraformResource } from "cdktf";
import type { IConstruct } from "constructs";
import type { ClusterSecrets } from "../password/cluster-secrets";
import { ownResources } from "../terraform/own-resources";
import type { RosterEntry } from "./cluster-roster";
import type { DeclaredCluster } from "./declared-clusters";

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

/**
 * Makes the secret of an account with a password. The hook waits for it, because the apply writes the
 * password there; a rotation waits for the hook.
 */
export function addAccountSecret(
  cluster: IConstruct & Pick<DeclaredCluster, "reconciler">,
  secrets: ClusterSecrets,
  { account, details }: Pick<RosterEntry, "account" | "details">,
): void {
  secrets.assertEndsLater(details);
  const { rotateDependables = [] } = cluster.reconciler;
  const hook = cluster.node.tryFindChild(HOOK_ID) as TerraformResource | undefined;
  const policies = cluster.node.tryFindChild("Policies")?.node.tryFindChild("Rotate") as
    | TerraformResource
    | undefined;
  const needs = [hook, policies, ...rotateDependables].filter(need => need !== undefined);
  const { resource } = secrets.add(details.user, account, hook ? ownResources(hook, needs) : []);
  outliveHook(cluster, [resource]);
}
