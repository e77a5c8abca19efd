import { TerraformResource } from "cdktf";
import type { Construct } from "constructs";
import { ValidationError } from "./validation-error";

export interface TerraformDataConfig {
  /** The address, whatever the construct's path is. */
  readonly logicalId: string;
  /**
   * What is kept in state and shown in the plan.
   * @default - nothing
   */
  readonly input?: unknown;
  /**
   * Locals that come with it, by name.
   * @default - none
   */
  readonly locals?: Readonly<Record<string, unknown>>;
  /**
   * What replaces the resource when it changes.
   * @default - nothing; the input changes in place
   */
  readonly triggersReplace?: unknown;
  /**
   * Addresses that have to be done before.
   * @default - none but those that the input refers to
   */
  readonly dependsOn?: readonly string[];
  /**
   * Whether it changes, and leaves, only after what it depends on.
   * @default false
   */
  readonly createBeforeDestroy?: boolean;
}

/**
 * `terraform_data`, a resource of Terraform's own that keeps a value in state. cdktf's `DataResource` is the same resource, but runs
 * `terraform version` for each one (238 s for 5,000, against 1.1 s), so this is a leaner one.
 * @see https://developer.hashicorp.com/terraform/language/resources/terraform-data
 */
export class TerraformData extends TerraformResource {
  private readonly config: TerraformDataConfig;

  constructor(scope: Construct, id: string, config: TerraformDataConfig) {
    super(scope, id, { terraformResourceType: "terraform_data" });
    this.config = config;
    this.overrideLogicalId(config.logicalId);
  }

  /** The expression of an attribute (`id`, `output.x`), unbraced. */
  expression(attribute: string): string {
    return `terraform_data.${this.friendlyUniqueId}.${attribute}`;
  }

  // Without the base class's deep merges, and without the construct's path as a comment: where there are thousands, they cost more
  // than the rest of the synthesis.
  override toTerraform(): object {
    const { input, triggersReplace, dependsOn, createBeforeDestroy, logicalId, locals } = this.config;
    return {
      ...(locals === undefined ? {} : { locals }),
      resource: {
        terraform_data: {
          [logicalId]: {
            ...(input === undefined ? {} : { input }),
            ...(triggersReplace === undefined ? {} : { triggers_replace: triggersReplace }),
            ...(dependsOn === undefined || dependsOn.length === 0 ? {} : { depends_on: dependsOn }),
            ...(createBeforeDestroy ? { lifecycle: { create_before_destroy: true } } : {}),
          },
        },
      },
    };
  }

  override toHclTerraform(): never {
    throw new ValidationError(
      "stacks with managed clusters are synthesised as JSON: unset SYNTH_HCL_OUTPUT",
      this,
    );
  }

  override toMetadata(): object {
    return {};
  }
}
