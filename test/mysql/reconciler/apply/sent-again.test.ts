import type { ApplyResponse } from "../../../../core/contract/payload";
import { outOfReach } from "../../../../lambdas/reconciler/runtime/errors";
import type { Services } from "../../../../lambdas/reconciler/services/services";
import { iamToken, logIn, rows } from "../../../support/mysql-login";
import { interceptQueries } from "../intercept-queries";
import { applyRequest, type Preview, ReconcilerFixture, rosterOf } from "../reconciler-fixture";

const create = { tf: { action: "create" as const, prev_input: null } };
const destroy = { tf: { action: "delete" as const, prev_input: null } };
const update = { tf: { action: "update" as const, prev_input: null } };
const MINUTE = 60_000;

describe("a call that the provider sends again because its connection was cut", () => {
  let fixture: ReconcilerFixture;
  let cluster: string;
  let count = 0;
  const emitted: Record<string, number | undefined>[] = [];
  const before = rosterOf({ bob: "read", eve: "read" });
  const roster = rosterOf({ bob: "write", ann: "read" });

  beforeAll(async () => {
    fixture = await ReconcilerFixture.start();
    await fixture.root.query("CREATE DATABASE orders");
    await fixture.root.query("CREATE TABLE orders.t (a INT)");
    const { emit } = fixture.services.metrics;
    jest.spyOn(fixture.services.metrics, "emit").mockImplementation((dimension, values) => {
      emitted.push(values as Record<string, number>);
      emit.call(fixture.services.metrics, dimension, values);
    });
  }, 180_000);
  afterAll(() => fixture.stop());

  const send = (payload: unknown, services = fixture.services) =>
    fixture.sendApply(payload, services) as Promise<ApplyResponse>;
  const head = () => fixture.services.ledger.head(cluster);
  const kinds = async (from: number) => (await fixture.audit(cluster)).slice(from).map(({ kind }) => kind);
  const failures = () => emitted.filter(({ Failures = 0, Refusals = 0 }) => Failures + Refusals > 0).length;
  const failedEvents = () => fixture.events("reconcile.failed").length;

  /** The services of a call that begins later. */
  const later = (ms: number): Services => ({
    ...fixture.services,
    now: () => new Date(fixture.services.now().getTime() + ms),
  });

  /** Services whose first statement waits for `until`, then goes on or fails. */
  const slow = (until: Promise<void>, fails = false): Services =>
    interceptQueries(fixture.services, async (sql, run) => {
      if (!/^(GRANT|DROP USER)/.test(sql)) return run();
      await until;
      // The server then refuses what is for an account that is gone.
      if (fails) await fixture.root.query("DROP USER IF EXISTS 'sl_bob'@'%'");
      return run();
    });

  /** Ends once `waiting` connections of the administrator wait for the cluster's lock. */
  async function waitForWaiting(waiting: number): Promise<void> {
    const select =
      "SELECT COUNT(*) AS n FROM information_schema.PROCESSLIST WHERE INFO LIKE 'SELECT GET_LOCK%'";
    for (const until = Date.now() + 20_000; Date.now() < until; ) {
      const [found] = (await fixture.root.query(select)) as unknown as [{ n: number }[]];
      if (Number(found[0]!.n) >= waiting) return;
      await new Promise(done => setTimeout(done, 50));
    }
    throw new Error("the copies do not wait");
  }

  /** Sends the payload, and copies of it that arrive while the first call runs. @returns all answers */
  async function together(payload: unknown, copies: number, fails = false) {
    let go = () => {};
    const gate = new Promise<void>(resolve => {
      go = resolve;
    });
    const first = send(payload, slow(gate, fails));
    first.catch(() => {});
    await new Promise(done => setTimeout(done, 1_000));
    const others = Array.from({ length: copies }, () => send(payload));
    await waitForWaiting(copies);
    go();
    return Promise.allSettled([first, ...others]);
  }

  const access = async (user: string, sql: string): Promise<string> => {
    try {
      const connection = await logIn(fixture.server, user, await iamToken(fixture.server, user));
      try {
        await rows(connection, sql);
        return "yes";
      } finally {
        connection.destroy();
      }
    } catch {
      return "no";
    }
  };
  const expectRoster = async () => {
    expect(await access("sl_bob", "INSERT INTO orders.t VALUES (1)")).toBe("yes");
    expect(await access("sl_ann", "SELECT * FROM orders.t")).toBe("yes");
    expect(await access("sl_eve", "SELECT * FROM orders.t")).toBe("no");
  };

  let plan: Preview;
  let audited: number;
  let events: number;
  beforeEach(async () => {
    cluster = `again-${++count}`;
    await fixture.dropAccounts();
    await fixture.register(cluster);
    await fixture.planAndApply(cluster, before);
    plan = await fixture.preview(cluster, roster);
    audited = (await fixture.audit(cluster)).length;
    events = failedEvents();
    emitted.length = 0;
  });

  const expectOnce = async (answers: readonly PromiseSettledResult<ApplyResponse>[]) => {
    const [first] = answers;
    expect(first).toMatchObject({ status: "fulfilled", value: { statements: plan.sql.length } });
    for (const answer of answers) expect(answer).toEqual(first);
    expect(await kinds(audited)).toEqual(["intent", "result"]);
    expect([failures(), failedEvents() - events]).toEqual([0, 0]);
    expect(await head()).toMatchObject({ hooks: 1 });
    expect((await head()).attempt).toBeUndefined();
    expect((await fixture.preview(cluster, roster)).changeSet).toEqual(plan.changeSet);
    await expectRoster();
  };

  describe("an apply", () => {
    it.each([
      ["one copy arrives", 1],
      ["two copies arrive", 2],
      ["four copies arrive", 4],
    ])("that runs while %s: they wait, and answer the same", async (_when, copies) => {
      await expectOnce(await together(applyRequest(cluster, roster, plan.changeSet, update), copies));
    });

    it("that arrives three times at once runs once", async () => {
      const payload = applyRequest(cluster, roster, plan.changeSet, update);
      await expectOnce(await Promise.allSettled([send(payload), send(payload), send(payload)]));
    });

    it.each([
      ["a second", 1_000],
      ["a minute", MINUTE],
      ["nine minutes", 9 * MINUTE],
    ])("that succeeded answers the same to a copy %s later", async (_when, ms) => {
      const payload = applyRequest(cluster, roster, plan.changeSet, update);
      await expectOnce(await Promise.allSettled([await send(payload), await send(payload, later(ms))]));
    });

    it("that created the hook answers the same, and a copy that may be a replacement's creation counts", async () => {
      await fixture.forget(cluster);
      const unseen = await fixture.preview(cluster, roster);
      expect(unseen.body.status).toBe("unseen");
      const payload = applyRequest(cluster, roster, unseen.changeSet, create);
      const [first, second] = await Promise.all([send(payload), send(payload)]);
      expect(second).toEqual(first);
      expect(first.message).toMatch(/done; \d+ wait for the next plan/);
      expect(await head()).toMatchObject({ hooks: 1 });
      expect(await send(payload, later(MINUTE))).toEqual(first);
      expect(await head()).toMatchObject({ hooks: 2 });
      expect(failures()).toBe(0);
    });

    it.each([
      ["days later", 3 * 24 * 60 * MINUTE],
      ["eleven minutes later", 11 * MINUTE],
    ])(
      "that succeeded is refused as before if its payload comes %s, after the cluster moved",
      async (_when, ms) => {
        const payload = applyRequest(cluster, roster, plan.changeSet, update);
        await send(payload);
        await fixture.root.query("GRANT DELETE ON orders.* TO 'sl_ann'@'%'");
        await expect(send(payload, later(ms))).rejects.toThrow(/ran before and permits nothing more/);
      },
    );

    it("that succeeded is refused as before once another change set was tried", async () => {
      const payload = applyRequest(cluster, roster, plan.changeSet, update);
      await send(payload);
      await fixture.planAndApply(cluster, before);
      await expect(send(payload)).rejects.toThrow(/ran before and permits nothing more/);
      expect(await access("sl_eve", "SELECT * FROM orders.t")).toBe("yes");
    });
  });

  describe("an apply that failed after statements ran", () => {
    const expectOneFailure = async (answers: readonly PromiseSettledResult<ApplyResponse>[]) => {
      const reasons = answers.map(answer =>
        answer.status === "rejected" ? String(answer.reason) : "success",
      );
      expect(reasons[0]).toMatch(/StatementsFailed: .* statements ran/);
      expect(new Set(reasons).size).toBe(1);
      expect(await kinds(audited)).toEqual(["intent", "result"]);
      expect([failures(), failedEvents() - events]).toEqual([1, 1]);
      // What did not run is pending, and runs once it was planned again.
      expect((await head()).attempt).toBe(plan.id);
      expect((await fixture.preview(cluster, roster)).pending).toBeGreaterThan(0);
      await fixture.planAndApply(cluster, roster);
      await expectRoster();
    };

    it.each([
      ["one copy", 1],
      ["two copies", 2],
    ])("answers the same failure to %s that waited, and runs nothing more", async (_what, copies) => {
      const payload = applyRequest(cluster, roster, plan.changeSet, update);
      await expectOneFailure(await together(payload, copies, true));
    });

    it("answers the same failure to a copy that arrives afterwards", async () => {
      const payload = applyRequest(cluster, roster, plan.changeSet, update);
      const failed = await Promise.allSettled([send(payload, slow(Promise.resolve(), true))]);
      const copies = await Promise.allSettled([send(payload), send(payload, later(MINUTE))]);
      await expectOneFailure([...failed, ...copies]);
    });

    it("permits nothing more, also once another change set was tried", async () => {
      const payload = applyRequest(cluster, roster, plan.changeSet, update);
      await expect(send(payload, slow(Promise.resolve(), true))).rejects.toThrow(/StatementsFailed/);
      await fixture.planAndApply(cluster, before);
      await expect(send(payload)).rejects.toThrow(/ran before and permits nothing more/);
      await expect(send(payload, later(24 * 60 * MINUTE))).rejects.toThrow(/permits nothing more/);
      expect(await access("sl_eve", "SELECT * FROM orders.t")).toBe("yes");
      expect(await access("sl_bob", "INSERT INTO orders.t VALUES (1)")).toBe("no");
    });

    it("is tried again if nothing of it ran: nothing was answered about the cluster", async () => {
      const payload = applyRequest(cluster, roster, plan.changeSet, update);
      const unreachable: Services = {
        ...fixture.services,
        connect: () => Promise.reject(outOfReach("connection refused")),
      };
      await expect(send(payload, unreachable)).rejects.toThrow(/DatabaseUnreachable.*Nothing ran/);
      await expect(send(payload)).resolves.toMatchObject({ statements: plan.sql.length });
      expect(await kinds(audited)).toEqual(["result", "intent", "result"]);
      await expectRoster();
    });
  });

  describe("a deletion", () => {
    beforeEach(async () => {
      await fixture.apply(cluster, roster, plan, { removalPolicy: "remove" });
      audited = (await fixture.audit(cluster)).length;
    });

    it.each([
      ["one copy arrives", 1],
      ["two copies arrive", 2],
    ])("that runs while %s: they wait, and answer the same", async (_when, copies) => {
      const answers = await together(applyRequest(cluster, roster, plan.changeSet, destroy), copies);
      expect(answers[0]).toMatchObject({ value: { statements: 1, message: "no account is left" } });
      for (const answer of answers) expect(answer).toEqual(answers[0]);
      expect(await kinds(audited)).toEqual(["intent", "result", "hook-deleted"]);
      expect(failures()).toBe(0);
      expect(await fixture.accounts()).toEqual([]);
    });

    it.each([0, MINUTE, 9 * MINUTE])("that succeeded answers the same %i ms later", async ms => {
      const payload = applyRequest(cluster, roster, plan.changeSet, destroy);
      const first = await send(payload);
      expect(await send(payload, later(ms))).toEqual(first);
      expect(await kinds(audited)).toEqual(["intent", "result", "hook-deleted"]);
    });

    it("that failed is tried again: a person who destroys again sends the same payload", async () => {
      const payload = applyRequest(cluster, roster, plan.changeSet, destroy);
      await fixture.root.query("CREATE DEFINER = sl_bob@'%' SQL SECURITY DEFINER VIEW orders.v AS SELECT 1");
      await expect(send(payload)).rejects.toThrow(/AccountsRemain/);
      await fixture.root.query("DROP VIEW orders.v");
      await expect(send(payload)).resolves.toMatchObject({ message: "no account is left" });
      expect(await fixture.accounts()).toEqual([]);
    });

    it("of a replaced hook that comes twice within two seconds takes no access", async () => {
      await fixture.apply(cluster, roster, plan, { ...create, removalPolicy: "remove" });
      expect(await head()).toMatchObject({ hooks: 2 });
      const payload = applyRequest(cluster, roster, plan.changeSet, destroy);
      const answers = [await send(payload), await send(payload, later(1_500))];
      expect(answers[1]).toEqual(answers[0]);
      expect(await head()).toMatchObject({ hooks: 1 });
      await expectRoster();
      // Later than that it is the deletion of the remaining hook, whose payload is the same.
      await expect(send(payload, later(MINUTE))).resolves.toMatchObject({ message: "no account is left" });
      expect(await fixture.accounts()).toEqual([]);
    });
  });
});
