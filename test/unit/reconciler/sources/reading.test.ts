import { AuditError } from "../../../../lambdas/reconciler/runtime/errors";
import { documentOf, entryWith, PARAMETER, SourceWorld, shop } from "./source-fixture";

let world: SourceWorld;
beforeEach(() => {
  world = new SourceWorld();
});

const accounts = async () =>
  (await world.states()).map(({ name, roster }) => [name, Object.keys(roster.accounts)]);
const code = async (entry = entryWith()) =>
  (await world.read(entry)).refused.map(refusal => [refusal.code, refusal.new]);

describe("a valid document", () => {
  it("is the source's roster from then on, recorded with who wrote it", async () => {
    world.users("bob", "eve");
    const reading = await world.read();
    const by = "arn:aws:iam::123456789012:user/v1";
    expect(reading).toMatchObject({
      accepted: [{ source: "shop/prod", by, version: 1, removed: 0, added: 2, changed: 0 }],
      refused: [],
      states: [{ name: "shop/prod", pending: ["sl_bob", "sl_eve"], formerly: [], withdrawn: false }],
    });
    expect(await world.audit()).toEqual([
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
    world.users("bob");
    await world.read();
    const again = await world.read();
    expect([again.accepted, again.refused, (await world.audit()).length]).toEqual([[], [], 1]);
  });

  it("reports its changes, and the earlier accounts until they are settled", async () => {
    world.users("bob", "eve");
    await world.ledger.settle("orders", (await world.read()).states);
    world.write(
      JSON.stringify({
        users: [
          { name: "bob", role: "write" },
          { name: "ann", role: "read" },
        ],
      }),
    );
    const { accepted, states } = await world.read();
    expect(accepted).toMatchObject([{ removed: 1, added: 1, changed: 1, version: 2 }]);
    expect(states).toMatchObject([{ pending: ["sl_ann", "sl_bob"], formerly: ["sl_eve"] }]);
    await world.ledger.settle("orders", states);
    expect(await world.states()).toMatchObject([{ pending: [], formerly: [] }]);
  });

  it("in pieces is read whole", async () => {
    const names = Array.from({ length: 400 }, (_, i) => `person.${i}`);
    world.users(...names);
    expect(world.parameters.size).toBeGreaterThan(3);
    expect((await world.read()).accepted).toMatchObject([{ added: 400 }]);
  });

  it("counts as new when the registry gives its roles another meaning", async () => {
    world.users("bob");
    await world.ledger.settle("orders", (await world.read()).states);
    const other = entryWith([{ ...shop, roles: { read: ["SELECT", "INSERT"] } }]);
    expect(await world.read(other)).toMatchObject({
      accepted: [{ changed: 1 }],
      states: [{ pending: ["sl_bob"] }],
    });
  });

  it("of a parameter that was deleted and created again is new, even though its version is lower", async () => {
    world.users("bob");
    world.users("bob", "eve");
    await world.read();
    world.write(documentOf("ann", "bob"), 1, Date.parse("2027-06-01T00:00:00Z"));
    expect(await world.read()).toMatchObject({ accepted: [{ version: 1, added: 1, removed: 1 }] });
  });

  it("is read again by the slower of two runs, so that it is recorded once and the newer one stays", async () => {
    world.users("bob");
    await Promise.all([world.read(), world.read(), world.read()]);
    expect(await world.audit()).toHaveLength(1);

    const [old, newer] = [documentOf("bob", "old"), documentOf("bob", "new")];
    world.write(old);
    let first = true;
    world.before = async () => {
      if (!first) return;
      first = false;
      // Between this run's look at the ledger and its look at the parameter another run does all of it.
      world.write(newer);
      await world.read();
      world.write(old, 2);
    };
    const { accepted, refused } = await world.read();
    expect([accepted, refused.map(refusal => refusal.code)]).toEqual([[], ["SourceStale"]]);
    expect(await accounts()).toEqual([["shop/prod", ["sl_bob", "sl_new"]]]);
  });
});

describe("a document that is not valid changes nothing, and is reported once", () => {
  beforeEach(async () => {
    world.users("bob");
    await world.read();
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
    world.write(text);
    const first = await world.read();
    expect(first.refused).toEqual([
      { source: "shop/prod", code: expected, message: expect.stringMatching(message), new: true },
    ]);
    expect((await world.read()).refused).toMatchObject([{ code: expected, new: false }]);
    expect(await accounts()).toEqual([["shop/prod", ["sl_bob"]]]);
    const recorded = await world.audit("refused#orders");
    const documentSha256 = expect.stringMatching(/^([0-9a-f]{64})$/);
    expect(recorded).toMatchObject([
      { kind: "refused", code: expected, source: "shop/prod", parameterVersion: 2, documentSha256 },
    ]);
    expect(Object.values(recorded[0]!)).not.toContain(text);
  });

  it("more than the ceiling allows", async () => {
    const low = entryWith([shop], { ceiling: { privileges: ["SELECT"] } });
    world.write('{"users":[{"name":"bob","role":"write"}]}');
    expect((await world.read(low)).refused).toMatchObject([
      {
        code: "SourceAboveCeiling",
        message: expect.stringMatching(/account `sl_bob`, database `shop`: asks for INSERT/),
      },
    ]);
  });

  it("a database of the server, even where the registry names it", async () => {
    const forged = entryWith([{ ...shop, databases: ["mysql"] }]);
    world.users("eve");
    expect((await world.read(forged)).refused).toMatchObject([{ code: "SourceAboveCeiling" }]);
    expect((await world.states(forged))[0]!.roster.accounts).toEqual({});
  });

  it("pieces of which one is incomplete", async () => {
    world.users(...Array.from({ length: 400 }, (_, i) => `person.${i}`));
    const [name, piece] = [...world.parameters].find(([key]) => key.endsWith("/2"))!;
    world.parameters.set(name, { ...piece, text: piece.text.slice(0, 100) });
    expect((await world.read()).refused).toMatchObject([
      { code: "SourceBroken", message: expect.stringContaining("SHA-256") },
    ]);
    world.parameters.set(name, piece);
    expect((await world.read()).accepted).toMatchObject([{ added: 400 }]);
  });

  it("an old version that an old answer of Parameter Store brings", async () => {
    world.users("bob", "eve");
    await world.read();
    world.write(documentOf("bob"), 1);
    expect(await code()).toEqual([["SourceStale", true]]);
    expect(await accounts()).toEqual([["shop/prod", ["sl_bob", "sl_eve"]]]);
  });

  it("a parameter that was deleted; one that never existed is ignored", async () => {
    world.parameters.clear();
    expect(await code()).toEqual([["SourceMissing", true]]);
    expect(await code()).toEqual([["SourceMissing", false]]);
    expect(await accounts()).toEqual([["shop/prod", ["sl_bob"]]]);
    const never = await new SourceWorld().read();
    expect([never.accepted, never.refused]).toEqual([[], []]);
  });

  it("a parameter that cannot be read", async () => {
    world.fault = Object.assign(new Error("no"), { name: "AccessDeniedException", $metadata: {} });
    expect(await code()).toEqual([["SourceUnreadable", true]]);
    world.fault = undefined;
    expect(await code()).toEqual([]);
    world.fault = Object.assign(new Error("late"), { name: "TimeoutError" });
    expect(await code()).toEqual([["SourceUnreadable", true]]);
  });

  it("a bug of ours is not reported as the document's fault", async () => {
    world.fault = new TypeError("x is not a function");
    await expect(world.read()).rejects.toThrow(TypeError);
  });

  it("delays no other source", async () => {
    const other = { ...shop, name: "crm", parameter: "/sources/crm" };
    world.write("{");
    world.parameters.set("/sources/crm", {
      text: documentOf("crm"),
      version: 1,
      modified: "2027-01-01T00:00:00.000Z",
    });
    const reading = await world.read(entryWith([shop, other]));
    expect(reading.states.map(({ roster }) => Object.keys(roster.accounts))).toEqual([
      ["sl_bob"],
      ["sl_crm"],
    ]);
    expect([reading.accepted.length, reading.refused.length]).toEqual([1, 1]);
  });

  it("is refused also while the audit trail cannot be written", async () => {
    world.call.services.audit.append = () => Promise.reject(new AuditError("down"));
    world.write("{");
    expect(await code()).toEqual([["SourceBroken", true]]);
  });
});

describe("the removal of many accounts at once", () => {
  beforeEach(async () => {
    world.users("a", "b", "c", "d");
    await world.read();
  });

  it("is refused with a token, and accepted when the document confirms exactly this removal", async () => {
    world.users("d");
    const { refused } = await world.read();
    expect(refused).toMatchObject([
      { code: "RemovalUnconfirmed", message: expect.stringContaining("3 of 4 accounts") },
    ]);
    const token = /"confirmRemovals": "([0-9a-f]{12})"/.exec(refused[0]!.message)![1]!;
    const confirmed = (...names: string[]) =>
      JSON.stringify({ ...JSON.parse(documentOf(...names)), confirmRemovals: token });
    world.write(confirmed());
    expect(await code()).toEqual([["RemovalUnconfirmed", true]]);
    world.write(confirmed("d"));
    expect((await world.read()).accepted).toMatchObject([{ removed: 3 }]);
  });

  it("is refused for an empty list too", async () => {
    world.users();
    expect(await code()).toEqual([["RemovalUnconfirmed", true]]);
    expect(await accounts()).toEqual([["shop/prod", ["sl_a", "sl_b", "sl_c", "sl_d"]]]);
  });
});
