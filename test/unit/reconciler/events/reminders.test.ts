import type { AccessEvent } from "../../../../core/events/events";
import { Outbox } from "../../../../lambdas/reconciler/events/outbox";
import { Reminders } from "../../../../lambdas/reconciler/events/reminders";
import { sha256Hex } from "../../../../lambdas/runtime/hash";
import { rosterOf } from "../../../support/observed";
import { testProofs } from "../../../support/proofs";
import { MemoryItemStore } from "../store/memory-item-store";

const entry = { host: "db.example.com", port: 3306, region: "eu-central-1", prefix: "sl" };
const day = (n: number, ms = 0) => new Date(Date.UTC(2027, 0, n) + ms);
const runAt = (at: Date, id: string) => ({
  id,
  cluster: "orders",
  action: "enforce" as const,
  at,
  sha256: sha256Hex,
});

function fixtureOf() {
  const store = new MemoryItemStore();
  const sent: AccessEvent[] = [];
  const bus = {
    put: async (events: readonly AccessEvent[]) => {
      sent.push(...events);
      return [];
    },
  };
  const outbox = new Outbox(store, "ledger", bus, testProofs());
  return { store, sent, outbox, reminders: new Reminders(store, "ledger", outbox) };
}

describe("reminders", () => {
  it("come at their moment and not before, and only one if a run comes late for both", async () => {
    const { reminders } = fixtureOf();
    const roster = rosterOf({ sl_a: { orders: { role: "read", expires: "2027-01-10T00:00:00Z" } } });
    const send = (at: Date) => reminders.send(runAt(at, at.toISOString()), roster, entry);
    expect([await send(day(3, -1)), await send(day(3)), await send(day(3)), await send(day(9, -1))]).toEqual([
      0, 1, 0, 0,
    ]);
    expect([await send(day(9)), await send(day(9)), await send(day(10, -1)), await send(day(10))]).toEqual([
      1, 0, 0, 0,
    ]);
    const late = fixtureOf();
    expect(await late.reminders.send(runAt(day(9), "en-1"), roster, entry)).toBe(1);
    expect(await late.reminders.send(runAt(day(9), "en-2"), roster, entry)).toBe(0);
  });

  it("for which there was no time come with the next run", async () => {
    const { outbox, reminders, sent } = fixtureOf();
    const names = Array.from({ length: 50 }, (_, i) => `sl_${i}`);
    const roster = rosterOf(
      Object.fromEntries(
        names.map(name => [name, { orders: { role: "read", expires: "2027-01-10T00:00:00Z" } }]),
      ),
    );
    let left = 20;
    expect(await reminders.send(runAt(day(5), "en-1"), roster, entry, { hasTime: () => left-- > 0 })).toBe(
      20,
    );
    expect(await reminders.send(runAt(day(5), "en-2"), roster, entry, { hasTime: () => true })).toBe(30);
    await outbox.send("orders");
    expect(new Set(sent.map(({ detail }) => detail.id)).size).toBe(50);
    expect(sent).toHaveLength(50);
  });
});
