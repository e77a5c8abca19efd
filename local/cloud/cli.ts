/** `npm run local -- up | status | pass-time | down`: the local cloud in the background. */
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { defined } from "../../core/json";
import type { MySqlLine } from "../mysql/mysql-shape";
import { LocalError } from "../process/local-error";
import type { CloudDescription } from "./cloud";
import { durationOf, type TimePassed } from "./cloud-control";
import { control, down, status, up } from "./cloud-lifecycle";

const USAGE = `npm run local -- <command>

  up [--clusters orders,payments] [--mysql 9.7|8.0]
                                             start the local cloud in the background, and show it
  status                                     show the running cloud
  pass-time <90m|3h|2d>                      move its clock forwards, and fire the schedules on the way
  down                                       stop it

  --json shows a result as JSON, below the lines that npm writes; --json-file FILE writes that of \`up\` and
  \`status\` to a file that only you can read: it holds passwords.

  Mails never leave this machine: \`status\` names a folder with each mail as .eml, .html and .txt.
  To deploy this repository's app to it, with the variables set that \`up\` shows:

    npm run local -- up --json-file cloud.json
    AURORA_USERS_LOCAL=cloud.json npx cdktf deploy --app 'npx tsx local/demo/app.ts' '*' --skip-provider-lock

  An app of your own: docs/first-app.md.
`;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: "boolean" },
      "json-file": { type: "string" },
      clusters: { type: "string" },
      mysql: { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  const [command, duration] = positionals;
  const file = values["json-file"];
  const show = (description: CloudDescription) => {
    const json = JSON.stringify(description, null, 2);
    if (file !== undefined) writeForOwner(file, `${json}\n`);
    return print(values.json ? json : describe(description));
  };
  if (values.help) return print(USAGE);
  if (command === "up")
    return show(await up(defined({ clusters: values.clusters?.split(","), line: mysqlLine(values.mysql) })));
  if (command === "down")
    return print((await down()) ? "The local cloud has ended." : "Nothing was running.");
  if (command === "status") {
    const found = await status();
    if (!found)
      return print(values.json ? "null" : 'Nothing is running. Start it with "npm run local -- up".');
    if (!found.healthy) process.stderr.write('local: parts of it have ended; "up" starts it again\n');
    show(found.description);
    return found.healthy ? 0 : 1;
  }
  if (command === "pass-time" && duration) {
    const passed = await control().passTime(durationOf(duration));
    print(values.json ? JSON.stringify(passed, null, 2) : firedText(passed));
    return passed.fired.some(({ error }) => error !== undefined) ? 1 : 0;
  }
  process.stderr.write(USAGE);
  return 2;
}

/**
 * Writes a file that only this user can read. npm runs its scripts in the package's folder, not the
 * caller's.
 */
function writeForOwner(file: string, text: string): void {
  const target = resolve(process.env["INIT_CWD"] ?? process.cwd(), file);
  const part = `${target}.${process.pid}.part`;
  try {
    writeFileSync(part, text, { mode: 0o600, flag: "wx" });
    renameSync(part, target);
  } catch (error) {
    rmSync(part, { force: true });
    throw new LocalError(`${file} cannot be written (${(error as NodeJS.ErrnoException).code})`);
  }
}

function mysqlLine(named: string | undefined): MySqlLine | undefined {
  if (named === undefined || named === "9.7" || named === "8.0") return named;
  throw new LocalError(`--mysql must be 9.7 or 8.0, got: ${named}`);
}

function print(text: string): 0 {
  process.stdout.write(`${text.trimEnd()}\n`);
  return 0;
}

/** The schedules that fired, each on one line with the number of its runs. */
function firedText({ now, aheadMs, fired }: TimePassed): string {
  const counts = new Map<string, number>();
  for (const { name, error } of fired) {
    const what = error === undefined ? name : `${name}, which failed: ${error}`;
    counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  const minutes = Math.round(aheadMs / 60_000);
  const lines = [...counts].map(
    ([what, count]) => `fired ${count === 1 ? "once" : `${count} times`}: ${what}`,
  );
  return [
    ...lines,
    `The local cloud's time is ${now.toISOString()}, ${minutes} min ahead of real time.`,
  ].join("\n");
}

/** The cloud's addresses, and how to use it. */
function describe({ endpoint, environment, clusters, caFile, mail, region }: CloudDescription): string {
  const servers = Object.entries(clusters).map(
    ([name, { port, admin }]) =>
      `${name.padEnd(9)} localhost:${port}   ${admin.username} / ${admin.password}`,
  );
  const exports = Object.entries(environment).map(([name, value]) => `  export ${name}='${value}'`);
  const logins = Object.values(clusters)
    .slice(0, 1)
    .flatMap(({ port, admin: { username, password } }) => {
      const mysql = `mysql --host=127.0.0.1 --port=${port} --ssl-ca='${caFile}'`;
      const server = `--hostname localhost --port ${port}`;
      return [
        `  ${mysql} --user=${username} --password='${password}'`,
        `  ${mysql} --enable-cleartext-plugin --user=USER \\`,
        `    --password="$(aws rds generate-db-auth-token ${server} --username USER --region ${region})"`,
      ];
    });
  return [
    `AWS       ${endpoint}   (moto, and a runtime for functions)`,
    `mail      ${mail.folder}   (each mail as .eml, .html and .txt)`,
    ...servers,
    "",
    "For Terraform, the AWS command line and the SDKs:",
    ...exports,
    "",
    "Log in as the administrator, or as any account by IAM token:",
    ...logins,
    "",
    "Deploy this repository's stacks, with the variables above set:",
    "  npm run local -- up --json-file cloud.json",
    "  AURORA_USERS_LOCAL=cloud.json npx cdktf deploy --app 'npx tsx local/demo/app.ts' '*' --skip-provider-lock",
    "An app of your own: docs/first-app.md",
    "",
    'Stop it with "npm run local -- down".',
  ].join("\n");
}

main().then(
  code => {
    process.exitCode = code;
  },
  (error: NodeJS.ErrnoException) => {
    if (error.code?.startsWith("ERR_PARSE_ARGS")) {
      process.stderr.write(`${error.message}\n\n${USAGE}`);
      process.exitCode = 2;
      return;
    }
    process.stderr.write(
      `${error instanceof LocalError ? `${error.name}: ${error.message}` : error.stack}\n`,
    );
    process.exitCode = 1;
  },
);
