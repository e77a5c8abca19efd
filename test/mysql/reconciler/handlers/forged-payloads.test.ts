import { printable } from "../../../../core/printable";
import type { Roster } from "../../../../core/roster/roster";
import {
  AUDIT,
  applyRequest,
  LEDGER,
  previewRequest,
  ReconcilerFixture,
  rosterOf,
} from "../reconciler-fixture";

type Payload = Record<string, unknown>;

const account = (databases: Payload, more: Payload = {}) => ({
  kind: "person",
  user: "x",
  databases,
  ...more,
});
const rosterWith = (accounts: Payload, roles: Payload = { read: ["SELECT"] }) => ({ roles, accounts });
const read = { role: "read" };

/** Changes that a hostile caller might make to a valid payload. */
const forged: readonly [title: string, overrides: Payload, code: string, message?: RegExp][] = [
  [
    "rdsadmin",
    { roster: rosterWith({ rdsadmin: account({ orders: read }) }) },
    "AboveCeiling",
    /never touched/,
  ],
  [
    "mysql.sys",
    { roster: rosterWith({ "mysql.sys": account({ orders: read }) }) },
    "AboveCeiling",
    /never touched/,
  ],
  [
    "a grant on mysql by name",
    { roster: rosterWith({ sl_x: account({ mysql: read }) }) },
    "AboveCeiling",
    /server's own/,
  ],
  [
    "a grant on mysql by pattern",
    { roster: rosterWith({ sl_x: account({ "my%": read }) }) },
    "AboveCeiling",
    /server's own/,
  ],
  [
    "a grant on MYSQL in capitals",
    { roster: rosterWith({ sl_x: account({ MYSQL: read }) }) },
    "AboveCeiling",
    /server's own/,
  ],
  [
    "a grant on everything",
    { roster: rosterWith({ sl_x: account({ "%": read }) }) },
    "AboveCeiling",
    /server's own/,
  ],
  [
    "a global privilege",
    { roster: rosterWith({ sl_x: account({ orders: read }) }, { read: ["CREATE USER"] }) },
    "InvalidInput",
    /roster\.roles\.read/,
  ],
  [
    "GRANT OPTION",
    { roster: rosterWith({ sl_x: account({ orders: read }) }, { read: ["GRANT OPTION"] }) },
    "InvalidInput",
  ],
  [
    "SQL as a privilege",
    { roster: rosterWith({ sl_x: account({ orders: read }) }, { read: ["SELECT ON *.* TO admin; --"] }) },
    "InvalidInput",
  ],
  ["another endpoint", { host: "evil.example.com" }, "InvalidInput", /host/],
  ["another secret", { credentials: { secretArn: "arn:evil" } }, "InvalidInput", /credentials/],
  ["another role to assume", { assumeRoleArn: "arn:evil" }, "InvalidInput", /assumeRoleArn/],
  ["another prefix", { prefix: "rds" }, "InvalidInput", /prefix/],
  ["another ceiling", { ceiling: { privileges: ["ALTER ROUTINE"] } }, "InvalidInput", /ceiling/],
  ["a cluster that is a path", { cluster: "../other" }, "InvalidInput", /cluster/],
  ["an owner that no map can hold as a key", { owner: "__proto__" }, "InvalidInput", /owner.*__proto__/],
  ["an owner that is no text", { owner: { $ne: "" } }, "InvalidInput", /owner/],
  [
    "an account name that is no text of MySQL's",
    { roster: rosterWith({ "sl_\u{1f600}": account({ orders: read }) }) },
    "InvalidInput",
  ],
  [
    "a database name with a NUL",
    { roster: rosterWith({ sl_x: account({ "or\0ders": read }) }) },
    "InvalidInput",
  ],
];

const whole: readonly [title: string, payload: unknown][] = [
  ["nothing", null],
  ["a text", "DROP USER admin"],
  ["a list", [1, 2, 3]],
  ["an empty object", {}],
  ["5 MB of one text", { protocol: 1, action: "preview", plannedBy: "x".repeat(5_000_000) }],
  ["5 MB of keys", Object.fromEntries(Array.from({ length: 300_000 }, (_, i) => [`key-number-${i}`, i]))],
  [
    "5 MB of accounts",
    {
      protocol: 1,
      roster: rosterWith(
        Object.fromEntries(
          Array.from({ length: 100_000 }, (_, i) => [`sl_${i}`, { kind: "person", x: i, databases: {} }]),
        ),
      ),
    },
  ],
  ["5 MB of depth", { protocol: 1, roster: JSON.parse("[".repeat(4_000) + "]".repeat(4_000)) }],
];

describe("forged payloads, straight to both functions", () => {
  let fixture: ReconcilerFixture;
  let before: string;

  const state = async () => {
    const [users] = await fixture.root.query("SELECT * FROM mysql.user ORDER BY User, Host");
    const [grants] = await fixture.root.query("SELECT * FROM mysql.db ORDER BY User, Host, Db");
    return JSON.stringify([users, grants]);
  };
  /** The server's count of statements that changed accounts, since it started. */
  const changes = async () => {
    const [rows] = await fixture.root.query(
      "SHOW GLOBAL STATUS WHERE Variable_name IN ('Com_grant','Com_revoke','Com_create_user','Com_alter_user','Com_drop_user','Com_rename_user')",
    );
    return JSON.stringify(rows);
  };
  const send = {
    preview: (overrides: Payload) =>
      fixture.sendPreview({ ...previewRequest("orders", rosterOf({ bob: "read" })), ...overrides }),
    apply: (overrides: Payload) =>
      fixture.sendApply({
        ...applyRequest("orders", rosterOf({ bob: "read" }), shown({ "0001": "DROP USER 'admin'@'%'" })),
        ...overrides,
      }),
  };
  const shown = (statements: Record<string, string>) => ({
    "cs-20260101T000000Z-00000000": {
      status: "changes" as const,
      statements,
      notes: [],
      plannedAt: "2026-01-01T00:00:00Z",
      plannedBy: "mallory",
    },
  });

  beforeAll(async () => {
    fixture = await ReconcilerFixture.start();
    await fixture.root.query("CREATE DATABASE orders");
    await fixture.register("orders", { ceiling: { privileges: ["SELECT"] } });
    before = (await state()) + (await changes());
  }, 180_000);
  afterAll(() => fixture.stop());
  afterEach(async () => {
    expect((await state()) + (await changes())).toBe(before);
  });

  const refusals = async () => (await fixture.everything(AUDIT)).filter(item => item["kind"] === "refused");

  describe.each(["preview", "apply"] as const)("%s", name => {
    afterEach(async () => expect(await fixture.everything(LEDGER)).toEqual([]));

    it.each(forged)(
      "refuses %s, runs nothing, and records it",
      async (_title, overrides, code, message = /./) => {
        const recorded = (await refusals()).length;
        const error = await send[name](overrides).then(
          () => new Error("not refused"),
          (error: Error) => error,
        );
        expect(error).toMatchObject({ name: code });
        expect(error.message).toMatch(message);
        const items = await refusals();
        expect(items).toHaveLength(recorded + 1);
        // The audit trail keeps the text as it is. What a terminal shows has no control characters.
        expect(error.message).not.toMatch(/\p{Cc}/u);
        const item = items.find(({ message }) => String(error.message).includes(printable(String(message))));
        expect(item).toMatchObject({ code, payloadSha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
        expect(String(item!["payloadStart"]).length).toBeLessThanOrEqual(1024);
      },
    );

    it.each(whole)("refuses %s within about a second", async (_title, payload) => {
      const recorded = (await refusals()).length;
      const before = process.cpuUsage();
      const handler = name === "preview" ? fixture.sendPreview(payload) : fixture.sendApply(payload);
      await expect(handler).rejects.toMatchObject({ name: "InvalidInput" });
      // Time of the processor, as the machine may be busy with other suites.
      expect(process.cpuUsage(before).user / 1_000).toBeLessThan(2_500);
      expect(await refusals()).toHaveLength(recorded + 1);
    });
  });

  it("the preview refuses every request that would write", async () => {
    const apply = applyRequest("orders", rosterOf({ bob: "read" }), shown({}));
    await expect(fixture.sendPreview(apply)).rejects.toMatchObject({ name: "InvalidInput" });
    await expect(fixture.sendPreview({ ...apply, action: "preview" })).rejects.toMatchObject({
      name: "InvalidInput",
    });
  });

  it.each([
    ["an account without the prefix", "bob"],
    ["a pattern's neighbour of the prefix", "slack_bot"],
    ["the administrator itself", "admin"],
  ])("%s is a refused preview that permits nothing, and an error of apply", async (_, name) => {
    const roster = rosterWith({ [name]: account({ orders: read }) }) as Roster;
    const plan = await fixture.preview("orders", roster);
    expect(plan).toMatchObject({ verified: false, sql: [], body: { status: "refused" } });
    expect(plan.body.notes.join()).toMatch(
      /prefix `sl_`, and `alsoManages` does not name it.*apply that first/,
    );
    await expect(fixture.apply("orders", roster, plan)).rejects.toThrow(/AboveCeiling.*Nothing ran/);
    expect((await fixture.audit("refused#orders")).slice(-2)).toMatchObject([
      { code: "Refused" },
      { code: "AboveCeiling" },
    ]);
  });

  it("a privilege above the ceiling is a refused preview that permits nothing, and an error of apply", async () => {
    const roster = rosterOf({ eve: "write" });
    const plan = await fixture.preview("orders", roster);
    expect(plan).toMatchObject({ verified: false, sql: [], body: { status: "refused" } });
    expect(plan.body.notes.join()).toMatch(/sl_eve.*INSERT, UPDATE.*ceiling.*apply that first/);
    await expect(fixture.apply("orders", roster, plan)).rejects.toThrow(/AboveCeiling.*Nothing ran/);
    expect((await fixture.audit("refused#orders")).at(-1)).toMatchObject({ code: "AboveCeiling" });
  });

  it("an unknown protocol is an answer of preview, which says what to do, and an error of apply", async () => {
    const answer = await fixture.sendPreview({
      ...previewRequest("orders", rosterOf({})),
      protocol: 7,
      news: true,
    });
    expect(answer).toMatchObject({
      protocol: 1,
      pending: 0,
      verified: false,
      summary: expect.stringMatching(/protocol 7.*protocol 1.*Upgrade first/),
    });
    await expect(send.apply({ protocol: 7, news: true })).rejects.toMatchObject({
      name: "UnknownProtocol",
      message: expect.stringMatching(/Upgrade first/),
    });
  });

  it.each([
    ["from the future", "cs-20990101T000000Z-00000000", /InvalidInput: orders: .*in the future.*Plan again/],
    ["with two dates", "cs-20260101T000000Z-00000000", /InvalidInput: orders: .*another date than its/],
  ])("a change set %s accepts nothing and outdates no plan", async (_, id, reason) => {
    const [body] = Object.values(shown({}));
    const changeSet = { [id]: { ...body, plannedAt: "2099-01-01T00:00:00Z" } };
    await expect(send.apply({ changeSet })).rejects.toThrow(reason);
    expect((await fixture.audit("refused#orders")).at(-1)).toMatchObject({ code: "InvalidInput" });
    expect((await fixture.items(LEDGER, "orders")).filter(({ sk }) => sk === "head")).toEqual([]);
  });

  it("an invented change set permits only what the roster and the database ask for", async () => {
    // The statement is shown, but nothing in the roster asks for it: what runs is computed, never taken from
    // the payload.
    await expect(send.apply({})).rejects.toThrow(
      /DatabaseMoved: orders: 0 statements ran\. Left out: sl_bob/,
    );
    expect(await fixture.accounts()).not.toContain("sl_bob");
  });
});
