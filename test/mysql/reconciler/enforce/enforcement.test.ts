import type { Roster } from "../../../../core/roster/roster";
import { rosterOf } from "../rosters";
import { LEDGER } from "../tables";
import { enforcementFixture, HOUR, writesAudit } from "./enforcement-fixture";
import { until } from "./rosters-until";

describe("enforcement", () => {
  const fixture = enforcementFixture({ databases: ["orders", "payments"] });

  it("ends a grant on time, with its account, sessions and logins, and the next plan is empty", async () => {
    const roster = until({ bob: fixture.at(HOUR), eve: undefined });
    await fixture.planAndApply("orders", roster);
    const bob = await fixture.session("sl_bob");
    fixture.pass(HOUR - 1_000);
    expect(await fixture.enforce()).toMatchObject({ outcome: "enforced", statements: 0, drift: 0 });
    expect(await fixture.accounts()).toEqual(["sl_bob", "sl_eve"]);

    fixture.pass(1_000);
    expect(await fixture.enforce()).toMatchObject({
      outcome: "enforced",
      statements: 1,
      sessionsEnded: 1,
      audited: true,
    });
    expect(await fixture.accounts()).toEqual(["sl_eve"]);
    await expect(bob.query("SELECT 1")).rejects.toThrow();
    await expect(fixture.session("sl_bob")).rejects.toThrow(/denied/i);

    const [expired] = fixture.events("access.expired");
    const entry = { database: "orders", role: "read", expires: fixture.at(0) };
    expect(expired!.detail).toMatchObject({
      account: "sl_bob",
      user: "bob",
      email: "bob@example.com",
      cause: "expiry",
    });
    expect(expired!.detail).toMatchObject({ before: [entry], after: [], ending: [entry] });
    const [intent, result] = (await fixture.audit("orders")).slice(-2);
    expect(intent).toMatchObject({
      kind: "intent",
      action: "enforce",
      changeSet: expired!.detail.correlationId,
    });
    expect(intent!["statements"]).toMatchObject([
      { sql: "DROP USER 'sl_bob'@'%'", cause: "expiry", accounts: [{ account: "sl_bob", user: "bob" }] },
    ]);
    expect(result).toMatchObject({ kind: "result", outcome: "succeeded", ran: 1, sessionsEnded: 1 });

    const plan = await fixture.preview("orders", roster);
    expect(plan).toMatchObject({ pending: 0, verified: true });
    expect(plan.changeSet).toEqual((await fixture.preview("orders", roster)).changeSet);
  });

  it("removes one database of an account and keeps the other, also if a table grant gives the expired one", async () => {
    const roster = until({ bob: fixture.at(HOUR) });
    const databases = { ...roster.accounts["sl_bob"]!.databases, payments: { role: "read" } };
    const both: Roster = { ...roster, accounts: { sl_bob: { ...roster.accounts["sl_bob"]!, databases } } };
    await fixture.planAndApply("orders", both);
    await fixture.root.query("GRANT INSERT ON orders.t TO 'sl_bob'@'%'");
    fixture.pass(HOUR);
    await fixture.enforce();
    expect((await fixture.grants("sl_bob")).filter(grant => !grant.includes("USAGE"))).toEqual([
      "GRANT SELECT ON `payments`.* TO `sl_bob`@`%`",
    ]);
    expect(fixture.events("access.expired")).toHaveLength(1);
  });

  it("catches up after a day without runs, and reports once", async () => {
    await fixture.planAndApply(
      "orders",
      until({ bob: fixture.at(HOUR), ann: fixture.at(2 * HOUR), eve: undefined }),
    );
    fixture.pass(26 * HOUR);
    expect(await fixture.enforce()).toMatchObject({ statements: 1 });
    expect(await fixture.accounts()).toEqual(["sl_eve"]);
    expect(await fixture.enforce()).toMatchObject({ statements: 0 });
    expect(fixture.accountsOf("access.expired")).toEqual(["sl_ann", "sl_bob"]);
    expect(
      fixture.events("reconcile.succeeded").filter(({ detail }) => detail.cause === "expiry"),
    ).toHaveLength(1);
  });

  it("does the work once when two runs start at the same time", async () => {
    await fixture.planAndApply("orders", until({ bob: fixture.at(HOUR) }));
    fixture.pass(HOUR);
    const before = (await fixture.audit("orders")).length;
    const runs = await Promise.all([fixture.enforce(), fixture.enforce("orders", fixture.freshServices())]);
    expect(runs.map(({ statements }) => statements).sort()).toEqual([0, 1]);
    expect((await fixture.audit("orders")).slice(before).map(({ kind }) => kind)).toEqual([
      "intent",
      "result",
    ]);
    expect(fixture.events("access.expired")).toHaveLength(1);
  });

  it("keeps a grant that an apply without statements extended a second before", async () => {
    await fixture.planAndApply("orders", until({ bob: fixture.at(HOUR) }));
    const bob = await fixture.session("sl_bob");
    fixture.pass(HOUR - 1_000);
    await fixture.planAndApply("orders", until({ bob: fixture.at(10 * HOUR) }));
    const [changed] = fixture.events("access.changed");
    expect(changed!.detail).toMatchObject({
      account: "sl_bob",
      cause: "grant",
      after: [{ expires: fixture.at(10 * HOUR) }],
    });
    fixture.pass(1_000);
    expect(await fixture.enforce()).toMatchObject({ statements: 0, sessionsEnded: 0 });
    await expect(bob.query("SELECT 1")).resolves.toBeDefined();
    bob.destroy();
  });

  it.each(["report", "repair"] as const)(
    "neither completes nor undoes an apply that failed half-way (%s)",
    async drift => {
      await fixture.register("orders", { drift });
      await fixture.planAndApply("orders", rosterOf({ bob: "read", eve: "read" }));
      // Its roster became the target. Its intent could not be recorded, so nothing ran.
      const next: Roster = rosterOf({ bob: "write", new: "read" });
      const plan = await fixture.preview("orders", next);
      fixture.aws.faultService(writesAudit, "deny");
      await expect(fixture.apply("orders", next, plan)).rejects.toThrow(/AuditUnusable/);
      fixture.aws.clearFaults();
      const { head } = await fixture.services.ledger.state("orders");
      expect(head.target).not.toBe(head.applied);

      expect(await fixture.enforce()).toMatchObject({ statements: 0, drift: 0 });
      expect(await fixture.accounts()).toEqual(["sl_bob", "sl_eve"]);
      expect(await fixture.grants("sl_bob")).toContain("GRANT SELECT ON `orders`.* TO `sl_bob`@`%`");
      // What lies between the two stays as it is found; what neither holds is drift, and only what both hold
      // may be given.
      await fixture.root.query("GRANT INSERT, DELETE ON orders.* TO 'sl_bob'@'%'");
      await fixture.root.query("REVOKE SELECT ON orders.* FROM 'sl_bob'@'%'");
      const run = await fixture.enforce();
      expect(run).toMatchObject(
        drift === "repair" ? { statements: 2, drift: 0 } : { statements: 0, drift: 2 },
      );
      const repaired = "GRANT SELECT, INSERT ON `orders`.* TO `sl_bob`@`%`";
      expect(await fixture.grants("sl_bob")).toContain(
        drift === "repair" ? repaired : "GRANT INSERT, DELETE ON `orders`.* TO `sl_bob`@`%`",
      );
    },
  );

  it("reports drift once, again when it changes, and repairs it if `drift` is `repair`", async () => {
    await fixture.planAndApply("orders", rosterOf({ bob: "read" }));
    await fixture.root.query("GRANT DELETE ON orders.* TO 'sl_bob'@'%'");
    expect(await fixture.enforce()).toMatchObject({ statements: 0, drift: 1 });
    expect(await fixture.enforce()).toMatchObject({ drift: 1 });
    expect(fixture.events("drift.detected").map(({ detail }) => detail)).toMatchObject([
      {
        repaired: false,
        accounts: ["sl_bob"],
        statements: ["REVOKE DELETE ON `orders`.* FROM 'sl_bob'@'%'"],
        undeclared: [],
      },
    ]);
    await fixture.root.query("CREATE USER 'sl_mallory'@'%'");
    expect(await fixture.enforce()).toMatchObject({ drift: 2 });
    expect(fixture.events("drift.detected")[1]!.detail).toMatchObject({ undeclared: ["sl_mallory"] });

    await fixture.register("orders", { drift: "repair" });
    expect(await fixture.enforce()).toMatchObject({ statements: 1, drift: 1 });
    expect(fixture.events("drift.detected").at(-1)!.detail).toMatchObject({
      repaired: true,
      accounts: ["sl_bob"],
    });
    expect(await fixture.grants("sl_bob")).toContain("GRANT SELECT ON `orders`.* TO `sl_bob`@`%`");
  });

  const FACTOR = "FACTOR IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS'";
  it.each([
    ["FAILED_LOGIN_ATTEMPTS 1 PASSWORD_LOCK_TIME UNBOUNDED", "FAILED_LOGIN_ATTEMPTS 0 PASSWORD_LOCK_TIME 0"],
    ["FAILED_LOGIN_ATTEMPTS 9 PASSWORD_LOCK_TIME 2", "FAILED_LOGIN_ATTEMPTS 0 PASSWORD_LOCK_TIME 0"],
    [`ADD 2 ${FACTOR}`, "DROP 2 FACTOR"],
    [`ADD 2 ${FACTOR} ADD 3 ${FACTOR}`, "DROP 2 FACTOR DROP 3 FACTOR"],
  ])("what shuts a person out is in the plan and in drift, and is repaired: %s", async (byHand, undo) => {
    const roster = rosterOf({ bob: "read" });
    await fixture.planAndApply("orders", roster);
    await fixture.root.query(`ALTER USER sl_bob ${byHand}`);
    const statements = [`ALTER USER 'sl_bob'@'%' ${undo}`];
    expect((await fixture.preview("orders", roster)).sql).toEqual(statements);
    expect(await fixture.enforce()).toMatchObject({ statements: 0, drift: 1 });
    await fixture.register("orders", { drift: "repair" });
    expect(await fixture.enforce()).toMatchObject({ statements: 1, drift: 0, sessionsEnded: 0 });
    const named = { accounts: ["sl_bob"], statements };
    expect(fixture.events("drift.detected").map(({ detail }) => detail)).toMatchObject([
      { ...named, repaired: false },
      { ...named, repaired: true },
    ]);
    (await fixture.session("sl_bob")).destroy();
    expect(await fixture.preview("orders", roster)).toMatchObject({ pending: 0, verified: true });
  });

  it("removes access while the audit trail cannot be written, and gives none", async () => {
    await fixture.register("orders", { drift: "repair" });
    await fixture.planAndApply("orders", until({ bob: fixture.at(HOUR), eve: undefined }));
    await fixture.root.query("REVOKE SELECT ON orders.* FROM 'sl_eve'@'%'");
    fixture.pass(HOUR);
    fixture.aws.faultService(writesAudit, "deny");
    await expect(fixture.enforce()).rejects.toThrow(/AuditUnusable.*only what takes access away ran/);
    expect(await fixture.accounts()).toEqual(["sl_eve"]);
    expect(await fixture.grants("sl_eve")).toEqual(["GRANT USAGE ON *.* TO `sl_eve`@`%`"]);
    fixture.aws.clearFaults();
    expect(await fixture.enforce()).toMatchObject({ statements: 1, audited: true });
    expect(await fixture.grants("sl_eve")).toContain("GRANT SELECT ON `orders`.* TO `sl_eve`@`%`");
    expect(fixture.events("access.expired")).toHaveLength(1);
  });

  it("does nothing if the ledger was tampered with, and reports that once", async () => {
    await fixture.planAndApply("orders", until({ bob: fixture.at(HOUR) }));
    const { head } = await fixture.services.ledger.state("orders");
    const [chunk] = (await fixture.items(LEDGER, "orders")).filter(({ sk }) =>
      String(sk).startsWith(`blob#${head.applied}`),
    );
    await fixture.tamper(LEDGER, chunk!, "data", new Uint8Array([1, 2, 3]));
    fixture.pass(HOUR);
    for (let run = 0; run < 2; run++) await expect(fixture.enforce()).rejects.toThrow(/cannot be unpacked/);
    expect(await fixture.accounts()).toEqual(["sl_bob"]);
    expect(fixture.events("reconcile.failed").map(({ detail }) => detail)).toMatchObject([
      { action: "enforce", code: "LedgerUnusable" },
    ]);
    await fixture.tamper(LEDGER, chunk!, "data", chunk!["data"] as Uint8Array);
    expect(await fixture.enforce()).toMatchObject({ statements: 1 });
  });

  it("processes the other accounts when the administrator may not touch one", async () => {
    await fixture.planAndApply("orders", until({ bob: fixture.at(HOUR), eve: fixture.at(HOUR) }));
    await fixture.root.query("GRANT SYSTEM_USER ON *.* TO 'sl_eve'@'%'");
    fixture.pass(HOUR);
    await expect(fixture.enforce()).rejects.toThrow(
      /AccountsLeftOut.*sl_eve.*SYSTEM_USER.*All other accounts were processed/,
    );
    expect(await fixture.accounts()).toEqual(["sl_eve"]);
    expect(fixture.events("access.expired")).toHaveLength(1);
    await fixture.root.query("REVOKE SYSTEM_USER ON *.* FROM 'sl_eve'@'%'");
    expect(await fixture.enforce()).toMatchObject({ statements: 1 });
  });
});
