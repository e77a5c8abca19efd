import { createHash } from "node:crypto";
import {
  chmodSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { docsBlocks, exportedNames, moduleOf } from "./docs-code";
import { complaint, copyProject, installed, ROOT, run, spacedFolder } from "./project";

const MINUTE = 60_000;
const PACKAGE = "cdktf-aurora-users";
const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
  readonly bin: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>;
  readonly typesVersions: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
};
const hashOf = (file: string) => createHash("sha256").update(readFileSync(file)).digest("hex");

/** Two stacks of another project: one with the functions, and the example of this repository. */
const APP = `
import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { App, TerraformStack } from "cdktf";
import { AccessLedger, AccessNotifier, Reconciler, SnsChannel } from "${PACKAGE}";
import { ShopStack } from "./shop";

const app = new App({ outdir: "out" });
const shared = new TerraformStack(app, "shared");
new AwsProvider(shared, "aws", { region: "eu-west-1" });
new Reconciler(shared, "Reconciler", { ledger: new AccessLedger(shared, "Ledger") });
const topicArn = "arn:aws:sns:eu-west-1:111122223333:on-call";
new AccessNotifier(shared, "Notifier", { channels: [new SnsChannel({ topicArn })] });
new ShopStack(app, "shop");
app.synth();
`;
/** The same for CDK Terrain. Here its packages are links to those of CDKTF. */
const forTerrain = (code: string): string =>
  code
    .replaceAll(/from "(@?)cdktf(?=["/])/g, 'from "$1cdktn')
    .replaceAll(`from "${PACKAGE}"`, `from "${PACKAGE}/cdktn"`)
    .replace('from "./shop"', 'from "./shop-cdktn"')
    .replace('outdir: "out"', 'outdir: "out-cdktn"');
/** Types of each entry, and that an error would be found. */
const ENTRIES = `
import { InvalidInputError, type Roster } from "${PACKAGE}/core";
import { AuroraCluster, ClusterEndpoint } from "${PACKAGE}/cdktn";
import { readUsers, type UsersFolder } from "${PACKAGE}/reader";
import * as schema from "${PACKAGE}/schemas/user.schema.json";
// @ts-expect-error the root has no such name
import { readUsers as none } from "${PACKAGE}";
// @ts-expect-error there is no such entry
import { AuroraCluster as other } from "${PACKAGE}/cdk";
// @ts-expect-error a type, not any
export const wrong: UsersFolder = ClusterEndpoint.fromLookup("orders-prod");
export const right: object[] = [InvalidInputError, AuroraCluster, schema, none, other];
export const read = (folder: string): UsersFolder => readUsers(folder);
export type Lists = readonly Roster[];
`;
const init = JSON.parse(
  readFileSync(join(ROOT, "node_modules/cdktf-cli/bundle/templates/typescript/tsconfig.json"), "utf8"),
) as { readonly compilerOptions: object };
const COMPILER_OPTIONS = {
  node16: { target: "ES2022", module: "node16", strict: true, skipLibCheck: true, resolveJsonModule: true },
  // What `cdktf init` writes; its `moduleResolution` is node10. A document may leave a result unused.
  init: { ...init.compilerOptions, incremental: false, noUnusedLocals: false },
};

describe("the published package, in another project", () => {
  const folder = spacedFolder();
  const project = join(folder, "some project");
  const installedAt = join(project, "node_modules", PACKAGE);
  let files: string[];
  const declarations = () => readFileSync(join(installedAt, "dist", "constructs", "index.d.ts"), "utf8");

  function link(name: string): void {
    const target = join(project, "node_modules", name);
    mkdirSync(dirname(target), { recursive: true });
    symlinkSync(join(ROOT, "node_modules", name.replace("cdktn", "cdktf")), target);
  }

  /** The apps, each for both frameworks, and the blocks of the documents. */
  function writeSources(apps: Readonly<Record<string, string>>): void {
    const exported = exportedNames(declarations());
    const blocks = docsBlocks().map((block): [string, string] => [
      block.place.replaceAll(/[/:]/g, "-"),
      moduleOf(block, exported, PACKAGE),
    ]);
    const sources = { ...apps, ...Object.fromEntries(blocks) };
    writeFileSync(join(project, "entries.ts"), ENTRIES);
    for (const [name, code] of Object.entries(sources)) {
      writeFileSync(join(project, `${name}.ts`), code);
      writeFileSync(join(project, `${name}-cdktn.ts`), forTerrain(code));
    }
    for (const [kind, options] of Object.entries(COMPILER_OPTIONS)) {
      const compilerOptions = { ...options, outDir: "built", types: ["node"], noEmit: kind === "init" };
      writeFileSync(
        join(project, `tsconfig.${kind}.json`),
        JSON.stringify({ compilerOptions, include: ["*.ts"] }),
      );
    }
  }

  beforeAll(() => {
    const source = join(folder, "source");
    copyProject(source, "shared");
    // Files of an earlier build must not be published.
    mkdirSync(join(source, "dist", "core"), { recursive: true });
    writeFileSync(join(source, "dist", "core", "left-behind.js"), "");
    const packed = run("npm", ["pack", "--json", "--pack-destination", folder], { cwd: source });
    expect(complaint(packed)).toBe("");
    const [{ filename, files: listed }] = JSON.parse(packed.stdout.slice(packed.stdout.indexOf("[\n"))) as [
      { filename: string; files: { path: string }[] },
    ];
    files = listed.map(({ path }) => path);
    mkdirSync(installedAt, { recursive: true });
    expect(
      complaint(run("tar", ["-xzf", join(folder, filename), "--strip-components=1", "-C", installedAt])),
    ).toBe("");
    // Only what npm would install next to it: a package that is used but not declared is then not found.
    for (const name of [
      ...Object.keys(manifest.dependencies),
      ...Object.keys(manifest.peerDependencies),
      "@types/node",
    ])
      link(name);
    writeFileSync(join(project, "package.json"), JSON.stringify({ name: "some-project", private: true }));
    const example = readFileSync(join(ROOT, "examples", "import-constructs", "main.ts"), "utf8");
    expect(example).toContain('from "../../constructs"');
    writeSources({ app: APP, shop: example.replace('from "../../constructs"', `from "${PACKAGE}"`) });
  }, 5 * MINUTE);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("holds what it needs, and no tests, tools or local cloud", () => {
    expect(files).toEqual(
      expect.arrayContaining([
        ...[
          "LICENSE",
          "README.md",
          "package.json",
          "assets/notifier.cdx.json",
          "assets/notifier.zip",
          "assets/reconciler.cdx.json",
          "assets/reconciler.zip",
          "schemas/user.schema.json",
        ],
        ...[
          "dist/constructs/index.js",
          "dist/constructs/index.d.ts",
          "dist/core/index.js",
          "dist/reader/index.js",
        ],
      ]),
    );
    expect(
      files.filter(
        file =>
          !/^(dist\/(core|reader|constructs|cdktn|cli)|docs|schemas)\/|^assets\/(notifier|reconciler)\.(cdx\.json|zip)$/.test(
            file,
          ),
      ),
    ).toEqual(
      ["CHANGELOG.md", "LICENSE", "README.md", "SECURITY.md", "package.json"].filter(file =>
        files.includes(file),
      ),
    );
  });

  it.each(Object.keys(COMPILER_OPTIONS))(
    "apps, entries and every block of TypeScript in the documents compile (%s)",
    kind => {
      expect(docsBlocks().length).toBeGreaterThan(8);
      const compiled = run(installed("tsc"), ["-p", `tsconfig.${kind}.json`, "--pretty", "false"], {
        cwd: project,
      });
      expect(complaint(compiled)).toBe("");
    },
    5 * MINUTE,
  );

  it("the stacks have the published zips, and are the same from both entries", () => {
    for (const app of ["app.js", "app-cdktn.js"])
      expect(complaint(run(process.execPath, [join("built", app)], { cwd: project }))).toBe("");
    const [stack, terrain] = ["out", "out-cdktn"].map(out => join(project, out, "stacks", "shared"));
    const zips = readdirSync(stack!, { recursive: true, encoding: "utf8" }).filter(file =>
      file.endsWith(".zip"),
    );
    const shipped = ["notifier", "reconciler"].map(name => join(installedAt, "assets", `${name}.zip`));
    expect(zips.map(zip => hashOf(join(stack!, zip))).sort()).toEqual(shipped.map(hashOf).sort());
    const textOf = (folder: string) => readFileSync(join(folder, "cdk.tf.json"), "utf8");
    // Outside of the resources, CDKTF writes where the state is kept.
    const { resource } = JSON.parse(textOf(stack!)) as { resource: object };
    expect(JSON.stringify(resource)).not.toContain(folder);
    expect(textOf(terrain!)).toBe(textOf(stack!));
    const shop = (out: string) => textOf(join(project, out, "stacks", "shop"));
    expect(shop("out-cdktn")).toBe(shop("out"));
  });

  it("every entry is in the package, with types for both ways of resolving modules", () => {
    const entries = Object.entries(manifest.exports).filter(
      (entry): entry is [string, { types: string; default: string }] => typeof entry[1] !== "string",
    );
    expect(entries.map(([name]) => name)).toEqual([".", "./cdktn", "./core", "./reader"]);
    for (const [name, { types, default: code }] of entries) {
      expect(files).toEqual(expect.arrayContaining([types.slice(2), code.slice(2)]));
      if (name !== ".") expect(manifest.typesVersions["*"]).toHaveProperty([name.slice(2)], [types]);
    }
  });

  it("the copy for CDK Terrain has the same files, and imports nothing of CDKTF", () => {
    const filesOf = (name: string) =>
      readdirSync(join(installedAt, "dist", name), { recursive: true, encoding: "utf8" }).sort();
    expect(filesOf("cdktn")).toEqual(filesOf("constructs"));
    const imports = (name: string, framework: RegExp) =>
      filesOf(name)
        .filter(file => /\.(js|ts)$/.test(file))
        .map(file => readFileSync(join(installedAt, "dist", name, file), "utf8"))
        .flatMap(text => text.match(framework) ?? []).length;
    expect(imports("cdktn", /["']@?cdktf["'/]/g)).toBe(0);
    expect(imports("cdktn", /["']@?cdktn["'/]/g)).toBe(imports("constructs", /["']@?cdktf["'/]/g));
    expect(imports("constructs", /["']@?cdktf["'/]/g)).toBeGreaterThan(50);
  });

  it.each([
    ["", "cdktf"],
    ["", "@cdktf/provider-aws"],
    ["/cdktn", "cdktn"],
    ["/cdktn", "@cdktn/provider-aws"],
  ])("the entry %j without %s says which packages and which entry an app has", (entry, missing) => {
    rmSync(join(project, "node_modules", missing));
    const loaded = run(process.execPath, ["-e", `require("${PACKAGE}${entry}")`], { cwd: project });
    link(missing);
    expect(loaded.status).toBe(1);
    expect(loaded.text).toContain(`Error: Cannot find module '${missing}`);
    expect(loaded.text).toContain(
      `An app of CDKTF has the packages cdktf and @cdktf/provider-aws, and imports from "${PACKAGE}"; ` +
        `an app of CDK Terrain has cdktn and @cdktn/provider-aws, and imports from "${PACKAGE}/cdktn"`,
    );
  });

  it("each entry point can be required", () => {
    const entries = ["", "/cdktn", "/core", "/reader", "/schemas/user.schema.json", "/package.json"].map(
      entry => PACKAGE + entry,
    );
    const code = `for (const entry of ${JSON.stringify(entries)})
      if (Object.keys(require(entry)).length === 0) throw new Error(entry)`;
    expect(complaint(run(process.execPath, ["-e", code], { cwd: project }))).toBe("");
  });

  it("its command line runs", () => {
    const bin = join(project, "node_modules", ".bin", "aurora-users");
    mkdirSync(dirname(bin), { recursive: true });
    symlinkSync(join(installedAt, manifest.bin["aurora-users"]!), bin);
    chmodSync(bin, 0o755);
    const help = run(bin, ["--help"], { cwd: project });
    expect(complaint(help)).toBe("");
    expect(help.stdout).toMatch(/^ +check /m);
    cpSync(join(ROOT, "users"), join(project, "users"), { recursive: true });
    expect(complaint(run(bin, ["check"], { cwd: project }))).toBe("");
    writeFileSync(join(project, "users", "wrong.yaml"), "name: Somebody\n");
    const wrong = run(bin, ["check"], { cwd: project });
    expect(wrong.status).toBe(1);
    expect(wrong.text).toContain("users/wrong.yaml");
  });
});
