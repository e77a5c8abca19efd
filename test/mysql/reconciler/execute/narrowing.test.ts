import type { Connection } from "mysql2/promise";
import type { Roster } from "../../../../core/roster/roster";
import { withObjects } from "../../../support/observed";
import { enforcementFixture, HOUR } from "../enforce/enforcement-fixture";
import { NOBODY, rosterOf } from "../rosters";

const service = (roster: Roster): Roster => ({
  ...roster,
  accounts: Object.fromEntries(
    Object.entries(roster.accounts).map(([name, account]) => [
      name,
      { ...account, kind: "service" as const },
    ]),
  ),
});
jest.setTimeout(120_000);
const [wide, narrow] = [service(rosterOf({ job: "write" })), service(rosterOf({ job: "read" }))];

// Aurora has performance_schema OFF, unless somebody switches it on.
describe.each(["OFF", "ON"])(
  "sessions of an account that keeps a part of its access, performance_schema %s",
  ps => {
    const fixture = enforcementFixture({
      databases: ["orders", "payroll"],
      server: { args: [`--performance-schema=${ps}`] },
    });
    const open: Connection[] = [];
    afterEach(() => {
      for (const session of open.splice(0)) session.destroy();
    });

    const session = async (user: string, ...statements: string[]) => {
      const found = await fixture.session(user);
      found.on("error", () => {});
      open.push(found);
      for (const sql of statements) await found.query(sql);
      return found;
    };
    const isOpen = (one: Connection) =>
      one.query("SELECT 1").then(
        () => true,
        () => false,
      );
    const pause = (ms: number) => new Promise(done => setTimeout(done, ms));
    const lastResult = async () => (await fixture.audit("orders")).slice(-1)[0]!;

    it("a service: idle ones end at once, one in a transaction when it is done, and those that keep nothing go on", async () => {
      await fixture.planAndApply("orders", wide);
      const idle = await session("sl_job", "USE orders");
      const busy = await session("sl_job", "USE orders", "BEGIN", "INSERT INTO t VALUES (7)");
      const elsewhere = await session("sl_job", "SELECT * FROM orders.t");
      const plan = await fixture.preview("orders", narrow);
      expect(plan.body.notes).toContainEqual(
        "Sessions of services end if they go on with what is taken: sl_job (3 open). Those that are idle and in no " +
          "transaction end first, the rest after 30 s.",
      );
      let isDone = false;
      const applied = fixture.apply("orders", narrow, plan).finally(() => {
        isDone = true;
      });
      for (let tries = 0; tries < 200 && (await isOpen(idle)); tries++) await pause(100);
      expect([await isOpen(idle), isDone]).toEqual([false, false]);
      await busy.query("COMMIT");
      await applied;
      expect([await isOpen(busy), await isOpen(elsewhere)]).toEqual([false, true]);
      await expect(elsewhere.query("INSERT INTO orders.t VALUES (8)")).rejects.toThrow(/denied/);
      expect(await lastResult()).toMatchObject({ outcome: "succeeded", sessionsEnded: 2 });
      const [rows] = await fixture.root.query("SELECT a FROM orders.t WHERE a = 7");
      expect(rows).toHaveLength(1);
    });

    const payroll = { read: { role: "read" }, table: { "`payroll`.`t`": "read" } } as const;
    const onDatabase: Roster = {
      ...narrow,
      accounts: {
        sl_job: {
          ...narrow.accounts["sl_job"]!,
          databases: { ...narrow.accounts["sl_job"]!.databases, payroll: payroll.read },
        },
      },
    };
    it.each([
      ["a table", withObjects(narrow, { sl_job: payroll.table }), "USE payroll"],
      ["a database", onDatabase, "USE orders"],
    ])(
      "a service that loses %s keeps its sessions, but one that has it open by HANDLER",
      async (_what, both, use) => {
        const takeTable = async () => {
          await fixture.planAndApply("orders", both);
          const plain = await session("sl_job", use, "SELECT * FROM payroll.t");
          return { plain, take: () => fixture.planAndApply("orders", narrow) };
        };
        const first = await takeTable();
        const inWork = await session("sl_job", "BEGIN", "SELECT * FROM payroll.t");
        await first.take();
        expect([await isOpen(first.plain), await isOpen(inWork)]).toEqual([true, true]);
        await expect(first.plain.query("SELECT * FROM payroll.t")).rejects.toThrow(/denied/);
        inWork.destroy();

        const second = await takeTable();
        const handler = await session("sl_job", "USE orders", "HANDLER payroll.t OPEN AS h");
        await handler.query("HANDLER h READ FIRST");
        await second.take();
        // Without performance_schema the server does not say which of them keeps it.
        expect([await isOpen(second.plain), await isOpen(handler)]).toEqual([ps === "ON", false]);
        await fixture.root.query("GRANT INSERT, UPDATE, DELETE ON payroll.* TO sl_job");
        const writes = await session("sl_job", "USE orders");
        await expect(writes.query("HANDLER payroll.t OPEN")).rejects.toThrow(/denied/);
      },
    );

    if (ps === "ON") return;

    it("a service that does not end its transaction loses the session when the time for it is over", async () => {
      await fixture.planAndApply("orders", wide);
      const busy = await session("sl_job", "USE orders", "BEGIN", "INSERT INTO t VALUES (9)");
      const plan = await fixture.preview("orders", narrow);
      fixture.timeMs = 14_000;
      await fixture.apply("orders", narrow, plan);
      fixture.timeMs = 60_000;
      expect(await isOpen(busy)).toBe(false);
      const [rows] = await fixture.root.query("SELECT a FROM orders.t WHERE a = 9");
      expect(rows).toEqual([]);
    });

    it("a person: those found after the change end, whatever they do", async () => {
      await fixture.planAndApply("orders", rosterOf({ bob: "write" }));
      const busy = await session("sl_bob", "USE orders", "BEGIN", "INSERT INTO t VALUES (1)");
      const plan = await fixture.preview("orders", rosterOf({ bob: "read" }));
      expect(plan.body.notes).toContainEqual(
        "Sessions end on each instance; open on the writer when planned: sl_bob (1 open).",
      );
      await fixture.apply("orders", rosterOf({ bob: "read" }), plan);
      expect(await isOpen(busy)).toBe(false);
    });

    it("with `terminateSessions: false` they go on, and the audit trail says how many; who is gone is ended", async () => {
      await fixture.register("orders", { terminateSessions: false });
      const people = (role: "read" | "write") => rosterOf({ bob: role, eve: "read" });
      await fixture.planAndApply("orders", people("write"));
      const [bob, away, eve] = [
        await session("sl_bob", "USE orders"),
        await session("sl_bob"),
        await session("sl_eve", "USE orders"),
      ];
      const bobOnly = { ...people("read"), accounts: { sl_bob: people("read").accounts["sl_bob"]! } };
      const plan = await fixture.preview("orders", bobOnly);
      expect(plan.body.notes).toEqual(
        expect.arrayContaining([
          "Sessions end on each instance; open on the writer when planned: sl_eve (1 open).",
          "Sessions go on with what is taken, as terminateSessions is false: sl_bob (2 open).",
        ]),
      );
      const { message } = await fixture.apply("orders", bobOnly, plan);
      expect(message).toContain("1 session goes on with what was taken");
      expect([await isOpen(bob), await isOpen(away), await isOpen(eve)]).toEqual([true, true, false]);
      await bob.query("INSERT INTO t VALUES (3)");
      expect(await lastResult()).toMatchObject({ sessionsEnded: 1, sessionsKept: 1 });
      // What a later run ends is not what was kept.
      await fixture.enforce();
      expect(await isOpen(bob)).toBe(true);
      await fixture.planAndApply("orders", NOBODY);
      expect(await isOpen(bob)).toBe(false);
    });

    it("what expires ends at once, also of a service, and with `terminateSessions: false`", async () => {
      await fixture.register("orders", { terminateSessions: false });
      const roster = service(rosterOf({ job: "read" }));
      const job = roster.accounts["sl_job"]!;
      const expires = new Date(fixture.at(HOUR)).toISOString().replace(/\.\d+Z/, "Z");
      const databases = { ...job.databases, payroll: { role: "read", expires } };
      await fixture.planAndApply("orders", { ...roster, accounts: { sl_job: { ...job, databases } } });
      const busy = await session("sl_job", "USE payroll", "BEGIN", "SELECT * FROM t");
      fixture.pass(HOUR);
      const began = Date.now();
      expect(await fixture.enforce()).toMatchObject({ statements: 1, sessionsEnded: 1 });
      expect(Date.now() - began).toBeLessThan(8_000);
      expect(await isOpen(busy)).toBe(false);
    });
  },
);
