import { sha256Hex } from "../../../../lambdas/runtime/hash";
import { documentOf, entryWith, NOW, SourceFixture, shop } from "./source-fixture";

const HOUR = 3_600_000;
let fixture: SourceFixture;
beforeEach(() => {
  fixture = new SourceFixture();
});
const at = (ms: number) => {
  (fixture.call.services as { now: () => Date }).now = () => new Date(NOW.getTime() + ms);
};
const isReported = async () => (await fixture.read()).refused.map(refusal => refusal.new);

const breakWith = (fault: Error): void => {
  fixture.fault = fault;
};

describe("refused documents", () => {
  it.each<[string, (index: number) => void]>([
    ["each broken in another way", index => fixture.write(`{${index}`)],
    ["with a good one in between", index => fixture.write(index % 2 === 0 ? documentOf("bob") : "{")],
    ["that cannot be read", index => breakWith(outage(index))],
  ])("are reported at most once an hour, %s", async (_, next) => {
    let reports = 0;
    for (let minute = 0; minute < 120; minute += 5) {
      at(minute * 60_000);
      next(minute / 5);
      reports += (await isReported()).filter(Boolean).length;
    }
    expect(reports).toBeLessThanOrEqual(2);
    expect(reports).toBeGreaterThanOrEqual(1);
  });

  it("are reported after the hour if they still are refused, and then no more", async () => {
    fixture.write("{1");
    expect(await isReported()).toEqual([true]);
    fixture.write("{2");
    expect(await isReported()).toEqual([false]);
    at(HOUR);
    expect(await isReported()).toEqual([true]);
    at(3 * HOUR);
    expect(await isReported()).toEqual([false]);
    expect(await fixture.audit("refused#orders")).toHaveLength(2);
  });

  it("that an earlier release reported are not reported again", async () => {
    fixture.users("bob");
    await fixture.read();
    fixture.write("{");
    const known = await fixture.ledger.item("orders", shop.name);
    const refused = { code: "SourceBroken", version: 2, sha256: sha256Hex("{") };
    await fixture.ledger.replace("orders", shop.name, known, { ...known, refused });
    expect(await isReported()).toEqual([false]);
  });
});

const outage = (index: number) =>
  Object.assign(new Error("no"), { name: index % 2 ? "ThrottlingException" : "TimeoutError", $metadata: {} });

describe("addresses in a document", () => {
  const emails = async (mailDomains?: string[]) => {
    const users = ["a@example.com", "b@EXAMPLE.com", "c@sub.example.com", "d@evil.example", "e@xexample.com"];
    fixture.write(JSON.stringify({ users: users.map(email => ({ name: email[0], role: "read", email })) }));
    const entry = entryWith([{ ...shop, mailDomains }]);
    await fixture.ledger.settle("orders", (await fixture.read(entry)).states);
    const [{ effective, roster }] = (await fixture.states(entry)) as [never];
    const of = (each: { accounts: object }) =>
      Object.values(each.accounts).flatMap(({ email = [] }) => email);
    expect(of(effective)).toEqual(of(roster));
    return of(roster);
  };

  it.each<[string, string[] | undefined, string[]]>([
    ["no domain", undefined, []],
    ["one domain, without its sub-domains", ["example.com"], ["a@example.com", "b@EXAMPLE.com"]],
    ["two domains", ["Evil.Example", "sub.example.com"], ["c@sub.example.com", "d@evil.example"]],
  ])("are used only where the stack names their domain: %s", async (_, domains, expected) =>
    expect(await emails(domains)).toEqual(expected),
  );
});

describe("what the ledger keeps of a source", () => {
  const LIMIT = 400 * 1024;
  const sizes = () => {
    const items = [...fixture.store.tables.get("ledger")!.values()];
    return items.map(item =>
      Object.values(item).reduce<number>(
        (sum, value) =>
          sum + (value instanceof Uint8Array ? value.length : Buffer.byteLength(JSON.stringify(value) ?? "")),
        0,
      ),
    );
  };
  /** Long names of characters with three bytes each. */
  const names = (letter: string) =>
    Array.from({ length: 5_000 }, (_, index) => `${letter.repeat(24)}${String(index).padStart(4, "0")}`);
  const any = entryWith([{ ...shop, minRemovals: 1_000_000 }]);

  it.each([
    ["then none", [[]]],
    ["then 5,000 others, then none", [names("紀"), []]],
    ["then 5,000 others, twice, with no run in between", [names("紀"), names("東")]],
  ])(
    "fits into its items: 5,000 users with long names, %s",
    async (_, documents) => {
      fixture.users(...names("国"));
      await fixture.ledger.settle("orders", (await fixture.read(any)).states);
      for (const users of documents) {
        fixture.users(...users);
        const { refused, states } = await fixture.read(any);
        expect(refused).toEqual([]);
        expect(states[0]!.formerly).toHaveLength(5_000);
        expect(Math.max(...sizes())).toBeLessThan(LIMIT);
      }
      // Each of them is locked and kept by objects, so that the ledger has to remember it.
      await fixture.ledger.settle("orders", await fixture.states(any), { exists: () => true });
      expect(Math.max(...sizes())).toBeLessThan(LIMIT);
      expect(Object.keys((await fixture.states(any))[0]!.own).length).toBeGreaterThanOrEqual(5_000);
    },
    60_000,
  );
});

const refuseItem: SourceFixture["store"]["beforePut"] = puts => {
  if (puts.some(({ item }) => item.sk === "source#shop/prod")) throw new Error("Item size has exceeded");
};

describe("a source that fails in a way that no one foresaw", () => {
  it.each<[string, () => void]>([
    ["its reading throws", () => breakWith(new TypeError("a bug"))],
    ["its item cannot be written", () => Object.assign(fixture.store, { beforePut: refuseItem })],
  ])("is refused, and the other sources are read: %s", async (_, breakIt) => {
    const other = { ...shop, name: "store/prod", parameter: "/sources/store" };
    fixture.users("bob");
    fixture.parameters.set(other.parameter, {
      text: documentOf("eve"),
      version: 1,
      modified: NOW.toISOString(),
    });
    breakIt();
    const { accepted, refused, states } = await fixture.read(entryWith([shop, other]));
    expect(refused.map(({ code, source }) => [source, code])).toContainEqual(["shop/prod", "SourceFailed"]);
    expect(states).toHaveLength(2);
    expect(accepted.length + refused.length).toBe(2);
  });
});
