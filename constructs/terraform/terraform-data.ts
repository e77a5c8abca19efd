import { TerraformResource } from "cdktf";
import type { Construct } from "constructs";
import { defined } from "../../core/json";
import { ValidationError } from "./validation-error";

/** What an override may hold. */
const CARRIED = new Set(["//", "connection", "lifecycle", "provisioner"]);

interface Attributes {
  readonly lifecycle?: { readonly create_before_destroy?: unknown } | null;
}

interface Made {
  readonly resource?: { readonly terraform_data: Readonly<Record<string, Attributes>> };
}

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
   * The resource's former identifier: Terraform then moves its state. Called at synthesis.
   * @default - none
   */
  readonly movedFrom?: () => string | undefined;
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

  /**
   * Without the base class's deep merges and the construct's path as a comment, unless an aspect or an
   * override changed something: with thousands of resources, those cost more than the rest of the synthesis.
   * @throws ValidationError if an aspect or an override changed what must stay
   */
  override toTerraform(): object {
    const { locals } = this.#config;
    if (!this.#isChanged()) {
      const attributes = { ...this.synthesizeAttributes(), ...this.#ownArguments() };
      const resource = { terraform_data: { [this.friendlyUniqueId]: attributes } };
      return defined({ locals, moved: this.#moved(), resource });
    }
    this.#assertCarried();
    const { createBeforeDestroy, dependsOn = [] } = this.#config;
    if (dependsOn.length > 0) this.dependsOn = [...new Set([...dependsOn, ...(this.dependsOn ?? [])])];
    if (createBeforeDestroy) this.lifecycle = { createBeforeDestroy, ...this.lifecycle };
    const made = super.toTerraform() as Made;
    const attributes = made.resource?.terraform_data[this.friendlyUniqueId];
    if (createBeforeDestroy && attributes) this.#assertOrder(attributes);
    return defined({ locals, moved: this.#moved(), ...made });
  }

  #moved(): object[] | undefined {
    const former = this.#config.movedFrom?.();
    const address = (id: string) => `terraform_data.${id}`;
    return former === undefined ? undefined : [{ from: address(former), to: address(this.friendlyUniqueId) }];
  }

  override toHclTerraform(): never {
    throw new ValidationError(
      "a stack with managed clusters can only be synthesised as JSON: unset SYNTH_HCL_OUTPUT",
      this,
    );
  }

  override toMetadata(): object {
    return this.#isChanged() ? super.toMetadata() : {};
  }

  protected override synthesizeAttributes(): Record<string, unknown> {
    const { input, triggersReplace } = this.#config;
    return defined({ input, triggers_replace: triggersReplace });
  }

  #ownArguments(): object {
    const { createBeforeDestroy, dependsOn } = this.#config;
    return defined({
      depends_on: dependsOn?.length ? dependsOn : undefined,
      lifecycle: createBeforeDestroy ? { create_before_destroy: true } : undefined,
    });
  }

  /** Whether anything was set after the resource was made. */
  #isChanged(): boolean {
    const set = [this.dependsOn, this.lifecycle, this.provisioners, this.connection];
    const refused = [this.provider, this.count, this.forEach];
    return [...set, ...refused, ...Object.values(super.toMetadata() as object)].some(
      one => one !== undefined,
    );
  }

  #assertCarried(): void {
    const { forEach, count, provider } = this;
    const given = Object.keys(defined({ provider, count, for_each: forEach }));
    const overridden = Object.keys(this.rawOverrides as object).filter(key => !CARRIED.has(key));
    for (const name of [...given, ...overridden])
      throw new ValidationError(
        `\`${name}\` of terraform_data.${this.friendlyUniqueId} cannot be set by an aspect or an override: the ` +
          "resource belongs to Terraform itself, its address is fixed, and it holds what the functions work " +
          "with. Set only `lifecycle`, `dependsOn`, `provisioners` or `connection` on it",
        this,
      );
  }

  #assertOrder({ lifecycle }: Attributes): void {
    if (lifecycle?.create_before_destroy === true) return;
    throw new ValidationError(
      `\`create_before_destroy\` of terraform_data.${this.friendlyUniqueId} must stay true: Terraform would ` +
        "otherwise destroy a record before the access that it shows. Leave it out of the aspect or override",
      this,
    );
  }
}
