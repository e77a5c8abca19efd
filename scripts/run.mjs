#!/usr/bin/env node
// run.mjs COMMAND [ARGS...]: prepares a fresh clone (installs the packages that package-lock.json pins, and
// bundles the functions), then runs an installed command. If the clone is ready, it adds a few milliseconds.
// Needs Node and npm.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, lstatSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 9)) {
  console.error(`Node 20.9 or newer is needed; this is ${process.versions.node}.`);
  process.exit(2);
}

const say = text => console.error(`setup: ${text}`);

/** Runs a program in the project's folder. If it fails, this process exits with its status. */
function must(program, args, options = {}) {
  const { status, error } = spawnSync(program, args, { cwd: root, stdio: ["ignore", 2, 2], ...options });
  if (error || status !== 0) {
    console.error(
      `setup: \`${[program, ...args].join(" ")}\` failed${error ? `: ${error.message}` : ` with status ${status}`}`,
    );
    process.exit(status || 1);
  }
}

function sourcesOf(folder) {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && /\.(ts|mjs)$/.test(entry.name))
    .map(entry => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

const hash = files =>
  files
    .reduce((h, file) => h.update(file.slice(root.length)).update(readFileSync(file)), createHash("sha256"))
    .digest("hex");
const isDone = (stamp, key) => existsSync(stamp) && readFileSync(stamp, "utf8") === key;

const manifests = ["package.json", "package-lock.json"].map(name => join(root, name));
const packages = join(root, "node_modules");
const installed = join(packages, ".setup-stamp");
const lock = hash(manifests);
// A link leads to another checkout's packages: `npm ci` would delete them.
const linked = lstatSync(packages, { throwIfNoEntry: false })?.isSymbolicLink();
if (!linked && !isDone(installed, lock)) {
  // npm writes this file when an install is complete. Only then an update in place is enough.
  const complete = existsSync(join(packages, ".package-lock.json"));
  say(complete ? "updating packages" : "installing packages");
  must("npm", [
    ...(complete ? ["install", "--no-save"] : ["ci"]),
    "--no-audit",
    "--no-fund",
    "--loglevel=error",
  ]);
  writeFileSync(installed, lock);
}

const bundled = join(root, "assets", ".setup-stamp");
const sources = hash([
  ...manifests,
  ...sourcesOf("core"),
  ...sourcesOf("lambdas"),
  join(root, "scripts", "bundle-functions.mjs"),
]);
const built = ["reconciler", "notifier"]
  .flatMap(name => [`${name}.zip`, `${name}.cdx.json`])
  .map(name => join(root, "assets", name));
if (!isDone(bundled, sources) || !built.every(existsSync)) {
  say("bundling the functions");
  must(process.execPath, [join("scripts", "bundle-functions.mjs")]);
  writeFileSync(bundled, sources);
}

const [command, ...args] = process.argv.slice(2);
if (command) {
  // Ctrl-C reaches the command, too. This process must wait until the command has ended in its own way.
  process.on("SIGINT", () => {});
  const bin = join(root, "node_modules", ".bin", command);
  // The AWS SDK warns which Node versions its next releases need; that does not matter to a run of this one.
  const env = { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true", ...process.env };
  const { status, signal, error } = spawnSync(bin, args, { cwd: root, stdio: "inherit", env });
  if (error) console.error(`setup: ${error.message}`);
  process.exit(status ?? (signal ? 128 : 1));
}
