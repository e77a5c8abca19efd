"use strict";
// Runs in a function's container: loads the handler and answers one event at a time, as Lambda's Node.js
// runtime does. This is plain JavaScript because node starts it with the function's own environment.
const path = require("node:path");
const { realNow, shiftDate } = require("./shifted-date.js");

// How far the cloud's time is ahead of real time, in ms: from the command line at the start, then from each
// call.
let offsetMs = Number(process.argv[2] ?? 0);
shiftDate(() => offsetMs);

const send = message => new Promise(resolve => process.send(message, resolve));

const describe = (error, errorType) => ({
  errorType: errorType ?? (error instanceof Error ? error.name : typeof error),
  errorMessage: error instanceof Error ? error.message : String(error),
  trace: error instanceof Error && error.stack ? error.stack.split("\n") : [],
});

async function load() {
  const root = process.env.LAMBDA_TASK_ROOT;
  const [, file, name] = /^(.*)\.([^.]+)$/.exec(process.env._HANDLER) ?? [];
  let loaded;
  try {
    const found = require.resolve(path.join(root, file ?? ""), { paths: [root] });
    loaded = found.endsWith(".mjs") ? await import(found) : require(found);
  } catch (error) {
    throw Object.assign(error, {
      runtimeType: error?.code === "MODULE_NOT_FOUND" ? "Runtime.ImportModuleError" : error?.name,
    });
  }
  if (typeof loaded[name] !== "function") {
    const problem = new Error(`${process.env._HANDLER} is undefined or not exported`);
    throw Object.assign(problem, { runtimeType: "Runtime.HandlerNotFound" });
  }
  return loaded[name];
}

function call(handler, event, context) {
  if (handler.length < 3) return handler(event, context);
  return new Promise((resolve, reject) => {
    Promise.resolve(
      handler(event, context, (error, value) => (error ? reject(error) : resolve(value))),
    ).catch(reject);
  });
}

async function answer({ id, event, context, deadline }, handler) {
  const full = {
    ...context,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, deadline - realNow()),
  };
  let reply;
  try {
    reply = { result: JSON.stringify((await call(handler, JSON.parse(event), full)) ?? null) };
  } catch (error) {
    console.error(error);
    reply = { error: describe(error) };
  }
  // Marks the end of this call's output. The parent waits for both marks before it uses the answer.
  process.stdout.write(`\u0000${id}\n`);
  process.stderr.write(`\u0000${id}\n`);
  await send({ id, ...reply, maxRssKb: process.resourceUsage().maxRSS });
}

async function fatal(error, errorType) {
  console.error(error);
  await send({ fatal: describe(error, errorType) });
  process.exit(1);
}
process.on("uncaughtException", error => fatal(error));
process.on("unhandledRejection", error => fatal(error, "Runtime.UnhandledPromiseRejection"));

load().then(
  handler => {
    process.on("message", message => {
      offsetMs = message.offsetMs;
      void answer(message, handler);
    });
    return send({ ready: true });
  },
  error => fatal(error, error?.runtimeType),
);
