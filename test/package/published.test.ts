import { createHash } from "node:crypto";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { complaint, copyProject, installed, ROOT, run, spacedFolder } from "./project";

const MINUTE = 60_000;
const PACKAGE = "cdktf-aurora-users";
const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
  readonly bin: Readonly<Record<string, string>>;
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
const TSCONFIG = {
  compilerOptions: {
    target: "ES2022",
    module: "node16",
    strict: true,
    skipLibCheck: true,
    outDir: "built",
    types: ["node"],
  },
  files: ["app.ts"],
};

describe("the published package, in another project", () => {
  const folder = spacedFolder();
  const project = join(folder, "some project");
  const installedAt = join(project, "node_modules", PACKAGE);
  let files: string[];

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
    ]) {
      const target = join(project, "node_modules", name);
      mkdirSync(dirname(target), { recursive: true });
      symlinkSync(join(ROOT, "node_modules", name), target);
    }
    writeFileSync(join(project, "package.json"), JSON.stringify({ name: "some-project", private: true }));
    writeFileSync(join(project, "tsconfig.json"), JSON.stringify(TSCONFIG));
    writeFileSync(join(project, "app.ts"), APP);
    const example = readFileSync(join(ROOT, "examples", "import-constructs", "main.ts"), "utf8");
    expect(example).toContain('from "../../constructs"');
    writeFileSync(join(project, "shop.ts"), example.replace('from "../../constructs"', `from "${PACKAGE}"`));
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
          !/^(dist\/(core|reader|constructs|cli)|docs|schemas)\/|^assets\/(notifier|reconciler)\.(cdx\.json|zip)$/.test(
            file,
          ),
      ),
    ).toEqual(
      ["CHANGELOG.md", "LICENSE", "README.md", "SECURITY.md", "package.json"].filter(file =>
        files.includes(file),
      ),
    );
  });

  it(
    "the example compiles with the published types, and its stacks have the published zips",
    () => {
      expect(complaint(run(installed("tsc"), ["-p", project, "--pretty", "false"]))).toBe("");
      expect(complaint(run(process.execPath, [join("built", "app.js")], { cwd: project }))).toBe("");
      expect(existsSync(join(project, "out", "stacks", "shop", "cdk.tf.json"))).toBe(true);
      const stack = join(project, "out", "stacks", "shared");
      const zips = readdirSync(stack, { recursive: true, encoding: "utf8" }).filter(file =>
        file.endsWith(".zip"),
      );
      const shipped = ["notifier", "reconciler"].map(name => join(installedAt, "assets", `${name}.zip`));
      expect(zips.map(zip => hashOf(join(stack, zip))).sort()).toEqual(shipped.map(hashOf).sort());
      // Outside of the resources, CDKTF writes where the state is kept.
      const { resource } = JSON.parse(readFileSync(join(stack, "cdk.tf.json"), "utf8")) as {
        resource: object;
      };
      expect(JSON.stringify(resource)).not.toContain(folder);
    },
    5 * MINUTE,
  );

  it("each entry point can be required", () => {
    const entries = ["", "/core", "/reader", "/schemas/user.schema.json", "/package.json"].map(
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
