import {
  BatchWriteItemCommand,
  DynamoDBClient,
  PutItemCommand,
  TransactWriteItemsCommand,
} from "@aws-sdk/client-dynamodb";
import { CreateBucketCommand, PutObjectLockConfigurationCommand, S3Client } from "@aws-sdk/client-s3";
import { type AuditAttributes, positionKey } from "../../../core/audit";
import { AccessDeniedRetry } from "../../../lambdas/reconciler/aws/access-denied-retry";
import { S3AuditAnchor } from "../../../lambdas/reconciler/store/audit-anchor";
import { AuditTrail } from "../../../lambdas/reconciler/store/audit-trail";
import { DynamoDbItemStore } from "../../../lambdas/runtime/dynamodb-item-store";
import { toAttributes } from "../../../lambdas/runtime/item-attributes";
import type { Item } from "../../../lambdas/runtime/item-store";
import { type LocalAws, startAws } from "../../../local/aws/aws-endpoint";
import { createTable } from "../../support/create-table";
import { MemoryItemStore } from "../../unit/reconciler/store/memory-item-store";

export const TABLE = "aurora-users-audit";
export const BUCKET = "example-access-audit";
/** Items of the chain "orders" and the one of "refused#orders". */
export const ITEMS = 60;

export const minute = (n: number) => new Date(Date.parse("2026-11-20T00:00:00Z") + n * 60_000).toISOString();
export const person = (n: number) => ({ account: `sl_user${n % 7}`, user: `user${n % 7}` });

/** A local AWS with an audit trail of two chains and its anchors. This process's AWS settings lead to it. */
export class AuditTrailFixture {
  readonly #environment = { ...process.env };
  readonly dynamo: DynamoDBClient;
  readonly s3: S3Client;
  readonly store: DynamoDbItemStore;
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(readonly aws: LocalAws) {
    Object.assign(process.env, aws.environment, {
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
    });
    this.dynamo = new DynamoDBClient({});
    this.s3 = new S3Client({});
    this.store = new DynamoDbItemStore(this.dynamo, new AccessDeniedRetry());
  }

  static async start(): Promise<AuditTrailFixture> {
    const fixture = new AuditTrailFixture(await startAws());
    await fixture.createTable(TABLE);
    await fixture.#createBucket();
    await fixture.#writeTrail();
    return fixture;
  }

  async stop(): Promise<void> {
    this.dynamo.destroy();
    this.s3.destroy();
    await this.aws.stop();
    process.env = this.#environment;
  }

  createTable(name: string): Promise<void> {
    return createTable(this.dynamo, name);
  }

  async itemAt(chain: string, seq: number): Promise<AuditAttributes> {
    return (await this.store.get(TABLE, chain, positionKey(seq))) as unknown as AuditAttributes;
  }

  async overwrite(item: AuditAttributes): Promise<void> {
    await this.dynamo.send(new PutItemCommand({ TableName: TABLE, Item: toAttributes(item) }));
  }

  async remove(pk: string, sk: string): Promise<void> {
    await this.store.remove(TABLE, pk, sk);
  }

  /**
   * A client that sends its transactions one after the other; other commands are sent at once. moto rolls a
   * transaction back by restoring a copy of the table, which undoes what others wrote. DynamoDB isolates
   * transactions.
   */
  inTurn(): Pick<DynamoDBClient, "send"> {
    const send = this.dynamo.send.bind(this.dynamo) as (command: unknown) => Promise<unknown>;
    return {
      send: ((command: unknown) => {
        if (!(command instanceof TransactWriteItemsCommand)) return send(command);
        const mine = this.#turn.then(() => send(command));
        this.#turn = mine.catch(() => {});
        return mine;
      }) as DynamoDBClient["send"],
    };
  }

  async #createBucket(): Promise<void> {
    await this.s3.send(
      new CreateBucketCommand({
        Bucket: BUCKET,
        ObjectLockEnabledForBucket: true,
        CreateBucketConfiguration: { LocationConstraint: "eu-central-1" },
      }),
    );
    const retention = { Mode: "GOVERNANCE" as const, Days: 400 };
    const lock = { ObjectLockEnabled: "Enabled" as const, Rule: { DefaultRetention: retention } };
    await this.s3.send(
      new PutObjectLockConfigurationCommand({ Bucket: BUCKET, ObjectLockConfiguration: lock }),
    );
  }

  /** Writes the trail in memory and copies it: moto copies the whole table for each transaction. */
  async #writeTrail(): Promise<void> {
    const memory = new MemoryItemStore();
    const anchor = new S3AuditAnchor(async () => this.s3, BUCKET, "aurora-users/");
    const trail = new AuditTrail(memory, TABLE, { anchor });
    for (let n = 1; n < ITEMS; n += 2) await appendRun(trail, n);
    await trail.append({
      kind: "refused",
      cluster: "orders",
      when: minute(1),
      code: "Refused",
      message: "too much",
    });
    for (const chain of ["orders", "refused#orders"])
      await this.#copyChain(await memory.list(TABLE, chain, ""));
  }

  async #copyChain(items: readonly Item[]): Promise<void> {
    for (let from = 0; from < items.length; from += 25) {
      const puts = items.slice(from, from + 25).map(item => ({ PutRequest: { Item: toAttributes(item) } }));
      await this.dynamo.send(new BatchWriteItemCommand({ RequestItems: { [TABLE]: puts } }));
    }
  }
}

/** An intent and its result. The last run ended before it recorded a result. */
async function appendRun(trail: AuditTrail, n: number): Promise<void> {
  const run = {
    cluster: "orders",
    changeSet: `cs${n}`,
    who: "arn:aws:sts::1:assumed-role/Admin/ann",
    reference: "abc123",
  };
  const sql = `GRANT SELECT ON app.* TO '${person(n).account}'@'%'`;
  const statements = [{ sql, why: "declared", cause: "grant", accounts: [person(n)] }];
  await trail.append({ ...run, kind: "intent", when: minute(n) }, { name: "statements", items: statements });
  if (n >= ITEMS - 1) return;
  const results = {
    name: "results" as const,
    items: [{ sql, outcome: "done", ms: 1, accounts: [person(n)] }],
  };
  await trail.append({ ...run, kind: "result", when: minute(n + 1), outcome: "succeeded" }, results);
}
