import { rmSync } from "node:fs";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
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
import { providerSettings } from "../aws/provider-settings";
import { credentialsIn } from "../aws-http/identity";
import { type CloudMail, describeMail, type StartedMail, startCloudMail } from "../mail/cloud-mail";
import type { MailServer } from "../mail/mail-server";
import type { MySqlLine, MySqlShape } from "../mysql/mysql-shape";
import { sampleStatements } from "../mysql/sample-databases";
import { type MySqlServer, startMySql } from "../mysql/start-mysql";
import { LocalError } from "../process/local-error";
import { makeRunDirectory } from "../process/run-directory";
import { terraformEnvironment } from "../terraform/terraform-environment";

/** Where a cluster and its secret are. */
export interface Place {
  readonly accountId: string;
  readonly region: string;
}

export interface CloudOptions extends MySqlShape {
  /** Names of the clusters, in lower case. @default ["orders", "payments"] */
  readonly clusters?: readonly string[] | undefined;
  /** The clusters that are in another account or region. @default - all are in `ACCOUNT_ID` and `REGION` */
  readonly places?: Readonly<Record<string, Place>>;
  /** Environment variables of every function in addition to its own. */
  readonly functionEnvironment?: Readonly<Record<string, string>>;
  /** Whether each mail is written into the folder `mail.folder`. @default false */
  readonly writeMails?: boolean;
}

/** One cluster: what a stack that manages it needs. */
export interface CloudCluster extends Place {
  readonly endpoint: "localhost";
  readonly port: number;
  /** The id in IAM policies for rds-db:connect: `cluster-LOCALORDERS000000000000000`. */
  readonly resourceId: string;
  readonly identifier: string;
  /** The secret holds username, password, host and port as JSON. */
  readonly secretArn: string;
  readonly admin: { readonly username: string; readonly password: string };
  /** The Unix socket for the superuser `root`, without a password. */
  readonly socketPath: string;
}

/** A running local cloud; can be written as JSON. */
export interface CloudDescription {
  readonly region: string;
  readonly accountId: string;
  readonly endpoint: string;
  /** The environment variables for Terraform, the AWS SDKs and the AWS command line. */
  readonly environment: Readonly<Record<string, string>>;
  /** The arguments of Terraform's AWS provider. It reads `AWS_ENDPOINT_URL`, too. */
  readonly provider: ReturnType<typeof providerSettings>;
  /** The line of MySQL that the clusters run. */
  readonly mysqlLine: MySqlLine;
  /** The certificate authority of all clusters. */
  readonly caFile: string;
  readonly clusters: Readonly<Record<string, CloudCluster>>;
  readonly mail: CloudMail;
  /** The bucket for Terraform's states. @see remoteState */
  readonly stateBucket: string;
  /** Terraform's command-line configuration file. `environment` contains it, too. */
  readonly terraformCliConfig: string;
}

export interface Cloud {
  readonly description: CloudDescription;
  readonly aws: LocalAws;
  readonly servers: Readonly<Record<string, MySqlServer>>;
  /** Accepts every mail, and forwards none. */
  readonly mail: MailServer;
  stop(): Promise<void>;
}

/**
 * Starts the whole cloud: AWS, a mail server, and for each cluster a MySQL server with sample databases and a
 * secret of its administrator. The caller's AWS keys can log in by IAM token as any account. Everything ends
 * with this process.
 *
 * @throws MissingPartError when a part cannot be provided
 */
export async function startCloud(options: CloudOptions = {}): Promise<Cloud> {
  const {
    clusters = ["orders", "payments"],
    functionEnvironment = {},
    places = {},
    writeMails = false,
    ...shape
  } = options;
  assertClusterNames(clusters);
  const stops: (() => Promise<void>)[] = [];
  /** Waits for a part, and stops it when the cloud stops. */
  const part = async <T extends { stop(): Promise<void> }>(starting: Promise<T>): Promise<T> => {
    const started = await starting;
    stops.push(() => started.stop());
    return started;
  };
  const stop = async () => {
    await Promise.all(stops.map(stopPart => stopPart()));
  };
  try {
    const [aws, mail, servers] = await Promise.all([
      part(startAws({ functionEnvironment })),
      part(startCloudMail(writeMails)),
      Promise.all(
        clusters.map(async name => {
          const server = await part(startMySql(shape));
          await prepare(name, server);
          return [name, server] as const;
        }),
      ),
    ]);
    for (const [, server] of servers) aws.clock.onMove(offsetMs => server.setTokenClock(offsetMs));
    const directory = await makeRunDirectory("terraform");
    stops.push(async () => rmSync(directory, { recursive: true, force: true }));
    const description = await describe({ aws, mail, places }, servers, await terraformEnvironment(directory));
    return { description, aws, servers: Object.fromEntries(servers), mail: mail.server, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function assertClusterNames(names: readonly string[]): void {
  const isWrong = names.some(
    (name, index) => !/^[a-z][a-z0-9-]*$/.test(name) || names.indexOf(name) !== index,
  );
  if (isWrong || names.length === 0)
    throw new LocalError(`\`clusters\` must be distinct lower-case names, got: ${names.join(", ")}`);
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

interface Parts {
  readonly aws: LocalAws;
  readonly mail: StartedMail;
  readonly places: Readonly<Record<string, Place>>;
}

/** Creates the secrets, and describes the cloud. */
async function describe(
  { aws, mail, places }: Parts,
  servers: readonly (readonly [string, MySqlServer])[],
  terraform: Readonly<Record<string, string>>,
): Promise<CloudDescription> {
  const { endpoint } = aws;
  const secrets = new SecretsManagerClient({ endpoint, region: REGION, credentials: CALLER_CREDENTIALS });
  const [stateBucket, describedMail, ...clusters] = await Promise.all([
    createStateBucket(endpoint),
    describeMail(mail, secrets),
    ...servers.map(async ([name, server]) => {
      const place = places[name] ?? { accountId: ACCOUNT_ID, region: REGION };
      return [name, await describeCluster(name, server, { endpoint, place })] as const;
    }),
  ]);
  secrets.destroy();
  const environment = { ...aws.environment, ...terraform };
  return {
    region: REGION,
    accountId: ACCOUNT_ID,
    endpoint,
    environment,
    provider: providerSettings({ environment, region: REGION }),
    mysqlLine: servers[0]![1].line,
    caFile: servers[0]![1].caFile,
    clusters: Object.fromEntries(clusters),
    mail: describedMail,
    stateBucket,
    terraformCliConfig: terraform["TF_CLI_CONFIG_FILE"]!,
  };
}

async function createStateBucket(endpoint: string): Promise<string> {
  const s3 = new S3Client({
    endpoint,
    region: REGION,
    credentials: CALLER_CREDENTIALS,
    forcePathStyle: true,
  });
  const Bucket = "terraform-states";
  await s3.send(
    new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: REGION } }),
  );
  s3.destroy();
  return Bucket;
}

async function describeCluster(
  name: string,
  server: MySqlServer,
  { endpoint, place }: { readonly endpoint: string; readonly place: Place },
): Promise<CloudCluster> {
  const { accountId, region } = place;
  const credentials = accountId === ACCOUNT_ID ? CALLER_CREDENTIALS : credentialsIn(accountId, "CALLER");
  const secrets = new SecretsManagerClient({ endpoint, region, credentials });
  const secret = { ...server.admin, host: server.host, port: server.port };
  const { ARN } = await secrets.send(
    new CreateSecretCommand({ Name: `local/${name}/admin`, SecretString: JSON.stringify(secret) }),
  );
  secrets.destroy();
  return {
    ...place,
    endpoint: server.host,
    port: server.port,
    identifier: name,
    secretArn: ARN ?? "",
    admin: server.admin,
    resourceId: `cluster-${`LOCAL${name.toUpperCase().replaceAll("-", "")}`.padEnd(26, "0")}`,
    socketPath: server.superuser.socketPath,
  };
}
