import { decideEnforcement } from "../../../../core/decisions/decide-enforcement";
import { observedAccount, observedState, rosterOf } from "../../../support/observed";
import { settledOn } from "../../core/decisions/known";
import { documentOf, entryWith, NOW, SourceFixture, shop } from "./source-fixture";

const sourceNamed = (name: string) => ({ ...shop, name, parameter: `/sources/${name}`, minRemovals: 100 });
const sources = ["a", "m", "z"].map(sourceNamed);
const without = (gone: string) => entryWith(sources.filter(({ name }) => name !== gone));

let fixture: SourceFixture;
let written = 0;
const put = (source: string, ...users: string[]) => {
  const modified = new Date(NOW.getTime() + ++written * 1000).toISOString();
  fixture.parameters.set(`/sources/${source}`, { text: documentOf(...users), version: written, modified });
};
const exists = () => true;
/** Puts what the sources say into force, as an apply does. @returns the sources after it */
const apply = async (entry: ReturnType<typeof entryWith>, reviewed = rosterOf({})) => {
  const { states } = await fixture.read(entry);
  await fixture.ledger.claim("orders", states, new Set(), NOW);
  await fixture.ledger.settle("orders", states, { exists, reviewed });
  return fixture.states(entry);
};
const reads = (user: string) =>
  observedAccount(user, { databases: [{ name: "shop", privileges: ["SELECT"], grantOption: false }] });
const enforced = async (entry: ReturnType<typeof entryWith>) => {
  const { states } = await fixture.read(entry);
  const observed = observedState([reads("sl_jane"), reads("sl_bob")]);
  const { enforceable } = decideEnforcement({
    state: settledOn(rosterOf({})),
    entry,
    states,
    now: NOW,
    observation: { observed },
  });
  return enforceable.plan.statements.map(({ sql }) => sql);
};

describe("an account that a withdrawn source shared", () => {
  beforeEach(() => {
    fixture = new SourceFixture();
  });

  it.each<[string, string, string[]]>([
    ["the later one by name", "a", ["z"]],
    ["the earlier one by name", "z", ["a"]],
    ["two that drop it one after the other", "m", ["a", "z"]],
  ])("goes when the last other source drops it: %s", async (_, gone, others) => {
    for (const source of [gone, ...others]) put(source, "jane", "bob");
    await apply(entryWith(sources));
    const entry = without(gone);
    expect((await apply(entry)).map(({ name }) => name)).not.toContain(gone);
    for (const [index, source] of others.entries()) {
      put(source, "bob");
      const isLast = index === others.length - 1;
      expect(await enforced(entry)).toEqual(isLast ? ["DROP USER 'sl_jane'@'%'"] : []);
      if (!isLast) await apply(entry);
    }
  });

  it("is forgotten with the source if the reviewed roster declares it", async () => {
    put("a", "jane", "bob");
    await apply(entryWith(sources));
    const states = await apply(without("a"), rosterOf({ sl_jane: { shop: "read" } }));
    expect(states.find(({ name }) => name === "a")).toMatchObject({ formerly: ["sl_bob"] });
  });

  it.each<[string, Parameters<SourceFixture["ledger"]["settle"]>[2]]>([
    ["only it declared the account", { exists }],
    ["the account could not be processed", { exists, unresolved: new Set(["sl_jane"]) }],
  ])("stays with the source if %s", async (why, settlement) => {
    put("a", "jane");
    if (settlement?.unresolved) put("z", "jane");
    await apply(entryWith(sources));
    const { states } = await fixture.read(without("a"));
    await fixture.ledger.settle("orders", states, settlement);
    const left = (await fixture.states(without("a"))).find(({ name }) => name === "a");
    expect([why, left]).toMatchObject([why, { formerly: ["sl_jane"], withdrawn: true }]);
  });
});
