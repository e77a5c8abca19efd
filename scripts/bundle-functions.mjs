// bundle-functions.mjs [ZIP [FUNCTIONS]]: bundles the functions into assets/reconciler.zip and
// assets/notifier.zip, or those of one folder of lambdas/ (by default reconciler) into ZIP. The bytes are the
// same on every machine, so that a plan shows a change only if the code changed.
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { zipSync } from "fflate";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const [zip, name = "reconciler"] = process.argv.slice(2);
if (zip) await bundle(name, zip);
else for (const each of ["reconciler", "notifier"]) await bundle(each, join(root, "assets", `${each}.zip`));

async function bundle(functions, target) {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [`lambdas/${functions}/index.ts`],
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
    // V8 keeps a source text with a character beyond Latin-1 at two bytes a character.
    charset: "ascii",
    // The construct chooses the runtime's version, so a warning in the log of each cold start would be no
    // help.
    banner: { js: 'process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";' },
    logLevel: "warning",
  });
  const [code] = outputFiles;
  // A zip holds a local time without a zone. Made of local parts, it does not depend on TZ.
  const mtime = new Date(1980, 0, 1, 0, 0, 0);
  const bytes = zipSync({ "index.js": [code.contents, { mtime, os: 3, attrs: 0o644 << 16, level: 9 }] });
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, bytes);
  const hash = createHash("sha256").update(bytes).digest("hex");
  const kib = size => `${(size / 1024).toFixed(0)} KiB`;
  console.log(`${functions}.zip: ${kib(bytes.length)}, code ${kib(code.contents.length)}, sha256 ${hash}`);
}
