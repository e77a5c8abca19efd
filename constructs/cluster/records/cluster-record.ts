import type { Construct } from "constructs";
import { clusterAddress } from "../../terraform/address";
import { TerraformData } from "../../terraform/terraform-data";

/** Makes the one record of all accounts of a cluster in the plan. */
export function clusterRecord(scope: Construct, name: string, hookAddress: string): void {
  new TerraformData(scope, "Grants", {
    logicalId: clusterAddress(name, "grants"),
    // Not as input: Terraform prints the whole old output of each update in place.
    triggersReplace: `\${local.${clusterAddress(name, "roster")}}`,
    dependsOn: [hookAddress],
    createBeforeDestroy: true,
  });
}
