import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { LocalError } from "../process/local-error";

export const REPOSITORY = resolve(__dirname, "..", "..");
const APP = join("local", "upgrade", "app.ts");
const SHIFTED_DATE = join(REPOSITORY, "local", "lambda", "shifted-date.js");
const OUTPUT_LIMIT = 512 * 1024 * 1024;

/**
 * What the sample app calls by another name in an older version: replaced where the older
 * `constructs/index.ts` does not have `since`. A later change of a public name that the app uses adds a line
 * here.
 */
const API_CHANGES: readonly {
  readonly since: string;
  readonly older: readonly (readonly [RegExp, string])[];
}[] = [
  {
    since: "ClusterEndpoint",
    older: [
      [/\bendpoint: ClusterEndpoint\b/g, "source: ClusterSource"],
      [/\bClusterEndpoint\b/g, "ClusterSource"],
    ],
  },
];

/** A version of this package on disk, with its packages and its functions' zips. */
export class PackageVersion {
  /**
   * @param name as messages name it
   * @param folder the version's root
   */
  constructor(
    readonly name: string,
    readonly folder: string,
  ) {}

  /**
   * Runs the sample app with this version's constructs.
   * @param directory where it runs: Terraform's state is there, so it is the same for all versions
   * @param aheadMs how far the local cloud's clock is ahead
   * @throws LocalError with what the app printed
   */
  async synth(directory: string, aheadMs: number): Promise<void> {
    const loader = pathToFileURL(require.resolve("tsx")).href;
    const line = ["--require", SHIFTED_DATE, "--import", loader, join(this.folder, APP)];
    const env = {
      ...process.env,
      AURORA_USERS_UPGRADE: join(directory, "app.json"),
      AURORA_USERS_LOCAL_AHEAD_MS: String(aheadMs),
      CDKTF_OUTDIR: join(directory, "cdktf.out"),
    };
    await runIn(directory, process.execPath, line, env);
  }
}

/** The version in this repository's folder. */
export const todaysVersion = (): PackageVersion => new PackageVersion("today's version", REPOSITORY);

/**
 * Puts a commit's files into a folder, gives them their packages, and bundles their functions.
 * @throws LocalError when there is no such commit, or when a step fails
 */
export async function packageAt(commit: string, folder: string): Promise<PackageVersion> {
  const hash = await hashOf(commit);
  mkdirSync(folder, { recursive: true });
  const archive = join(folder, "..", `${hash}.tar`);
  await runIn(REPOSITORY, "git", ["archive", "--format=tar", `--output=${archive}`, hash]);
  await runIn(folder, "tar", ["-xf", archive]);
  await addPackages(folder);
  await runIn(folder, process.execPath, [join("scripts", "bundle-functions.mjs")]);
  const exported = readFileSync(join(folder, "constructs", "index.ts"), "utf8");
  let app = readFileSync(join(REPOSITORY, APP), "utf8");
  for (const { since, older } of API_CHANGES)
    if (!exported.includes(since))
      app = older.reduce((text, [now, before]) => text.replace(now, before), app);
  mkdirSync(join(folder, "local", "upgrade"), { recursive: true });
  writeFileSync(join(folder, APP), app);
  return new PackageVersion(`the version of ${hash.slice(0, 7)}`, folder);
}

async function hashOf(commit: string): Promise<string> {
  const args = ["rev-parse", "--verify", "--quiet", "--end-of-options", `${commit}^{commit}`];
  const { stdout } = await promisify(execFile)("git", args, { cwd: REPOSITORY }).catch((cause: Error) => {
    const hint = "a clone without its history needs `git fetch --unshallow`";
    throw new LocalError(`there is no commit ${commit} in this repository; ${hint}`, { cause });
  });
  return stdout.trim();
}

/**
 * Links to this repository's packages where they are the very versions of the commit's lock file; else
 * installs.
 */
async function addPackages(folder: string): Promise<void> {
  const shared = join(REPOSITORY, "node_modules");
  if (hasAllPackages(join(folder, "package-lock.json"), join(shared, ".package-lock.json"))) {
    symlinkSync(shared, join(folder, "node_modules"));
    return;
  }
  const quiet = ["--no-audit", "--no-fund", "--loglevel=error"];
  // The lock files of some versions lack the optional packages of other platforms; `npm ci` refuses those.
  await runIn(folder, "npm", ["ci", ...quiet]).catch(() =>
    runIn(folder, "npm", ["install", "--no-save", ...quiet]),
  );
}

interface LockFile {
  readonly packages: Readonly<Record<string, { readonly version?: string; readonly optional?: boolean }>>;
}

function hasAllPackages(lockFile: string, installedFile: string): boolean {
  if (!existsSync(installedFile)) return false;
  const [lock, installed] = [lockFile, installedFile].map(
    file => (JSON.parse(readFileSync(file, "utf8")) as LockFile).packages,
  );
  return Object.entries(lock!).every(
    ([path, { version, optional }]) => path === "" || optional || installed![path]?.version === version,
  );
}

async function runIn(
  cwd: string,
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(program, args, { cwd, env, maxBuffer: OUTPUT_LIMIT });
    return stdout;
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    const line = [program, ...args].join(" ");
    throw new LocalError(`\`${line}\` failed in ${cwd}:\n${stdout}${stderr}`, { cause: error });
  }
}
