import { eventKey } from "../../../../core/mysql";
import { recordDisabling } from "../../../../lambdas/reconciler/execute/disabled-events";
import { DisabledEvents } from "../../../../lambdas/reconciler/store/disabled-events";
import { Ledger } from "../../../../lambdas/reconciler/store/ledger";
import type { Item } from "../../../../lambdas/runtime/item-store";
import { memoryKey, silentKey, testProofs } from "../../../support/proofs";
import { MemoryItemStore } from "./memory-item-store";

const SIZE_OF_ITEM = 400_000;
const account = (user: string) => ({ user, host: "%" });
/** Events with names of 60 characters that do not pack well. */
const eventsOf = (user: string, count: number, first = 0) =>
  Array.from({ length: count }, (_, index) => {
    const name = Math.abs(Math.sin(first + index + 1))
      .toString(36)
      .slice(2)
      .repeat(9)
      .slice(0, 50);
    return eventKey(account(user), { database: "orders", name: `${name}_${first + index}` });
  });

let store: MemoryItemStore;
beforeEach(() => {
  store = new MemoryItemStore();
});
const list = (key = memoryKey()) => new DisabledEvents(store, "ledger", testProofs(key));
const add = (events: readonly string[], to = list()) => to.change("orders", known => [...known, ...events]);
const forget = (events: readonly string[], of = list()) =>
  of.change("orders", known => known.filter(event => !events.includes(event)));
const stored = async () => (await store.get("ledger", "orders", "events"))!;
const known = async () => [...(await list().read("orders"))];
const blobs = async () => (await store.list("ledger", "orders", "blob#")).map(({ sk }) => sk.split("#")[1]!);
const tamper = async (change: (item: Item) => unknown) =>
  store.put({ table: "ledger", item: (await change(await stored())) as Item });

describe("the list of disabled events", () => {
  it("remembers thousands of events of many accounts, in items that DynamoDB accepts", async () => {
    const events = Array.from({ length: 20 }, (_, index) => eventsOf(`sl_${index}`, 1_000, index)).flat();
    expect(await add(events)).toEqual(new Map());
    expect((await known()).sort()).toEqual([...events].sort());
    for (const { data, ...item } of store.tables.get("ledger")!.values()) {
      const bytes = data instanceof Uint8Array ? data.length : 0;
      expect(bytes + JSON.stringify(item).length).toBeLessThan(SIZE_OF_ITEM);
    }
  });

  it("remembers 1,000 events of an account, those it knew first, and does not forget those of others", async () => {
    const [first, more] = [eventsOf("sl_mal", 900), eventsOf("sl_mal", 600, 900)];
    const others = [...eventsOf("sl_ann", 3), ...eventsOf("sl_zoe", 3)];
    await add([...first, ...others]);
    expect(await add(more)).toEqual(new Map([["'sl_mal'@'%'", 500]]));
    const kept = await known();
    expect(kept).toHaveLength(1_006);
    expect(kept).toEqual(expect.arrayContaining([...first, ...others]));
  });

  it.each(["sl_o'neil", "sl_a\\", "sl_a'@'%' `b`.`c", "sl_\n", "sl_``"])(
    "counts the events of an account with any name, like %j",
    async user => {
      const left = await add([...eventsOf(user, 1_001), ...eventsOf("sl_a", 1_000)]);
      expect([...left.values()]).toEqual([1]);
      expect([...left.keys()][0]).toBe(eventKey(account(user), { database: "", name: "" }).slice(0, -6));
    },
  );

  it("names in the log each account of which it does not remember all, with the number", async () => {
    const lines: unknown[] = [];
    const log = { error: (...line: unknown[]) => void lines.push(line) };
    const call = { services: { ledger: new Ledger(store, "ledger", testProofs()), log } };
    const plan = { disables: [...eventsOf("sl_mal", 1_200), ...eventsOf("sl_ann", 3)] };
    await recordDisabling({ call, entry: { cluster: "orders" } } as never, plan as never);
    expect(lines).toEqual([
      ["disabled events not remembered", { cluster: "orders", account: "'sl_mal'@'%'", events: 200 }],
    ]);
  });

  it("keeps the list before for a reader that has just read the item, and deletes the one before that", async () => {
    for (const event of eventsOf("sl_a", 3)) await add([event]);
    const { blob, previous } = await stored();
    expect(await blobs()).toHaveLength(2);
    expect(new Set(await blobs())).toEqual(new Set([blob, previous]));
  });

  it("is whole if it becomes again what it was before", async () => {
    const [first, second] = eventsOf("sl_a", 2);
    await add([first!]);
    await add([second!]);
    await forget([second!]);
    expect(await known()).toEqual([first]);
  });

  it("is not written again if nothing changes", async () => {
    await add(eventsOf("sl_a", 3));
    const puts: unknown[] = [];
    store.beforePut = put => void puts.push(put);
    await forget(["nothing"]);
    await add(eventsOf("sl_a", 2));
    await new DisabledEvents(store, "ledger", testProofs()).change("payments", () => []);
    expect(puts).toEqual([]);
  });
});

describe("a list of disabled events in the item itself, as earlier commits wrote it", () => {
  const events = eventsOf("sl_a", 3);
  beforeEach(async () => {
    const item = { pk: "orders", sk: "events", disabled: events };
    await store.put({ table: "ledger", item: await testProofs().prove(item) });
  });

  it("is read, and replaced by the next change", async () => {
    expect(await known()).toEqual(events);
    await forget([events[0]!]);
    expect(await known()).toEqual(events.slice(1));
    expect((await stored())["disabled"]).toBeUndefined();
  });

  it("enables nothing without its proof", async () => {
    await tamper(item => ({ ...item, disabled: [...events, ...eventsOf("sl_b", 1)] }));
    expect(await known()).toEqual([]);
  });
});

describe("a list of disabled events that is not proven", () => {
  const [a, b, c] = eventsOf("sl_a", 3) as [string, string, string];
  beforeEach(() => add([a, b]));

  it.each<[string, (item: Item) => unknown]>([
    ["has no proof", ({ proof: _, ...item }) => item],
    ["names another list", item => ({ ...item, blob: "a".repeat(64) })],
    ["has a proof by another key", ({ proof: _, ...item }) => testProofs(memoryKey("m")).prove(item as Item)],
    ["names no list", ({ blob: _, ...item }) => item],
  ])("enables nothing and is replaced by what the next run disables, if its item %s", async (_, change) => {
    await tamper(change);
    expect(await known()).toEqual([]);
    await add([c]);
    expect(await known()).toEqual([c]);
  });

  it("the same if the list itself is gone", async () => {
    for (const { sk } of await store.list("ledger", "orders", "blob#"))
      await store.remove("ledger", "orders", sk);
    expect(await known()).toEqual([]);
    await add([c]);
    expect(await known()).toEqual([c]);
  });

  it("deletes no blob that a forged item names", async () => {
    const others = new Ledger(store, "ledger", testProofs());
    const id = await others.writeSessions("orders", "cs-1", []);
    await tamper(item => ({ ...item, previous: id }));
    await add([c]);
    expect(await blobs()).toContain(id);
  });

  it("enables nothing while the key does not answer, and then is as before if it did not grow", async () => {
    const silent = list(silentKey);
    expect([...(await silent.read("orders"))]).toEqual([]);
    await forget([a], silent);
    expect(await known()).toEqual([a, b]);
  });

  it("gets no proof from a key that answers again before it is written", async () => {
    await tamper(item => ({ ...item, proof: "A".repeat(43).concat("=") }));
    let isSilent = true;
    const key = memoryKey();
    const verify = () => Promise.reject(new Error("no answer"));
    const make = (message: string) => (isSilent ? silentKey : key).make(message);
    store.beforePut = () => {
      isSilent = false;
      jest.spyOn(Date, "now").mockReturnValue(Date.now() + 31_000);
    };
    await add([c], list({ make, verify }));
    jest.restoreAllMocks();
    expect(await known()).toEqual([]);
  });

  it("that grew while the key did not answer is kept for a person to read, and enables nothing", async () => {
    await add([c], list(silentKey));
    const { blob, proof } = await stored();
    expect(proof).toBeUndefined();
    expect(await blobs()).toContain(blob);
    expect(await known()).toEqual([]);
  });
});
