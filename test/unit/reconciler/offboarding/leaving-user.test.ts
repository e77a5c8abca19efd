import { leavingSchema, offboardLeaving } from "../../../../lambdas/reconciler/offboarding/leaving-user";
import { leavingEvent } from "../../../support/identity-center/leaving-events";
import { AT, Offboarding } from "./offboarding-fixture";

const DAY = 24 * 3_600_000;

describe("a user of Identity Center who leaves", () => {
  let given: Offboarding;
  const names = (...users: readonly (readonly [id: string, name: string])[]) =>
    given.directory.refresh(new Map(users), AT);
  const leaves = (id: string, event = "event-1", name: "DisableUser" | "DeleteUser" = "DeleteUser") =>
    offboardLeaving(leavingSchema.parse(leavingEvent(name, id, event)), given.call);
  beforeEach(async () => {
    given = new Offboarding();
    await names(["id-1", "jane.doe"], ["id-2", "bob"]);
  });

  it("is marked by the name of the list, and each cluster has a run, first those with accounts", async () => {
    given.accounts = { orders: [], stock: ["jane.doe"] };
    await leaves("id-1");
    expect([await given.marked(), given.runs]).toEqual([["jane.doe"], ["stock", "orders"]]);
    await leaves("id-1");
    expect([given.runs.length, given.said.length]).toEqual([2, 1]);
  });

  it("is marked by each name that the id had, if there are accounts of it, and the record names them", async () => {
    await names(["id-1", "jane.smith"], ["id-2", "bob"]);
    given.users = new Map([["id-1", "jane.jones"]]);
    given.accounts = { orders: ["jane.doe"], stock: ["jane.jones"] };
    await leaves("id-1", "event-1", "DisableUser");
    expect((await given.marked()).sort()).toEqual(["jane.doe", "jane.jones"]);
    const all = ["jane.jones", "jane.smith", "jane.doe"];
    expect(given.said).toMatchObject([
      { person: "jane.jones", outcome: "offboarded", names: all },
      { person: "jane.doe", outcome: "offboarded", names: all },
    ]);
    expect([...given.runs].sort()).toEqual(["orders", "stock"]);
  });

  it("is not marked by a name that another user has now; the record says whose it is", async () => {
    await names(["id-3", "Jane.Doe"]);
    await leaves("id-1");
    expect([await given.marked(), given.runs]).toEqual([[], []]);
    expect(given.said).toMatchObject([
      { person: "jane.doe", outcome: "held by another user", heldBy: "id-3", userId: "id-1" },
    ]);
  });

  it("is not nobody if the list is not proven, or was never read: the event comes again", async () => {
    const item = (await given.store.get("ledger", "#directory", "users"))!;
    await given.store.put({ table: "ledger", item: { ...item, previous: "x" } });
    await expect(leaves("id-9")).rejects.toThrow(/is not proven/);
    await given.store.remove("ledger", "#directory", "users");
    await expect(leaves("id-1")).rejects.toThrow(/was never read/);
    expect(given.said).toEqual([]);
  });

  it("is marked by the name of now although the list is not proven, and the event comes again", async () => {
    await given.store.remove("ledger", "#directory", "users");
    given.users = new Map([["id-1", "jane.doe"]]);
    await expect(leaves("id-1")).rejects.toThrow(/was never read/);
    expect([await given.marked(), given.runs.length]).toEqual([["jane.doe"], 2]);
    expect(await given.marks.isDone("jane.doe", "event-1")).toBe(false);
  });

  it("is nobody if the list does not have the id, unless Identity Center does not answer", async () => {
    await leaves("id-9");
    expect(given.said).toMatchObject([{ outcome: "no accounts", userId: "id-9" }]);
    given.users = undefined;
    await expect(leaves("id-9")).rejects.toThrow(/did not answer/);
    await leaves("id-1");
    expect(await given.marked()).toEqual(["jane.doe"]);
  });

  it("stays in, once reinstated, if the event of before comes again, also one that failed half-way", async () => {
    given.outOfReach = "stock";
    await expect(leaves("id-1")).rejects.toThrow(/stock cannot be reached/);
    await given.marks.write({ person: "jane.doe", state: "reinstated", at: new Date(AT.getTime() + DAY) });
    await leaves("id-1");
    expect(await given.marked()).toEqual([]);
    await leaves("id-1", "event-2").catch(() => {});
    expect(await given.marked()).toEqual(["jane.doe"]);
  });
});
