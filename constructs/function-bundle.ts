import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { AssetType, TerraformAsset, TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import { ValidationError } from "./validation-error";

/** Where the bundle is in the package, from its root. */
const BUNDLE = join("assets", "reconciler.zip");
const ASSET_ID = "aurora-users-functions";

/** The nearest folder above this file that holds a package.json: it is one deeper when compiled. */
function packageRoot(): string {
  let folder = __dirname;
  while (!existsSync(join(folder, "package.json")) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}

/** The functions' zip, as it ships with the package. */
export interface FunctionBundle {
  /** Relative to the folder that Terraform runs in. */
  readonly path: string;
  /** SHA-256 in base64, which is what AWS Lambda reports. */
  readonly sha256: string;
}

/**
 * The functions' zip as a file beside the stack's configuration. It hangs on the stack and not on the construct that asks, so that
 * a renamed construct shows no change of code.
 * @throws ValidationError where the zip is not there.
 */
export function functionBundle(scope: Construct, file: string = join(packageRoot(), BUNDLE)): FunctionBundle {
  if (!existsSync(file))
    throw new ValidationError(`the functions' bundle ${BUNDLE} is not there: \`npm run build\` makes it`, scope);
  const sha256 = createHash("sha256").update(readFileSync(file)).digest("base64");
  const stack = TerraformStack.of(scope);
  const asset =
    (stack.node.tryFindChild(ASSET_ID) as TerraformAsset | undefined) ??
    new TerraformAsset(stack, ASSET_ID, {
      path: file,
      type: AssetType.FILE,
      assetHash: createHash("md5").update(sha256).digest("hex"),
    });
  return { path: asset.path, sha256 };
}
