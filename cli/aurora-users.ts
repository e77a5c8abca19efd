#!/usr/bin/env node
import { defined } from "../core/json";
import { run } from "./run";

// The AWS SDK prints a notice about Node versions, which does not belong to the answer.
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";

const showProgress = (text: string): void => void process.stderr.write(`\r\u001b[K${text}`);

run(process.argv.slice(2), {
  out: text => process.stdout.write(`${text}\n`),
  err: text => process.stderr.write(`${text}\n`),
  ...defined({ progress: process.stderr.isTTY ? showProgress : undefined }),
  env: process.env,
  now: () => new Date(),
}).then(
  code => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);
