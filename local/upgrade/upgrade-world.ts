import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../cli/run";
import { providerSettings } from "../aws/provider-settings";
import type { Cloud, CloudDescription } from "../cloud/cloud";
import { LocalError } from "../process/local-error";
import { Terraform, type TerraformPlan, type TerraformRun } from "../terraform/terraform";
import type { PackageVersion } from "./package-version";
import { ACCOUNTS, SampleUsers, SOURCE } from "./sample";
import { type AccessSnapshot, accessOf, type Item, itemsOf } from "./snapshot";

export const CLUSTERS = ["orders", "payments"] as const;
export const STACKS = ["shared", ...CLUSTERS] as const;
export type Stack = (typeof STACKS)[number];

/** The local cloud with the sample deployed in it, whichever version of the package deploys. */
export class UpgradeWorld {
  readonly users: SampleUsers;
  readonly #stacks = new Map<Stack, { terraform: Terraform; version: PackageVersion | undefined }>();
  #version: PackageVersion | undefined;

  /** @param directory holds the users, the synthesised stacks and Terraform's state */
  constructor(
    readonly cloud: Cloud,
    readonly directory: string,
  ) {
    mkdirSync(directory, { recursive: true });
    const usersFolder = join(directory, "users");
    this.users = new SampleUsers(usersFolder);
    const { region, accountId, caFile, mail } = this.description;
    const clusters = Object.fromEntries(
      Object.entries(this.description.clusters).map(([name, { endpoint, port, resourceId, secretArn }]) => [
        name,
        { endpoint, port, resourceId, secretArn },
      ]),
    );
    const provider = providerSettings(this.description);
    const app = { provider, region, accountId, caFile, clusters, mail, usersFolder, source: SOURCE };
    writeFileSync(join(directory, "app.json"), JSON.stringify(app), { mode: 0o600 });
  }

  get description(): CloudDescription {
    return this.cloud.description;
  }

  /** From now on all stacks are those of this version. */
  async use(version: PackageVersion): Promise<void> {
    this.#version = version;
    await version.synth(this.directory, this.cloud.aws.clock.offsetMs);
  }

  /** A plan without its JSON, which takes another command. */
  async plan(stack: Stack): Promise<TerraformPlan> {
    return this.#worked(`plan of ${stack}`, await (await this.#terraform(stack)).planText());
  }

  async planWithJson(stack: Stack): Promise<TerraformPlan> {
    return this.#worked(`plan of ${stack}`, await this.tryPlan(stack));
  }

  /** Applies a plan; without one, plans and applies. */
  async apply(stack: Stack, plan?: TerraformPlan): Promise<TerraformRun> {
    return this.#worked(`apply of ${stack}`, await this.tryApply(stack, plan));
  }

  async tryApply(stack: Stack, plan?: TerraformPlan): Promise<TerraformRun> {
    return (await this.#terraform(stack)).apply(...(plan ? [plan.file] : []));
  }

  /** A plan that may fail, as one of an older version may. */
  async tryPlan(stack: Stack): Promise<TerraformPlan> {
    return (await this.#terraform(stack)).plan();
  }

  /** What every account holds on every cluster. */
  async access(): Promise<Readonly<Record<string, AccessSnapshot>>> {
    const found: Record<string, AccessSnapshot> = {};
    for (const [name, cluster] of Object.entries(this.description.clusters))
      found[name] = await accessOf(cluster, this.description, ACCOUNTS);
    return found;
  }

  ledger(): Promise<Item[]> {
    return itemsOf("aurora-users-ledger", this.description);
  }

  async outbox(): Promise<Item[]> {
    return (await this.ledger()).filter(({ sk }) => String(sk).startsWith("outbox#"));
  }

  audit(): Promise<Item[]> {
    return itemsOf("aurora-users-audit", this.description);
  }

  /** The statements that runs intended, by their positions in the trails: `orders 12: GRANT ...`. */
  async statements(): Promise<string[]> {
    const intents = (await this.audit()).filter(({ kind }) => kind === "intent");
    return intents.flatMap(({ pk, sk, statements }) =>
      (statements as readonly { readonly sql: string }[]).map(({ sql }) => `${pk} ${Number(sk)}: ${sql}`),
    );
  }

  /** Moves the clock; runs what is scheduled meanwhile, and waits for the mails. @returns what failed */
  async passTime(ms: number): Promise<string[]> {
    const fired = await this.cloud.aws.passTime(ms);
    await this.cloud.aws.settled();
    return fired.flatMap(({ name, error }) => (error === undefined ? [] : [`${name}: ${error}`]));
  }

  /** Runs today's `aurora-users`. */
  async command(...args: readonly string[]): Promise<{ code: number; text: string }> {
    const lines: string[] = [];
    const print = (text: string) => void lines.push(text);
    const code = await run(args, { out: print, err: print, env: process.env, now: () => new Date() });
    return { code, text: lines.join("\n") };
  }

  /** Terraform in a stack's folder, initialised for the version in use. */
  async #terraform(stack: Stack): Promise<Terraform> {
    const known = this.#stacks.get(stack);
    const folder = join(this.directory, "cdktf.out", "stacks", `aurora-users-${stack}`);
    const terraform = known?.terraform ?? new Terraform(folder, this.description.environment);
    if (known?.version !== this.#version) {
      this.#worked(`init of ${stack}`, await terraform.init(...(known ? ["-upgrade"] : [])));
      this.#stacks.set(stack, { terraform, version: this.#version });
    }
    return terraform;
  }

  #worked<T extends TerraformRun>(what: string, run: T): T {
    if (!run.ok) throw new LocalError(`the ${what} with ${this.#version?.name} failed:\n${run.text}`);
    return run;
  }
}
