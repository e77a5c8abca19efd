import { existsSync, readFileSync, rmSync } from "node:fs";
import { builtinModules } from "node:module";
import { join } from "node:path";
import { importsOf, packageOf } from "./imports";
import { complaint, ROOT, run, spacedFolder } from "./project";

interface Component {
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly licenses?: readonly { readonly expression: string }[];
}
interface Bill {
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

const read = (file: string) => JSON.parse(readFileSync(file, "utf8"));
const lock = read(join(ROOT, "package-lock.json")) as {
  readonly packages: Readonly<Record<string, { readonly version?: string; readonly dev?: boolean }>>;
};
/** The versions of a package that the lock file pins, wherever they are. */
const pinned = (name: string) =>
  Object.entries(lock.packages)
    .filter(([path]) => path.endsWith(`node_modules/${name}`))
    .map(([, { version }]) => version);

describe.each(["reconciler", "notifier"])("the bill of materials of the %s's zip", functions => {
  const folder = spacedFolder();
  const built = join(folder, `${functions}.cdx.json`);
  let bill: Bill;

  beforeAll(() => {
    const script = join(ROOT, "scripts", "bundle-functions.mjs");
    const zip = join(folder, `${functions}.zip`);
    expect(complaint(run(process.execPath, [script, zip, functions]))).toBe("");
    bill = read(built);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("is CycloneDX, with a package URL for each package", () => {
    expect(bill).toMatchObject({ bomFormat: "CycloneDX", specVersion: "1.6", version: 1 });
    for (const { name, purl, version } of bill.components)
      expect(purl).toBe(`pkg:npm/${name.replace("@", "%40")}@${version}`);
    const purls = bill.components.map(({ purl }) => purl);
    expect(new Set(purls).size).toBe(purls.length);
    expect(bill.dependencies).toEqual([{ ref: functions, dependsOn: purls }]);
  });

  it("lists the versions of the lock file, with their licenses", () => {
    for (const { licenses, name, version } of bill.components) {
      expect(pinned(name)).toContain(version);
      expect([name, licenses]).toEqual([name, [{ expression: expect.stringMatching(/\w/) }]]);
    }
  });

  it("lists every package that the function's code imports", () => {
    const builtIn = (name: string) => name.startsWith("node:") || builtinModules.includes(name);
    const imported = importsOf(`lambdas/${functions}`)
      .filter(({ from, relative }) => !relative && !builtIn(from))
      .map(({ from }) => packageOf(from));
    const listed = new Set(bill.components.map(({ name }) => name));
    // Packages of types alone leave nothing in the bundle.
    const typesOnly = ["@slack/types", "aws-lambda"];
    expect(imported.filter(name => !listed.has(name) && !typesOnly.includes(name))).toEqual([]);
    // And what those bring along.
    expect(bill.components.length).toBeGreaterThan(new Set(imported).size);
  });

  it("in `assets` is today's, and names no path", () => {
    const assets = join(ROOT, "assets", `${functions}.cdx.json`);
    expect(existsSync(assets)).toBe(true);
    const text = readFileSync(assets, "utf8");
    expect(text).toBe(readFileSync(built, "utf8"));
    expect(text).not.toMatch(/node_modules|\/home|file:/);
  });
});
