import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { endProcess, spawnChild } from "../../../local/process/child-process";
import { makeRunDirectory } from "../../../local/process/run-directory";
import { Terraform } from "../../../local/terraform/terraform";
import { must } from "./plan";
import { ProviderProxy } from "./provider-proxy";

const START_MS = 60_000;

interface Reattach {
  readonly Addr: { readonly Network: string; readonly String: string };
}

/**
 * One AWS provider process for all Terraform commands of a suite. Without it every command starts a
 * provider, checks the hash of its file (700 MB) and reads the schema of 1,500 types. That takes 5 s of
 * processor time; with it a command takes half a second. Terraform's calls and the provider's answers stay
 * the same, but for the schema.
 *
 * @see https://developer.hashicorp.com/terraform/plugin/debugging
 */
export class SharedProvider {
  readonly #proxy: ProviderProxy;
  readonly #directory: string;

  private constructor(
    /** Added to a Terraform command's environment, it makes the command use this provider. */
    readonly environment: Readonly<Record<string, string>>,
    readonly stop: () => Promise<void>,
    proxy: ProviderProxy,
    directory: string,
  ) {
    this.#proxy = proxy;
    this.#directory = directory;
  }

  /**
   * @param stack directory of a stack that uses the provider
   * @param environment of Terraform and the provider; nothing of this process's own AWS settings is added
   * @throws Error when the provider does not start within a minute
   */
  static async start(stack: string, environment: Readonly<Record<string, string>>): Promise<SharedProvider> {
    const directory = await makeRunDirectory("provider");
    const binary = await installProvider(stack, new Terraform(directory, environment));
    const { PATH, HOME } = process.env;
    const env = { PATH, HOME, TMPDIR: directory, ...environment };
    const child = spawnChild(binary, ["-debug"], {
      cwd: directory,
      env,
      stdio: ["ignore", "pipe", "ignore"],
    });
    const { Addr, ...reattach } = await reattachOf(child.stdout!);
    const proxy = new ProviderProxy(Addr.String);
    const socket = join(directory, "proxy");
    await proxy.listen(socket);
    const stop = async () => {
      proxy.close();
      await endProcess(child.pid!);
      rmSync(directory, { recursive: true, force: true });
    };
    return new SharedProvider(reattachTo(socket, reattach), stop, proxy, directory);
  }

  /**
   * Makes a stack's directory known. From now on the schema has the stack's types, and the provider finds
   * the stack's assets: the configuration names them relative to Terraform's working directory.
   */
  use(stack: string): void {
    const { resource = {}, data = {} } = configurationIn(stack);
    this.#proxy.allow([...Object.keys(resource), ...Object.keys(data)]);
    const assets = join(stack, "assets");
    if (existsSync(assets)) cpSync(assets, join(this.#directory, "assets"), { recursive: true });
  }
}

interface Configuration {
  readonly terraform: { readonly required_providers: object };
  readonly resource?: Readonly<Record<string, object>>;
  readonly data?: Readonly<Record<string, object>>;
}

const configurationIn = (stack: string): Configuration =>
  JSON.parse(readFileSync(join(stack, "cdk.tf.json"), "utf8")) as Configuration;

/** Runs `terraform init` for a stack's provider alone. @returns the provider's file */
async function installProvider(stack: string, terraform: Terraform): Promise<string> {
  const { required_providers } = configurationIn(stack).terraform;
  writeFileSync(
    join(terraform.directory, "main.tf.json"),
    JSON.stringify({ terraform: { required_providers } }),
  );
  must(await terraform.init());
  // Each folder on the way holds one folder. The last may be a link to a mirror.
  const providers = join(terraform.directory, ".terraform", "providers");
  for (let folder = providers; ; ) {
    const names = readdirSync(folder);
    const file = names.find(name => name.startsWith("terraform-provider-aws"));
    if (file) return join(folder, file);
    if (names.length !== 1)
      throw new Error(`expected one provider below ${providers}, got: ${names.join(", ")}`);
    folder = join(folder, names[0]!);
  }
}

function reattachTo(socket: string, reattach: object): Record<string, string> {
  const provider = { ...reattach, Addr: { Network: "unix", String: socket } };
  const names = ["registry.terraform.io", "registry.opentofu.org"].map(
    registry => `${registry}/hashicorp/aws`,
  );
  return { TF_REATTACH_PROVIDERS: JSON.stringify(Object.fromEntries(names.map(name => [name, provider]))) };
}

/** Where the provider listens. It prints this as the value for `TF_REATTACH_PROVIDERS`. */
function reattachOf(stdout: Readable): Promise<Reattach> {
  return new Promise((resolve, reject) => {
    let text = "";
    const fail = (how: string) => reject(new Error(`the AWS provider ${how}:\n${text}`));
    const timer = setTimeout(() => fail(`did not start within ${START_MS} ms`), START_MS);
    stdout.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
      const [, json] = /TF_REATTACH_PROVIDERS='(.*)'/.exec(text) ?? [];
      if (!json) return;
      clearTimeout(timer);
      const [provider] = Object.values(JSON.parse(json) as Record<string, Reattach>);
      resolve(provider!);
    });
    stdout.once("close", () => fail("ended while it started"));
  });
}
