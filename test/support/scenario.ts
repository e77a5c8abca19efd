import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DeleteItemCommand, DynamoDBClient, ScanCommand } from "@aws-sdk/client-dynamodb";
import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { App, LocalBackend, TerraformStack } from "cdktf";
import type { Connection } from "mysql2/promise";
import {
  AccessLedger,
  AccessStackCheck,
  AuroraCluster,
  type AuroraClusterProps,
  ClusterEndpoint,
  type IReconciler,
  Reconciler,
  type ReconcilerProps,
} from "../../constructs";
import { quoteAccount } from "../../core/mysql";
import { CALLER_CREDENTIALS } from "../../local/aws/aws-endpoint";
import { type Cloud, startCloud } from "../../local/cloud/cloud";
import type { MySqlServer } from "../../local/mysql/start-mysql";
import { Terraform } from "../../local/terraform/terraform";
import { asRoot, column, iamToken, logIn, rows } from "./mysql-login";
import { must } from "./plan";
import { withoutQueues } from "./without-queues";

export * from "./plan";

/** Databases by user, each with its role: `{ "jane.doe": { orders: "read" } }`. */
export type Users = Readonly<
  Record<string, Readonly<Record<string, string | { role: string; expires?: string; reason?: string }>>>
>;

export interface Declaration {
  readonly users: Users;
  readonly cluster?: Partial<AuroraClusterProps>;
  /** Functions, ledger and audit trail of its own, in the same stack. @default - the world's */
  readonly functions?: Partial<ReconcilerProps>;
  /** The cluster stack's id: its name in state and ledger. */
  readonly stack?: string;
  /** The cluster construct's id. */
  readonly construct?: string;
  /** Server that the cluster lives on; by default "orders". */
  readonly server?: string;
  /** Leaves the cluster out. */
  readonly withoutCluster?: boolean;
  /** Changes of the synthesised JSON text, for what no prop can say. */
  readonly replacements?: readonly (readonly [from: string, to: string])[];
}

const SERVICES = [
  ...[
    "cloudwatch",
    "cloudwatchlogs",
    "dynamodb",
    "events",
    "iam",
    "lambda",
    "rds",
    "s3",
    "scheduler",
    "secretsmanager",
  ],
  ...["ses", "sesv2", "sns", "sqs", "ssm", "sts"],
];

type Beside = (stack: TerraformStack, reconciler: Reconciler, cloud: Cloud) => void;

/** One cloud, with the functions, the ledger and the audit trail that its clusters share, deployed once for a suite. */
export class World {
  private constructor(
    readonly cloud: Cloud,
    public root: Connection,
    readonly directory: string,
    private readonly beside: Beside | undefined,
  ) {}

  /** @param beside adds to the shared stack, which then has its queues, too */
  static async start(clusters: readonly string[] = ["orders"], beside?: Beside): Promise<World> {
    const cloud = await startCloud({ clusters });
    const root = await asRoot(cloud.servers[clusters[0]!]!);
    const world = new World(cloud, root, mkdtempSync(join(tmpdir(), "scenario-")), beside);
    must(await (await world.shared([])).apply());
    return world;
  }

  async stop(): Promise<void> {
    this.root.destroy();
    await this.cloud.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }

  get server(): MySqlServer {
    return this.cloud.servers["orders"]!;
  }

  /** Starts the server again where a test has killed it. */
  async ensureServer(): Promise<void> {
    const alive = await this.root.query("SELECT 1").then(
      () => true,
      () => false,
    );
    if (alive) return;
    await this.server.restart();
    this.root = await asRoot(this.server);
  }

  /** Publishes a version of a function. @returns its number */
  async publishVersion(functionName: string): Promise<string> {
    const authorization =
      "AWS4-HMAC-SHA256 Credential=any/20200101/eu-central-1/lambda/aws4_request, SignedHeaders=host, Signature=none";
    const response = await fetch(
      `${this.cloud.description.endpoint}/2015-03-31/functions/${functionName}/versions`,
      {
        method: "POST",
        headers: { authorization, "content-type": "application/json" },
        body: "{}",
      },
    );
    return ((await response.json()) as { Version: string }).Version;
  }

  /** Deletes every item of the shared ledger. */
  async emptyLedger(): Promise<void> {
    const { endpoint, region } = this.cloud.description;
    const client = new DynamoDBClient({ endpoint, region, credentials: CALLER_CREDENTIALS });
    const { Items = [] } = await client.send(new ScanCommand({ TableName: "shared-ledger" }));
    for (const { pk, sk } of Items)
      await client.send(new DeleteItemCommand({ TableName: "shared-ledger", Key: { pk: pk!, sk: sk! } }));
    client.destroy();
  }

  /** A cluster and a state of its own, on the shared server, told apart by name and prefix. */
  scenario(name: string): Scenario {
    return new Scenario(this, name);
  }

  /** The shared stack, in an app that declares these clusters. */
  async shared(clusters: readonly { scenario: Scenario; declaration: Declaration }[]): Promise<Terraform> {
    const synthesised = this.synthesise(app => {
      const { reconciler } = this.sharedStack(app);
      for (const { scenario, declaration } of clusters) scenario.addTo(app, reconciler, declaration);
    });
    return this.terraform(synthesised, "shared");
  }

  sharedStack(app: App): { reconciler: Reconciler } {
    const stack = this.stack(app, "shared");
    const reconciler = this.functions(stack, "shared", {});
    this.beside?.(stack, reconciler, this.cloud);
    return { reconciler };
  }

  functions(stack: TerraformStack, name: string, props: Partial<ReconcilerProps>): Reconciler {
    const ledger = new AccessLedger(stack, "Ledger", { name, deletionProtection: false });
    const caBundle = readFileSync(this.cloud.description.caFile, "utf8");
    const reconciler = new Reconciler(stack, "Reconciler", { ledger, name, caBundle, ...props });
    new AccessStackCheck(stack, "Check", { reconciler });
    return reconciler;
  }

  stack(app: App, id: string): TerraformStack {
    const { region, endpoint } = this.cloud.description;
    const stack = new TerraformStack(app, id);
    new LocalBackend(stack, { path: join(this.directory, id, "terraform.tfstate") });
    new AwsProvider(stack, "aws", {
      region,
      accessKey: CALLER_CREDENTIALS.accessKeyId,
      secretKey: CALLER_CREDENTIALS.secretAccessKey,
      skipCredentialsValidation: true,
      skipMetadataApiCheck: "true",
      skipRequestingAccountId: true,
      endpoints: [Object.fromEntries(SERVICES.map(service => [service, endpoint]))],
    });
    return stack;
  }

  synthesise(build: (app: App) => void): string {
    const out = mkdtempSync(join(this.directory, "out-"));
    const app = new App({ outdir: out });
    build(app);
    app.synth();
    return out;
  }

  /** Puts a synthesised stack where its state is. */
  async terraform(
    synthesised: string,
    stack: string,
    replacements: readonly (readonly [string, string])[] = [],
  ): Promise<Terraform> {
    const target = join(this.directory, stack);
    cpSync(join(synthesised, "stacks", stack), target, { recursive: true });
    rmSync(synthesised, { recursive: true, force: true });
    const file = join(target, "cdk.tf.json");
    let text = readFileSync(file, "utf8");
    for (const [from, to] of replacements) {
      if (!text.includes(from)) throw new Error(`${stack}: there is no ${from} to replace`);
      text = text.replaceAll(from, to);
    }
    writeFileSync(file, this.beside ? text : withoutQueues(text));
    const terraform = new Terraform(target, this.cloud.description.environment);
    if (!existsSync(join(target, ".terraform"))) must(await terraform.init());
    return terraform;
  }
}

/** One cluster in one Terraform state, declared anew as often as wanted. */
export class Scenario {
  readonly prefix: string;

  constructor(
    readonly world: World,
    readonly name: string,
  ) {
    this.prefix = name.slice(0, 8);
  }

  account = (user: string) => `${this.prefix}_${user}`;

  addTo(app: App, shared: IReconciler, declaration: Declaration): TerraformStack {
    const stack = this.world.stack(app, declaration.stack ?? this.name);
    const reconciler = declaration.functions
      ? this.world.functions(stack, this.name, declaration.functions)
      : shared;
    if (declaration.withoutCluster) return stack;
    const { endpoint, port, resourceId, secretArn } =
      this.world.cloud.description.clusters[declaration.server ?? "orders"]!;
    const cluster = new AuroraCluster(stack, declaration.construct ?? this.name, {
      reconciler,
      name: this.name,
      prefix: this.prefix,
      endpoint: ClusterEndpoint.fromAttributes({ endpoint, port, resourceId, secretArn }),
      ...declaration.cluster,
    });
    for (const [user, databases] of Object.entries(declaration.users)) {
      cluster.addGrant(
        { kind: "person", user, name: user },
        Object.entries(databases).map(([database, grant]) => ({
          databases: [database],
          ...(typeof grant === "string" ? { role: grant } : grant),
        })),
      );
    }
    return stack;
  }

  /** Synthesises the stack into the Terraform directory that keeps its state. */
  async declare(declaration: Declaration): Promise<Terraform> {
    const synthesised = this.world.synthesise(app => {
      this.addTo(app, this.world.sharedStack(app).reconciler, declaration);
    });
    return this.world.terraform(synthesised, declaration.stack ?? this.name, declaration.replacements);
  }

  /** Declares and applies without a look: for the beginnings of scenarios. */
  async deploy(declaration: Declaration): Promise<Terraform> {
    const terraform = await this.declare(declaration);
    must(await terraform.apply());
    return terraform;
  }

  /** Accounts with the scenario's prefix, with their grants as SHOW GRANTS gives them. */
  async grants(): Promise<Record<string, string[]>> {
    const found: Record<string, string[]> = {};
    const accounts = await rows(
      this.world.root,
      `SELECT User, Host FROM mysql.user WHERE User LIKE '${this.prefix}\\_%' ORDER BY User`,
    );
    for (const { User, Host } of accounts) {
      const account = quoteAccount({ user: String(User), host: String(Host) });
      const grants = await column(this.world.root, `SHOW GRANTS FOR ${account}`);
      found[String(User)] = grants
        .map(grant => /^GRANT (.*) ON (.*) TO /.exec(grant)!)
        .filter(([, privileges]) => privileges !== "USAGE")
        .map(([, privileges, on]) => `${privileges} ON ${on!.replaceAll("`", "")}`)
        .sort();
    }
    return found;
  }

  /** What one statement answers to a user who logs in by IAM token: "ok" or the server's error. */
  async tryAs(user: string, sql: string): Promise<string> {
    const server = this.world.cloud.servers["orders"]!;
    const key = { id: CALLER_CREDENTIALS.accessKeyId, secret: CALLER_CREDENTIALS.secretAccessKey };
    const connection = await logIn(
      server,
      this.account(user),
      await iamToken(server, this.account(user), key),
    ).catch((error: Error) => error);
    if (connection instanceof Error) return connection.message;
    const answer = await connection.query(sql).then(
      () => "ok",
      (error: Error) => error.message,
    );
    connection.destroy();
    return answer;
  }
}
