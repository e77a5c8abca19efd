import type { RemovalPolicy } from "../../../../core/contract/payload";
import { AuditError } from "../../../../lambdas/reconciler/runtime/errors";
import { NOBODY, ReconcilerFixture, rosterOf } from "../reconciler-fixture";

const create = { tf: { action: "create" as const, prev_input: null } };
const destroy = { tf: { action: "delete" as const, prev_input: null } };

describe("who holds a cluster, and what becomes of it", () => {
  let fixture: ReconcilerFixture;
  let count = 0;
  let cluster: string;
  const roster = rosterOf({ bob: "read", eve: "read" });

  beforeAll(async () => {
    fixture = await ReconcilerFixture.start();
    await fixture.root.query("CREATE DATABASE orders");
  }, 180_000);
  afterAll(() => fixture.stop());
  beforeEach(async () => {
    // A cluster of its own for each test, on one server that is emptied between them.
    cluster = `cluster-${++count}`;
    await fixture.dropAccounts();
    await fixture.register(cluster);
  });

  const head = () => fixture.services.ledger.head(cluster);
  const settle = async (removalPolicy: RemovalPolicy = "protect", asked = roster) => {
    await fixture.planAndApply(cluster, asked);
    const plan = await fixture.preview(cluster, asked);
    await fixture.apply(cluster, asked, plan, { removalPolicy });
    return plan;
  };

  describe("a set that nobody could see before it runs", () => {
    it("only creates accounts that do not exist; the next plan shows the rest", async () => {
      await fixture.root.query("CREATE USER sl_eve@'%' IDENTIFIED BY 'Hand-made-1'");
      await fixture.root.query("GRANT ALL ON orders.* TO sl_eve@'%'");
      await fixture.root.query("CREATE USER sl_old@'%' IDENTIFIED BY 'Hand-made-1'");
      await fixture.register(cluster, { unmanaged: "remove" });
      const plan = await fixture.preview(cluster, roster);
      expect(plan.body.status).toBe("unseen");
      expect(plan.sql.join()).not.toMatch(/sl_eve|sl_old/);
      expect(plan.pending).toBeGreaterThan(plan.sql.length);
      expect(plan.body.notes.join()).toMatch(/only creates accounts that do not exist.*next plan/);
      const answer = await fixture.apply(cluster, roster, plan, create);
      expect(answer.message).toMatch(/done; \d+ wait for the next plan/);
      expect(await fixture.accounts()).toEqual(["sl_bob", "sl_eve", "sl_old"]);
      expect((await fixture.grants("sl_eve")).join()).toContain("ALL PRIVILEGES");
      const next = await fixture.preview(cluster, roster);
      expect(next.body.status).toBe("changes");
      expect(next.sql.join()).toMatch(/sl_eve.*|sl_old/);
      await fixture.apply(cluster, roster, next);
      expect(await fixture.accounts()).toEqual(["sl_bob", "sl_eve"]);
      expect((await fixture.preview(cluster, roster)).changeSet).toEqual(next.changeSet);
    });

    it("is seen again after a new gate, and nothing is pending when nothing changed", async () => {
      const plan = await settle();
      const renewed = await fixture.preview(cluster, roster, { gate: "gate-2" });
      expect(renewed).toMatchObject({ changeSet: plan.changeSet, pending: 0 });
      await fixture.apply(cluster, roster, renewed, { gate: "gate-2" });
      expect((await head()).gates).toEqual(["gate-1", "gate-2"]);
    });

    it("converges after the ledger was lost", async () => {
      await settle();
      await fixture.root.query("GRANT DELETE ON orders.* TO 'sl_bob'@'%'");
      await fixture.forget(cluster);
      expect((await fixture.preview(cluster, roster)).body.status).toBe("unseen");
      await fixture.planAndApply(cluster, roster);
      expect((await fixture.grants("sl_bob")).join()).not.toContain("DELETE");
    });
  });

  describe("owners", () => {
    it("another stack is refused until it adopts, and the plan names the owner before it", async () => {
      await settle();
      const plan = await fixture.preview(cluster, roster, { owner: "other" });
      expect(plan).toMatchObject({ verified: false, body: { status: "refused" } });
      expect(plan.summary).toMatch(/belongs to `stack`.*set `adopt`/);
      await expect(fixture.apply(cluster, roster, plan, { owner: "other" })).rejects.toThrow(
        /OwnedByAnother/,
      );
      const adopt = { owner: "other", adopt: true };
      const taking = await fixture.preview(cluster, roster, adopt);
      expect(taking.body).toMatchObject({
        status: "none",
        notes: expect.arrayContaining([expect.stringMatching(/taken over from `stack`/)]),
      });
      await fixture.apply(cluster, roster, taking, { ...adopt, ...create });
      expect((await fixture.preview(cluster, roster, adopt)).changeSet).toEqual(taking.changeSet);
      expect((await fixture.preview(cluster, roster)).body.status).toBe("refused");
      // The former owner's hook goes without touching anything.
      await fixture.apply(cluster, roster, plan, { ...destroy, removalPolicy: "remove" });
      expect(await fixture.accounts()).toEqual(["sl_bob", "sl_eve"]);
      expect(await head()).toMatchObject({ owner: "other", hooks: 1 });
    });
  });

  describe("a hook that goes", () => {
    it("leaves everything while another one holds the cluster, as when it is replaced", async () => {
      const plan = await settle();
      await fixture.apply(cluster, roster, plan, create);
      expect(await head()).toMatchObject({ hooks: 2 });
      await fixture.apply(cluster, roster, plan, destroy);
      expect(await fixture.accounts()).toEqual(["sl_bob", "sl_eve"]);
      expect(await head()).toMatchObject({ hooks: 1 });
      expect((await fixture.preview(cluster, roster)).changeSet).toEqual(plan.changeSet);
    });

    it("sent twice counts once", async () => {
      const plan = await settle("remove");
      await fixture.apply(cluster, roster, plan, create);
      const twice = () => fixture.apply(cluster, roster, plan, destroy);
      await twice();
      await twice();
      expect(await head()).toMatchObject({ hooks: 1 });
      expect(await fixture.accounts()).toEqual(["sl_bob", "sl_eve"]);
    });

    it("that is created by two copies of one call counts once", async () => {
      const plan = await fixture.preview(cluster, roster);
      await Promise.all([
        fixture.apply(cluster, roster, plan, create),
        fixture.apply(cluster, roster, plan, create),
      ]);
      expect(await head()).toMatchObject({ hooks: 1 });
    });

    it("as the last one is refused while accounts are left, and says what to do", async () => {
      const plan = await settle();
      await expect(fixture.apply(cluster, roster, plan, destroy)).rejects.toThrow(
        /AccountsRemain: .*2 accounts are left \(sl_bob, sl_eve\).*Apply an empty roster first, or set `removalPolicy`/,
      );
      expect(await fixture.accounts()).toEqual(["sl_bob", "sl_eve"]);
    });

    it("acts by the policy that was applied, not by one that never was", async () => {
      const plan = await settle("protect");
      await expect(
        fixture.apply(cluster, roster, plan, { ...destroy, removalPolicy: "remove" }),
      ).rejects.toThrow(/AccountsRemain/);
      expect(await fixture.accounts()).toEqual(["sl_bob", "sl_eve"]);
    });

    it('with "remove" drops what rosters declared and nothing else', async () => {
      const plan = await settle("remove");
      await fixture.root.query("CREATE USER sl_stranger@'%' IDENTIFIED BY 'x'");
      await fixture.root.query("CREATE USER IF NOT EXISTS slack_bot@'%' IDENTIFIED BY 'x'");
      await fixture.apply(cluster, roster, plan, destroy);
      expect(await fixture.accounts()).toEqual(["sl_stranger"]);
      expect(await fixture.accounts("slack%")).toEqual(["slack_bot"]);
      expect(await fixture.undeclared()).not.toContain(cluster);
      expect((await fixture.audit(cluster)).at(-1)).toMatchObject({
        kind: "hook-deleted",
        hooksLeft: 0,
        policy: "remove",
        accounts: [],
      });
    });

    it.each(["hook-deleted", "result"] as const)(
      'with "remove" says what ran, and reports the lost access, if the audit trail refuses the item "%s"',
      async kind => {
        const plan = await settle("remove");
        const { audit } = fixture.services;
        const append = audit.append.bind(audit);
        const spy = jest.spyOn(audit, "append").mockImplementation(async (entry, ...lists) => {
          if (entry.kind === kind) throw new AuditError("the table is gone");
          return append(entry, ...lists);
        });
        const earlier = fixture.events().length;
        await expect(fixture.apply(cluster, roster, plan, destroy)).rejects.toThrow(/AuditUnusable/);
        spy.mockRestore();
        expect(await fixture.accounts()).toEqual([]);
        const events = fixture.events().slice(earlier);
        const revoked = events.filter(({ type }) => type === "access.revoked");
        expect(revoked.map(({ detail }) => "account" in detail && detail.account).sort()).toEqual([
          "sl_bob",
          "sl_eve",
        ]);
        expect(events.filter(({ type }) => type === "reconcile.failed")).toMatchObject([
          { detail: { ran: 1, of: 1, accounts: ["sl_bob", "sl_eve"] } },
        ]);
        // The repeated deletion finds nobody, and reports nobody again.
        await fixture.apply(cluster, roster, plan, destroy);
        const later = fixture.events("access.revoked").slice(-revoked.length);
        expect(later).toEqual(revoked);
      },
    );

    it('with "remove" is refused when objects run as an account', async () => {
      const plan = await settle("remove");
      await fixture.root.query("CREATE DEFINER = sl_bob@'%' SQL SECURITY DEFINER VIEW orders.v AS SELECT 1");
      await expect(fixture.apply(cluster, roster, plan, destroy)).rejects.toThrow(
        /AccountsRemain.*sl_bob \(runs VIEW orders.v\)/,
      );
      // sl_eve was dropped and sl_bob locked. The audit trail says once how that ended.
      const [intent, result] = (await fixture.audit(cluster)).slice(-2);
      expect(intent).toMatchObject({ kind: "intent" });
      expect(result).toMatchObject({ kind: "result", outcome: "failed", code: "AccountsRemain", ran: 2 });
      expect(result!["results"]).toHaveLength(2);
      // A second destroy finds nothing to run, and fails all the same.
      await expect(fixture.apply(cluster, roster, plan, destroy)).rejects.toThrow(/AccountsRemain/);
      await fixture.root.query("DROP VIEW orders.v");
      await fixture.apply(cluster, roster, plan, destroy);
      expect(await fixture.accounts()).toEqual([]);
    });

    it('with "retain" leaves the accounts, names them in the audit trail, and the shared check keeps naming the cluster', async () => {
      const plan = await settle("retain");
      await fixture.apply(cluster, roster, plan, destroy);
      expect(await fixture.accounts()).toEqual(["sl_bob", "sl_eve"]);
      expect((await fixture.audit(cluster)).at(-1)).toMatchObject({
        kind: "hook-deleted",
        accounts: ["sl_bob", "sl_eve"],
      });
      expect(await fixture.undeclared()).toContain(cluster);
    });

    it("is let go when the cluster itself is gone", async () => {
      const plan = await settle("protect");
      await fixture.register(cluster, { host: "gone.cluster.invalid" });
      await expect(fixture.apply(cluster, roster, plan, destroy)).resolves.toMatchObject({
        message: "the cluster no longer exists: the name gone.cluster.invalid is not known",
      });
    });

    it("after the hook's deletion any stack may declare the cluster again", async () => {
      await settle("protect", NOBODY);
      const plan = await fixture.preview(cluster, NOBODY);
      await fixture.apply(cluster, NOBODY, plan, destroy);
      expect(await head()).toMatchObject({ hooks: 0, released: expect.any(String) });
      await fixture.planAndApply(cluster, roster, { owner: "other" });
      expect(await head()).toMatchObject({ hooks: 1, owner: "other" });
    });
  });

  it("a cluster that was only ever tried is named where no stack declares it", async () => {
    await fixture.register(cluster, { port: 1 });
    const plan = await fixture.preview(cluster, roster);
    await expect(fixture.apply(cluster, roster, plan, create)).rejects.toThrow(/DatabaseUnreachable/);
    expect(await fixture.undeclared()).toContain(cluster);
    expect(await fixture.undeclared([cluster])).not.toContain(cluster);
  });

  it("an account that had to go and that objects keep is followed until it is gone", async () => {
    await settle();
    await fixture.root.query("CREATE DEFINER = sl_eve@'%' SQL SECURITY DEFINER VIEW orders.w AS SELECT 1");
    const less = rosterOf({ bob: "read" });
    const plan = await fixture.preview(cluster, less);
    expect(plan.sql).toEqual(["ALTER USER 'sl_eve'@'%' ACCOUNT LOCK"]);
    await fixture.apply(cluster, less, plan);
    expect((await fixture.preview(cluster, less)).changeSet).toEqual(plan.changeSet);
    expect((await head()).lingering).toEqual(["sl_eve"]);
    const other = rosterOf({ bob: "write" });
    await fixture.planAndApply(cluster, other);
    await fixture.root.query("DROP VIEW orders.w");
    expect((await fixture.preview(cluster, other)).sql).toEqual(["DROP USER 'sl_eve'@'%'"]);
    await fixture.planAndApply(cluster, other);
    expect((await head()).lingering).toEqual([]);
  });
});
