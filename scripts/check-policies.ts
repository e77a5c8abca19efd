// check-policies: Checkov and Parliament, which gate pull requests elsewhere, over the synthesized stacks:
// of `main.ts`, and of an app with all props set (test/terraform/synth/every-construct.ts). Run it by hand
// before a release and when a construct makes a new resource or statement. Downloads 300 MB from PyPI.
//
//   npx tsx scripts/check-policies.ts
//
// Exit codes: 0 each failed check is answered in docs/policy-checks.md, 1 one is not, or a part is missing.
import { execFileSync, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cacheDirectory } from "../local/process/cache-directory";
import { findOnPath } from "../local/process/child-process";
import { MissingPartError } from "../local/process/local-error";
import { reportError } from "../local/process/report-error";

const ROOT = join(__dirname, "..");
const VERSIONS = ["checkov==3.3.*", "parliament==1.6.*"];
const APPS = { "main.ts": "main.ts", "all props set": "test/terraform/synth/every-construct.ts" } as const;

interface Failed {
  readonly check_id: string;
  readonly check_name: string;
  readonly resource: string;
}
interface Report {
  readonly results: { readonly failed_checks: readonly Failed[] };
  readonly summary: { readonly passed: number; readonly failed: number; readonly parsing_errors: number };
}
type Blocks = Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;

/** The programs of a virtual environment with both tools. @throws MissingPartError */
function tools(): (name: string) => string {
  if (findOnPath("python3") === undefined)
    throw new MissingPartError(
      "python3 is missing: install Python 3.10 or newer (apt-get install python3-venv)",
    );
  const folder = join(cacheDirectory("policies"), "python");
  const run = (command: string, ...args: string[]) =>
    void execFileSync(command, args, { stdio: ["ignore", "ignore", "inherit"] });
  if (!existsSync(folder)) run("python3", "-m", "venv", folder);
  run(join(folder, "bin", "python"), "-m", "pip", "install", "--quiet", ...VERSIONS);
  return name => join(folder, "bin", name);
}

/** The app's stacks as Terraform reads them, each in a folder of its own. */
function synthesize(app: string, folder: string): Blocks[] {
  const tsx = join(ROOT, "node_modules", "tsx", "dist", "cli.mjs");
  const env = { ...process.env, CDKTF_OUTDIR: join(folder, "out") };
  execFileSync(process.execPath, [tsx, app], { cwd: ROOT, env, stdio: ["ignore", "ignore", "inherit"] });
  const stacks = join(folder, "out", "stacks");
  return readdirSync(stacks).map(name => {
    const all = JSON.parse(readFileSync(join(stacks, name, "cdk.tf.json"), "utf8")) as Record<string, Blocks>;
    // Checkov 3.3 cannot read blocks of `moved`, and nothing else in them is a resource.
    const { moved: _, ...stack } = all;
    const checked = join(folder, "checked", name);
    mkdirSync(checked, { recursive: true });
    writeFileSync(join(checked, "cdk.tf.json"), JSON.stringify(stack));
    return stack["resource"] as unknown as Blocks;
  });
}

function checkov(program: string, folder: string): Report {
  const args = ["-d", join(folder, "checked"), "--framework", "terraform_json", "-o", "json", "--quiet"];
  const { stdout } = spawnSync(program, [...args, "--compact", "--skip-download"], {
    encoding: "utf8",
    maxBuffer: 1 << 28,
    stdio: ["ignore", "pipe", "ignore"],
  });
  return JSON.parse(stdout) as Report;
}

/** Each text of a policy in the stacks, with the resource that has it. */
function policiesOf(stacks: readonly Blocks[]): [string, string][] {
  return stacks.flatMap(stack =>
    Object.entries(stack).flatMap(([type, resources]) =>
      Object.entries(resources).flatMap(([name, config]) =>
        Object.entries(config)
          .filter(([, text]) => typeof text === "string" && text.includes('"Statement"'))
          .map(([key, text]): [string, string] => [`${type}.${name}.${key}`, text as string]),
      ),
    ),
  );
}

/** What the references of the policies look like once they are applied. */
const VALUES: readonly (readonly [RegExp, string])[] = [
  [/\$\{data\.[^}]*\.partition\}/g, "aws"],
  [/\$\{data\.[^}]*-region\.\w+\}/g, "eu-west-1"],
  [/\$\{data\.[^}]*\.account_id\}/g, "111122223333"],
  [/\$\{aws_dynamodb_table\.[^}]*\}/g, "arn:aws:dynamodb:eu-west-1:111122223333:table/example"],
  [/\$\{[^}]*kms_key[^}]*\}/g, "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"],
  [
    /\$\{aws_cloudwatch_log_group\.[^}]*\}/g,
    "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/example",
  ],
  [/\$\{aws_sns_topic\.[^}]*\}/g, "arn:aws:sns:eu-west-1:111122223333:example"],
  [/\$\{[^}]*secret[^}]*\}/g, "arn:aws:secretsmanager:eu-west-1:111122223333:secret:example-AbCdEf"],
];
/** The text of a policy as IAM gets it. `$${` is what Terraform makes `${` of. */
const applied = (text: string): string =>
  VALUES.reduce(
    (sofar, [reference, value]) => sofar.replace(reference, value),
    text.replaceAll("$${", "\u0000{"),
  )
    .replaceAll("\u0000{", "${")
    // Parliament 1.6 cannot read a list of one, which IAM accepts.
    .replace(/\["(true|false)"\]/g, '"$1"');

/** The findings of Parliament about policies of identities. It knows no policies of resources. */
function parliament(program: string, stacks: readonly Blocks[]): { checked: number; findings: string[] } {
  const policies = policiesOf(stacks).filter(([, text]) => !text.includes('"Principal"'));
  const findings = policies.flatMap(([place, text]) => {
    const { stdout, stderr, status } = spawnSync(program, ["--json", "--string", applied(text)], {
      encoding: "utf8",
    });
    if (status !== 0 && stdout === "") throw new Error(`parliament ended with ${status}: ${stderr}`);
    return stdout === "" ? [] : [`${place}: ${stdout.trim()}`];
  });
  return { checked: policies.length, findings };
}

/** The checks that docs/policy-checks.md answers: with a prop or a reason, or with a reason alone. */
function answered(withProps: boolean): ReadonlySet<string> {
  const page = readFileSync(join(ROOT, "docs", "policy-checks.md"), "utf8");
  const part = withProps ? page.slice(page.indexOf("## What stays failed")) : page;
  return new Set(part.match(/CKV2?_AWS_\d+/g));
}

function main(): number {
  const tool = tools();
  let faults = 0;
  const fault = (text: string) => {
    faults++;
    console.log(`FAILED ${text}`);
  };
  for (const [name, app] of Object.entries(APPS)) {
    const folder = mkdtempSync(join(tmpdir(), "policies-"));
    const stacks = synthesize(app, folder);
    const { results, summary } = checkov(tool("checkov"), folder);
    console.log(`${name}: Checkov: ${summary.passed} passed, ${summary.failed} failed`);
    if (summary.passed === 0 || summary.parsing_errors > 0)
      fault(`${name}: Checkov could not read all stacks`);
    const checks = new Map(results.failed_checks.map(({ check_id, check_name }) => [check_id, check_name]));
    for (const [id, what] of checks) {
      const of = results.failed_checks.filter(({ check_id }) => check_id === id);
      console.log(
        `  ${id} ${what}: ${of.map(({ resource }) => resource.replace("resource.", "")).join(", ")}`,
      );
      if (!answered(name !== "main.ts").has(id))
        fault(`${name}: docs/policy-checks.md does not answer ${id}`);
    }
    const { checked, findings } = parliament(tool("parliament"), stacks);
    console.log(`${name}: Parliament: ${checked} policies, ${findings.length} findings`);
    if (checked === 0) fault(`${name}: there is no policy`);
    for (const finding of findings) fault(finding);
    rmSync(folder, { recursive: true, force: true });
  }
  return faults === 0 ? 0 : 1;
}

try {
  process.exitCode = main();
} catch (error) {
  reportError("check-policies", error);
  process.exitCode = 1;
}
