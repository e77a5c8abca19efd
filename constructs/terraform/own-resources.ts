import { type ITerraformDependable, TerraformElement, TerraformResource, TerraformStack } from "cdktf";
import type { Construct } from "constructs";

/**
 * The resources among the dependables that belong to the scope's own stack. Those of other stacks exist
 * before this stack is applied.
 */
export function ownResources(scope: Construct, items: readonly ITerraformDependable[]): TerraformResource[] {
  const stack = TerraformStack.of(scope);
  return items.filter(
    (item): item is TerraformResource =>
      TerraformElement.isTerraformElement(item) &&
      TerraformResource.isTerraformResource(item) &&
      TerraformStack.of(item) === stack,
  );
}
