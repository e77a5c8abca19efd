/** `npm run demo`: from files in users/, through real Terraform plans, to logins on a real MySQL server. */
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { type Cloud, type CloudDescription, startCloud } from "../cloud/cloud";
import { type CloudControl, controlOf } from "../cloud/cloud-control";
import { control, down, status, up } from "../cloud/cloud-lifecycle";
import { canProvisionMySql } from "../mysql/mysql-template";
import { LocalError } from "../process/local-error";
import { reportError } from "../process/report-error";
import { makeRunDirectory } from "../process/run-directory";
import { findTerraform } from "../terraform/terraform";
import { DemoProject, Processes } from "./demo-project";
import { screenOn } from "./demo-screen";
import { Stage } from "./demo-stage";
import { Story } from "./demo-story";

const USAGE = `npm run demo [-- --keep]

  Deploys users/ to two local clusters with the real Terraform and AWS provider, and shows the results: plans,
  logins, drift, a password and its rotation, a host, access that ends on its date, the mail about it, and the
  audit trail.
  The demo works in a copy of the app. At its end it stops and removes everything.

  --keep   keep the cloud and the copy, and show how to log in, read mails, move the clock and stop
`;

const screen = screenOn(process.stdout);
const processes = new Processes();
const SIGNALS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/** The steps that undo the demo. The last one runs first. */
const undo: (() => void | Promise<void>)[] = [];
let ending: Promise<void> | undefined;

function end(): Promise<void> {
  ending ??= (async () => {
    processes.end();
    for (const step of undo.splice(0).reverse()) await step();
  })();
  return ending;
}

let interruptedAt = 0;

function interrupted(signal: keyof typeof SIGNALS): void {
  const code = SIGNALS[signal];
  if (ending) {
    // One Ctrl-C can arrive twice, from the terminal and through tsx, and a closing terminal adds a SIGHUP.
    // Only a later signal means that the user wants to stop at once.
    if (signal !== "SIGHUP" && Date.now() - interruptedAt > 1_000) process.exit(code);
    return;
  }
  interruptedAt = Date.now();
  process.exitCode = code;
  process.stderr.write("\ndemo: interrupted; stopping everything\n");
  void end().then(() => process.exit(code));
}

/**
 * Removes the signal handlers of child-process.ts, which would end this process before everything is undone.
 */
async function withOwnSignals<T>(start: () => Promise<T>): Promise<T> {
  const names = Object.keys(SIGNALS) as (keyof typeof SIGNALS)[];
  // removeAllListeners would also remove a hidden listener of tsx, and tsx would then kill this process.
  const before = new Map(names.map(name => [name, process.listeners(name)]));
  const started = await start();
  for (const name of names)
    for (const listener of process.listeners(name))
      if (!before.get(name)!.includes(listener)) process.off(name, listener);
  // Registered again, so that it runs after the handlers that end the servers.
  process.off("exit", removeTraces).on("exit", removeTraces);
  return started;
}

let directory: string | undefined;

function removeTraces(): void {
  processes.end();
  if (directory) rmSync(directory, { recursive: true, force: true });
  for (const name of readdirSync(tmpdir()).filter(name => name.startsWith("aurora-users-"))) {
    const run = join(tmpdir(), name);
    try {
      if (readFileSync(join(run, "owner"), "utf8") === String(process.pid))
        rmSync(run, { recursive: true, force: true, maxRetries: 3 });
    } catch {
      // The folder belongs to another user, or is already removed.
    }
  }
}

interface Started {
  readonly cloud: CloudDescription;
  readonly clock: CloudControl;
}

async function start(keep: boolean): Promise<Started> {
  if (!keep) {
    let starting: Promise<Cloud> | undefined;
    undo.push(async () => {
      const started = await starting?.catch(() => undefined);
      await started?.stop();
    });
    const cloud = await withOwnSignals(() => {
      starting = startCloud({ writeMails: true });
      return starting;
    });
    cloud.aws.startTimers();
    return { cloud: cloud.description, clock: controlOf(cloud.aws) };
  }
  if (await status())
    throw new LocalError('a local cloud is running already; end it with "npm run local -- down" first');
  const starting = up();
  undo.push(async () => {
    await starting.catch(() => undefined);
    await down();
  });
  return { cloud: await starting, clock: control() };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { keep: { type: "boolean" }, help: { type: "boolean", short: "h" } },
  });
  if (values.help) return void process.stdout.write(USAGE);
  const keep = values.keep ?? false;
  for (const signal of Object.keys(SIGNALS) as (keyof typeof SIGNALS)[]) process.on(signal, interrupted);
  process.on("exit", removeTraces);
  const terraform = findTerraform();
  if (!canProvisionMySql())
    throw new LocalError(
      "the demo needs a MySQL server with logins by IAM token, which runs on Debian only; " +
        "use a Debian container",
    );
  process.stdout.write("cdktf-aurora-users: database access as infrastructure, on this machine\n\n");
  const binary = terraform.split("/").at(-1);
  screen.say(`Parts: two MySQL servers shaped like Aurora, AWS (moto), a mail server, and ${binary}.`);
  screen.say("Nothing leaves this machine.");
  const began = Date.now();
  const { cloud, clock } = await start(keep);
  if (ending) return ending;
  screen.say(`Started in ${Math.round((Date.now() - began) / 1000)} s.`);
  useCredentials(cloud);
  directory = await makeRunDirectory("demo");
  const project = new DemoProject(directory, processes);
  await new Story(new Stage(cloud, project, screen, clock)).play();
  if (keep) leave(cloud, project, terraform);
  else await screen.during("stopping everything", end);
}

/** Sets the local cloud's AWS keys, and removes the developer's own. */
function useCredentials({ environment }: CloudDescription): void {
  for (const name of Object.keys(process.env)) if (name.startsWith("AWS_")) delete process.env[name];
  Object.assign(process.env, environment);
}

function leave(cloud: CloudDescription, project: DemoProject, terraform: string): void {
  undo.length = 0;
  directory = undefined;
  project.disown();
  const { endpoint, port } = cloud.clusters["orders"]!;
  const exports = { ...cloud.environment, ...project.environment("INC-1304") };
  const state = process.env["AURORA_USERS_LOCAL_STATE"];
  const local = `${state ? `AURORA_USERS_LOCAL_STATE='${state}' ` : ""}npm run local --`;
  const ahead = Math.round(project.aheadMs / 60_000);
  const token = `npx tsx cli/aurora-users.ts token --host ${endpoint} --port ${port} --user sl_priya.nair`;
  process.stdout.write(`
The local cloud is still running. In the repository's folder, set:

${Object.entries(exports)
  .map(([name, value]) => `  export ${name}='${value}'`)
  .join("\n")}

Log in as Priya (Jane's access to orders has ended):
  mysql --protocol=TCP --host=${endpoint} --port=${port} --ssl-ca='${cloud.caFile}' \\
    --enable-cleartext-plugin --user=sl_priya.nair --password="$(${token})"

Change a file in ${project.directory}/users, then plan:
  (cd '${project.directory}' && node --import tsx local/demo/app.ts)
  ${terraform} -chdir='${project.out}/stacks/aurora-users-orders' plan

Read the mails, each as .eml, .html and .txt:
  ls '${cloud.mail.folder}'

Move the clock of schedules and functions, ${ahead} minutes ahead now (the app uses your machine's clock):
  ${local} pass-time 3h

Stop and remove everything:
  ${local} down && rm -r '${project.directory}'
`);
}

// Turns off the AWS SDK's notice about Node versions.
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] = "true";
// The terminal was closed, or a reader such as `head` ended.
for (const stream of [process.stdout, process.stderr])
  stream.on("error", () => void end().then(() => process.exit(1)));
main().then(
  () => {},
  async (error: NodeJS.ErrnoException) => {
    if (error.code?.startsWith("ERR_PARSE_ARGS")) {
      process.stderr.write(`${error.message}\n\n${USAGE}`);
      process.exit(2);
    }
    const problem = error instanceof LocalError ? error.message : error.stack;
    if (!ending) process.stderr.write(`\ndemo: ${problem}\n`);
    await end().catch((failed: unknown) => reportError("demo", failed));
    process.exit(process.exitCode || 1);
  },
);
