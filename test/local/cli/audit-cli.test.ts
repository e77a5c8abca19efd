import {
  BatchWriteItemCommand,
  CreateTableCommand,
  DynamoDBClient,
  PutItemCommand,
  TransactWriteItemsCommand,
} from "@aws-sdk/client-dynamodb";
import {
  CreateBucketCommand,
  PutObjectCommand,
  PutObjectLockConfigurationCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { type AuditAttributes, auditContent, positionKey } from "../../../core/audit";
import { AccessDeniedRetry } from "../../../lambdas/reconciler/aws/access-denied-retry";
import { type AuditHead, S3AuditAnchor } from "../../../lambdas/reconciler/store/audit-anchor";
import { AuditTrail } from "../../../lambdas/reconciler/store/audit-trail";
import { DynamoDbItemStore } from "../../../lambdas/runtime/dynamodb-item-store";
import { toAttributes } from "../../../lambdas/runtime/item-attributes";
import type { Item } from "../../../lambdas/runtime/item-store";
import { type LocalAws, startAws } from "../../../local/aws/aws-endpoint";
import { runCli } from "../../unit/cli/run-cli";
import { sha256 } from "../../unit/core/audit/audit-sample";
import { MemoryItemStore } from "../../unit/reconciler/store/memory-item-store";

const TABLE = "aurora-users-audit";
const BUCKET = "example-access-audit";
const ITEMS = 300;
const WRITERS = 20;

const environment = { ...process.env };
let aws: LocalAws;
let dynamo: DynamoDBClient;
let s3: S3Client;
let store: DynamoDbItemStore;

const minute = (n: number) => new Date(Date.parse("2026-11-20T00:00:00Z") + n * 60_000).toISOString();
const person = (n: number) => ({ account: `sl_user${n % 7}`, user: `user${n % 7}` });

beforeAll(async () => {
  aws = await startAws();
  Object.assign(process.env, aws.environment, { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" });
  dynamo = new DynamoDBClient({});
  s3 = new S3Client({});
  store = new DynamoDbItemStore(dynamo, new AccessDeniedRetry());
  await createTable(TABLE);
  await s3.send(
    new CreateBucketCommand({
      ...{ Bucket: BUCKET, ObjectLockEnabledForBucket: true },
      CreateBucketConfiguration: { LocationConstraint: "eu-central-1" },
    }),
  );
  const retention = { Mode: "GOVERNANCE" as const, Days: 400 };
  const lock = { ObjectLockEnabled: "Enabled" as const, Rule: { DefaultRetention: retention } };
  await s3.send(new PutObjectLockConfigurationCommand({ Bucket: BUCKET, ObjectLockConfiguration: lock }));

  // moto copies the whole table for each transaction: the long chain is written in memory first.
  const memory = new MemoryItemStore();
  const trail = new AuditTrail(memory, TABLE, {
    anchor: new S3AuditAnchor(async () => s3, BUCKET, "aurora-users/"),
  });
  for (let n = 1; n < ITEMS; n += 2) {
    const run = {
      cluster: "orders",
      changeSet: `cs${n}`,
      who: "arn:aws:sts::1:assumed-role/Admin/ann",
      reference: "abc123",
    };
    const sql = `GRANT SELECT ON app.* TO '${person(n).account}'@'%'`;
    const statements = [{ sql, why: "declared", cause: "grant", accounts: [person(n)] }];
    await trail.append(
      { ...run, kind: "intent", when: minute(n) },
      { name: "statements", items: statements },
    );
    const results = {
      name: "results" as const,
      items: [{ sql, outcome: "done", ms: 1, accounts: [person(n)] }],
    };
    // The last run ended before it could say how.
    if (n < ITEMS - 1)
      await trail.append({ ...run, kind: "result", when: minute(n + 1), outcome: "succeeded" }, results);
  }
  await trail.append({
    kind: "refused",
    cluster: "orders",
    when: minute(1),
    code: "Refused",
    message: "too much",
  });
  for (const chain of ["orders", "refused#orders"]) await copyChain(await memory.list(TABLE, chain, ""));
}, 120_000);

async function createTable(TableName: string): Promise<void> {
  await dynamo.send(
    new CreateTableCommand({
      ...{ TableName, BillingMode: "PAY_PER_REQUEST" },
      AttributeDefinitions: ["pk", "sk"].map(AttributeName => ({
        AttributeName,
        AttributeType: "S" as const,
      })),
      KeySchema: [
        { AttributeName: "pk", KeyType: "HASH" },
        { AttributeName: "sk", KeyType: "RANGE" },
      ],
    }),
  );
}

async function copyChain(items: readonly Item[]): Promise<void> {
  for (let from = 0; from < items.length; from += 25) {
    const puts = items.slice(from, from + 25).map(item => ({ PutRequest: { Item: toAttributes(item) } }));
    await dynamo.send(new BatchWriteItemCommand({ RequestItems: { [TABLE]: puts } }));
  }
}

afterAll(async () => {
  dynamo?.destroy();
  s3?.destroy();
  await aws?.stop();
  process.env = environment;
});
afterEach(() => aws.clearFaults());

/**
 * A client whose transactions are sent one after the other. moto rolls one back by putting a copy of the table in its place, and with
 * it takes back what others wrote meanwhile; DynamoDB isolates them. All else, and so every conflict, comes as it comes.
 */
function inTurn(client: DynamoDBClient): Pick<DynamoDBClient, "send"> {
  const send = client.send.bind(client) as (command: unknown) => Promise<unknown>;
  return {
    send: ((command: unknown) => {
      if (!(command instanceof TransactWriteItemsCommand)) return send(command);
      const mine = turn.then(() => send(command));
      turn = mine.catch(() => {});
      return mine;
    }) as DynamoDBClient["send"],
  };
}
let turn: Promise<unknown> = Promise.resolve();

const itemAt = async (chain: string, seq: number) =>
  (await store.get(TABLE, chain, positionKey(seq))) as unknown as AuditAttributes;
const overwrite = (item: AuditAttributes) =>
  dynamo.send(new PutItemCommand({ TableName: TABLE, Item: toAttributes(item) }));
const remove = (pk: string, sk: string) => store.remove(TABLE, pk, sk);

describe("aurora-users audit", () => {
  const rows = async (...argv: string[]) =>
    JSON.parse((await runCli(["audit", "--json", ...argv])).out) as Record<string, unknown>[];

  test("shows each statement with account, cause, person, change set and result", async () => {
    const { code, out, err } = await runCli(["audit", "--since", minute(295), "--until", minute(300)]);
    expect([code, err]).toEqual([0, ""]);
    const lines = out.split("\n").map(line => line.split(/ {2,}/));
    expect(lines).toEqual([
      ["WHEN", "CLUSTER", "ACCOUNT", "WHAT", "WHY", "WHO", "REFERENCE", "CHANGE SET", "RESULT"],
      ...[295, 297, 299].map(n => [
        ...[
          minute(n).replace(".000Z", "Z"),
          "orders",
          person(n).account,
          `GRANT SELECT ON app.* TO '${person(n).account}'@'%'`,
        ],
        ...[
          "grant",
          "assumed-role/Admin/ann",
          "abc123",
          `cs${n}`,
          n < 299 ? "done" : "unknown: no result recorded",
        ],
      ]),
    ]);
  });

  test("shows one person's, by user name or account, of the clusters that are named, and what was refused", async () => {
    const all = await rows();
    expect(all).toHaveLength(ITEMS / 2);
    expect(await rows("--person", "user3")).toEqual(await rows("--person", "sl_user3"));
    expect((await rows("--person", "user3")).length).toBe(
      all.filter(row => String(row["what"]).includes("sl_user3")).length,
    );
    expect(await rows("--cluster", "payments")).toEqual([]);
    expect(
      (await rows("--cluster", "orders", "--refused")).filter(({ kind }) => kind === "refused"),
    ).toMatchObject([{ result: { outcome: "refused", detail: "Refused: too much" } }]);
  });

  test("of a part reads that part alone, page by page", async () => {
    const since = minute(290);
    const before = aws.requests.length;
    expect(await rows("--cluster", "orders", "--since", since)).toHaveLength(5);
    expect(aws.requests.slice(before).map(({ operation }) => operation)).toEqual(["Query"]);
  });

  test.each([
    [
      "AccessDeniedException",
      "AWS refused access to the table aurora-users-audit: it takes the permission dynamodb:Scan.",
    ],
    [
      "ExpiredTokenException",
      "There are no AWS credentials that hold. Log in to AWS first (aws sso login, or AWS_PROFILE).",
    ],
    [
      "UnrecognizedClientException",
      "AWS does not know these credentials (UnrecognizedClientException). Log in to AWS again, or choose another AWS_PROFILE.",
    ],
  ])("says what to do about %s", async (type, message) => {
    aws.faultService(request => request.operation === "Scan", { status: 400, type });
    expect(await runCli(["audit"])).toEqual({ code: 1, out: "", err: message });
  });

  test("says that there is no such table", async () => {
    expect((await runCli(["audit", "--table", "other-audit"])).err).toBe(
      "There is no table other-audit in this account and region.",
    );
  });
});

describe("aurora-users audit verify", () => {
  const verify = (...argv: string[]) => runCli(["audit", "verify", ...argv]);
  const anchored = ["--bucket", BUCKET];

  test("finds the trail whole, and says what was looked at", async () => {
    const items = `${ITEMS} items in 2 chains`;
    expect(await verify(...anchored)).toEqual({
      code: 0,
      out: `${items}, ${ITEMS - 1} anchors: whole`,
      err: "",
    });
    expect(await verify("--cluster", "orders")).toEqual({
      ...{ code: 0, out: `${items}, 0 anchors: whole` },
      err: expect.stringContaining(
        "No anchors were looked at: a tail that was cut off together with the head",
      ),
    });
  });

  test("finds one whole chain where 20 containers wrote at once", async () => {
    await createTable("busy-audit");
    const busy = new DynamoDbItemStore(inTurn(dynamo), new AccessDeniedRetry());
    const trails = Array.from({ length: WRITERS }, () => new AuditTrail(busy, "busy-audit"));
    await Promise.all(
      trails.map((trail, n) => trail.append({ kind: "source", cluster: "orders", when: minute(n), n })),
    );
    const items = (await store.list("busy-audit", "orders", "0")) as unknown as { n: number }[];
    expect(items.map(({ n }) => n).sort((a, b) => a - b)).toEqual(trails.map((_, n) => n));
    expect((await verify("--table", "busy-audit")).out).toBe(`${WRITERS} items in 1 chain, 0 anchors: whole`);
  }, 60_000);

  test("finds an item that was altered, and says which", async () => {
    const item = await itemAt("orders", 150);
    await overwrite({ ...item, who: "somebody\u001b[2J" });
    const { code, err, out } = await verify(...anchored);
    await overwrite(item);
    expect([code, out, err.split("\n")]).toEqual([
      1,
      "",
      [
        `orders: altered: item 150 was altered: its content does not give its hash (written ${minute(150)})`,
        expect.stringMatching(/ anchors: 1 finding$/),
      ],
    ]);
  });

  test("finds one taken out and one put in, and a refusal that was altered", async () => {
    const item = await itemAt("orders", 150);
    const refusal = await itemAt("refused#orders", 1);
    await remove("orders", positionKey(150));
    await overwrite({ ...item, sk: "000000000200-" });
    await overwrite({ ...refusal, message: "fine" });
    const { findings } = JSON.parse((await verify("--json")).out);
    await overwrite(item);
    await overwrite(refusal);
    await remove("orders", "000000000200-");
    expect(
      findings.map(({ partition, kind, seq }: Record<string, unknown>) => [partition, kind, seq]),
    ).toEqual([
      ["orders", "missing", 150],
      ["orders", "inserted", 200],
      ["refused#orders", "altered", 1],
    ]);
  });

  test("finds a tail that was cut off with the head moved back, by the bucket or by a line of the log", async () => {
    const last = await itemAt("orders", ITEMS - 1);
    const before = await itemAt("orders", ITEMS - 2);
    const head = (seq: number, hash: unknown) =>
      overwrite({ pk: "orders", sk: "head", seq, hash: String(hash) });
    await remove("orders", positionKey(ITEMS - 1));
    await head(ITEMS - 2, before["hash"]);
    const found = [
      await verify(),
      await verify(...anchored),
      await verify("--head", `orders=${ITEMS - 1}:${last["hash"]}`),
    ];
    await overwrite(last);
    await head(ITEMS - 1, last["hash"]);
    expect(found.map(({ code }) => code)).toEqual([0, 1, 1]);
    expect(found[1]!.err).toContain(
      `orders: cut-off: item ${ITEMS - 1} was cut off the end: the head was set back, an anchor of`,
    );
    expect((await verify(...anchored)).code).toBe(0);
  });

  test("finds a chain that is gone as a whole, and one whose head is", async () => {
    const { hash } = (await store.get(TABLE, "refused#orders", "head")) as unknown as AuditAttributes;
    await remove("refused#orders", "head");
    const { err } = await verify();
    await overwrite({ pk: "refused#orders", sk: "head", seq: 1, hash: String(hash) });
    expect(err).toContain("orders (refused): head: the head is missing; the chain ends with item 1");
    const gone: AuditHead = { pk: "gone", seq: 3, hash: sha256(""), when: minute(0) };
    expect((await verify("--head", `gone=3:${gone.hash}`)).err).toContain(
      "gone: cut-off: items 1 to 3 were cut off the end",
    );
  });

  test("takes the first version of an anchor, and says that there is another", async () => {
    const Key = `aurora-users/orders/${positionKey(150)}.json`;
    const false_ = { pk: "orders", seq: 150, hash: sha256(""), when: minute(150) };
    await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body: JSON.stringify(false_) }));
    const { code, err } = await verify(...anchored);
    expect([code, err.split("\n")[0]]).toEqual([
      1,
      `orders: anchor: the anchor ${Key} was written again with something else`,
    ]);
  });

  test("finds a chain that was made anew from an item on", async () => {
    const originals: AuditAttributes[] = [];
    let prevHash = (await itemAt("orders", 295))["hash"];
    for (let seq = 296; seq < ITEMS; seq++) {
      const item = await itemAt("orders", seq);
      originals.push(item);
      const altered = { ...item, who: "somebody", prevHash };
      prevHash = sha256(auditContent(altered));
      await overwrite({ ...altered, hash: prevHash });
    }
    await overwrite({ pk: "orders", sk: "head", seq: ITEMS - 1, hash: prevHash });
    const { findings } = JSON.parse((await verify("--json", ...anchored, "--cluster", "orders")).out);
    for (const item of originals) await overwrite(item);
    await overwrite({ pk: "orders", sk: "head", seq: ITEMS - 1, hash: originals.at(-1)!["hash"] });
    expect(findings.map(({ kind, seq }: Record<string, unknown>) => [kind, seq])).toContainEqual([
      "rewritten",
      296,
    ]);
  });

  test("says that there is no such bucket", async () => {
    expect((await verify("--bucket", "example-other")).err).toBe(
      "There is no bucket example-other in this account and region.",
    );
  });
});
