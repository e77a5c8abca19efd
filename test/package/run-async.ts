import { spawn } from "node:child_process";
import { outputOf } from "../../local/process/child-process";
import { environmentWith, ROOT, type Run, type RunOptions } from "./project";

/** As `run`, but this process continues: it runs the cloud that the program uses. */
export function runAsync(
  program: string,
  args: readonly string[],
  { cwd = ROOT, env = {} }: RunOptions = {},
): Promise<Run> {
  return outputOf(
    spawn(program, args, { cwd, env: environmentWith(env), stdio: ["ignore", "pipe", "pipe"] }),
  );
}
