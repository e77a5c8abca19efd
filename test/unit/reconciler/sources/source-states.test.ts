import { entryWith, SourceWorld, shop } from "./source-fixture";

let world: SourceWorld;
beforeEach(() => {
  world = new SourceWorld();
});

const accounts = async () =>
  (await world.states()).map(({ name, roster }) => [name, Object.keys(roster.accounts)]);

describe("the ledger's sources", () => {
  it("that the registry no longer names hold no account; their accounts may exist until they are settled", async () => {
    world.users("bob", "eve");
    await world.ledger.settle("orders", (await world.read()).states);
    const states = await world.states(entryWith([]));
    expect(states).toMatchObject([
      { name: "shop/prod", pending: [], formerly: ["sl_bob", "sl_eve"], withdrawn: true },
    ]);
    expect(states[0]!.roster.accounts).toEqual({});
    await world.ledger.settle("orders", states);
    expect(await world.states(entryWith([]))).toEqual([]);
    expect((await world.read()).accepted).toMatchObject([{ added: 2 }]);
  });

  it("grant nothing that a lowered ceiling forbids", async () => {
    world.write('{"users":[{"name":"bob","role":"write"},{"name":"eve","role":"read"}]}');
    await world.ledger.settle("orders", (await world.read()).states);
    const low = entryWith([shop], { ceiling: { privileges: ["SELECT"] } });
    const states = await world.states(low);
    expect(states).toMatchObject([{ pending: [], formerly: ["sl_bob"] }]);
    expect(Object.keys(states[0]!.roster.accounts)).toEqual(["sl_eve"]);
    await world.ledger.settle("orders", states);
    expect(await world.states()).toMatchObject([{ pending: ["sl_bob"], formerly: [] }]);
  });

  it("are not settled by a run that worked on an earlier document", async () => {
    world.users("bob", "eve");
    const earlier = (await world.read()).states;
    world.users("bob", "ann");
    await world.read();
    await world.ledger.settle("orders", earlier);
    expect(await world.states()).toMatchObject([{ pending: ["sl_ann"], formerly: ["sl_eve"] }]);
  });

  it("keep their last rosters and no more", async () => {
    for (let round = 0; round < 12; round++) {
      world.users("bob", `round${round}`);
      await world.ledger.settle("orders", (await world.read()).states);
    }
    expect((await world.store.list("ledger", "orders", "blob#")).length).toBeLessThanOrEqual(5);
    expect(await accounts()).toEqual([["shop/prod", ["sl_bob", "sl_round11"]]]);
  });
});
