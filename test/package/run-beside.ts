import { spawn } from "node:child_process";
import { ROOT, type Run, type RunOptions } from "./project";

/** As `run`, while this process goes on: it is the cloud that the program works in. */
export function runBeside(program: string, args: readonly string[], { cwd = ROOT, env = {} }: RunOptions = {}): Promise<Run> {
  const all = Object.fromEntries(Object.entries({ ...process.env, ...env }).filter(([, value]) => value !== undefined));
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env: all, stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      stdout += chunk;
      text += chunk;
    });
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
    child.once("error", reject);
    child.once("close", status => resolve({ status, stdout, text }));
  });
}
