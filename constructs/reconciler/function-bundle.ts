import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { AssetType, TerraformAsset, TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import { ValidationError } from "../terraform/validation-error";
import { zipWithFile } from "./zip-with-file";

/** The zips in this package, each with the id of its asset. */
const BUNDLES = {
  reconciler: { file: join("assets", "reconciler.zip"), assetId: "aurora-users-functions" },
  notifier: { file: join("assets", "notifier.zip"), assetId: "aurora-users-notifier-function" },
} as const;

/** The nearest folder above this file that holds a package.json. Compiled files are one level deeper. */
function packageRoot(): string {
  let folder = __dirname;
  while (!existsSync(join(folder, "package.json")) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}

/** A zip of functions as a Terraform asset. */
export interface FunctionBundle {
  /** The zip's path, relative to the folder that Terraform runs in. */
  readonly path: string;
  /** The zip's SHA-256 in base64, which is the form that AWS Lambda reports. */
  readonly sha256: string;
}

/** How a bundle differs from the zip that ships. */
export interface BundleOptions {
  /** The path of another zip. */
  readonly file?: string | undefined;
  /** A file to add to the zip. Without one, the zip stays as it is. */
  readonly added?: { readonly name: string; readonly content: Buffer } | undefined;
}

/**
 * Copies a zip of functions next to the stack's configuration. The asset belongs to the stack and not to the
 * construct that asks for it, so that renaming a construct does not show as a change of code.
 * @throws ValidationError if the zip does not exist, or cannot take the file that is added
 */
export function functionBundle(
  scope: Construct,
  name: keyof typeof BUNDLES,
  { file, added }: BundleOptions = {},
): FunctionBundle {
  const { file: shipped, assetId } = BUNDLES[name];
  const given = file ?? join(packageRoot(), shipped);
  if (!existsSync(given))
    throw new ValidationError(
      `\`bundle\` must be a zip that exists, got: ${given}. \`npm run build\` makes ${shipped}`,
      scope,
    );
  const path = added === undefined ? given : withFile(scope, given, added);
  const sha256 = createHash("sha256").update(readFileSync(path)).digest("base64");
  const stack = TerraformStack.of(scope);
  // Several constructs of one stack may have different zips.
  const assetHash = createHash("md5").update(sha256).digest("hex");
  const id = file === undefined && added === undefined ? assetId : `${assetId}-${assetHash.slice(0, 12)}`;
  const asset =
    (stack.node.tryFindChild(id) as TerraformAsset | undefined) ??
    new TerraformAsset(stack, id, {
      path,
      type: AssetType.FILE,
      assetHash,
    });
  return { path: asset.path, sha256 };
}

/** A copy of the zip with one more file, until the process ends. */
function withFile(scope: Construct, path: string, added: NonNullable<BundleOptions["added"]>): string {
  const zip = zipWithFile(readFileSync(path), added.name, added.content);
  if (zip === undefined)
    throw new ValidationError(`\`bundle\` must be a zip without a file ${added.name}, got: ${path}`, scope);
  const copy = join(mkdtempSync(join(temporaryFolder(), "zip-")), basename(path));
  writeFileSync(copy, zip);
  return copy;
}

let temporary: string | undefined;

/** A folder that is there until the process ends. */
function temporaryFolder(): string {
  if (temporary !== undefined) return temporary;
  const folder = mkdtempSync(join(tmpdir(), "aurora-users-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  temporary = folder;
  return folder;
}
