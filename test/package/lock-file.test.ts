import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./project";

interface LockedPackage {
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}
type Packages = Readonly<Record<string, LockedPackage>>;

const { packages } = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8")) as {
  packages: Packages;
};

/** Where Node looks for a package that `path` needs: next to it, then further up. */
function placesOf(path: string, name: string): string[] {
  const parent = path.lastIndexOf("node_modules/");
  const here = `${path === "" ? "" : `${path}/`}node_modules/${name}`;
  return path === "" ? [here] : [here, ...placesOf(path.slice(0, Math.max(0, parent - 1)), name)];
}

/** Optional dependencies that a lock file does not hold. `npm ci` fails on the platforms that need them. */
const missingFrom = (locked: Packages): string[] =>
  Object.entries(locked).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies)
      .filter(name => !placesOf(path, name).some(place => Object.hasOwn(locked, place)))
      .map(name => `${path}: ${name}`),
  );

describe("package-lock.json", () => {
  it("holds the optional packages of every platform, so that `npm ci` works on each", () => {
    expect(missingFrom(packages)).toEqual([]);
    for (const platform of ["darwin-arm64", "linux-arm64", "linux-x64", "win32-x64"])
      expect(packages).toHaveProperty([`node_modules/@esbuild/${platform}`]);
  });

  it("a package that is taken out of it is noticed", () => {
    const { "node_modules/@esbuild/win32-x64": _, ...without } = packages;
    expect(missingFrom(without)).toEqual(["node_modules/esbuild: @esbuild/win32-x64"]);
  });
});
