import { defined } from "../../../../core/json";
import { documentOf, entryWith, SourceFixture, shop } from "./source-fixture";

const people = ["ann", "bob", "cid", "dan", "eve", "fay"];

/** A source with six accounts, and the token that the refusal of an empty document names. */
async function refusedRemoval() {
  const fixture = new SourceFixture();
  fixture.users(...people);
  await fixture.read();
  fixture.write('{"users":[]}');
  const [refusal] = (await fixture.read()).refused;
  const token = /"confirmRemovals": "([0-9a-f]{12})"/.exec(refusal!.message)![1]!;
  return { fixture, token };
}
const codes = async (fixture: SourceFixture) => (await fixture.read()).refused.map(({ code }) => code);

describe("the token that confirms a removal", () => {
  it("cannot be known beforehand: for the same removal it is another one each time", async () => {
    const tokens = await Promise.all([refusedRemoval(), refusedRemoval(), refusedRemoval()]);
    expect(new Set(tokens.map(({ token }) => token)).size).toBe(3);
  });

  it.each<[string, (token: string) => string | string[]]>([
    ["alone", token => token],
    ["among those of other clusters", token => ["0123456789ab", token]],
  ])("is accepted once, %s", async (_, written) => {
    const { fixture, token } = await refusedRemoval();
    fixture.write(JSON.stringify({ users: [], confirmRemovals: written(token) }));
    expect((await fixture.read()).accepted).toMatchObject([{ removed: 6 }]);
    fixture.users(...people);
    await fixture.read();
    fixture.write(JSON.stringify({ users: [], confirmRemovals: written(token), version: 1 }));
    expect(await codes(fixture)).toEqual(["RemovalUnconfirmed"]);
  });

  it.each<[string, object[]]>([
    ["fewer accounts", people.slice(0, 1).map(name => ({ name, role: "read" }))],
    [
      "the same accounts, with an end instead of nothing",
      people.map(name => ({ name, role: "read", expires: "2027-01-01T00:00:01Z" })),
    ],
    [
      "the same accounts, in another way",
      people.map(name => ({ name, role: "write", expires: "2027-01-01T01:00:00Z" })),
    ],
  ])("confirms no other removal: %s", async (_, users) => {
    const { fixture, token } = await refusedRemoval();
    fixture.write(JSON.stringify({ users, confirmRemovals: token }));
    expect(await codes(fixture)).toEqual(["RemovalUnconfirmed"]);
  });

  it("stays valid while other documents are refused", async () => {
    const { fixture, token } = await refusedRemoval();
    fixture.write("{");
    expect(await codes(fixture)).toEqual(["SourceBroken"]);
    fixture.write(JSON.stringify({ users: [], confirmRemovals: token }));
    expect((await fixture.read()).accepted).toMatchObject([{ removed: 6 }]);
  });
});

describe("removals that need no token", () => {
  it.each<[string, (left: string[]) => string]>([
    ["two accounts at a time", left => documentOf(...left)],
    [
      "ends one second ahead, two at a time",
      left =>
        JSON.stringify({
          users: people.map(name => ({
            name,
            role: "read",
            ...defined({ expires: left.includes(name) ? undefined : "2027-01-01T00:00:01Z" }),
          })),
        }),
    ],
  ])("are added up: %s", async (_, write) => {
    const fixture = new SourceFixture();
    fixture.users(...people);
    await fixture.read();
    fixture.write(write(people.slice(2)));
    expect(await codes(fixture)).toEqual([]);
    fixture.write(write(people.slice(4)));
    expect(await codes(fixture)).toEqual(["RemovalUnconfirmed"]);
  });

  it("are what the stack takes from the source: a role that may less, a database", async () => {
    const fixture = new SourceFixture();
    const wide = entryWith([{ ...shop, databases: ["shop", "stock"] }]);
    fixture.write(JSON.stringify({ users: people.map(name => ({ name, role: "write" })) }));
    await fixture.read(wide);
    const narrow = entryWith([{ ...shop, roles: { ...shop.roles, write: ["INSERT"] } }]);
    expect((await fixture.read(narrow)).refused).toEqual([]);
    expect((await fixture.states(narrow))[0]!.pending).toHaveLength(6);
  });
});
