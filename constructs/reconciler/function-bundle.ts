import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { AssetType, TerraformAsset, TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import { ValidationError } from "../terraform/validation-error";

/** The zips that ship with the package, each with the id of its asset. */
const BUNDLES = {
  reconciler: { file: join("assets", "reconciler.zip"), assetId: "aurora-users-functions" },
  notifier: { file: join("assets", "notifier.zip"), assetId: "aurora-users-notifier-function" },
} as const;

export type BundleName = keyof typeof BUNDLES;

/** The nearest folder above this file that holds a package.json: it is one deeper when compiled. */
function packageRoot(): string {
  let folder = __dirname;
  while (!existsSync(join(folder, "package.json")) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}

/** A zip of functions, as it ships with the package. */
export interface FunctionBundle {
  /** Relative to the folder that Terraform runs in. */
  readonly path: string;
  /** SHA-256 in base64, which is what AWS Lambda reports. */
  readonly sha256: string;
}

/**
 * A zip of functions as a file beside the stack's configuration. It hangs on the stack and not on the construct that asks, so that
 * a renamed construct shows no change of code.
 * @throws ValidationError where the zip is not there.
 */
export function functionBundle(scope: Construct, name: BundleName, file?: string): FunctionBundle {
  const { file: shipped, assetId } = BUNDLES[name];
  const path = file ?? join(packageRoot(), shipped);
  if (!existsSync(path))
    throw new ValidationError(
      `the functions' bundle ${shipped} is not there: \`npm run build\` makes it`,
      scope,
    );
  const sha256 = createHash("sha256").update(readFileSync(path)).digest("base64");
  const stack = TerraformStack.of(scope);
  const asset =
    (stack.node.tryFindChild(assetId) as TerraformAsset | undefined) ??
    new TerraformAsset(stack, assetId, {
      path,
      type: AssetType.FILE,
      assetHash: createHash("md5").update(sha256).digest("hex"),
    });
  return { path: asset.path, sha256 };
}
