import { execFileSync } from "node:child_process";
import { CallFailedError, UsageError } from "../terminal/errors";

/** The most bytes of an answer of Git. */
const MAX_BYTES = 1024 ** 3;

/** What a hook of Git sets for Git itself: it names paths that mean something else in another folder. */
const OF_HOOKS = [
  "GIT_DIR",
  "GIT_INDEX_FILE",
  "GIT_WORK_TREE",
  "GIT_PREFIX",
  "GIT_OBJECT_DIRECTORY",
  "GIT_COMMON_DIR",
];

/** Runs Git in one folder, without a shell. */
export class Git {
  readonly #folder: string;
  readonly #env: NodeJS.ProcessEnv;

  constructor(folder: string, env: Readonly<Record<string, string | undefined>>) {
    this.#folder = folder;
    const kept = Object.entries(env).filter(([name]) => !OF_HOOKS.includes(name));
    // Nothing is fetched from elsewhere, and nothing is asked.
    this.#env = {
      ...Object.fromEntries(kept),
      GIT_TERMINAL_PROMPT: "0",
      GIT_NO_LAZY_FETCH: "1",
      LC_ALL: "C",
    };
  }

  /**
   * Git's answer.
   * @param input what Git reads from standard input
   * @throws CallFailedError with Git's own words; UsageError if there is no Git
   */
  run(args: readonly string[], input = ""): Buffer {
    try {
      return execFileSync("git", args, {
        cwd: this.#folder,
        env: this.#env,
        input,
        maxBuffer: MAX_BYTES,
        stdio: ["pipe", "pipe", "pipe"],
      });
    } catch (error) {
      const { code, stderr } = error as { code?: string; stderr?: Buffer };
      if (code === "ENOENT") throw new UsageError("`git` is not on PATH, or there is no such folder");
      const reason = stderr?.toString("utf8").trim() || String(code ?? "it failed");
      throw new CallFailedError({ what: `\`git ${args[0]}\` failed in ${this.#folder}`, reason }, error);
    }
  }

  /** The answer without the line's end; undefined if Git fails. */
  tried(...args: readonly string[]): string | undefined {
    try {
      return this.run(args).toString("utf8").replace(/\n$/, "");
    } catch (error) {
      if (error instanceof CallFailedError) return undefined;
      throw error;
    }
  }
}
