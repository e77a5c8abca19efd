/** `scripts/upgrade-from.sh`: see its help. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Cloud, startCloud } from "../cloud/cloud";
import { LocalError } from "../process/local-error";
import { makeRunDirectory } from "../process/run-directory";
import { packageAt, todaysVersion } from "./package-version";
import { Report } from "./report";
import { Upgrade } from "./upgrade";
import { CLUSTERS, UpgradeWorld } from "./upgrade-world";

/** The script was called with wrong arguments: exit code 2. */
class UsageError extends LocalError {}

const say = (line: string) => void process.stdout.write(`${line}\n`);

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      keep: { type: "boolean", default: false },
      allow: { type: "string", multiple: true, default: [] },
      "back-refused": { type: "string" },
      "ledger-without-proofs": { type: "boolean", default: false },
      "gates-replaced": { type: "boolean", default: false },
    },
  });
  const [commit] = positionals;
  if (commit === undefined || positionals.length > 1)
    throw new UsageError("name one commit: scripts/upgrade-from.sh <commit> (--help says more)");
  const report = new Report(say);
  const directory = await makeRunDirectory("upgrade");
  let cloud: Cloud | undefined;
  try {
    report.step(`packages and functions of ${commit}`);
    const older = await packageAt(commit, join(directory, "older"));
    report.step("the local cloud");
    cloud = await startCloud({ clusters: CLUSTERS });
    useCredentials(cloud);
    const world = new UpgradeWorld(cloud, join(directory, "world"));
    const options = {
      older,
      today: todaysVersion(),
      allowed: values.allow,
      backRefused: values["back-refused"],
      ledgerWithoutProofs: values["ledger-without-proofs"],
      gatesReplaced: values["gates-replaced"],
    };
    await new Upgrade(world, report, options).run();
    report.step(
      report.failures.length === 0 ? "all claims hold" : `${report.failures.length} claims do not hold`,
    );
    return report.failures.length === 0 ? 0 : 1;
  } finally {
    await cloud?.stop();
    if (values.keep) say(`left at ${directory}`);
    else rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** From now on this process has the local cloud's keys, and none of the developer's own. */
function useCredentials({ description }: Cloud): void {
  for (const name of Object.keys(process.env)) if (name.startsWith("AWS_")) delete process.env[name];
  Object.assign(process.env, description.environment, {
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
  });
}

main().then(
  code => process.exit(code),
  (error: NodeJS.ErrnoException) => {
    const isUsage = error instanceof UsageError || error.code?.startsWith("ERR_PARSE_ARGS");
    const isExpected = isUsage || error instanceof LocalError;
    process.stderr.write(`upgrade-from: ${isExpected ? error.message : error.stack}\n`);
    process.exit(isUsage ? 2 : 1);
  },
);
