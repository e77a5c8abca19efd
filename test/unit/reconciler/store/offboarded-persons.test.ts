import { personPartitions } from "../../../../core/contract/offboarding";
import { isOffboarded } from "../../../../core/roster/offboarded";
import { DirectoryError } from "../../../../lambdas/reconciler/runtime/errors";
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

  it("remember which events were carried out, and of undone ones also which were begun", async () => {
    const isDone = (event: string) => marks().isDone("jane.doe", event);
    await marks().write({ ...jane, state: "offboarded", event: "event-1" });
    expect(await isDone("event-1")).toBe(false);
    // Another event about the same person, which changes nothing of the mark.
    expect(await marks().write({ ...jane, state: "offboarded", event: "event-2" })).toBe(false);
    await marks().carriedOut("jane.doe", "event-1");
    expect([await isDone("event-1"), await isDone("event-2")]).toEqual([true, false]);
    await marks().write({ ...jane, state: "reinstated" });
    expect([await isDone("event-1"), await isDone("event-2"), await isDone("event-3")]).toEqual([
      true,
      true,
      false,
    ]);
  });

  it("do not say that an event is done if nobody can check that it was undone", async () => {
    await marks().write({ ...jane, state: "offboarded", event: "event-1" });
    await marks().write({ ...jane, state: "reinstated" });
    await expect(marks(silentKey).isDone("jane.doe", "event-1")).rejects.toThrow(/KMS key/);
    expect((await marks(silentKey).all()).map(isOffboarded)).toEqual([false]);
  });

  it("are checked if they are undone, and not all at once", async () => {
    const key = memoryKey();
    const people = Array.from({ length: 25 }, (_, index) => `user-${index}`);
    for (const person of people) {
      await marks(key).write({ person, at: AT, state: "offboarded" });
      await marks(key).write({ person, at: AT, state: "reinstated" });
    }
    for (const person of ["a", "b"]) await marks(key).write({ person, at: AT, state: "offboarded" });
    let [now, most, asked] = [0, 0, 0];
    const counting = {
      make: key.make,
      verify: async (...given: Parameters<typeof key.verify>) => {
        asked += 1;
        most = Math.max(most, ++now);
        await new Promise(resolve => setImmediate(resolve));
        now -= 1;
        return key.verify(...given);
      },
    };
    expect(await marks(counting).all()).toHaveLength(27);
    expect([asked, most]).toEqual([25, 10]);
  });
});

describe("the names of Identity Center's users", () => {
  const DAY = 24 * 3_600_000;
  const later = (days: number) => new Date(AT.getTime() + days * DAY);
  let store: MemoryItemStore;
  const directory = (key = memoryKey()) => new UserDirectory(store, "ledger", testProofs(key));
  const own = async (id: string, now?: string) => (await directory().namesOf(id, now)).own;
  const both = new Map([
    ["id-1", "jane.doe"],
    ["id-2", "bob"],
  ]);
  beforeEach(() => {
    store = new MemoryItemStore();
  });

  it("are kept when a user is gone, for 90 days", async () => {
    expect(await directory().refresh(both, AT)).toEqual({ users: 2, gone: 0 });
    const bob = new Map([["id-2", "bob"]]);
    expect(await directory().refresh(bob, AT)).toEqual({ users: 1, gone: 1 });
    expect(await directory().refresh(bob, later(89))).toEqual({ users: 1, gone: 1 });
    expect([await own("id-1"), await own("id-2")]).toEqual([["jane.doe"], ["bob"]]);
    await directory().refresh(bob, later(91));
    expect([await own("id-1"), await own("toString")]).toEqual([[], []]);
  });

  it("are kept when a user is renamed, for 90 days, also once the user is gone", async () => {
    await directory().refresh(both, AT);
    await directory().refresh(new Map([["id-1", "jane.smith"]]), AT);
    await directory().refresh(new Map([["id-1", "jane.jones"]]), later(50));
    expect(await own("id-1")).toEqual(["jane.jones", "jane.smith", "jane.doe"]);
    expect(await own("id-1", "Jane.Smith")).toEqual(["Jane.Smith", "jane.jones", "jane.doe"]);
    await directory().refresh(new Map([["id-1", "jane.jones"]]), later(91));
    expect(await own("id-1")).toEqual(["jane.jones", "jane.smith"]);
    await directory().refresh(new Map(), later(92));
    expect(await own("id-1")).toEqual(["jane.jones", "jane.smith"]);
  });

  it("are another user's if that one has them now", async () => {
    await directory().refresh(both, AT);
    await directory().refresh(new Map([["id-3", "Jane.Doe"]]), AT);
    expect([...(await directory().namesOf("id-1", undefined)).others]).toEqual([["jane.doe", "id-3"]]);
    // Identity Center itself says whose name it is.
    expect([...(await directory().namesOf("id-1", "jane.doe")).others]).toEqual([]);
    // Nobody has the name of a user who is gone.
    expect([...(await directory().namesOf("id-3", undefined)).others]).toEqual([]);
  });

  it("are not believed if there is no list, or somebody else wrote it, and nothing of that is kept", async () => {
    await expect(own("id-1")).rejects.toThrow(/was never read/);
    await directory().refresh(both, AT);
    const item = (await store.get("ledger", "#directory", "users"))!;
    await store.put({ table: "ledger", item: { ...item, previous: "x" } });
    await expect(own("id-1", "jane.doe")).rejects.toThrow(DirectoryError);
    expect(await directory().refresh(new Map([["id-2", "bob"]]), AT)).toEqual({ users: 1, gone: 0 });
    expect(await own("id-1")).toEqual([]);
  });

  it("are not written while the key of proofs does not answer, so that none is lost", async () => {
    await directory().refresh(both, AT);
    const bob = new Map([["id-2", "bob"]]);
    await expect(directory(silentKey).refresh(bob, AT)).rejects.toThrow(/KMS key/);
    await directory().refresh(bob, AT);
    expect(await own("id-1")).toEqual(["jane.doe"]);
  });
});
