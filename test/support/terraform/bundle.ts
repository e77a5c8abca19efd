import { join } from "node:path";
import { build } from "esbuild";
import { zipSync } from "fflate";

/** How a bundle differs from the one that ships. */
export interface Bundle {
  /** Runs when the module is loaded. */
  readonly banner?: string;
  /** The protocol number that it speaks. */
  readonly protocol?: number;
}

const root = join(__dirname, "../../..");

/** The functions' zip as another release would have it. */
export async function bundleWith({ banner = "", protocol }: Bundle): Promise<Uint8Array> {
  let replaced = false;
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: ["lambdas/reconciler/index.ts"],
    write: false,
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    minify: true,
    banner: { js: banner },
    logLevel: "error",
    plugins: [
      {
        name: "protocol",
        setup(it) {
          if (protocol === undefined) return;
          it.onLoad({ filter: /core\/contract\/protocol\.ts$/ }, () => {
            replaced = true;
            return { contents: `export const PROTOCOL = ${protocol};`, loader: "ts" };
          });
        },
      },
    ],
  });
  if (protocol !== undefined && !replaced) throw new Error("the bundle has no module that says its protocol");
  return zipSync({ "index.js": outputFiles[0]!.contents });
}
