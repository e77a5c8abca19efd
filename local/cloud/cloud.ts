import { rmSync } from "node:fs";
import { CreateSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { createConnection } from "mysql2/promise";

import {
  ACCOUNT_ID,
  CALLER_CREDENTIALS,
  FUNCTION_CREDENTIALS,
  type LocalAws,
  REGION,
  startAws,
} from "../aws/aws-endpoint";
import { type CloudMail, describeMail, type StartedMail, startCloudMail } from "../mail/cloud-mail";
import type { MailServer } from "../mail/mail-server";
import type { MySqlShape } from "../mysql/mysql-shape";
import { sampleStatements } from "../mysql/sample-databases";
import { type MySqlServer, startMySql } from "../mysql/start-mysql";
import { LocalError } from "../process/local-error";
import { makeRunDirectory } from "../process/run-directory";
import { terraformEnvironment } from "../terraform/terraform-environment";

export interface CloudOptions extends MySqlShape {
  /** Names of the clusters, in lower case. @default ["orders", "payments"] */
  readonly clusters?: readonly string[];
  /** Environment variables that every function gets besides its own. */
  readonly functionEnvironment?: Readonly<Record<string, string>>;
  /** Whether each mail is written into a folder, which `mail.folder` names. @default false */
  readonly writeMails?: boolean;
}

/** One cluster, as a stack that manages it needs to know it. */
export interface CloudCluster {
  readonly endpoint: "localhost";
  readonly port: number;
  /** As in IAM policies for rds-db:connect: `cluster-LOCALORDERS000000000000000`. */
  readonly resourceId: string;
  readonly identifier: string;
  /** Holds username, password, host and port as JSON. */
  readonly secretArn: string;
  readonly admin: { readonly username: string; readonly password: string };
  /** For a superuser's login: user `root`, no password. */
  readonly socketPath: string;
}

/** All there is to know about a running local cloud; may be written down as JSON. */
export interface CloudDescription {
  readonly region: string;
  readonly accountId: string;
  readonly endpoint: string;
  /** For Terraform, the AWS SDKs and the AWS command line. */
  readonly environment: Readonly<Record<string, string>>;
  /** The certificate authority of all clusters. */
  readonly caFile: string;
  readonly clusters: Readonly<Record<string, CloudCluster>>;
  readonly mail: CloudMail;
  /** Terraform's command-line configuration; `environment` names it too. */
  readonly terraformCliConfig: string;
}

export interface Cloud {
  readonly description: CloudDescription;
  readonly aws: LocalAws;
  readonly servers: Readonly<Record<string, MySqlServer>>;
  /** Takes every mail, and passes none on. */
  readonly mail: MailServer;
  stop(): Promise<void>;
}

/**
 * Starts the whole cloud: a MySQL server with sample databases and an administrator's secret for each cluster, AWS, and
 * a mail server. The caller's AWS keys may log in by IAM token as any account. Dies with this process.
 *
 * @throws MissingPartError when a part cannot be had
 */
export async function startCloud(options: CloudOptions = {}): Promise<Cloud> {
  const {
    clusters: names = ["orders", "payments"],
    functionEnvironment = {},
    writeMails = false,
    ...shape
  } = options;
  const wrong = names.filter(
    (name, index) => !/^[a-z][a-z0-9-]*$/.test(name) || names.indexOf(name) !== index,
  );
  if (wrong.length > 0 || names.length === 0)
    throw new LocalError(`\`clusters\` must be distinct lower-case names, got: ${names.join(", ")}`);
  const stops: (() => Promise<void>)[] = [];
  try {
    const started = await Promise.all([
      startAws({ functionEnvironment }).then(aws => {
        stops.push(() => aws.stop());
        return aws;
      }),
      startCloudMail(writeMails).then(mail => {
        stops.push(() => mail.stop());
        return mail;
      }),
      ...names.map(async name => {
        const server = await startMySql(shape);
        stops.push(() => server.stop());
        await prepare(name, server);
        return [name, server] as const;
      }),
    ]);
    const [aws, mail, ...servers] = started as [LocalAws, StartedMail, ...(readonly [string, MySqlServer])[]];
    for (const [, server] of servers) aws.clock.onMove(offsetMs => server.setTokenClock(offsetMs));
    const secrets = new SecretsManagerClient({
      endpoint: aws.endpoint,
      region: REGION,
      credentials: CALLER_CREDENTIALS,
    });
    const [describedMail, ...described] = await Promise.all([
      describeMail(mail, secrets),
      ...servers.map(async ([name, server]) => [name, await describe(name, server, secrets)] as const),
    ]);
    secrets.destroy();
    const directory = await makeRunDirectory("terraform");
    stops.push(async () => rmSync(directory, { recursive: true, force: true }));
    const terraform = await terraformEnvironment(directory);
    const description = {
      ...{ region: REGION, accountId: ACCOUNT_ID, endpoint: aws.endpoint },
      environment: { ...aws.environment, ...terraform },
      caFile: servers[0]![1].caFile,
      clusters: Object.fromEntries(described),
      mail: describedMail,
      terraformCliConfig: terraform["TF_CLI_CONFIG_FILE"]!,
    };
    return {
      description,
      aws,
      servers: Object.fromEntries(servers),
      mail: mail.server,
      stop: () => stopAll(stops),
    };
  } catch (error) {
    await stopAll(stops);
    throw error;
  }
}

async function stopAll(stops: readonly (() => Promise<void>)[]): Promise<void> {
  await Promise.all(stops.map(stop => stop()));
}

async function prepare(name: string, server: MySqlServer): Promise<void> {
  await server.allowKeys(
    [CALLER_CREDENTIALS, FUNCTION_CREDENTIALS].map(key => ({
      id: key.accessKeyId,
      secret: key.secretAccessKey,
    })),
  );
  const { host, port, ca, admin } = server;
  const connection = await createConnection({
    host,
    port,
    user: admin.username,
    password: admin.password,
    ssl: { ca },
  });
  for (const statement of sampleStatements(name)) await connection.query(statement);
  await connection.end();
}

async function describe(
  name: string,
  server: MySqlServer,
  secrets: SecretsManagerClient,
): Promise<CloudCluster> {
  const secret = { ...server.admin, host: server.host, port: server.port };
  const { ARN } = await secrets.send(
    new CreateSecretCommand({ Name: `local/${name}/admin`, SecretString: JSON.stringify(secret) }),
  );
  return {
    ...{
      endpoint: server.host,
      port: server.port,
      identifier: name,
      secretArn: ARN ?? "",
      admin: server.admin,
    },
    resourceId: `cluster-${`LOCAL${name.toUpperCase().replaceAll("-", "")}`.padEnd(26, "0")}`,
    socketPath: server.superuser.socketPath,
  };
}
