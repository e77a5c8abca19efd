import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { promisify } from "node:util";
import type { Arguments, CommandOption } from "../terminal/command";
import { CallFailedError, UsageError } from "../terminal/errors";

/** The first bytes of a plan file: it is a ZIP archive. */
const ZIP = Buffer.from([0x50, 0x4b, 0x03, 0x04]);
/** The most bytes of a plan in JSON. */
const MAX_BYTES = 1024 ** 3;
const PROGRAMS = ["terraform", "tofu"] as const;

/**
 * A plan as JSON: the file's text, or what `terraform show -json` (or `tofu`) says of a plan file. Terraform
 * runs in `directory`, which must be initialized: a plan file alone does not have the providers' schemas.
 * @param program the binary; absent: `TERRAFORM_BINARY_NAME`, as CDKTF has it, or the first one on PATH
 * @throws UsageError, CallFailedError
 */
export async function planText(
  file: string,
  { directory = dirname(file), env, program }: ShowOptions,
): Promise<string> {
  const content = file === "-" ? readFileSync(0) : readFileSync(file);
  if (!content.subarray(0, 4).equals(ZIP)) return content.toString("utf8");
  if (file === "-") throw new UsageError("a plan file cannot be read from a pipe: give its name");
  const chosen = program ?? env["TERRAFORM_BINARY_NAME"];
  const programs = chosen ? [chosen] : PROGRAMS;
  for (const candidate of programs) {
    const shown = await show(candidate, resolve(file), { directory, env });
    if (shown !== undefined) return shown;
  }
  throw new UsageError(
    `${basename(file)} is a plan file, and there is no ${programs.join(" and no ")} to read it: install one, name ` +
      "it by `--program`, or give the output of `terraform show -json <plan file>`",
  );
}

/** The options about how a plan file is read. */
export const planOptions = {
  in: {
    kind: "text",
    value: "<folder>",
    summary: "where Terraform was initialized (default: the plan's folder)",
  },
  program: { kind: "text", value: "<path>", summary: "terraform or tofu (default: the one on PATH)" },
} as const satisfies Record<string, CommandOption>;

/** The text of a plan, as the arguments say it is to be read. @throws UsageError, CallFailedError */
export const planOf = (file: string, args: Arguments, env: ShowOptions["env"]): Promise<string> =>
  planText(file, { directory: args.text("in"), program: args.text("program"), env });

export interface ShowOptions {
  readonly directory?: string | undefined;
  readonly program?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** @returns undefined if there is no such program */
async function show(
  program: string,
  file: string,
  { directory, env }: Required<Pick<ShowOptions, "directory" | "env">>,
): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)(program, ["show", "-json", "-no-color", file], {
      cwd: directory,
      env,
      maxBuffer: MAX_BYTES,
      encoding: "utf8",
    });
    return stdout;
  } catch (error) {
    const { code, stderr } = error as { code?: unknown; stderr?: string };
    if (code === "ENOENT") return undefined;
    throw new CallFailedError(
      {
        what: `\`${program} show -json ${basename(file)}\` failed in ${directory}`,
        reason: (stderr ?? "").trim() || String(code),
        hint: "Run it where the plan was made, after `init`, with the version that planned (`--in <folder>`)",
      },
      error,
    );
  }
}
