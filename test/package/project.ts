import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

export const ROOT = join(__dirname, "..", "..");

/** The files that git tracks or would take in, relative to the project's folder, in order. */
export function projectFiles(): string[] {
  const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: ROOT,
    encoding: "utf8",
  });
  const files = listed.split("\0").filter(file => file !== "" && existsSync(join(ROOT, file)));
  return [...new Set(files)].sort();
}

/** A folder of its own whose path holds a space. */
export const spacedFolder = (): string => mkdtempSync(join(tmpdir(), "aurora users "));

/**
 * The project's files in another folder, as a clone would have them.
 * @param packages `shared`: node_modules is a link to this project's; `own`: a copy (of hard links where
 * that can be)
 */
export function copyProject(target: string, packages: "shared" | "own"): void {
  for (const file of projectFiles()) {
    mkdirSync(dirname(join(target, file)), { recursive: true });
    cpSync(join(ROOT, file), join(target, file));
  }
  const [from, to] = [join(ROOT, "node_modules"), join(target, "node_modules")];
  if (packages === "shared") symlinkSync(from, to);
  else if (spawnSync("cp", ["-a", "--link", from, to]).status !== 0)
    cpSync(from, to, { recursive: true, verbatimSymlinks: true });
}

export interface Run {
  readonly status: number | null;
  readonly stdout: string;
  /** Both streams. */
  readonly text: string;
}

export interface RunOptions {
  readonly cwd?: string;
  /** In addition to this process's own. `undefined` takes a variable out. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** The variables of a program that runs with `env` in addition to those of this process. */
export const environmentWith = (env: NonNullable<RunOptions["env"]>): Record<string, string> =>
  Object.fromEntries(
    Object.entries({ ...process.env, ...env }).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    ),
  );

/** Runs a program to its end; never throws for how it ends. */
export function run(
  program: string,
  args: readonly string[],
  { cwd = ROOT, env = {} }: RunOptions = {},
): Run {
  const ran = spawnSync(program, args, {
    cwd,
    env: environmentWith(env),
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  if (ran.error) throw ran.error;
  return { status: ran.status, stdout: ran.stdout, text: ran.stdout + ran.stderr };
}

/** An installed command of the project. */
export const installed = (command: string): string => join(ROOT, "node_modules", ".bin", command);

/** Text of a run that failed, or nothing: so that a failing test shows what the command said. */
export const complaint = ({ status, text }: Run): string => (status === 0 ? "" : `status ${status}: ${text}`);
