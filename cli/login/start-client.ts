import { spawn } from "node:child_process";
import type { Writable } from "node:stream";
import type { Io } from "../terminal/command";
import { AwsProblemError } from "../terminal/errors";
import { type ClientProgram, type ClientTarget, clientArguments, passwordText } from "./client-program";

/**
 * Gives a program a pipe at descriptor 3. Node can only give a socket, which cannot be opened as /dev/fd/3.
 * The trap keeps this shell alive when Ctrl-C is meant for the client; a trap is not inherited.
 */
const WITH_PIPE = `trap : INT QUIT; exec 4<&0; cat <&3 | { exec 3<&0 0<&4 4<&-; exec "$@"; }`;

/** Of a client's environment: what it would take for the password, or for another one. */
const OWN_PASSWORDS = ["MYSQL_PWD", "MYSQL_TEST_LOGIN_FILE"];

/**
 * Starts a client on this terminal and waits for its end. The password is on no command line, in no file and
 * in no environment: the client reads it from a pipe.
 * @returns the client's exit code
 * @throws AwsProblemError where there is no shell
 */
export async function startClient(
  { brand, path }: ClientProgram,
  target: ClientTarget,
  password: string,
  { env }: Io,
): Promise<number> {
  if (process.platform === "win32")
    throw new AwsProblemError("On Windows no client is started: use --serve, or --print-token.");
  const child = spawn("sh", ["-c", WITH_PIPE, "sh", path, ...clientArguments(brand, target)], {
    stdio: ["inherit", "inherit", "inherit", "pipe"],
    env: clientEnvironment(env),
  });
  const ignore = () => {};
  process.on("SIGINT", ignore);
  try {
    const input = child.stdio[3] as Writable;
    // A client that ends before it has read everything.
    input.on("error", ignore);
    input.end(passwordText(brand, password));
    return await new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", code => resolve(code ?? 1));
    });
  } finally {
    process.off("SIGINT", ignore);
  }
}

/** The login file of `mysql_config_editor` would be read last, and count. */
function clientEnvironment(env: Io["env"]): Record<string, string | undefined> {
  const others = Object.entries(env).filter(([name]) => !OWN_PASSWORDS.includes(name));
  return { ...Object.fromEntries(others), MYSQL_TEST_LOGIN_FILE: "/dev/null" };
}
