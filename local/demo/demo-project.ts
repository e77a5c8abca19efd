import { spawn } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { CloudDescription } from "../cloud/cloud";
import { outputOf } from "../process/child-process";
import { LocalError } from "../process/local-error";
import { Terraform, type TerraformRun } from "../terraform/terraform";

const REPOSITORY = resolve(__dirname, "..", "..");
const APP = join("local", "demo", "app.ts");
/**
 * What the app consists of. The demo works in a copy, so that changes in the repository do not affect a
 * running demo.
 */
const COPIED = [
  "assets",
  "constructs",
  "core",
  "reader",
  "users",
  "package.json",
  join("local", "aws", "provider-settings.ts"),
  join("local", "aws", "remote-state.ts"),
  APP,
];
/** Shifts the time of a program that loads it first, by AURORA_USERS_LOCAL_AHEAD_MS. */
const SHIFTED_DATE = join(REPOSITORY, "local", "lambda", "shifted-date.js");
export const STACKS = ["shared", "orders", "payments"] as const;
export type Stack = (typeof STACKS)[number];

/** The parts of cdktf.out/manifest.json that the demo reads. */
interface Manifest {
  readonly stacks: Readonly<
    Record<string, { readonly annotations: readonly { constructPath: string; message: string }[] }>
  >;
}

/** The processes that the demo started, each with its child processes: Terraform and its providers. */
export class Processes {
  readonly #groups = new Set<number>();

  async run(
    command: string,
    args: readonly string[],
    options: { cwd: string; env: NodeJS.ProcessEnv },
  ): Promise<TerraformRun> {
    const child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"], detached: true });
    const { pid } = child;
    if (pid) this.#groups.add(pid);
    const { status, stdout, text } = await outputOf(child);
    if (pid) this.#groups.delete(pid);
    return { exitCode: status ?? -1, ok: status === 0, text, stdout };
  }

  end(): void {
    for (const group of this.#groups) {
      try {
        process.kill(-group, "SIGKILL");
      } catch {
        // The process has ended already.
      }
    }
    this.#groups.clear();
  }
}

class StackTerraform extends Terraform {
  readonly #processes: Processes;
  readonly #temporary: string;

  constructor(
    directory: string,
    environment: Readonly<Record<string, string>>,
    processes: Processes,
    temporary: string,
  ) {
    super(directory, environment);
    this.#processes = processes;
    this.#temporary = temporary;
  }

  override run(...args: string[]): Promise<TerraformRun> {
    // A killed provider leaves its sockets there. The demo removes the folder at its end.
    const env = { ...process.env, ...this.environment, TMPDIR: this.#temporary };
    return this.#processes.run(this.binary, args, { cwd: this.directory, env });
  }
}

/** A copy of the app and the users in a separate folder. */
export class DemoProject {
  readonly out: string;
  readonly #temporary: string;
  readonly descriptionFile: string;
  /**
   * How far the local cloud's clock is ahead, in ms. The app and `aurora-users` use it, Terraform does not.
   */
  aheadMs = 0;

  readonly #processes: Processes;

  /** @param directory a run directory: the next run removes it if this one cannot */
  constructor(
    readonly directory: string,
    processes: Processes,
  ) {
    this.#processes = processes;
    this.out = join(directory, "cdktf.out");
    this.#temporary = join(directory, "t");
    this.descriptionFile = join(directory, "cloud.json");
    for (const name of COPIED)
      cpSync(join(REPOSITORY, name), join(this.directory, name), { recursive: true });
    symlinkSync(join(REPOSITORY, "node_modules"), join(this.directory, "node_modules"));
    for (const folder of [this.out, this.#temporary]) mkdirSync(folder);
  }

  /** Makes the folder permanent: no later run removes it. */
  disown(): void {
    rmSync(join(this.directory, "owner"));
  }

  usersFile(user: string): string {
    return join(this.directory, "users", `${user}.yaml`);
  }

  read(user: string): string {
    return readFileSync(this.usersFile(user), "utf8");
  }

  add(user: string, text: string): void {
    writeFileSync(this.usersFile(user), text, { flag: "wx" });
  }

  /** Changes a user's file. @returns the changed lines, as a review shows them */
  edit(user: string, from: RegExp, to: string): string[] {
    const file = this.usersFile(user);
    const before = readFileSync(file, "utf8");
    const after = before.replace(from, to);
    writeFileSync(file, after);
    const [old, now] = [before.split("\n"), after.split("\n")];
    while (old.length > 0 && old[0] === now[0]) for (const lines of [old, now]) lines.shift();
    while (old.length > 0 && old.at(-1) === now.at(-1)) for (const lines of [old, now]) lines.pop();
    return [...old.map(line => `- ${line}`), ...now.map(line => `+ ${line}`)];
  }

  /**
   * Runs the app.
   * @returns its warnings, as `cdktf` prints them.
   * @throws LocalError with the output of the app
   */
  async synth(cloud: CloudDescription, reference: string): Promise<string[]> {
    writeFileSync(this.descriptionFile, JSON.stringify(cloud), { mode: 0o600 });
    const made = await this.#node(APP, [], this.environment(reference));
    if (!made.ok) throw new LocalError(`the app failed:\n${made.text}`);
    const { stacks } = JSON.parse(readFileSync(join(this.out, "manifest.json"), "utf8")) as Manifest;
    return Object.values(stacks).flatMap(({ annotations }) =>
      annotations.map(({ constructPath, message }) => `WARN [${constructPath}]: ${message}`),
    );
  }

  /** Runs `aurora-users`. */
  command(...args: readonly string[]): Promise<TerraformRun> {
    return this.#node(join(REPOSITORY, "cli", "aurora-users.ts"), args);
  }

  /** Runs a program with the local cloud's clock. */
  #node(
    file: string,
    args: readonly string[],
    environment: Readonly<Record<string, string>> = {},
  ): Promise<TerraformRun> {
    const loader = pathToFileURL(require.resolve("tsx")).href;
    const env = { ...process.env, ...environment, AURORA_USERS_LOCAL_AHEAD_MS: String(this.aheadMs) };
    const line = ["--require", SHIFTED_DATE, "--import", loader, file, ...args];
    return this.#processes.run(process.execPath, line, { cwd: this.directory, env });
  }

  /** The environment variables of the app. */
  environment(reference: string): Record<string, string> {
    return {
      AURORA_USERS_LOCAL: this.descriptionFile,
      AURORA_USERS_UNMANAGED: "remove",
      AURORA_USERS_REFERENCE: reference,
      CDKTF_OUTDIR: this.out,
    };
  }

  terraform(stack: Stack, cloud: CloudDescription): Terraform {
    return new StackTerraform(
      join(this.out, "stacks", `aurora-users-${stack}`),
      cloud.environment,
      this.#processes,
      this.#temporary,
    );
  }
}
