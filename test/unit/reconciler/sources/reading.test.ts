import { AuditError } from "../../../../lambdas/reconciler/runtime/errors";
import { documentOf, entryWith, PARAMETER, SourceFixture, shop } from "./source-fixture";

let fixture: SourceFixture;
beforeEach(() => {
  fixture = new SourceFixture();
});

const accounts = async () =>
  (await fixture.states()).map(({ name, roster }) => [name, Object.keys(roster.accounts)]);
const code = async (entry = entryWith()) =>
  (await fixture.read(entry)).refused.map(refusal => [refusal.code, refusal.new]);

describe("a valid document", () => {
  it("is the source's roster from then on, recorded with who wrote it", async () => {
    fixture.users("bob", "eve");
    const reading = await fixture.read();
    const by = "arn:aws:iam::123456789012:user/v1";
    expect(reading).toMatchObject({
      accepted: [{ source: "shop/prod", by, version: 1, removed: 0, added: 2, changed: 0 }],
      refused: [],
      states: [{ name: "shop/prod", pending: ["sl_bob", "sl_eve"], formerly: [], withdrawn: false }],
    });
    expect(await fixture.audit()).toEqual([
      expect.objectContaining({
        kind: "source",
        source: "shop/prod",
        parameter: PARAMETER,
        parameterVersion: 1,
        by,
        added: 2,
      }),
    ]);
  });

  it("is accepted once: the same version again does nothing", async () => {
    fixture.users("bob");
    await fixture.read();
    const again = await fixture.read();
    expect([again.accepted, again.refused, (await fixture.audit()).length]).toEqual([[], [], 1]);
  });

  it("reports its changes, and the earlier accounts until they are settled", async () => {
    fixture.users("bob", "eve");
    await fixture.ledger.settle("orders", (await fixture.read()).states);
    fixture.write(
      JSON.stringify({
        users: [
          { name: "bob", role: "write" },
          { name: "ann", role: "read" },
        ],
      }),
    );
    const { accepted, states } = await fixture.read();
    expect(accepted).toMatchObject([{ removed: 1, added: 1, changed: 1, version: 2 }]);
    expect(states).toMatchObject([{ pending: ["sl_ann", "sl_bob"], formerly: ["sl_eve"] }]);
    await fixture.ledger.settle("orders", states);
    expect(await fixture.states()).toMatchObject([{ pending: [], formerly: [] }]);
  });

  it("in pieces is read whole", async () => {
    const names = Array.from({ length: 400 }, (_, i) => `person.${i}`);
    fixture.users(...names);
    expect(fixture.parameters.size).toBeGreaterThan(3);
    expect((await fixture.read()).accepted).toMatchObject([{ added: 400 }]);
  });

  it("counts as new when the registry gives its roles another meaning", async () => {
    fixture.users("bob");
    await fixture.ledger.settle("orders", (await fixture.read()).states);
    const other = entryWith([{ ...shop, roles: { read: ["SELECT", "INSERT"] } }]);
    expect(await fixture.read(other)).toMatchObject({
      accepted: [{ changed: 1 }],
      states: [{ pending: ["sl_bob"] }],
    });
  });

  it("of a parameter that was deleted and created again is new, even though its version is lower", async () => {
    fixture.users("bob");
    fixture.users("bob", "eve");
    await fixture.read();
    fixture.write(documentOf("ann", "bob"), 1, Date.parse("2027-06-01T00:00:00Z"));
    expect(await fixture.read()).toMatchObject({ accepted: [{ version: 1, added: 1, removed: 1 }] });
  });

  it("is read again by the slower of two runs, so that it is recorded once and the newer one stays", async () => {
    fixture.users("bob");
    await Promise.all([fixture.read(), fixture.read(), fixture.read()]);
    expect(await fixture.audit()).toHaveLength(1);

    const [old, newer] = [documentOf("bob", "old"), documentOf("bob", "new")];
    fixture.write(old);
    let first = true;
    fixture.before = async () => {
      if (!first) return;
      first = false;
      // Between this run's look at the ledger and its look at the parameter another run does all of it.
      fixture.write(newer);
      await fixture.read();
      fixture.write(old, 2);
    };
    const { accepted, refused } = await fixture.read();
    expect([accepted, refused.map(refusal => refusal.code)]).toEqual([[], ["SourceStale"]]);
    expect(await accounts()).toEqual([["shop/prod", ["sl_bob", "sl_new"]]]);
  });
});

describe("a document that is not valid changes nothing, and is reported once", () => {
  beforeEach(async () => {
    fixture.users("bob");
    await fixture.read();
  });

  it.each([
    ["broken JSON", '{"users":[', "SourceBroken", /line 1, column 11/],
    [
      "a mistake",
      '{"users":[{"name":"bob","role":"raed"}]}',
      "SourceBroken",
      /users\[0\]\.role: unknown role "raed"/,
    ],
    ["nothing at all", " ", "SourceBroken", /line 1/],
    [
      "pieces that are not there",
      `{"parts":2,"sha256":"${"a".repeat(64)}"}`,
      "SourceBroken",
      /2 of 2 pieces are missing/,
    ],
    ["an index that leads elsewhere", '{"parts":2,"sha256":"../secret"}', "SourceBroken", /sha256/],
    [
      "the administrator",
      '{"users":[{"name":"admin","role":"read"}]}',
      "SourceAboveCeiling",
      /administrator/,
    ],
  ])("%s", async (_, text, expected, message) => {
    fixture.write(text);
    const first = await fixture.read();
    expect(first.refused).toEqual([
      { source: "shop/prod", code: expected, message: expect.stringMatching(message), new: true },
    ]);
    expect((await fixture.read()).refused).toMatchObject([{ code: expected, new: false }]);
    expect(await accounts()).toEqual([["shop/prod", ["sl_bob"]]]);
    const recorded = await fixture.audit("refused#orders");
    const documentSha256 = expect.stringMatching(/^([0-9a-f]{64})$/);
    expect(recorded).toMatchObject([
      { kind: "refused", code: expected, source: "shop/prod", parameterVersion: 2, documentSha256 },
    ]);
    expect(Object.values(recorded[0]!)).not.toContain(text);
  });

  it("more than the ceiling allows", async () => {
    const low = entryWith([shop], { ceiling: { privileges: ["SELECT"] } });
    fixture.write('{"users":[{"name":"bob","role":"write"}]}');
    expect((await fixture.read(low)).refused).toMatchObject([
      {
        code: "SourceAboveCeiling",
        message: expect.stringMatching(/account `sl_bob`, database `shop`: asks for INSERT/),
      },
    ]);
  });

  it("a database of the server, even where the registry names it", async () => {
    const forged = entryWith([{ ...shop, databases: ["mysql"] }]);
    fixture.users("eve");
    expect((await fixture.read(forged)).refused).toMatchObject([{ code: "SourceAboveCeiling" }]);
    expect((await fixture.states(forged))[0]!.roster.accounts).toEqual({});
  });

  it("pieces of which one is incomplete", async () => {
    fixture.users(...Array.from({ length: 400 }, (_, i) => `person.${i}`));
    const [name, piece] = [...fixture.parameters].find(([key]) => key.endsWith("/2"))!;
    fixture.parameters.set(name, { ...piece, text: piece.text.slice(0, 100) });
    expect((await fixture.read()).refused).toMatchObject([
      { code: "SourceBroken", message: expect.stringContaining("SHA-256") },
    ]);
    fixture.parameters.set(name, piece);
    expect((await fixture.read()).accepted).toMatchObject([{ added: 400 }]);
  });

  it("an old version that an old answer of Parameter Store brings", async () => {
    fixture.users("bob", "eve");
    await fixture.read();
    fixture.write(documentOf("bob"), 1);
    expect(await code()).toEqual([["SourceStale", true]]);
    expect(await accounts()).toEqual([["shop/prod", ["sl_bob", "sl_eve"]]]);
  });

  it("a parameter that was deleted; one that never existed is ignored", async () => {
    fixture.parameters.clear();
    expect(await code()).toEqual([["SourceMissing", true]]);
    expect(await code()).toEqual([["SourceMissing", false]]);
    expect(await accounts()).toEqual([["shop/prod", ["sl_bob"]]]);
    const never = await new SourceFixture().read();
    expect([never.accepted, never.refused]).toEqual([[], []]);
  });

  it("a parameter that cannot be read", async () => {
    fixture.fault = Object.assign(new Error("no"), { name: "AccessDeniedException", $metadata: {} });
    expect(await code()).toEqual([["SourceUnreadable", true]]);
    fixture.fault = undefined;
    expect(await code()).toEqual([]);
    fixture.fault = Object.assign(new Error("late"), { name: "TimeoutError" });
    expect(await code()).toEqual([["SourceUnreadable", false]]);
  });

  it("a bug of ours is not reported as the document's fault, and ends no run", async () => {
    fixture.fault = new TypeError("x is not a function");
    expect(await code()).toEqual([["SourceFailed", true]]);
    expect(await code()).toEqual([["SourceFailed", false]]);
  });

  it("delays no other source", async () => {
    const other = { ...shop, name: "crm", parameter: "/sources/crm" };
    fixture.write("{");
    fixture.parameters.set("/sources/crm", {
      text: documentOf("crm"),
      version: 1,
      modified: "2027-01-01T00:00:00.000Z",
    });
    const reading = await fixture.read(entryWith([shop, other]));
    expect(reading.states.map(({ roster }) => Object.keys(roster.accounts))).toEqual([
      ["sl_bob"],
      ["sl_crm"],
    ]);
    expect([reading.accepted.length, reading.refused.length]).toEqual([1, 1]);
  });

  it("is refused also while the audit trail cannot be written", async () => {
    fixture.call.services.audit.append = () => Promise.reject(new AuditError("down"));
    fixture.write("{");
    expect(await code()).toEqual([["SourceBroken", true]]);
  });
});

describe("the removal of many accounts at once", () => {
  beforeEach(async () => {
    fixture.users("a", "b", "c", "d");
    await fixture.read();
  });

  it("is refused with a token, and accepted when the document confirms exactly this removal", async () => {
    fixture.users("d");
    const { refused } = await fixture.read();
    expect(refused).toMatchObject([
      { code: "RemovalUnconfirmed", message: expect.stringContaining("3 of 4 accounts") },
    ]);
    const token = /"confirmRemovals": "([0-9a-f]{12})"/.exec(refused[0]!.message)![1]!;
    const confirmed = (...names: string[]) =>
      JSON.stringify({ ...JSON.parse(documentOf(...names)), confirmRemovals: token });
    fixture.write(confirmed());
    expect(await code()).toEqual([["RemovalUnconfirmed", false]]);
    fixture.write(confirmed("d"));
    expect((await fixture.read()).accepted).toMatchObject([{ removed: 3 }]);
  });

  it("is refused for an empty list too", async () => {
    fixture.users();
    expect(await code()).toEqual([["RemovalUnconfirmed", true]]);
    expect(await accounts()).toEqual([["shop/prod", ["sl_a", "sl_b", "sl_c", "sl_d"]]]);
  });
});
