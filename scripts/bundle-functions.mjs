// bundle-functions.mjs [ZIP [FUNCTIONS]]: bundles the functions into assets/reconciler.zip and
// assets/notifier.zip, or those of one folder of lambdas/ (by default reconciler) into ZIP. The bytes are the
// same on every machine, so that a plan shows a change only if the code changed. Next to each zip, a bill of
// materials (CycloneDX: `reconciler.cdx.json`) says which packages are in it, for scanners.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { zipSync } from "fflate";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const [zip, name = "reconciler"] = process.argv.slice(2);
if (zip) await bundle(name, zip);
else for (const each of ["reconciler", "notifier"]) await bundle(each, join(root, "assets", `${each}.zip`));

async function bundle(functions, target) {
  const { metafile, outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [`lambdas/${functions}/index.ts`],
    outfile: "index.js",
    write: false,
    metafile: true,
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
  const packages = bundledPackages(metafile.outputs["index.js"].inputs);
  const bill = billOfMaterials(functions, packages);
  writeFileSync(target.replace(/(\.zip)?$/, ".cdx.json"), `${JSON.stringify(bill, null, 2)}\n`);
  const hash = createHash("sha256").update(bytes).digest("hex");
  const kib = size => `${(size / 1024).toFixed(0)} KiB`;
  console.log(
    `${functions}.zip: ${packages.length} packages, ${kib(bytes.length)}, code ${kib(code.contents.length)}, sha256 ${hash}`,
  );
}

/** The package.json of every package that has code in the bundle, by name and version. */
function bundledPackages(inputs) {
  const folders = Object.entries(inputs)
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .map(([path]) => /^.*node_modules\/(@[^/]+\/)?[^/]+/.exec(path)?.[0])
    .filter(folder => folder !== undefined);
  const packages = new Map();
  for (const folder of folders) {
    const manifest = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
    packages.set(`${manifest.name}@${manifest.version}`, manifest);
  }
  return [...packages].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, manifest]) => manifest);
}

/**
 * Without a time or a random number, so that the same bundle has the same bill.
 * @see https://cyclonedx.org/docs/1.6/json/
 */
function billOfMaterials(functions, packages) {
  const own = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const purl = ({ name, version }) => `pkg:npm/${name.replace("@", "%40")}@${version}`;
  const component = manifest => ({
    type: "library",
    "bom-ref": purl(manifest),
    name: manifest.name,
    version: manifest.version,
    ...(typeof manifest.license === "string" && { licenses: [{ expression: manifest.license }] }),
    purl: purl(manifest),
  });
  const bundle = {
    type: "application",
    "bom-ref": functions,
    name: `${own.name}/${functions}`,
    version: own.version,
  };
  return {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: { component: bundle },
    components: packages.map(component),
    dependencies: [{ ref: functions, dependsOn: packages.map(purl) }],
  };
}
