import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { sameRoster } from "../../../../core/contract/change-set";
import { Outbox } from "../../../../lambdas/reconciler/events/outbox";
import { DatabaseUnreachableError } from "../../../../lambdas/reconciler/runtime/errors";
import { DynamoDbItemStore } from "../../../../lambdas/runtime/dynamodb-item-store";
import type { AwsRequest } from "../../../../local/aws-http/aws-request";
import { testProofs } from "../../../support/proofs";
import { interceptQueries } from "../intercept-queries";
import {
  AUDIT,
  applyRequest,
  LEDGER,
  previewRequest,
  ReconcilerFixture,
  rosterOf,
} from "../reconciler-fixture";

const WRITES = new Set(["PutItem", "TransactWriteItems", "DeleteItem"]);
/** Whether a request writes to the table. */
const writesTo = (table: string) => (request: AwsRequest) =>
  request.service === "dynamodb" &&
  WRITES.has(request.operation) &&
  JSON.stringify(request.body ?? table).includes(`"${table}"`);

const people = (count: number, role: "read" | "write" = "read") =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`user${String(i).padStart(4, "0")}`, role]));

describe("what cannot be recorded is not given", () => {
  let fixture: ReconcilerFixture;

  beforeAll(async () => {
    fixture = await ReconcilerFixture.start();
    // Runs with 1,000 accounts write items of hundreds of kilobytes.
    fixture.requestTimeoutMs = 60_000;
    fixture.timeMs = 300_000;
    fixture.services = fixture.freshServices();
    await fixture.root.query("CREATE DATABASE orders");
    await fixture.register("orders");
  }, 180_000);
  afterAll(() => fixture.stop());
  beforeEach(async () => fixture.planAndApply("orders", rosterOf({ bob: "read" })));
  afterEach(() => fixture.aws.clearFaults());

  it.each([
    ["the ledger", LEDGER, /LedgerUnusable/],
    ["the audit trail", AUDIT, /AuditUnusable/],
  ])("gives and takes nothing when %s cannot be written, and says so", async (_what, table, message) => {
    const roster = rosterOf({ eve: "write" });
    const plan = await fixture.preview("orders", roster);
    expect(plan.sql.length).toBeGreaterThan(0);
    fixture.aws.faultService(writesTo(table), "error");
    await expect(fixture.apply("orders", roster, plan)).rejects.toThrow(message);
    expect(await fixture.accounts()).toEqual(["sl_bob"]);
    fixture.aws.clearFaults();
    const again = await fixture.preview("orders", roster);
    expect(again.sql).toEqual(plan.sql);
  });

  it("says that the audit trail cannot be written also if the server then does not answer", async () => {
    const roster = rosterOf({ eve: "write" });
    const plan = await fixture.preview("orders", roster);
    fixture.aws.faultService(writesTo(AUDIT), "error");
    const { services } = fixture;
    fixture.services = interceptQueries(services, (sql, run) => {
      if (sql.includes("performance_schema.processlist")) throw new DatabaseUnreachableError("gone");
      return run();
    });
    await expect(fixture.apply("orders", roster, plan)).rejects.toThrow(/AuditUnusable/);
    fixture.services = services;
    expect(await fixture.accounts()).toEqual(["sl_bob"]);
  });

  it("never ends in an empty plan when the result cannot be recorded after the statements ran", async () => {
    const roster = rosterOf({ bob: "write" });
    const plan = await fixture.preview("orders", roster);
    // The intent is the first write of an audit item, the result the second.
    fixture.aws.faultService(writesTo(AUDIT), "error", { from: 2 });
    await expect(fixture.apply("orders", roster, plan)).rejects.toThrow(
      /AuditUnusable.*1 of 1 statements ran/,
    );
    fixture.aws.clearFaults();
    const again = await fixture.preview("orders", roster);
    expect(again.id).not.toBe(plan.id);
    expect(again.body.status).toBe("none");
    await fixture.apply("orders", roster, again);
    expect((await fixture.preview("orders", roster)).changeSet).toEqual(again.changeSet);
  });

  it("a change whose answer was lost is recorded once", async () => {
    const roster = rosterOf({ bob: "read", ann: "read" });
    const plan = await fixture.preview("orders", roster);
    const before = (await fixture.audit("orders")).length;
    fixture.aws.faultService(writesTo(AUDIT), "lose-response", { times: 1 });
    fixture.aws.faultService(writesTo(LEDGER), "lose-response", { times: 1 });
    await fixture.apply("orders", roster, plan);
    const items = (await fixture.audit("orders")).slice(before);
    expect(items.map(({ kind }) => kind)).toEqual(["intent", "result"]);
    expect(await fixture.services.ledger.head("orders")).toMatchObject({ hooks: 1 });
  });

  it("readers of the ledger see the old roster or the new one, wherever a run with 1,000 accounts is killed", async () => {
    const old = rosterOf(people(1_000, "read"));
    const next = rosterOf({ ...people(1_000, "write"), extra: "read" });
    await fixture.planAndApply("orders", old);
    // A bus that takes all: the emulator's takes seconds for the events of 1,000 accounts, and is not what
    // this is about.
    const store = new DynamoDbItemStore(new DynamoDBClient({}), fixture.services.accessDeniedRetry);
    const outbox = new Outbox(store, LEDGER, { put: async () => [] }, testProofs());
    fixture.services = { ...fixture.services, outbox };
    const seen = new Set<string>();
    for (let write = 1; ; write++) {
      const plan = (await fixture.sendPreview(previewRequest("orders", next))) as { changeSet: never };
      // From this write on nothing arrives any more, as when the function was killed.
      const fault = fixture.aws.faultService(
        writesTo(LEDGER),
        { status: 400, type: "Killed" },
        { from: write },
      );
      const failed = await fixture.sendApply(applyRequest("orders", next, plan.changeSet)).then(
        () => false,
        () => true,
      );
      fixture.aws.clearFaults();
      const { target, applied, head } = await fixture.services.ledger.state("orders");
      for (const version of [target, applied]) {
        const which = sameRoster(version!.roster, old)
          ? "old"
          : sameRoster(version!.roster, next)
            ? "new"
            : "neither";
        expect(which).not.toBe("neither");
        seen.add(which);
      }
      // The last writes only sweep what nothing points to; failing them fails nothing.
      if (!failed) expect(head.attempt).toBeUndefined();
      if (fault.failed === 0) {
        expect(write).toBeGreaterThan(5);
        break;
      }
      // Back to the old roster, so that the next kill meets the same work.
      await fixture.planAndApply("orders", old);
    }
    expect(seen.size).toBe(2);
  }, 400_000);

  it("refuses a roster of the ledger that somebody changed", async () => {
    const { head } = await fixture.services.ledger.state("orders");
    const [chunk] = (await fixture.items(LEDGER, "orders")).filter(({ sk }) =>
      String(sk).startsWith(`blob#${head.applied}`),
    );
    await fixture.tamper(LEDGER, chunk!, "data", new Uint8Array([1, 2, 3]));
    const plan = await fixture.preview("orders", rosterOf({ bob: "read" }));
    expect(plan).toMatchObject({ verified: false, body: { status: "unverified" } });
    expect(plan.summary).toMatch(/cannot be unpacked/);
    await expect(fixture.apply("orders", rosterOf({ bob: "write" }), plan)).rejects.toThrow(/LedgerUnusable/);
    await fixture.tamper(LEDGER, chunk!, "data", chunk!["data"] as Uint8Array);
  });

  it("chains the audit trail, item by item", async () => {
    const items = await fixture.audit("orders");
    expect(items.length).toBeGreaterThan(4);
    let previous = "";
    for (const item of items) {
      expect(item["prevHash"]).toBe(previous);
      expect(fixture.hashOf(item)).toBe(item["hash"]);
      previous = String(item["hash"]);
    }
    for (const item of items) expect(JSON.stringify(item).length).toBeLessThan(390_000);
  });
});
