import { TerraformResource } from "cdktf";
import type { Construct } from "constructs";
import { defined } from "../../core/json";
import { ValidationError } from "./validation-error";

export interface TerraformDataConfig {
  /** The resource's identifier in Terraform, whatever the construct's path is. */
  readonly logicalId: string;
  /**
   * The value that Terraform keeps in state and shows in the plan.
   * @default - none
   */
  readonly input?: unknown;
  /**
   * Locals to declare with the resource, by name.
   * @default - none
   */
  readonly locals?: Readonly<Record<string, unknown>>;
  /**
   * The value whose change replaces the resource.
   * @default - none; the input changes in place
   */
  readonly triggersReplace?: unknown;
  /**
   * Addresses of the resources that have to be finished first.
   * @default - only those that the input refers to
   */
  readonly dependsOn?: readonly string[];
  /**
   * Whether the resource is replaced and removed only after the resources that it depends on.
   * @default false
   */
  readonly createBeforeDestroy?: boolean;
}

/**
 * `terraform_data`, a resource of Terraform itself that keeps a value in state. cdktf's `DataResource` makes
 * the same resource but runs `terraform version` for each one (238 s for 5,000, against 1.1 s here).
 * @see https://developer.hashicorp.com/terraform/language/resources/terraform-data
 */
export class TerraformData extends TerraformResource {
  readonly #config: TerraformDataConfig;

  constructor(scope: Construct, id: string, config: TerraformDataConfig) {
    super(scope, id, { terraformResourceType: "terraform_data" });
    this.#config = config;
    this.overrideLogicalId(config.logicalId);
  }

  /** The expression of an attribute (`id`, `output.x`), without braces. */
  expression(attribute: string): string {
    return `terraform_data.${this.friendlyUniqueId}.${attribute}`;
  }

  // Omits the base class's deep merges and the construct's path as a comment: with thousands of resources,
  // those cost more than the rest of the synthesis.
  override toTerraform(): object {
    const { input, triggersReplace, dependsOn, createBeforeDestroy, logicalId, locals } = this.#config;
    const attributes = defined({
      input,
      triggers_replace: triggersReplace,
      depends_on: dependsOn?.length ? dependsOn : undefined,
      lifecycle: createBeforeDestroy ? { create_before_destroy: true } : undefined,
    });
    return defined({ locals, resource: { terraform_data: { [logicalId]: attributes } } });
  }

  override toHclTerraform(): never {
    throw new ValidationError(
      "a stack with managed clusters can only be synthesised as JSON: unset SYNTH_HCL_OUTPUT",
      this,
    );
  }

  override toMetadata(): object {
    return {};
  }
}
