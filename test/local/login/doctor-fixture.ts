import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Connection } from "mysql2/promise";
import { run } from "../../../cli/run";
import { type AwsQuery, askByQuery, textOf } from "../../../cli/terminal/aws-query";
import {
  ACCOUNT_ID,
  CALLER_CREDENTIALS,
  type LocalAws,
  REGION,
  startAws,
} from "../../../local/aws/aws-endpoint";
import { asRoot } from "../../support/mysql-login";
import { type LoginFixture, ROOT, startLoginFixture } from "./login-fixture";

/** What one case has instead of what is right. */
export interface Setup {
  readonly argv?: readonly string[];
  /** Of AWS: an environment for the call. */
  readonly env?: Readonly<Record<string, string>>;
  /** The name of the session, and the AWS account and the tags of its role. */
  readonly session?: string;
  readonly account?: string;
  readonly tags?: Readonly<Record<string, string>>;
  /** A policy of the role; null: none. */
  readonly policy?: object | null;
  /** The registry entry in Terraform's state, in part. */
  readonly entry?: object;
  /** Jane's file in the users folder; null: there is none. */
  readonly jane?: string | null;
  /** Whether the server accepts the token of the session, as IAM decides on AWS. Absent: it does. */
  readonly isRefused?: boolean;
  readonly host?: string;
  /** Whether it runs in a process of its own: Jest cannot load what the SDK loads without credentials. */
  readonly isApart?: boolean;
  /** How far this machine's clock is ahead, in ms. */
  readonly ahead?: number;
}

/** What `doctor --json` printed. */
export interface Report {
  readonly code: number;
  readonly cause: { readonly code: string; readonly certain: boolean; readonly text: string } | null;
  readonly checks: readonly { readonly check: string; readonly result: string; readonly text: string }[];
  readonly printed: string;
}

export const JANE = (grant: string, more = ""): string =>
  `name: Jane\nemail: jane@example.com\naccount: jane.doe\nusername: jane.doe\n${more}` +
  `grants: [{ cluster: orders, databases: [orders], ${grant} }]\n`;

const ask = async (query: Omit<AwsQuery, "region">, env: NodeJS.ProcessEnv, region = REGION) => {
  const reply = await askByQuery({ region, ...query }, { env, out() {}, err() {}, now: () => new Date() });
  if (!reply.isOk) throw new Error(`${query.action}: ${reply.text}`);
  return reply.text;
};

/** The local cloud with a cluster of RDS, and a server in its place. */
export class DoctorWorld {
  readonly folder = mkdtempSync(join(tmpdir(), "doctor-"));
  readonly #before = { env: process.env, cwd: process.cwd() };
  #roles = 0;

  private constructor(
    readonly aws: LocalAws,
    readonly login: LoginFixture,
    readonly root: Connection,
    /** The cluster's endpoint and resource id, and those of one without IAM authentication. */
    readonly good: { readonly host: string; readonly id: string },
    readonly off: { readonly host: string; readonly id: string },
  ) {}

  static async start(): Promise<DoctorWorld> {
    const aws = await startAws();
    const env = { ...process.env };
    process.env = callerOf(aws);
    await firstAnswer();
    const [good, off] = await Promise.all([
      createCluster("orders", true),
      createCluster("orders-off", false),
    ]);
    process.env = env;
    const login = await startLoginFixture([good.host, off.host]);
    return new DoctorWorld(aws, login, await asRoot(login.server), good, off);
  }

  async stop(): Promise<void> {
    process.chdir(this.#before.cwd);
    process.env = this.#before.env;
    await this.root.end();
    await this.login.stop();
    await this.aws.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** A policy that allows a login. */
  policy(resource = `${this.good.id}/sl_\${aws:PrincipalTag/UserName}`, more: object = {}): object {
    const Resource = `arn:aws:rds-db:${REGION}:${ACCOUNT_ID}:dbuser:${resource}`;
    return {
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: "rds-db:connect", Resource, ...more }],
    };
  }

  /** Runs `doctor orders` as a person whose set-up differs in one thing. */
  async diagnose(setup: Setup = {}): Promise<Report> {
    const { ahead = 0, argv = [], jane = JANE("role: read"), host = this.good.host } = setup;
    process.chdir(this.folder);
    // Moto has no simulator.
    this.aws.faultService(({ operation }) => operation === "SimulatePrincipalPolicy", "deny");
    process.env = { ...callerOf(this.aws), PATH: this.#before.env["PATH"], HOME: this.folder };
    const keys = await this.#session(setup);
    this.#writeFiles(jane, { host, port: 3306, resourceId: this.good.id, ...setup.entry });
    await this.login.server.allowKeys(
      [
        {
          id: keys["AWS_ACCESS_KEY_ID"]!,
          secret: keys["AWS_SECRET_ACCESS_KEY"]!,
          ...(setup.isRefused && { users: ["none"] }),
        },
      ],
      { endpoints: [`${this.good.host}:3306`], regions: [REGION] },
    );
    Object.assign(process.env, keys, setup.env);
    const tunnel = argv.includes("--via") ? [] : ["--via", `127.0.0.1:${this.login.tunnel.port}`];
    const ca = argv.includes("--ca") ? [] : ["--ca", this.login.ca];
    const all = ["doctor", "orders", ...tunnel, ...ca, ...argv, "--json"];
    const { code, text } = await (setup.isApart ? runApart(all) : runHere(all, ahead));
    return { code, printed: text, ...JSON.parse(text) };
  }

  async #session({ account = ACCOUNT_ID, policy = this.policy(), session = "jane.doe", tags = {} }: Setup) {
    const RoleName = `role-${this.#roles++}`;
    const RoleArn = `arn:aws:iam::${account}:role/${RoleName}`;
    const numbered = Object.entries(tags).flatMap(([key, value], at) => [
      [`Tags.member.${at + 1}.Key`, key],
      [`Tags.member.${at + 1}.Value`, value],
    ]);
    const iam = (action: string, parameters: Record<string, string>) =>
      ask({ service: "iam", action, parameters: { RoleName, ...parameters } }, process.env);
    await iam("CreateRole", { AssumeRolePolicyDocument: "{}", ...Object.fromEntries(numbered) });
    if (policy) await iam("PutRolePolicy", { PolicyName: "connect", PolicyDocument: JSON.stringify(policy) });
    const parameters = { RoleArn, RoleSessionName: session };
    const xml = await ask({ service: "sts", action: "AssumeRole", parameters }, process.env);
    return {
      AWS_ACCESS_KEY_ID: textOf(xml, "AccessKeyId")!,
      AWS_SECRET_ACCESS_KEY: textOf(xml, "SecretAccessKey")!,
      AWS_SESSION_TOKEN: textOf(xml, "SessionToken")!,
    } as Record<string, string>;
  }

  #writeFiles(jane: string | null, entry: object): void {
    rmSync("users", { recursive: true, force: true });
    if (jane !== null) {
      mkdirSync("users");
      writeFileSync(join("users", "jane.doe.yaml"), jane);
    }
    const credentials = { secretArn: `arn:aws:secretsmanager:${REGION}:${ACCOUNT_ID}:secret:orders` };
    const attributes = {
      insecure_value: JSON.stringify({ region: REGION, prefix: "sl", credentials, ...entry }),
    };
    const resource = { type: "aws_ssm_parameter", name: "orders-registry", instances: [{ attributes }] };
    writeFileSync("terraform.database-access.tfstate", JSON.stringify({ resources: [resource] }));
  }
}

async function runHere(argv: readonly string[], ahead: number) {
  const printed: string[] = [];
  const io = {
    out: (text: string) => void printed.push(text),
    err: (text: string) => void printed.push(text),
    env: process.env,
    now: () => new Date(Date.now() + ahead),
  };
  const code = await run(argv, io);
  return { code, text: printed.join("\n") };
}

async function runApart(argv: readonly string[]) {
  const cli = join(ROOT, "cli", "aurora-users.ts");
  const child = spawn(join(ROOT, "node_modules", ".bin", "tsx"), [cli, ...argv], { env: process.env });
  let text = "";
  child.stdout.on("data", chunk => {
    text += chunk;
  });
  const [code] = await once(child, "exit");
  return { code: code as number, text };
}

const callerOf = (aws: LocalAws): NodeJS.ProcessEnv => ({
  ...aws.environment,
  AWS_ACCESS_KEY_ID: CALLER_CREDENTIALS.accessKeyId,
  AWS_SECRET_ACCESS_KEY: CALLER_CREDENTIALS.secretAccessKey,
  AWS_CONFIG_FILE: "/dev/null",
  AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
});

/** Moto loads a service at its first request: on a busy machine that takes longer than a command waits. */
async function firstAnswer(tries = 10): Promise<void> {
  const query = { service: "rds", action: "DescribeDBClusters" } as const;
  await ask(query, process.env).catch((error: Error) => {
    if (error.name !== "TimeoutError" || tries === 1) throw error;
    return firstAnswer(tries - 1);
  });
}

async function createCluster(name: string, hasIam: boolean) {
  const parameters = {
    DBClusterIdentifier: name,
    Engine: "aurora-mysql",
    MasterUsername: "admin",
    MasterUserPassword: "not-a-password",
    EnableIAMDatabaseAuthentication: String(hasIam),
  };
  const xml = await ask({ service: "rds", action: "CreateDBCluster", parameters }, process.env);
  return { host: textOf(xml, "Endpoint")!, id: textOf(xml, "DbClusterResourceId")! };
}
