import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LambdaFunction } from "@cdktf/provider-aws/lib/lambda-function";
import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { App, LocalBackend, TerraformStack } from "cdktf";
import { ACCOUNT_ID } from "../../../local/aws/aws-endpoint";
import { providerSettings } from "../../../local/aws/provider-settings";
import { credentialsIn } from "../../../local/aws-http/identity";
import type { Cloud } from "../../../local/cloud/cloud";
import { Terraform, type TerraformPlan } from "../../../local/terraform/terraform";
import { must } from "./plan";
import { SharedProvider } from "./shared-provider";
import { withoutQueues } from "./without-queues";

/** Plans and applies the apps of `examples/` on a local cloud, each stack in the account that it names. */
export class ExampleWorld {
  readonly #directory = mkdtempSync(join(tmpdir(), "example-"));
  #provider: SharedProvider | undefined;

  constructor(readonly cloud: Cloud) {}

  async stop(): Promise<void> {
    await this.#provider?.stop();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  /**
   * Synthesises an app, then plans and applies its stacks once, in the order of their dependencies.
   * @returns the plans, by stack
   */
  async planAndApply(build: (app: App) => void): Promise<Record<string, TerraformPlan>> {
    const plans: Record<string, TerraformPlan> = {};
    for (const [name, terraform] of await this.stacks(build)) {
      const plan = must(await terraform.plan());
      plans[name] = plan;
      must(await terraform.apply(plan.file));
    }
    return plans;
  }

  /** The stacks of an app, ready to be planned: those that others need come first. */
  async stacks(build: (app: App) => void): Promise<[string, Terraform][]> {
    const outdir = mkdtempSync(join(this.#directory, "out-"));
    const app = new App({ outdir });
    build(app);
    const stacks = app.node.findAll().filter(node => node instanceof TerraformStack);
    for (const stack of stacks) this.#putOnCloud(stack);
    app.synth();
    stacks.sort((one, other) => Number(one.dependsOn(other)) - Number(other.dependsOn(one)));
    const ready: [string, Terraform][] = [];
    for (const { node } of stacks) ready.push([node.id, await this.#terraform(outdir, node.id)]);
    return ready;
  }

  /** Gives a stack the cloud's addresses, keys and certificates in place of AWS's. */
  #putOnCloud(stack: TerraformStack): void {
    const { description } = this.cloud;
    new LocalBackend(stack, { path: join(this.#directory, stack.node.id, "terraform.tfstate") });
    for (const provider of stack.node.findAll().filter(node => node instanceof AwsProvider)) {
      const [accountId = ACCOUNT_ID] = provider.allowedAccountIds ?? [];
      const { region = description.region } = provider;
      const { accessKeyId, secretAccessKey } = credentialsIn(accountId, "CALLER");
      const { region: _, ...settings } = providerSettings({ ...description, region });
      Object.assign(provider, settings, { accessKey: accessKeyId, secretKey: secretAccessKey });
      provider.resetAllowedAccountIds();
    }
    const certificates = readFileSync(description.caFile, "utf8");
    for (const made of stack.node.findAll().filter(node => node instanceof LambdaFunction))
      made.addOverride("environment.variables.CA_BUNDLE", certificates);
  }

  async #terraform(outdir: string, stack: string): Promise<Terraform> {
    const target = join(this.#directory, stack);
    cpSync(join(outdir, "stacks", stack), target, { recursive: true });
    const file = join(target, "cdk.tf.json");
    writeFileSync(file, withoutQueues(readFileSync(file, "utf8")));
    const { environment } = this.cloud.description;
    this.#provider ??= await SharedProvider.start(target, environment);
    this.#provider.use(target);
    const terraform = new Terraform(target, { ...environment, ...this.#provider.environment });
    must(await terraform.init());
    return terraform;
  }
}
