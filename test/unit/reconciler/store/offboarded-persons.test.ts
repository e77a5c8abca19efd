import { personPartitions } from "../../../../core/contract/offboarding";
import { isOffboarded } from "../../../../core/roster/offboarded";
import { OffboardedPersons } from "../../../../lambdas/reconciler/store/offboarded-persons";
import { UserDirectory } from "../../../../lambdas/reconciler/store/user-directory";
import type { Item } from "../../../../lambdas/runtime/item-store";
import { memoryKey, silentKey, testProofs } from "../../../support/proofs";
import { MemoryItemStore } from "./memory-item-store";

const AT = new Date("2026-11-20T12:00:00Z");
const jane = { person: "jane.doe", at: AT };

describe("the marks of offboarded persons", () => {
  let store: MemoryItemStore;
  /** As a container that just started sees them. */
  const marks = (key = memoryKey()) => new OffboardedPersons(store, "ledger", testProofs(key));
  const isLocked = async () => (await marks().all()).map(isOffboarded);
  const tamper = async (change: (item: Item) => object) => {
    const item = (await store.get("ledger", "#offboarded", "jane.doe"))!;
    await store.put({ table: "ledger", item: change(item) as Item });
  };
  beforeEach(() => {
    store = new MemoryItemStore();
  });

  it("lock until they are undone, and are written once", async () => {
    expect(await marks().write({ ...jane, state: "reinstated" })).toBe(false);
    expect(await marks().write({ ...jane, state: "offboarded" })).toBe(true);
    expect(await marks().write({ person: "Jane.Doe", at: AT, state: "offboarded" })).toBe(false);
    expect(await isLocked()).toEqual([true]);
    expect(await marks().write({ ...jane, state: "reinstated" })).toBe(true);
    expect(await isLocked()).toEqual([false]);
  });

  it("open nothing if somebody else wrote that they are undone", async () => {
    await marks().write({ ...jane, state: "offboarded" });
    await tamper(item => ({ ...item, state: "reinstated" }));
    expect(await isLocked()).toEqual([true]);
    await tamper(({ proof: _, ...item }) => item);
    expect(await isLocked()).toEqual([true]);
    await tamper(() => ({ pk: "#offboarded", sk: "jane.doe" }));
    expect(await isLocked()).toEqual([true]);
    expect(await marks().write({ ...jane, state: "reinstated" })).toBe(true);
    expect(await isLocked()).toEqual([false]);
  });

  it("are written while the key of proofs does not answer, and not undone", async () => {
    expect(await marks(silentKey).write({ ...jane, state: "offboarded" })).toBe(true);
    expect(await isLocked()).toEqual([true]);
    await expect(marks(silentKey).write({ ...jane, state: "reinstated" })).rejects.toThrow(/KMS key/);
    expect(await isLocked()).toEqual([true]);
  });

  it("are each reconciler's own where several use the tables, so that each can undo its own", async () => {
    const of = (reconciler: string) =>
      new OffboardedPersons(store, "ledger", testProofs(memoryKey(reconciler)), personPartitions(reconciler));
    const locked = (reconciler: string) =>
      of(reconciler)
        .all()
        .then(marks => marks.map(isOffboarded));
    await of("shop").write({ ...jane, state: "offboarded" });
    await of("finance").write({ ...jane, state: "offboarded" });
    await of("shop").write({ ...jane, state: "reinstated" });
    expect([await locked("shop"), await locked("finance")]).toEqual([[false], [true]]);
    expect(await store.get("ledger", "#offboarded#shop", "jane.doe")).toMatchObject({ state: "reinstated" });
  });

  it("remember which events were carried out, also when they are undone", async () => {
    await marks().write({ ...jane, state: "offboarded" });
    expect(await marks().isCarriedOut("jane.doe", "event-1")).toBe(false);
    await marks().carriedOut("jane.doe", "event-1");
    await marks().write({ ...jane, state: "reinstated" });
    expect(await marks().isCarriedOut("jane.doe", "event-1")).toBe(true);
    expect(await marks().isCarriedOut("jane.doe", "event-2")).toBe(false);
  });
});

describe("the names of Identity Center's users", () => {
  const DAY = 24 * 3_600_000;

  it("are kept when a user is gone, for 90 days", async () => {
    const store = new MemoryItemStore();
    const directory = () => new UserDirectory(store, "ledger", testProofs());
    const both = new Map([
      ["id-1", "jane.doe"],
      ["id-2", "bob"],
    ]);
    expect(await directory().refresh(both, AT)).toEqual({ users: 2, gone: 0 });
    const bob = new Map([["id-2", "robert"]]);
    expect(await directory().refresh(bob, AT)).toEqual({ users: 1, gone: 1 });
    expect(await directory().refresh(bob, new Date(AT.getTime() + 89 * DAY))).toEqual({ users: 1, gone: 1 });
    expect([await directory().nameOf("id-1"), await directory().nameOf("id-2")]).toEqual([
      "jane.doe",
      "robert",
    ]);
    await directory().refresh(bob, new Date(AT.getTime() + 91 * DAY));
    expect([await directory().nameOf("id-1"), await directory().nameOf("toString")]).toEqual([
      undefined,
      undefined,
    ]);
  });
});
