import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";

import { cacheDirectory } from "../process/cache-directory";
import { findOnPath } from "../process/child-process";
import { MissingPartError } from "../process/local-error";

const PROVIDER = join("hashicorp", "aws");
const REGISTRIES = ["registry.terraform.io", "registry.opentofu.org"] as const;
const LIKELY_ROOTS = ["/opt", "/usr/share", "/usr/local", "/var/lib", "/home"];

/**
 * The Terraform or OpenTofu binary: `TERRAFORM_BINARY_NAME` (a name or a path), else `terraform` or `tofu` on
 * PATH.
 *
 * @throws MissingPartError when none is installed
 */
export function findTerraform(): string {
  const named = process.env["TERRAFORM_BINARY_NAME"];
  const found =
    named?.includes("/") && existsSync(named)
      ? named
      : (named ? [named] : ["terraform", "tofu"]).map(name => findOnPath(name)).find(Boolean);
  if (found) return found;
  throw new MissingPartError(
    `${named ?? "terraform"} is missing: install Terraform 1.10 or newer ` +
      "(https://developer.hashicorp.com/terraform/install) or OpenTofu 1.10 or newer " +
      "(https://opentofu.org/docs/intro/install/) so that it is on PATH, or set TERRAFORM_BINARY_NAME",
  );
}

/**
 * The environment variables for Terraform, without AWS settings. They name a command-line configuration,
 * written to `directory`. With it Terraform reads providers from a mirror on this machine, if there is one,
 * and needs no network; otherwise it keeps downloaded providers in the cache.
 */
export async function terraformEnvironment(directory: string): Promise<Record<string, string>> {
  mkdirSync(directory, { recursive: true });
  const file = join(directory, "terraform.rc");
  const mirror = await findProviderMirror();
  writeFileSync(file, mirror ? mirrorConfiguration(mirror) : cacheConfiguration());
  return {
    TF_CLI_CONFIG_FILE: file,
    TF_IN_AUTOMATION: "1",
    CHECKPOINT_DISABLE: "1",
    DISABLE_VERSION_CHECK: "1",
    TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE: "true",
  };
}

function mirrorConfiguration(mirror: string): string {
  const providers = REGISTRIES.map(registry => `${registry}/hashicorp/aws`);
  const filesystemMirror = (path: string, provider: string | undefined) =>
    [
      "  filesystem_mirror {",
      `    path = ${JSON.stringify(path)}`,
      `    include = ${JSON.stringify([provider])}`,
      "  }",
    ].join("\n");
  return [
    "provider_installation {",
    filesystemMirror(mirror, providers[0]),
    filesystemMirror(openTofuMirror(mirror), providers[1]),
    `  direct {\n    exclude = ${JSON.stringify(providers)}\n  }`,
    "}\n",
  ].join("\n");
}

function cacheConfiguration(): string {
  return `plugin_cache_dir = ${JSON.stringify(cacheDirectory("terraform-plugins"))}\n`;
}

/** The same mirror under the name of OpenTofu's registry. Only the innermost entries can be links. */
function openTofuMirror(mirror: string): string {
  const source = join(mirror, REGISTRIES[0], PROVIDER);
  const root = cacheDirectory("opentofu-mirror");
  for (const version of readdirSync(source, { withFileTypes: true })) {
    const inner = version.isDirectory()
      ? readdirSync(join(source, version.name)).map(name => join(version.name, name))
      : [version.name];
    for (const name of inner) {
      const link = join(root, REGISTRIES[1], PROVIDER, name);
      mkdirSync(dirname(link), { recursive: true });
      try {
        symlinkSync(join(source, name), link);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      }
    }
  }
  return root;
}

/**
 * The directory that contains `registry.terraform.io/hashicorp/aws`: `AURORA_USERS_TF_MIRROR`, else the
 * result of a search of this machine, which is kept in the cache.
 */
export async function findProviderMirror(): Promise<string | undefined> {
  const holds = (root: string) => existsSync(join(root, "registry.terraform.io", PROVIDER));
  const named = process.env["AURORA_USERS_TF_MIRROR"];
  if (named) {
    if (holds(named)) return named;
    throw new MissingPartError(
      `AURORA_USERS_TF_MIRROR: ${named} does not contain registry.terraform.io/hashicorp/aws`,
    );
  }
  const answer = join(cacheDirectory(), "terraform-mirror-found");
  const known = existsSync(answer) ? readFileSync(answer, "utf8") : undefined;
  if (known !== undefined && (known === "" || holds(known))) return known || undefined;
  const found =
    [...LIKELY_ROOTS, homedir()].map(root => searchBelow(root, 4)).find(Boolean) ??
    (await searchEverywhere());
  writeFileSync(answer, found ?? "");
  return found;
}

function searchBelow(root: string, depth: number): string | undefined {
  if (existsSync(join(root, "registry.terraform.io", PROVIDER))) return root;
  if (depth === 0) return undefined;
  let entries: { name: string; isDirectory(): boolean }[];
  try {
    entries = readdirSync(root, { withFileTypes: true });
  } catch {
    return undefined;
  }
  const skipped = new Set(["node_modules", ".git", ".terraform", basename(cacheDirectory())]);
  for (const entry of entries) {
    if (!entry.isDirectory() || skipped.has(entry.name)) continue;
    const found = searchBelow(join(root, entry.name), depth - 1);
    if (found) return found;
  }
  return undefined;
}

async function searchEverywhere(): Promise<string | undefined> {
  const suffix = join("/registry.terraform.io", PROVIDER);
  // Copies in project directories (.terraform/providers) are skipped, as they can disappear.
  const args = `/ -xdev -path */.terraform/* -prune -o -type d -path *${suffix} -print`.split(" ");
  const { stdout } = await promisify(execFile)("find", args, { timeout: 30_000 }).catch(
    (error: { stdout?: string }) => ({ stdout: error.stdout ?? "" }),
  );
  return stdout
    .split("\n")
    .find(line => line.endsWith(suffix) && !line.includes("opentofu-mirror"))
    ?.slice(0, -suffix.length);
}
