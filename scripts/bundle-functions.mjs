// Bundles the reconciler's two functions into assets/reconciler.zip: the same bytes on every machine, so that no plan shows
// a change of code that is none.
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { zipSync } from "fflate";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const target = process.argv[2] ?? join(root, "assets", "reconciler.zip");

const { outputFiles } = await build({
  absWorkingDir: root,
  entryPoints: ["lambdas/reconciler/index.ts"],
  outfile: "index.js",
  write: false,
  bundle: true,
  platform: "node",
  target: "node20",
  format: "cjs",
  mainFields: ["module", "main"],
  minify: true,
  sourcemap: false,
  keepNames: false,
  legalComments: "none",
  charset: "utf8",
  // The runtime's version is chosen by the construct; a warning in each cold start's log would help nobody.
  banner: { js: 'process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";' },
  logLevel: "warning",
});

// A zip holds a local time without its zone: built from local parts, it is the same whatever TZ says.
const mtime = new Date(1980, 0, 1, 0, 0, 0);
const zip = zipSync({ "index.js": [outputFiles[0].contents, { mtime, os: 3, attrs: 0o644 << 16, level: 9 }] });
mkdirSync(dirname(target), { recursive: true });
writeFileSync(target, zip);
const hash = createHash("sha256").update(zip).digest("hex");
console.log(
  `reconciler.zip: ${(zip.length / 1024).toFixed(0)} KiB, code ${(outputFiles[0].contents.length / 1024).toFixed(0)} KiB, sha256 ${hash}`,
);
