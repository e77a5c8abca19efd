import { endedAccess } from "../../../../core/events/access-lists";
import { driftEvent } from "../../../../core/events/drift-event";
import { type Access, type AccessEvent, EVENT_SCHEMAS } from "../../../../core/events/events";
import { type Run, runEvents } from "../../../../core/events/run-events";
import { defined } from "../../../../core/json";
import type { Roster } from "../../../../core/roster/roster";
import type { EventBus } from "../../../../lambdas/reconciler/events/event-bus";
import { Outbox } from "../../../../lambdas/reconciler/events/outbox";
import { Reminders } from "../../../../lambdas/reconciler/events/reminders";
import { EnforcementRecords } from "../../../../lambdas/reconciler/store/enforcement-records";
import { sha256Hex } from "../../../../lambdas/runtime/hash";
import { testProofs } from "../../../support/proofs";
import { MemoryItemStore } from "../store/memory-item-store";

/** DynamoDB's limit of an item, and EventBridge's of an entry. */
const [ITEM, ENTRY] = [400_000, 256_000];
const now = new Date("2027-01-01T00:00:00Z");
const run: Run = {
  id: "en-20270101T000000Z-1a2b3c4d",
  cluster: "orders",
  action: "enforce",
  at: now,
  sha256: sha256Hex,
};
const entry = { host: "db.example.com", port: 3306, region: "eu-central-1", prefix: "sl" };

/**
 * As large as an account's grants may be: hundreds of databases, long texts of letters that take three bytes.
 */
const wide = (user: string, expires?: string): Roster => {
  const databases = Object.fromEntries(
    Array.from({ length: 300 }, (_, i) => {
      const name = `${"é".repeat(56)}_${String(i).padStart(5, "0")}`;
      const grant = {
        role: "役".repeat(64),
        reason: "理".repeat(1_024),
        project: `${"計".repeat(200)}${i}/prod`,
      };
      return [name, { ...grant, ...defined({ expires }) }];
    }),
  );
  const owners = Array.from({ length: 300 }, (_, i) => [
    `${"計".repeat(200)}${i}`,
    { owner: { name: "主".repeat(256), email: `${"o".repeat(300)}@example.com` } },
  ]);
  return {
    roles: { ["役".repeat(64)]: ["SELECT"] },
    accounts: { [`sl_${user}`]: { kind: "person", user, databases } },
    projects: Object.fromEntries(owners),
  };
};

const bytesOf = ({ type, detail }: AccessEvent): number =>
  Buffer.byteLength(JSON.stringify(detail)) + type.length + 100;
const expectFitting = (events: readonly AccessEvent[]) => {
  for (const event of events) {
    EVENT_SCHEMAS[event.type].parse(event.detail);
    expect({ type: event.type, fits: bytesOf(event) < ENTRY }).toEqual({ type: event.type, fits: true });
  }
};

describe("sizes", () => {
  it("of events fit EventBridge, however much an account may reach", () => {
    const NOBODY: Roster = { roles: {}, accounts: {} };
    const common = { run, entry, causeOf: () => "grant" as const, statements: 1, sessionsEnded: 0 };
    const roster = wide("bob");
    const granted = runEvents({
      ...common,
      before: NOBODY,
      after: roster,
      touched: new Set(["sl_bob"]),
      expired: new Map(),
    });
    expect(granted.map(({ type }) => type)).toEqual(["access.granted", "reconcile.succeeded"]);
    expectFitting(granted);
    const over = wide("bob", "2026-12-31T00:00:00Z");
    const ending = new Map<string, readonly Access[]>([["sl_bob", endedAccess(over, "sl_bob", now)]]);
    expectFitting(
      runEvents({ ...common, before: over, after: over, touched: new Set(["sl_bob"]), expired: ending }),
    );
  });

  it("of reminders and of drift fit EventBridge, too", async () => {
    const store = new MemoryItemStore();
    const sent: AccessEvent[] = [];
    const bus: EventBus = {
      put: async events => {
        sent.push(...events);
        return [];
      },
    };
    const outbox = new Outbox(store, "ledger", bus, testProofs());
    await new Reminders(store, "ledger", outbox).send(run, wide("bob", "2027-01-02T00:00:00Z"), entry);
    await outbox.send("orders");
    expect(sent.map(({ type }) => type)).toEqual(["access.expiring"]);
    const accounts = Array.from({ length: 2_000 }, (_, i) => ({
      user: `sl_${"名".repeat(24)}${i}`,
      host: "%",
    }));
    const sql = `GRANT SELECT ON \`${"表".repeat(2_000)}\`.* TO 'x'@'%'`;
    const statements = Array.from({ length: 500 }, () => ({
      sql,
      accounts,
      each: [],
      why: "",
      removes: false,
      isNeeded: false,
    }));
    const drift = driftEvent(
      run,
      { statements },
      accounts.map(({ user }) => user),
      false,
    );
    expect(drift.detail).toMatchObject({ statementCount: 500 });
    expectFitting([...sent, drift]);
  });

  it("of enforcement's record for ten thousand accounts fit the ledger's items, and are read back", async () => {
    const store = new MemoryItemStore();
    store.beforePut = puts => {
      for (const { item } of puts) {
        const size = JSON.stringify(item, (_, v) =>
          v instanceof Uint8Array || v?.type === "Buffer" ? "x".repeat(v.length ?? v.data.length) : v,
        );
        if (size.length > ITEM)
          throw new Error("ValidationException: Item size has exceeded the maximum allowed size");
      }
    };
    const records = new EnforcementRecords(store, "ledger", testProofs());
    const expired = Array.from(
      { length: 10_000 },
      (_, i) => `sl_somebody.with.a.name.${String(i).padStart(8, "0")}`,
    );
    const open = { run: run.id, expired, sessions: expired.map(user => ({ user, host: "%" })) };
    const written = await records.write("orders", { lastSuccess: now.toISOString(), open });
    expect(await records.read("orders")).toEqual(written);
    expect(written.open).toEqual(open);
    await records.write("orders", { ...written, open: undefined });
    expect((await store.list("ledger", "orders", "")).map(({ sk }) => sk)).toEqual(["enforcement"]);
  });
});
