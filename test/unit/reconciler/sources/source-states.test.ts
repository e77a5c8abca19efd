import { entryWith, SourceFixture, shop } from "./source-fixture";

let fixture: SourceFixture;
beforeEach(() => {
  fixture = new SourceFixture();
});

const accounts = async () =>
  (await fixture.states()).map(({ name, roster }) => [name, Object.keys(roster.accounts)]);

describe("the ledger's sources", () => {
  it("that the registry no longer names hold no account; their accounts may exist until they are settled", async () => {
    fixture.users("bob", "eve");
    await fixture.ledger.settle("orders", (await fixture.read()).states);
    const states = await fixture.states(entryWith([]));
    expect(states).toMatchObject([
      { name: "shop/prod", pending: [], formerly: ["sl_bob", "sl_eve"], withdrawn: true },
    ]);
    expect(states[0]!.roster.accounts).toEqual({});
    await fixture.ledger.settle("orders", states);
    expect(await fixture.states(entryWith([]))).toEqual([]);
    expect((await fixture.read()).accepted).toMatchObject([{ added: 2 }]);
  });

  it("grant nothing that a lowered ceiling forbids", async () => {
    fixture.write('{"users":[{"name":"bob","role":"write"},{"name":"eve","role":"read"}]}');
    await fixture.ledger.settle("orders", (await fixture.read()).states);
    const low = entryWith([shop], { ceiling: { privileges: ["SELECT"] } });
    const states = await fixture.states(low);
    expect(states).toMatchObject([{ pending: [], formerly: ["sl_bob"] }]);
    expect(Object.keys(states[0]!.roster.accounts)).toEqual(["sl_eve"]);
    await fixture.ledger.settle("orders", states);
    expect(await fixture.states()).toMatchObject([{ pending: ["sl_bob"], formerly: [] }]);
  });

  it("are not settled by a run that worked on an earlier document", async () => {
    fixture.users("bob", "eve");
    const earlier = (await fixture.read()).states;
    fixture.users("bob", "ann");
    await fixture.read();
    await fixture.ledger.settle("orders", earlier);
    expect(await fixture.states()).toMatchObject([{ pending: ["sl_ann"], formerly: ["sl_eve"] }]);
  });

  it("keep their last rosters and no more", async () => {
    const many = entryWith([{ ...shop, minRemovals: 100 }]);
    for (let round = 0; round < 12; round++) {
      fixture.users("bob", `round${round}`);
      await fixture.ledger.settle("orders", (await fixture.read(many)).states);
    }
    expect((await fixture.store.list("ledger", "orders", "blob#")).length).toBeLessThanOrEqual(8);
    expect(await accounts()).toEqual([["shop/prod", ["sl_bob", "sl_round11"]]]);
  });
});
