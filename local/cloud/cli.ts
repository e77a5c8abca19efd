/** `npm run local -- up | down | status`: the whole cloud on this machine, in the background. */
import { parseArgs } from "node:util";
import { LocalError } from "../process/local-error";
import type { CloudDescription } from "./cloud";
import { durationOf, type TimePassed } from "./cloud-control";
import { control, down, status, up } from "./cloud-lifecycle";

const USAGE = `npm run local -- <command>

  up [--json] [--clusters orders,payments]   start everything in the background (or show what runs)
  status [--json]                            show what runs
  pass-time <90m|3h|2d>                      move its clock forwards; what is scheduled meanwhile fires, each at its moment
  down                                       end it

  Mails are not sent to anybody: \`status\` names the folder in which each one lies, as .eml, .html and .txt.
`;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: "boolean" },
      clusters: { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  const [command, duration] = positionals;
  const show = (description: CloudDescription) =>
    print(values.json ? JSON.stringify(description, null, 2) : humanly(description));
  if (values.help) return print(USAGE);
  if (command === "up") return show(await up(values.clusters?.split(",")));
  if (command === "down")
    return print((await down()) ? "The local cloud has ended." : "Nothing was running.");
  if (command === "status") {
    const found = await status();
    if (!found)
      return print(values.json ? "null" : 'Nothing is running. Start it with "npm run local -- up".');
    if (!found.healthy) process.stderr.write('local: parts of it are gone; "up" starts it anew\n');
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

function print(text: string): 0 {
  process.stdout.write(`${text.trimEnd()}\n`);
  return 0;
}

/** What fired, each schedule once with how often: a day has many runs of an interval. */
function firedText({ now, aheadMs, fired }: TimePassed): string {
  const counts = new Map<string, number>();
  for (const { name, error } of fired) {
    const what = error === undefined ? name : `${name}, which failed: ${error}`;
    counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  const minutes = Math.round(aheadMs / 60_000);
  return [
    ...[...counts].map(([what, count]) => `fired ${count === 1 ? "once" : `${count} times`}: ${what}`),
    `The local cloud's time is ${now.toISOString()}, ${minutes} min ahead of real time.`,
  ].join("\n");
}

function humanly({ endpoint, environment, clusters, caFile, mail, region }: CloudDescription): string {
  return `
AWS       ${endpoint}   (moto, and a runtime for functions)
mail      ${mail.folder}   (what was sent, as .eml, .html and .txt)
${Object.entries(clusters)
  .map(
    ([name, { port, admin }]) =>
      `${name.padEnd(9)} localhost:${port}   ${admin.username} / ${admin.password}`,
  )
  .join("\n")}

For Terraform, the AWS command line and the SDKs:
${Object.entries(environment)
  .map(([name, value]) => `  export ${name}='${value}'`)
  .join("\n")}

Log in as the administrator, or as any account by IAM token:
${Object.values(clusters)
  .slice(0, 1)
  .map(
    ({
      port,
      admin,
    }) => `  mysql --host=127.0.0.1 --port=${port} --ssl-ca='${caFile}' --user=${admin.username} --password='${admin.password}'
  mysql --host=127.0.0.1 --port=${port} --ssl-ca='${caFile}' --enable-cleartext-plugin --user=USER \\
    --password="$(aws rds generate-db-auth-token --hostname localhost --port ${port} --username USER --region ${region})"`,
  )
  .join("\n")}

End it with "npm run local -- down".`.trimStart();
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
