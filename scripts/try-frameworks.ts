// try-frameworks: packs this package and tries it in new projects of each framework, as somebody would who
// installs it: types, synthesis, the same stacks in each, the refusals. Run it by hand (`npm run frameworks`)
// before a release and when a version in PROJECTS changes. Downloads 2 GB from npm, takes about ten minutes.
//
//   npm run frameworks [-- --keep]     --keep: leaves the projects, and prints where they are
//
// Exit codes: 0 all claims hold, 1 one does not.
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { complaint, copyProject, ROOT, type Run, run, spacedFolder } from "../test/package/project";

const PACKAGE = "cdktf-aurora-users";
const ALIASED = ["cdktf@npm:cdktn@0.24", "@cdktf/provider-aws@npm:@cdktn/provider-aws@25.7"];
interface Project {
  readonly name: string;
  /** What its code imports. */
  readonly framework: "cdktf" | "cdktn";
  readonly packages: readonly string[];
  /** The versions of `constructs` that work, one after the other. */
  readonly constructs: readonly string[];
  /** The versions that npm refuses. */
  readonly refused: readonly string[];
}
const PROJECTS: readonly Project[] = [
  {
    name: "cdktf with provider 20",
    framework: "cdktf",
    packages: ["cdktf@0.21", "@cdktf/provider-aws@20.1"],
    constructs: ["10.6", "10.7", "10.8"],
    refused: ["10.5"],
  },
  {
    name: "cdktf with provider 21",
    framework: "cdktf",
    packages: ["cdktf@0.21", "@cdktf/provider-aws@21.22"],
    constructs: ["10.6", "10.7", "10.8"],
    refused: [],
  },
  {
    name: "cdktn",
    framework: "cdktn",
    packages: ["cdktn@0.24", "@cdktn/provider-aws@25.7"],
    constructs: ["10.6", "10.7"],
    refused: ["10.5", "10.8"],
  },
  {
    name: "cdktn by npm aliases",
    framework: "cdktf",
    packages: ALIASED,
    constructs: ["10.7"],
    refused: ["10.8"],
  },
];

/** The options of `cdktf init` and `cdktn init`; and those of a project whose modules Node resolves. */
const TSCONFIGS: Readonly<Record<string, object>> = {
  init: { target: "ES2018", lib: ["es2018"], module: "CommonJS" },
  node16: { target: "ES2022", module: "node16" },
};
const entryOf = (framework: Project["framework"]) => (framework === "cdktf" ? PACKAGE : `${PACKAGE}/cdktn`);

/** The app with every construct, as an app of the framework whose constructs come from `entry`. */
function appOf(framework: Project["framework"], entry: string): string {
  const text = readFileSync(join(ROOT, "test", "terraform", "synth", "every-construct.ts"), "utf8");
  return text
    .replace('from "../../../constructs"', `from "${entry}"`)
    .replace("const bundle = __filename;", "const bundle = undefined;")
    .replaceAll(/from "(@?)cdktf(?=["/])/g, `from "$1${framework}`);
}

const failures: string[] = [];
function claim(what: string, fault: string): void {
  console.log(`${fault === "" ? "ok    " : "FAILED"} ${what}`);
  if (fault !== "") failures.push(`${what}\n${fault.slice(0, 4000)}`);
}
const npm = (cwd: string, ...args: string[]): Run =>
  run("npm", ["install", "--no-audit", "--no-fund", ...args], { cwd });
const execute = (cwd: string, code: string, args: string[] = []): Run =>
  run(process.execPath, [join(ROOT, "node_modules", "tsx", "dist", "cli.mjs"), code, ...args], { cwd });

/** The stack without the versions of framework and provider, and what follows from them. */
function stackOf(project: string): string {
  const folder = join(project, "cdktf.out", "stacks", "every");
  const text = readFileSync(join(folder, "cdk.tf.json"), "utf8")
    .replaceAll(project, "<project>")
    .replaceAll(/"runtime": "nodejs2[24]\.x"/g, '"runtime": "<runtime>"');
  const { "//": _, terraform, ...rest } = JSON.parse(text) as Record<string, Record<string, unknown>>;
  return JSON.stringify({ ...rest, backend: terraform?.["backend"] }, undefined, 1);
}

/** Types by both ways of resolving modules, then the synthesis. @returns the stack */
function tryApp(project: string, named: string): string {
  for (const tsconfig of Object.keys(TSCONFIGS)) {
    const tsc = join(ROOT, "node_modules", ".bin", "tsc");
    claim(
      `${named}: types (${tsconfig})`,
      complaint(run(tsc, ["-p", `tsconfig.${tsconfig}.json`], { cwd: project })),
    );
  }
  rmSync(join(project, "cdktf.out"), { recursive: true, force: true });
  const synthesized = complaint(execute(project, "app.ts"));
  claim(`${named}: synth`, synthesized);
  return synthesized === "" ? stackOf(project) : "";
}

function makeProject(folder: string, { name, framework }: Project): string {
  const project = join(folder, name.replaceAll(" ", "-"));
  mkdirSync(project);
  writeFileSync(join(project, "package.json"), JSON.stringify({ name: "tried", private: true }));
  for (const [kind, compilerOptions] of Object.entries(TSCONFIGS))
    writeFileSync(
      join(project, `tsconfig.${kind}.json`),
      JSON.stringify({
        compilerOptions: { strict: true, skipLibCheck: true, noEmit: true, ...compilerOptions },
        files: ["app.ts"],
      }),
    );
  writeFileSync(join(project, "app.ts"), appOf(framework, entryOf(framework)));
  return project;
}

/** Code that has to end with an error that holds the sentence. */
function claimRefused(
  project: string,
  [framework, entry, sentence]: readonly [Project["framework"], string, string],
) {
  writeFileSync(join(project, "wrong.ts"), appOf(framework, entry));
  const { status, text } = execute(project, "wrong.ts");
  const isRefused = status !== 0 && text.includes(sentence);
  claim(
    `an app of ${framework} that imports ${entry}: ${sentence}`,
    isRefused ? "" : `status ${status}: ${text}`,
  );
}

/** One framework is installed and the other is needed; then both are, and only the entry is wrong. */
function tryWrongPairings(project: string): void {
  claimRefused(project, ["cdktn", PACKAGE, `Cannot find module 'cdktf'. An app of CDKTF has the packages`]);
  claim(
    "both frameworks in one project",
    complaint(npm(project, "cdktf@0.21", "@cdktf/provider-aws@20.1", "constructs@10.7")),
  );
  for (const [framework, entry, own, made] of [
    ["cdktn", PACKAGE, "CDK Terrain (cdktn 0.24.0)", "CDKTF (cdktf 0.21.0)"],
    ["cdktf", `${PACKAGE}/cdktn`, "CDKTF (cdktf 0.21.0)", "CDK Terrain (cdktn 0.24.0)"],
  ] as const) {
    const right = entryOf(framework);
    const sentence = `this is an app of ${own}, and this construct is made for ${made}: import it from "${right}"`;
    claimRefused(project, [framework, entry, sentence]);
  }
}

/** An old copy of `constructs` for the app, and the one that works for the package alone. */
function tryTwoCopies(project: string): void {
  const old = "constructs@10.4.2";
  const packed = run("npm", ["pack", old, "--silent", "--pack-destination", project]);
  const shared = join(project, "node_modules", "constructs");
  mkdirSync(join(project, "node_modules", PACKAGE, "node_modules"));
  renameSync(shared, join(project, "node_modules", PACKAGE, "node_modules", "constructs"));
  mkdirSync(shared);
  const archive = join(project, "constructs-10.4.2.tgz");
  const unpacked = run("tar", ["-xzf", archive, "--strip-components=1", "-C", shared]);
  claim(`a second copy of constructs (${old})`, complaint(packed) + complaint(unpacked));
  claimRefused(project, ["cdktf", PACKAGE, "use two copies of the package `constructs`"]);
}

/** npm only warns if another version is installed later; in a new project it has to refuse. */
function claimNpmRefuses(
  folder: string,
  tarball: string,
  { name, packages }: Project,
  version: string,
): void {
  const project = join(folder, `${name} ${version}`);
  mkdirSync(project);
  const { status, text } = npm(project, "--package-lock-only", tarball, ...packages, `constructs@${version}`);
  const isRefused = status !== 0 && text.includes("ERESOLVE");
  claim(`${name}, constructs ${version}: npm refuses`, isRefused ? "" : `status ${status}: ${text}`);
}

/** One project with each version of `constructs`. @returns its stacks, by what they were made with */
function tryProject(folder: string, tarball: string, one: Project): [string, string][] {
  const project = makeProject(folder, one);
  const stacks = one.constructs.map((version, index): [string, string] => {
    const named = `${one.name}, constructs ${version}`;
    const packages = index === 0 ? [tarball, ...one.packages, "@types/node@20"] : [];
    claim(`${named}: npm install`, complaint(npm(project, ...packages, `constructs@${version}`)));
    claim(
      `${named}: one copy that all accept`,
      complaint(run("npm", ["ls", "constructs"], { cwd: project })),
    );
    return [named, tryApp(project, named)];
  });
  if (one.name === "cdktn") tryWrongPairings(project);
  if (one.name === "cdktf with provider 20") tryTwoCopies(project);
  for (const version of one.refused) claimNpmRefuses(folder, tarball, one, version);
  return stacks;
}

function main(folder: string): void {
  const source = join(folder, "source");
  copyProject(source, "shared");
  const packed = run("npm", ["pack", "--json", "--pack-destination", folder], { cwd: source });
  claim("npm pack", complaint(packed));
  if (packed.status !== 0) return;
  const listed = JSON.parse(packed.stdout.slice(packed.stdout.indexOf("[\n"))) as [{ filename: string }];
  const tarball = join(folder, listed[0].filename);
  const [[first, expected] = ["", ""], ...rest] = PROJECTS.flatMap(one => tryProject(folder, tarball, one));
  for (const [name, stack] of rest)
    claim(
      `${name}: the same stack as ${first}`,
      stack === expected ? "" : differenceOf(folder, expected, stack),
    );
}

function differenceOf(folder: string, expected: string, stack: string): string {
  const files = [join(folder, "expected.json"), join(folder, "found.json")] as const;
  writeFileSync(files[0], expected);
  writeFileSync(files[1], stack);
  return spawnSync("diff", files, { encoding: "utf8" }).stdout || "one of them has no stack";
}

const folder = spacedFolder();
main(folder);
if (process.argv.includes("--keep")) console.log(folder);
else rmSync(folder, { recursive: true, force: true });
for (const failure of failures) console.error(`\nFAILED ${failure}`);
process.exitCode = failures.length === 0 ? 0 : 1;
