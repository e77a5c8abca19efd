import { rosterOf } from "../../../support/observed";
import { entryWith, SourceFixture, shop } from "./source-fixture";

const right = (database: string) => ({ role: "write", strength: "change" as const, databases: [database] });
const RULES = { duties: { neverTogether: [right("payments"), right("shop")], why: "four eyes" } };
const reviewed = { ...rosterOf({ sl_jane: { payments: "write" } }), rules: RULES };

const write = (fixture: SourceFixture, role: string, name = "jane") =>
  fixture.write(JSON.stringify({ users: [{ name, role }] }));

describe("a document that breaks a rule of the reviewed roster", () => {
  it("is refused and reported once, with the account, both grants and the rule; what was accepted stays", async () => {
    const fixture = new SourceFixture();
    fixture.reviewed = reviewed;
    write(fixture, "read");
    expect((await fixture.read()).refused).toEqual([]);
    write(fixture, "write");
    const [refused] = (await fixture.read()).refused;
    expect(refused).toMatchObject({ source: "shop/prod", code: "SourceBreaksRules", new: true });
    expect(refused?.message).toMatch(
      /jane holds what one person never holds together: write on "shop" of "orders" \(sl_jane\), write on "payments" .*duties.*four eyes\. Nothing was changed/,
    );
    expect((await fixture.read()).refused).toMatchObject([{ code: "SourceBreaksRules", new: false }]);
    const [state] = await fixture.states();
    expect(state?.roster.accounts["sl_jane"]?.databases).toEqual({
      shop: expect.objectContaining({ role: "read" }),
    });
    expect(
      (await fixture.audit("refused#orders")).filter(({ code }) => code === "SourceBreaksRules"),
    ).toHaveLength(1);
  });

  it("is accepted as soon as the reviewed roster allows it", async () => {
    const fixture = new SourceFixture();
    fixture.reviewed = reviewed;
    write(fixture, "write");
    expect((await fixture.read()).accepted).toEqual([]);
    fixture.reviewed = { ...rosterOf({}), rules: RULES };
    expect((await fixture.read()).accepted).toMatchObject([{ added: 1 }]);
  });

  it("does not hold up what it takes away, if it was accepted before the rule", async () => {
    const fixture = new SourceFixture();
    const users = (...names: string[]) =>
      fixture.write(JSON.stringify({ users: names.map(name => ({ name, role: "write" })) }));
    users("jane", "joe");
    expect((await fixture.read()).refused).toEqual([]);
    fixture.reviewed = reviewed;
    users("jane", "joe", "ann");
    users("jane");
    expect(await fixture.read()).toMatchObject({ refused: [], accepted: [{ removed: 1 }] });
  });

  it("is refused, too, if another source gives what it must not be together with", async () => {
    const fixture = new SourceFixture();
    fixture.reviewed = { ...rosterOf({}), rules: RULES };
    const other = { ...shop, name: "books/prod", parameter: "/sources/books", databases: ["payments"] };
    const entry = entryWith([other, shop]);
    fixture.parameters.set("/sources/books", {
      text: JSON.stringify({ users: [{ name: "jane", role: "write" }] }),
      version: 1,
      modified: "",
    });
    write(fixture, "write");
    const { accepted, refused } = await fixture.read(entry);
    expect(accepted).toMatchObject([{ source: "books/prod" }]);
    expect(refused).toMatchObject([{ source: "shop/prod", code: "SourceBreaksRules" }]);
  });

  it("is judged whole where nobody knows who wrote what was accepted last", async () => {
    const fixture = new SourceFixture();
    write(fixture, "write");
    expect((await fixture.read()).refused).toEqual([]);
    fixture.reviewed = reviewed;
    expect((await fixture.read()).refused).toEqual([]);
    for (const { proof: _, ...item } of await fixture.store.list("ledger", "orders", "source"))
      await fixture.store.put({ table: "ledger", item: { ...item, write: "another" } });
    expect((await fixture.read()).refused).toMatchObject([{ code: "SourceBreaksRules" }]);
  });

  it("is judged by the addresses that its stack allows it to declare", async () => {
    const fixture = new SourceFixture();
    const mail = { emailDomains: { ...right("shop"), domains: ["example.com"] } };
    fixture.reviewed = { ...rosterOf({}), rules: { mail } };
    const user = { name: "jane", role: "write", email: "jane@example.com", kind: "service" };
    fixture.write(JSON.stringify({ users: [user] }));
    expect((await fixture.read()).refused).toMatchObject([{ code: "SourceBreaksRules" }]);
    const entry = entryWith([{ ...shop, mailDomains: ["example.com"] }]);
    expect((await fixture.read(entry)).refused).toEqual([]);
  });
});
