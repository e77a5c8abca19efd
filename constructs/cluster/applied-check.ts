import { TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import { clusterAddress } from "../terraform/address";
import { localValue } from "../terraform/local-value";

/**
 * Makes the check that speaks up where a plan shows an applied change set as new: Terraform's state is older
 * than the last apply, or does not have the hook.
 *
 * No expression can read the hook's former input. But in a plan that changes the hook, its result is not
 * known; then neither is the condition, and Terraform shows a warning with the value of each local in it.
 * @param result the reference to the preview's answer
 * @param hook the hook's address
 */
export function appliedCheck(scope: Construct, cluster: string, result: string, hook: string): void {
  const name = clusterAddress(cluster, "applied");
  // Functions of an older release do not say it.
  const applied = localValue(scope, "Applied", name, `\${try(${result}.applied, "")}`);
  TerraformStack.of(scope).addOverride(`check.${name}`, {
    assert: [
      {
        condition: `\${${applied} == "" ? true : ${hook}.result != ""}`,
        error_message: `\${${applied}}`,
      },
    ],
  });
}
