import { TerraformLocal } from "cdktf";
import type { Construct } from "constructs";
import { withLogicalId } from "./address";

/**
 * Makes a Terraform local.
 * @param name the local's name in Terraform
 * @returns the reference to it, without braces: `local.orders-roster`
 */
export function localValue(scope: Construct, id: string, name: string, value: unknown): string {
  return `local.${withLogicalId(new TerraformLocal(scope, id, value), name).friendlyUniqueId}`;
}
