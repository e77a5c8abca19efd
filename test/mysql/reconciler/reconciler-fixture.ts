import { CreateKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import {
  CreateSecretCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import type { Connection } from "mysql2/promise";
import type { EnforceResponse } from "../../../core/contract/enforcement";
import { personPartitions } from "../../../core/contract/offboarding";
import type {
  ApplyRequest,
  ApplyResponse,
  ClustersResponse,
  PreviewRequest,
  PreviewResponse,
} from "../../../core/contract/payload";
import type { RegistryEntry } from "../../../core/contract/registry-entry";
import { type AccessEvent, EVENT_SCHEMAS, EVENT_SOURCE, type EventType } from "../../../core/events/events";
import type { Json } from "../../../core/json";
import type { Roster } from "../../../core/roster/roster";
import { applyHandler, enforceHandler, previewHandler } from "../../../lambdas/reconciler/handlers/handlers";
import { awsServices } from "../../../lambdas/reconciler/services/aws-services";
import type { Services } from "../../../lambdas/reconciler/services/services";
import { auditHash } from "../../../lambdas/reconciler/store/audit-trail";
import { clientOptions } from "../../../lambdas/runtime/aws-client";
import { type LocalAws, startAws } from "../../../local/aws/aws-endpoint";
import { type MySqlOptions, type MySqlServer, startMySql } from "../../../local/mysql/start-mysql";
import { asRoot, TEST_KEY } from "../../support/mysql-login";
import { registryEntry } from "../../support/registry";
import { applyRequest, type Preview, previewRequest } from "./payloads";
import { NOBODY, rosterOf } from "./rosters";
import { AUDIT, type Item, LEDGER, Tables } from "./tables";

export { applyRequest, NOBODY, type Preview, previewRequest, rosterOf };

// The servers are real, and other suites may run at the same time.
jest.setTimeout(180_000);

export { AUDIT, LEDGER };
export const REGISTRY_PATH = "/aurora-users/clusters";
const SECRET = "orders-administrator";

/** A MySQL server, AWS on loopback, and the reconciler's functions in this process. */
export class ReconcilerFixture {
  server!: MySqlServer;
  aws!: LocalAws;
  root!: Connection;
  services!: Services;
  /** What `getRemainingTimeInMillis` answers at the start of each call. */
  timeMs = 60_000;
  /** How long DynamoDB may take to answer. The emulator needs seconds for large items on a busy machine. */
  requestTimeoutMs = 5_000;
  #tables!: Tables;
  #ssm!: SSMClient;
  #secretArn = "";
  /** The key that proves who wrote the ledger. */
  proofKey = "";

  static async start(options: MySqlOptions = {}): Promise<ReconcilerFixture> {
    const fixture = new ReconcilerFixture();
    await fixture.begin(options);
    return fixture;
  }

  async begin(options: MySqlOptions = {}): Promise<void> {
    [this.server, this.aws] = await Promise.all([startMySql(options), startAws({ tablesInMemory: true })]);
    Object.assign(process.env, this.aws.environment);
    this.root = await asRoot(this.server);
    await this.root.query("SET sql_mode = ''");
    await this.server.allowKeys([TEST_KEY]);
    this.#tables = new Tables();
    this.#ssm = new SSMClient({});
    const { username, password } = this.server.admin;
    const secret = { Name: SECRET, SecretString: JSON.stringify({ username, password }) };
    this.#secretArn = (await new SecretsManagerClient({}).send(new CreateSecretCommand(secret))).ARN!;
    await this.#tables.create();
    const key = { KeySpec: "HMAC_256", KeyUsage: "GENERATE_VERIFY_MAC" } as const;
    this.proofKey = (await new KMSClient({}).send(new CreateKeyCommand(key))).KeyMetadata!.Arn!;
    this.services = this.freshServices();
  }

  async stop(): Promise<void> {
    this.root?.destroy();
    await Promise.all([this.server?.stop(), this.aws?.stop()]);
  }

  /** Services of a new container. */
  freshServices(overrides: { caBundle?: string | undefined; proofKey?: string } = {}): Services {
    const { ca: caBundle } = this.server;
    const { proofKey } = this;
    const names = { registryPath: REGISTRY_PATH, auditAnchor: undefined };
    const tables = { ledgerTable: LEDGER, auditTable: AUDIT, persons: personPartitions() };
    const operation = {
      service: "aurora-users",
      eventBus: "default",
      tracing: false,
      needsRunRoles: false,
      logLevel: "off" as const,
    };
    const awsEndpoint = this.aws.endpoint;
    const settings = { ...names, ...tables, ...operation, awsEndpoint, caBundle, proofKey, ...overrides };
    const options = clientOptions(4, 2_000, this.requestTimeoutMs);
    return { ...awsServices(settings, "apply", undefined, options), pause: async () => {} };
  }

  async putSecret(password: string): Promise<void> {
    const SecretString = JSON.stringify({ username: this.server.admin.username, password });
    await new SecretsManagerClient({}).send(new PutSecretValueCommand({ SecretId: SECRET, SecretString }));
  }

  /** Changes one attribute of an item, as a person with write access might. */
  async tamper(table: string, item: Item, attribute: string, value: Json | Uint8Array): Promise<void> {
    await this.#tables.put(table, { ...item, [attribute]: value });
  }

  /** Deletes the cluster's items in the ledger or in another table, as if an old backup was restored. */
  async forget(cluster: string, table: string = LEDGER): Promise<void> {
    for (const item of await this.items(table, cluster)) await this.#tables.delete(table, item);
  }

  async createFunction(name: string, body: object): Promise<void> {
    const authorization =
      "AWS4-HMAC-SHA256 Credential=any/20200101/eu-central-1/lambda/aws4_request, SignedHeaders=host, Signature=none";
    const headers = { authorization, "content-type": "application/json" };
    const response = await fetch(`${this.aws.endpoint}/2015-03-31/functions`, {
      method: "POST",
      headers,
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${name}: ${response.status} ${await response.text()}`);
  }

  /** The request of the shared stack's check. */
  async undeclared(declared: readonly string[] = []): Promise<readonly string[]> {
    const answer = await this.sendPreview({ protocol: 1, action: "clusters", declared });
    return (answer as ClustersResponse).undeclared;
  }

  hashOf(item: Item): string {
    return auditHash(item as Record<string, Json>);
  }

  get environment(): Record<string, string> {
    const tables = { LEDGER_TABLE: LEDGER, AUDIT_TABLE: AUDIT };
    return { REGISTRY_PATH, ...tables, CA_BUNDLE: this.server.ca, PROOF_KEY: this.proofKey };
  }

  async register(cluster: string, overrides: Partial<RegistryEntry> = {}): Promise<RegistryEntry> {
    const entry = registryEntry(this.server, {
      cluster,
      credentials: { secretArn: this.#secretArn },
      ...overrides,
    });
    await this.putParameter(cluster, JSON.stringify(entry));
    return entry;
  }

  async putParameter(cluster: string, Value: string): Promise<void> {
    await this.#ssm.send(
      new PutParameterCommand({
        Name: `${REGISTRY_PATH}/${cluster}`,
        Value,
        Type: "String",
        Overwrite: true,
      }),
    );
  }

  /** All items of a partition, in order. */
  items(table: string, pk: string): Promise<Item[]> {
    return this.#tables.items(table, pk);
  }

  everything(table: string): Promise<Item[]> {
    return this.#tables.everything(table);
  }

  /** A cluster's audit items without the chain's head. */
  async audit(pk: string): Promise<Item[]> {
    return (await this.items(AUDIT, pk)).filter(item => item["sk"] !== "head");
  }

  context(timeMs = this.timeMs) {
    const end = Date.now() + timeMs;
    return { getRemainingTimeInMillis: () => Math.max(0, end - Date.now()) };
  }

  sendPreview(payload: unknown, services = this.services): Promise<unknown> {
    return previewHandler(services)(payload, this.context());
  }

  sendApply(payload: unknown, services = this.services): Promise<unknown> {
    return applyHandler(services)(payload, this.context());
  }

  /** The call of a schedule. */
  async enforce(cluster = "orders", services = this.services): Promise<EnforceResponse> {
    const request = { protocol: 1, action: "enforce", cluster, trigger: "interval" };
    return (await enforceHandler(services)(request, this.context())) as EnforceResponse;
  }

  /** The events on the bus; all types if none is named. */
  events(...types: readonly EventType[]): AccessEvent[] {
    return this.aws.events
      .filter(
        ({ source, detailType }) =>
          source === EVENT_SOURCE && (types.length === 0 || types.some(type => type === detailType)),
      )
      .map(
        ({ detail, detailType }) =>
          ({ type: detailType, detail: EVENT_SCHEMAS[detailType as EventType].parse(detail) }) as AccessEvent,
      );
  }

  async preview(cluster: string, roster: Roster, overrides: Partial<PreviewRequest> = {}): Promise<Preview> {
    const response = (await this.sendPreview(previewRequest(cluster, roster, overrides))) as PreviewResponse;
    const [[id, body] = ["", undefined]] = Object.entries(response.changeSet);
    return { ...response, id, body: body!, sql: Object.values(body!.statements) };
  }

  async apply(
    cluster: string,
    roster: Roster,
    preview: Preview,
    overrides: Partial<ApplyRequest> = {},
  ): Promise<ApplyResponse> {
    return (await this.sendApply(
      applyRequest(cluster, roster, preview.changeSet, overrides),
    )) as ApplyResponse;
  }

  /** Previews and applies until the plan is empty. @returns the last change set that was applied */
  async planAndApply(
    cluster: string,
    roster: Roster,
    overrides: { owner?: string; gate?: string } = {},
  ): Promise<Preview> {
    let seen = await this.preview(cluster, roster, overrides);
    for (let round = 0; round < 4; round++) {
      await this.apply(cluster, roster, seen, { ...overrides, ...action(await this.known(cluster)) });
      const next = await this.preview(cluster, roster, overrides);
      if (next.id === seen.id) return seen;
      seen = next;
    }
    throw new Error(`${cluster} does not settle: ${seen.summary}`);
  }

  async known(cluster: string): Promise<boolean> {
    return (await this.services.ledger.head(cluster)).hooks > 0;
  }

  /** The existing accounts with the prefix. */
  async accounts(like = "sl\\_%"): Promise<string[]> {
    const [found] = await this.root.query("SELECT User FROM mysql.user WHERE User LIKE ? ORDER BY User", [
      like,
    ]);
    return (found as { User: string }[]).map(({ User }) => User);
  }

  async dropAccounts(): Promise<void> {
    for (const user of await this.accounts()) {
      const [hosts] = await this.root.query("SELECT Host FROM mysql.user WHERE User = ?", [user]);
      for (const { Host } of hosts as { Host: string }[])
        await this.root.query("DROP USER ?@?", [user, Host]);
    }
  }

  async grants(user: string): Promise<string[]> {
    const [found] = await this.root.query("SHOW GRANTS FOR ?@'%'", [user]);
    return (found as Record<string, string>[]).map(row => Object.values(row)[0]!);
  }
}

const action = (known: boolean) => ({
  tf: { action: known ? ("update" as const) : ("create" as const), prev_input: null },
});
