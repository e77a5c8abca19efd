#!/usr/bin/env node
import { defined } from "../core/json";
import { run } from "./run";
import { Prompts } from "./terminal/prompts";

// The AWS SDK prints a notice about Node versions, which does not belong to the answer.
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";

/** A reader that has enough (`who | head -1`) is no failure; an answer that is not written whole is one. */
function onWriteError(error: NodeJS.ErrnoException): void {
  if (error.code === "EPIPE") return;
  process.exitCode = 1;
  // Node would print a stack. The error output may be the one that fails.
  if (!reported) process.stderr.write(`aurora-users: the answer could not be written: ${error.message}\n`);
  reported = true;
}
let reported = false;
process.stdout.on("error", onWriteError);
process.stderr.on("error", onWriteError);

const showProgress = (text: string): void => void process.stderr.write(`\r\u001b[K${text}`);

async function askAtTerminal(question: string): Promise<boolean> {
  const { createInterface } = await import("node:readline/promises");
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  return terminal
    .question(question)
    .then(
      answer => /^y(es)?$/i.test(answer.trim()),
      () => false,
    )
    .finally(() => terminal.close());
}
const isTerminal = process.stdin.isTTY && process.stderr.isTTY;

const prompts = new Prompts({ input: process.stdin, output: process.stderr });
/** https://no-color.org: any text in NO_COLOR means no colours. */
const colours = process.env["NO_COLOR"] ? ("plain" as const) : ("coloured" as const);
const screen = process.stdout.isTTY ? colours : undefined;

run(process.argv.slice(2), {
  out: text => process.stdout.write(`${text}\n`),
  err: text => process.stderr.write(`${text}\n`),
  raw: text => process.stdout.write(text),
  ...defined({
    progress: process.stderr.isTTY ? showProgress : undefined,
    ask: isTerminal ? askAtTerminal : undefined,
    width: process.stdout.columns,
    prompt: isTerminal && process.stdout.isTTY ? (question: string) => prompts.ask(question) : undefined,
    screen,
  }),
  env: process.env,
  now: () => new Date(),
})
  .finally(() => prompts.close())
  .then(
    code => {
      process.exitCode ??= code;
      // What did not answer in time, as a program for credentials, would keep the process.
      if (process.argv[2] === "doctor") process.stdout.write("", () => process.exit());
    },
    (error: unknown) => {
      console.error(error);
      process.exitCode = 1;
    },
  );
