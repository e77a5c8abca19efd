import type { AccessEvent } from "../../../../core/events/events";
import { Outbox } from "../../../../lambdas/reconciler/events/outbox";
import type { Proofs } from "../../../../lambdas/reconciler/store/proofs";
import type { Item } from "../../../../lambdas/runtime/item-store";
import { memoryKey, silentKey, testProofs } from "../../../support/proofs";
import { MemoryItemStore } from "../store/memory-item-store";

const EVENT = { type: "access.revoked", detail: { account: "sl_bob" } } as unknown as AccessEvent;
const DAY = 24 * 3_600_000;

/** Outboxes of several containers over one ledger. */
function containers() {
  const store = new MemoryItemStore();
  const sent: AccessEvent[] = [];
  const open = {
    put: async (events: readonly AccessEvent[]) => {
      sent.push(...events);
      return [];
    },
  };
  const shut = { put: async (events: readonly AccessEvent[]) => events };
  const outbox = (proofs: Proofs, isOpen = true) => new Outbox(store, "l", isOpen ? open : shut, proofs);
  const held = () => store.list("l", "orders", "outbox#");
  return { store, sent, outbox, held };
}

describe("events that wait", () => {
  afterEach(() => jest.restoreAllMocks());

  it.each([
    ["without a proof", silentKey],
    ["with a proof", memoryKey()],
    ["with a proof by another key", memoryKey("mallory")],
  ])("%s stay while the key does not answer, however long that is", async (_, key) => {
    const { held, outbox, sent } = containers();
    await outbox(testProofs(key)).hold("orders", "r", [EVENT]);
    jest.spyOn(Date, "now").mockReturnValue(Date.now() + 3 * DAY);
    expect(await outbox(testProofs(silentKey)).send("orders")).toEqual({ waiting: 1, unproven: 0 });
    expect([await held(), sent]).toMatchObject([[{ pk: "orders" }], []]);
  });

  it.each([0, 1, 23])(
    "are sent by the container that wrote them without a proof, %d h later",
    async hours => {
      const { held, outbox, sent } = containers();
      const proofs = testProofs(silentKey);
      const first = outbox(proofs, false);
      await first.hold("orders", "r", [EVENT]);
      expect(await first.send("orders")).toEqual({ waiting: 1, unproven: 0 });
      jest.spyOn(Date, "now").mockReturnValue(Date.now() + hours * 3_600_000);
      const other = outbox(testProofs());
      expect(await other.send("orders")).toEqual({ waiting: 1, unproven: 0 });
      expect(sent).toEqual([]);
      expect(await outbox(proofs).send("orders")).toEqual({ waiting: 0, unproven: 0 });
      expect([sent, await held()]).toEqual([[EVENT], []]);
    },
  );

  it("without a proof are deleted after a day, and counted", async () => {
    const { held, outbox, sent } = containers();
    await outbox(testProofs(silentKey)).hold("orders", "r", [EVENT]);
    jest.spyOn(Date, "now").mockReturnValue(Date.now() + DAY + 1);
    expect(await outbox(testProofs()).send("orders")).toEqual({ waiting: 0, unproven: 1 });
    expect([sent, await held()]).toEqual([[], []]);
  });

  it.each<[string, (item: Item) => unknown, boolean]>([
    ["no proof and no time", ({ at, proof, ...item }) => item, false],
    ["no proof and a time to come", ({ proof, ...item }) => ({ ...item, at: "2199-01-01T00:00:00Z" }), false],
    ["no proof and a time that is none", ({ proof, ...item }) => ({ ...item, at: "soon" }), false],
    ["no proof and the time of now", ({ proof, ...item }) => item, true],
    ["a false proof and the time of now", item => ({ ...item, proof: "A".repeat(43).concat("=") }), false],
  ])("that somebody else wrote are never sent: with %s", async (_, forge, stays) => {
    const { held, outbox, sent, store } = containers();
    await outbox(testProofs(memoryKey("mallory"))).hold("orders", "r", [EVENT]);
    const [item] = await held();
    await store.put({ table: "l", item: forge(item!) as Item });
    const answer = stays ? { waiting: 1, unproven: 0 } : { waiting: 0, unproven: 1 };
    for (const proofs of [testProofs(), testProofs()].slice(0, stays ? 2 : 1))
      expect(await outbox(proofs).send("orders")).toEqual(answer);
    expect((await held()).length).toBe(stays ? 1 : 0);
    expect(sent).toEqual([]);
  });
});
