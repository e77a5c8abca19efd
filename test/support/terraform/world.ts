import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DeleteItemCommand, DynamoDBClient, ScanCommand } from "@aws-sdk/client-dynamodb";
import type { App } from "cdktf";
import type { Connection } from "mysql2/promise";
import type { IReconciler, Reconciler } from "../../../constructs";
import { CALLER_CREDENTIALS } from "../../../local/aws/aws-endpoint";
import { type Cloud, startCloud } from "../../../local/cloud/cloud";
import type { MySqlServer } from "../../../local/mysql/start-mysql";
import { Terraform } from "../../../local/terraform/terraform";
import { WatchedIam } from "../iam/watched-iam";
import { asRoot } from "../mysql-login";
import { must } from "./plan";
import { SharedProvider } from "./shared-provider";
import { type AddToShared, Stacks } from "./stacks";
import { withoutQueues } from "./without-queues";

export interface WorldOptions {
  /** Names of the clusters' servers. @default ["orders"] */
  readonly clusters?: readonly string[];
  /**
   * Adds to the shared stack. The stack then has its queues, too. @default - the functions without their
   * queues
   */
  readonly addToShared?: AddToShared;
  /** Whether the functions' own roles reach no cluster. @default true, which is what allows the least */
  readonly clusterRolesOnly?: boolean;
  /** Whether each Terraform command starts the provider, as a user's does. @default false */
  readonly ownProviders?: boolean;
  /** Whether the states are in the cloud's bucket, as a team's are. @default false: local files */
  readonly remoteState?: boolean;
}

/**
 * One cloud for a suite. The functions, the ledger and the audit trail that clusters share are deployed
 * once.
 */
export class World {
  readonly stacks: Stacks;
  readonly iam: WatchedIam;
  #provider: SharedProvider | undefined;
  readonly #options: WorldOptions;

  private constructor(
    readonly cloud: Cloud,
    public root: Connection,
    options: WorldOptions,
  ) {
    this.stacks = new Stacks(
      mkdtempSync(join(tmpdir(), "scenario-")),
      cloud.description,
      options.remoteState ?? false,
    );
    this.#options = options;
    this.iam = new WatchedIam(cloud.aws);
  }

  static async start(options: WorldOptions = {}): Promise<World> {
    const { clusters = ["orders"] } = options;
    const cloud = await startCloud({ clusters });
    const root = await asRoot(cloud.servers[clusters[0]!]!);
    const world = new World(cloud, root, options);
    try {
      must(await (await world.shared()).apply());
      return world;
    } catch (error) {
      await world.#end();
      throw error;
    }
  }

  /** @throws Error if AWS would have denied a call that the functions made */
  async stop(): Promise<void> {
    await this.#end();
    const denied = await this.iam.denied();
    if (denied.length > 0) throw new Error(`AWS would have denied:\n${denied.join("\n")}`);
  }

  async #end(): Promise<void> {
    this.root.destroy();
    await Promise.all([this.cloud.stop(), this.#provider?.stop()]);
    rmSync(this.stacks.directory, { recursive: true, force: true });
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

  /** Calls the API of RDS, which has no client here. @throws Error unless the call succeeds */
  async callRds(action: string, parameters: Readonly<Record<string, string>>): Promise<void> {
    const { endpoint, region } = this.cloud.description;
    const scope = `20200101/${region}/rds/aws4_request`;
    const response = await fetch(endpoint, {
      method: "POST",
      headers: {
        authorization: `AWS4-HMAC-SHA256 Credential=any/${scope}, SignedHeaders=host, Signature=none`,
        "content-type": "application/x-www-form-urlencoded",
      },
      body: new URLSearchParams({ Action: action, Version: "2014-10-31", ...parameters }).toString(),
    });
    if (!response.ok) throw new Error(`${action} failed: ${await response.text()}`);
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

  /** The shared stack's directory, in an app that has these cluster stacks, too. */
  async shared(addClusters: (app: App, reconciler: IReconciler) => void = () => {}): Promise<Terraform> {
    const synthesised = this.stacks.synthesise(app => addClusters(app, this.addShared(app)));
    return this.terraform(synthesised, "shared");
  }

  /** Adds the shared stack to an app. */
  addShared(app: App): Reconciler {
    const stack = this.stacks.stack(app, "shared");
    const { clusterRolesOnly = true } = this.#options;
    const reconciler = this.stacks.functions(stack, "shared", { clusterRolesOnly });
    this.#options.addToShared?.(stack, reconciler, this.cloud);
    return reconciler;
  }

  /** Copies a synthesised stack into the directory that holds its state. */
  async terraform(
    synthesised: string,
    stack: string,
    replacements: readonly (readonly [from: string, to: string])[] = [],
  ): Promise<Terraform> {
    const target = join(this.stacks.directory, stack);
    cpSync(join(synthesised, "stacks", stack), target, { recursive: true });
    rmSync(synthesised, { recursive: true, force: true });
    const file = join(target, "cdk.tf.json");
    let text = readFileSync(file, "utf8");
    for (const [from, to] of replacements) {
      if (!text.includes(from)) throw new Error(`${stack}: there is no ${from} to replace`);
      text = text.replaceAll(from, to);
    }
    writeFileSync(file, this.#options.addToShared ? text : withoutQueues(text));
    const terraform = new Terraform(target, await this.#environment(target));
    if (!existsSync(join(target, ".terraform"))) must(await terraform.init());
    return terraform;
  }

  async #environment(stack: string): Promise<Readonly<Record<string, string>>> {
    const { environment } = this.cloud.description;
    if (this.#options.ownProviders) return environment;
    this.#provider ??= await SharedProvider.start(stack, environment);
    this.#provider.use(stack);
    return { ...environment, ...this.#provider.environment };
  }
}
