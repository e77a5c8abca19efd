import { PutItemCommand } from "@aws-sdk/client-dynamodb";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { type AuditAttributes, auditContent, positionKey } from "../../../core/audit";
import { AccessDeniedRetry } from "../../../lambdas/reconciler/aws/access-denied-retry";
import type { AuditHead } from "../../../lambdas/reconciler/store/audit-anchor";
import { AuditTrail } from "../../../lambdas/reconciler/store/audit-trail";
import { DynamoDbItemStore } from "../../../lambdas/runtime/dynamodb-item-store";
import { toAttributes } from "../../../lambdas/runtime/item-attributes";
import { runCli } from "../../unit/cli/run-cli";
import { sha256 } from "../../unit/core/audit/audit-sample";
import { AuditTrailFixture, BUCKET, ITEMS, minute, person, TABLE } from "./audit-trail-fixture";

const WRITERS = 20;
const MIDDLE = ITEMS / 2;
/** A key between two items. */
const INSERTED = `${String(MIDDLE + 10).padStart(12, "0")}-`;

let fixture: AuditTrailFixture;
beforeAll(async () => {
  fixture = await AuditTrailFixture.start();
}, 120_000);
afterAll(() => fixture?.stop());
afterEach(() => fixture.aws.clearFaults());

describe("aurora-users audit", () => {
  const rows = async (...argv: string[]) =>
    JSON.parse((await runCli(["audit", "--json", ...argv])).out) as Record<string, unknown>[];

  test("shows each statement with account, cause, person, change set and result", async () => {
    const { code, out, err } = await runCli([
      "audit",
      "--since",
      minute(ITEMS - 5),
      "--until",
      minute(ITEMS),
    ]);
    expect([code, err]).toEqual([0, ""]);
    const lines = out.split("\n").map(line => line.split(/ {2,}/));
    expect(lines).toEqual([
      ["WHEN", "CLUSTER", "ACCOUNT", "WHAT", "WHY", "WHO", "REFERENCE", "CHANGE SET", "RESULT"],
      ...[ITEMS - 5, ITEMS - 3, ITEMS - 1].map(n => [
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
          n < ITEMS - 1 ? "done" : "unknown: no result recorded",
        ],
      ]),
    ]);
  });

  test("shows one person's rows by user name or account, those of named clusters, and refusals", async () => {
    const all = await rows();
    expect(all).toHaveLength(ITEMS / 2);
    expect(await rows("--person", "user3")).toEqual(await rows("--person", "sl_user3"));
    expect((await rows("--person", "user3")).length).toBe(
      all.filter(row => String(row["what"]).includes("sl_user3")).length,
    );
    expect(
      (await rows("--cluster", "orders", "--refused")).filter(({ kind }) => kind === "refused"),
    ).toMatchObject([{ result: { outcome: "refused", detail: "Refused: too much" } }]);
  });

  test("reads only the part that was asked for, page by page", async () => {
    const since = minute(ITEMS - 10);
    const before = fixture.aws.requests.length;
    expect(await rows("--cluster", "orders", "--since", since)).toHaveLength(5);
    expect(fixture.aws.requests.slice(before).map(({ operation }) => operation)).toEqual(["Query", "Query"]);
  });

  const UNRECORDED = [
    ["ordrs", 'did you mean "orders"?'],
    ["Orders", 'did you mean "orders"?'],
    ["payments", "there are: orders"],
  ];
  const DENIED = { status: 400, type: "AccessDeniedException" };

  test.each(UNRECORDED)("a cluster without an item is an error: %s", async (cluster, hint) => {
    const said = `\`--cluster\`: nothing is recorded under "${cluster}"`;
    for (const command of [["audit"], ["audit", "--since", "7d"], ["audit", "verify"]]) {
      const argv = [...command, "--cluster", "orders", "--cluster", cluster!];
      expect(await runCli(argv)).toEqual({ code: 2, out: "", err: `aurora-users: ${said}; ${hint}` });
    }
    fixture.aws.faultService(({ operation }) => operation === "Scan", DENIED);
    const blind = `${said}. Other names are not known: the permission dynamodb:Scan is missing`;
    expect(await runCli(["audit", "--cluster", cluster!])).toMatchObject({
      code: 2,
      err: `aurora-users: ${blind}`,
    });
  });

  test.each([
    ["usr3", /; did you mean "user3"\?$/],
    ["sl_usr3", /; did you mean "sl_user3"\?$/],
    ["jane.doe", /; there are: sl_user0, /],
  ])("a person that no item names is an error: %s", async (person, hint) => {
    const said = `\`--person\`: nothing is recorded under "${person}"`;
    const { code, err, out } = await runCli(["audit", "--person", "user3", "--person", person]);
    expect([code, out, err]).toEqual([2, "", expect.stringMatching(hint)]);
    expect(err).toContain(said);
    // The names in other items are not known then.
    for (const part of [
      ["--since", minute(ITEMS - 10)],
      ["--cluster", "orders"],
    ])
      expect(await runCli(["audit", "--person", person, ...part])).toMatchObject({
        code: 0,
        out: "nothing",
        err: expect.stringContaining(`${said} in what was read; `),
      });
  });

  test.each([
    [
      "AccessDeniedException",
      "AWS denied access to the table aurora-users-audit: the permission dynamodb:Scan is missing.",
    ],
    [
      "ExpiredTokenException",
      "There are no valid AWS credentials. Log in to AWS first (aws sso login, or AWS_PROFILE).",
    ],
    [
      "UnrecognizedClientException",
      "AWS does not know these credentials (UnrecognizedClientException). Log in to AWS again, or choose another AWS_PROFILE.",
    ],
  ])("says what to do about %s", async (type, message) => {
    fixture.aws.faultService(request => request.operation === "Scan", { status: 400, type });
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

  test("finds the trail whole, and says what it has read", async () => {
    const items = `${ITEMS} items in 2 chains`;
    expect(await verify(...anchored)).toEqual({
      code: 0,
      out: `${items}, ${ITEMS - 1} anchors: whole`,
      err: "",
    });
    expect(await verify("--cluster", "orders")).toEqual({
      code: 0,
      out: `${items}, 0 anchors: whole`,
      err: expect.stringContaining(
        "No anchors were compared. Without them, two faults do not show: items cut off the end together with the head",
      ),
    });
  });

  test("finds one whole chain where 20 containers wrote at once", async () => {
    await fixture.createTable("busy-audit");
    const busy = new DynamoDbItemStore(fixture.inTurn(), new AccessDeniedRetry());
    const trails = Array.from({ length: WRITERS }, () => new AuditTrail(busy, "busy-audit"));
    await Promise.all(
      trails.map((trail, n) => trail.append({ kind: "source", cluster: "orders", when: minute(n), n })),
    );
    const items = (await fixture.store.list("busy-audit", "orders", "0")) as unknown as { n: number }[];
    expect(items.map(({ n }) => n).sort((a, b) => a - b)).toEqual(trails.map((_, n) => n));
    expect((await verify("--table", "busy-audit")).out).toBe(`${WRITERS} items in 1 chain, 0 anchors: whole`);
  }, 60_000);

  test("finds an item that was altered, and says which", async () => {
    const item = await fixture.itemAt("orders", MIDDLE);
    await fixture.overwrite({ ...item, who: "somebody\u001b[2J" });
    const { code, err, out } = await verify(...anchored);
    await fixture.overwrite(item);
    expect([code, out, err.split("\n")]).toEqual([
      1,
      "",
      [
        `orders: altered: item ${MIDDLE} was altered: its content does not give its hash (written ${minute(MIDDLE)})`,
        expect.stringMatching(/ anchors: 1 finding$/),
      ],
    ]);
  });

  test("finds attributes that someone added under the name of JavaScript's prototype, as a set, or as bytes", async () => {
    const item = await fixture.itemAt("orders", MIDDLE);
    const found: unknown[] = [];
    for (const added of [
      { ["__proto__"]: { M: { reference: { S: "INC-1" } } } },
      { added: { SS: ["INC-1"] } },
      { who: { B: Buffer.from("ann") } },
    ]) {
      const Item = { ...toAttributes(item), ...added };
      await fixture.dynamo.send(new PutItemCommand({ TableName: TABLE, Item }));
      const { findings } = JSON.parse((await verify("--json", "--cluster", "orders")).out);
      found.push(findings.map(({ kind, seq }: Record<string, unknown>) => [kind, seq]));
    }
    await fixture.overwrite(item);
    expect(found).toEqual([[["altered", MIDDLE]], [["altered", MIDDLE]], [["altered", MIDDLE]]]);
  });

  test("finds a removed item, an inserted one, and a refusal that was altered", async () => {
    const item = await fixture.itemAt("orders", MIDDLE);
    const refusal = await fixture.itemAt("refused#orders", 1);
    await fixture.remove("orders", positionKey(MIDDLE));
    await fixture.overwrite({ ...item, sk: INSERTED });
    await fixture.overwrite({ ...refusal, message: "fine" });
    const { findings } = JSON.parse((await verify("--json")).out);
    await fixture.overwrite(item);
    await fixture.overwrite(refusal);
    await fixture.remove("orders", INSERTED);
    expect(
      findings.map(({ partition, kind, seq }: Record<string, unknown>) => [partition, kind, seq]),
    ).toEqual([
      ["orders", "missing", MIDDLE],
      ["orders", "inserted", MIDDLE + 10],
      ["refused#orders", "altered", 1],
    ]);
  });

  test("finds a tail that was cut off and a head that was set back, by the bucket or by the log", async () => {
    const last = await fixture.itemAt("orders", ITEMS - 1);
    const before = await fixture.itemAt("orders", ITEMS - 2);
    const head = (seq: number, hash: unknown) =>
      fixture.overwrite({ pk: "orders", sk: "head", seq, hash: String(hash) });
    await fixture.remove("orders", positionKey(ITEMS - 1));
    await head(ITEMS - 2, before["hash"]);
    const found = [
      await verify(),
      await verify(...anchored),
      await verify("--head", `orders=${ITEMS - 1}:${last["hash"]}`),
    ];
    await fixture.overwrite(last);
    await head(ITEMS - 1, last["hash"]);
    expect(found.map(({ code }) => code)).toEqual([0, 1, 1]);
    expect(found[1]!.err).toContain(
      `orders: cut-off: item ${ITEMS - 1} was cut off the end: the head was set back, an anchor of`,
    );
    expect((await verify(...anchored)).code).toBe(0);
  });

  test("finds a chain that is missing, and one whose head is missing", async () => {
    const { hash } = (await fixture.store.get(TABLE, "refused#orders", "head")) as unknown as AuditAttributes;
    await fixture.remove("refused#orders", "head");
    const { err } = await verify();
    await fixture.overwrite({ pk: "refused#orders", sk: "head", seq: 1, hash: String(hash) });
    expect(err).toContain("orders (refused): head: the head is missing; the chain ends with item 1");
    const gone: AuditHead = { pk: "gone", seq: 3, hash: sha256(""), when: minute(0) };
    expect((await verify("--head", `gone=3:${gone.hash}`)).err).toContain(
      "gone: cut-off: items 1 to 3 were cut off the end",
    );
  });

  test("reads the first version of an anchor, and says that there is another", async () => {
    const Key = `aurora-users/orders/${positionKey(MIDDLE)}.json`;
    const false_ = { pk: "orders", seq: MIDDLE, hash: sha256(""), when: minute(MIDDLE) };
    await fixture.s3.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body: JSON.stringify(false_) }));
    const { code, err } = await verify(...anchored);
    expect([code, err.split("\n")[0]]).toEqual([
      1,
      `orders: anchor: the anchor ${Key} was written again with other content`,
    ]);
  });

  test("finds a chain that was rewritten from an item on", async () => {
    const originals: AuditAttributes[] = [];
    let prevHash = (await fixture.itemAt("orders", ITEMS - 5))["hash"];
    for (let seq = ITEMS - 4; seq < ITEMS; seq++) {
      const item = await fixture.itemAt("orders", seq);
      originals.push(item);
      const altered = { ...item, who: "somebody", prevHash };
      prevHash = sha256(auditContent(altered));
      await fixture.overwrite({ ...altered, hash: prevHash });
    }
    await fixture.overwrite({ pk: "orders", sk: "head", seq: ITEMS - 1, hash: prevHash });
    const { findings } = JSON.parse((await verify("--json", ...anchored, "--cluster", "orders")).out);
    for (const item of originals) await fixture.overwrite(item);
    await fixture.overwrite({ pk: "orders", sk: "head", seq: ITEMS - 1, hash: originals.at(-1)!["hash"] });
    expect(findings.map(({ kind, seq }: Record<string, unknown>) => [kind, seq])).toContainEqual([
      "rewritten",
      ITEMS - 4,
    ]);
  });

  test("says that there is no such bucket", async () => {
    expect((await verify("--bucket", "example-other")).err).toBe(
      "There is no bucket example-other in this account and region.",
    );
  });
});
