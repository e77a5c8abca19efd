import { DeleteParameterCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import type { ParameterSource } from "../../../../core/contract/registry-entry";
import type { Roster } from "../../../../core/roster/roster";
import { NOBODY, rosterOf } from "../rosters";
import { enforcementFixture, HOUR, writesAudit } from "./enforcement-fixture";
import { until } from "./rosters-until";

const PARAMETER = "/aurora-users/sources/shop-prod";
const source: ParameterSource = {
  name: "shop/prod",
  parameter: PARAMETER,
  databases: ["orders"],
  maxRemovalShare: 1,
  minRemovals: 3,
  roles: { read: ["SELECT"] },
};

describe("enforcement changes and reports things once", () => {
  const fixture = enforcementFixture({ databases: ["orders", "payments"] });
  const users = (...entries: readonly object[]) =>
    new SSMClient({}).send(
      new PutParameterCommand({
        Name: PARAMETER,
        Type: "String",
        Overwrite: true,
        Value: JSON.stringify({ users: entries.map(entry => ({ role: "read", ...entry })) }),
      }),
    );
  /** An apply whose roster became the target, and of which nothing ran. */
  const applyHalfWay = async (roster: Roster) => {
    const plan = await fixture.preview("orders", roster);
    fixture.aws.faultService(writesAudit, "deny");
    await expect(fixture.apply("orders", roster, plan)).rejects.toThrow(/AuditUnusable/);
    fixture.aws.clearFaults();
    await fixture.services.outbox.send("orders");
    fixture.forgetEvents();
  };

  it("sends no event about changes of an apply that failed half-way", async () => {
    await fixture.planAndApply(
      "orders",
      until({ bob: fixture.at(9 * HOUR), ann: undefined, eve: fixture.at(9 * HOUR) }),
    );
    const next = until(
      { bob: fixture.at(30 * HOUR), ann: undefined, eve: fixture.at(5 * HOUR), new: undefined },
      "write",
    );
    await applyHalfWay(next);
    for (let run = 0; run < 2; run++) expect(await fixture.enforce()).toMatchObject({ statements: 0 });
    expect(fixture.events().filter(({ type }) => type !== "access.expiring")).toEqual([]);
  });

  it("removes expired access also when a half-way apply was about to give the account something else", async () => {
    await fixture.planAndApply("orders", until({ bob: fixture.at(HOUR) }));
    const { sl_bob } = until({ bob: fixture.at(HOUR) }).accounts;
    const databases = { ...sl_bob!.databases, payments: { role: "read" } };
    await applyHalfWay({ ...until({}), accounts: { sl_bob: { ...sl_bob!, databases } } });
    fixture.pass(HOUR);
    expect(await fixture.enforce()).toMatchObject({ statements: 1 });
    expect(await fixture.accounts()).toEqual([]);
  });

  it("reports a drift once when two runs find it at the same time", async () => {
    await fixture.planAndApply("orders", rosterOf({ bob: "read" }));
    await fixture.root.query("GRANT DELETE ON orders.* TO 'sl_bob'@'%'");
    await Promise.all([fixture.enforce(), fixture.enforce("orders", fixture.freshServices())]);
    expect(fixture.events("drift.detected")).toHaveLength(1);
  });

  it("finishes the work of a run that died once, when two runs follow at the same time", async () => {
    await fixture.planAndApply("orders", until({ bob: fixture.at(HOUR) }));
    fixture.pass(HOUR);
    await expect(fixture.enforce("orders", fixture.dyingServices())).rejects.toThrow(/killed/);
    await Promise.all([fixture.enforce(), fixture.enforce("orders", fixture.freshServices())]);
    expect(fixture.events("access.expired")).toHaveLength(1);
  });

  it("reports once what a run did, if its first write to the ledger failed", async () => {
    await fixture.planAndApply("orders", until({ bob: fixture.at(HOUR) }));
    fixture.pass(HOUR);
    const closes = (request: { service: string; operation: string; body: unknown }) =>
      request.service === "dynamodb" &&
      /Put|Transact/.test(request.operation) &&
      /"S":"enforcement"/.test(JSON.stringify(request.body)) &&
      !/"open"/.test(JSON.stringify(request.body));
    fixture.aws.faultService(closes, "deny");
    await expect(fixture.enforce()).rejects.toThrow(/LedgerUnusable/);
    expect(await fixture.accounts()).toEqual([]);
    fixture.aws.clearFaults();
    await fixture.enforce();
    await fixture.enforce();
    expect(fixture.events("access.expired")).toHaveLength(1);
  });

  it("ends the sessions that a dead run left, also while the audit trail cannot be written", async () => {
    await fixture.planAndApply("orders", until({ bob: fixture.at(HOUR) }));
    const bob = await fixture.session("sl_bob");
    fixture.pass(HOUR);
    const record = await fixture.services.enforcement.read("orders");
    const sessions = [{ user: "sl_bob", host: "%" }];
    await fixture.services.enforcement.write("orders", {
      ...record,
      open: { run: "en-1", expired: ["sl_bob"], sessions },
    });
    await fixture.root.query("DROP USER 'sl_bob'@'%'");
    fixture.aws.faultService(writesAudit, "deny");
    expect(await fixture.enforce()).toMatchObject({ sessionsEnded: 1, audited: false });
    await expect(bob.query("SELECT 1")).rejects.toThrow();
  });

  it("reports a person in Parameter Store once, while another account of the source is blocked", async () => {
    await fixture.register("orders", { sources: [{ ...source, adoptAccounts: true }] });
    await fixture.planAndApply("orders", NOBODY);
    await fixture.root.query("CREATE USER 'sl_eve'@'%'");
    await fixture.root.query("GRANT SYSTEM_USER ON *.* TO 'sl_eve'@'%'");
    await users({ name: "ann" }, { name: "eve" });
    for (let run = 0; run < 3; run++) expect(await fixture.enforce()).toMatchObject({ outcome: "enforced" });
    expect(fixture.events("reconcile.failed").map(({ detail }) => detail)).toMatchObject([
      { code: "SourceEntriesLeftOut", message: expect.stringMatching(/sl_eve.*SYSTEM_USER/) },
    ]);
    expect(await fixture.accounts()).toEqual(["sl_ann", "sl_eve"]);
    expect(fixture.accountsOf("access.granted")).toEqual(["sl_ann"]);
    // An apply leaves the blocked account out too, and has nothing new to report about the other.
    await fixture.planAndApply("orders", rosterOf({ bob: "read" }));
    await fixture.enforce();
    expect(fixture.accountsOf("access.granted")).toEqual(["sl_ann", "sl_bob"]);
    await fixture.root.query("REVOKE SYSTEM_USER ON *.* FROM 'sl_eve'@'%'");
    await fixture.enforce();
    expect(fixture.events("access.granted", "access.changed").at(-1)!.detail).toMatchObject({
      account: "sl_eve",
    });
    await users();
    await fixture.enforce();
  });

  it("ends expired access of a source that the registry no longer names, and leaves its other accounts to the plan", async () => {
    await fixture.register("orders", { sources: [source] });
    await users({ name: "ann", expires: fixture.at(HOUR) }, { name: "cid" });
    await fixture.enforce();
    expect(await fixture.accounts()).toEqual(["sl_ann", "sl_cid"]);
    await fixture.register("orders");
    fixture.forgetEvents();
    expect(await fixture.enforce()).toMatchObject({ statements: 0, drift: 0 });
    fixture.pass(HOUR);
    expect(await fixture.enforce()).toMatchObject({ statements: 1 });
    expect(await fixture.accounts()).toEqual(["sl_cid"]);
    expect(fixture.events("access.expired").map(({ detail }) => detail)).toMatchObject([
      { account: "sl_ann", user: "ann" },
    ]);
    // A repair never gives access that the next apply removes.
    await fixture.root.query("DROP USER 'sl_cid'@'%'");
    await fixture.register("orders", { drift: "repair" });
    expect(await fixture.enforce()).toMatchObject({ statements: 0 });
    await new SSMClient({}).send(new DeleteParameterCommand({ Name: PARAMETER }));
  });

  it("gives no access on a cluster whose accounts were just removed", async () => {
    await fixture.register("orders", { drift: "repair", sources: [source] });
    await users({ name: "ann" });
    await fixture.enforce();
    const roster = rosterOf({ bob: "read" });
    await fixture.planAndApply("orders", roster);
    const plan = await fixture.preview("orders", roster);
    await fixture.apply("orders", roster, plan, { removalPolicy: "remove" });
    expect(await fixture.accounts()).toEqual(["sl_ann", "sl_bob"]);
    // A scheduled run begins between the removal and the ledger's note that the hook is gone. It waits.
    const { audit } = fixture.services;
    const append = audit.append.bind(audit);
    const runs: Promise<unknown>[] = [];
    const spy = jest.spyOn(audit, "append").mockImplementation(async (entry, ...lists) => {
      if (entry.kind === "hook-deleted") runs.push(fixture.enforce("orders", fixture.freshServices()));
      return append(entry, ...lists);
    });
    const request = { tf: { action: "delete" as const, prev_input: null }, removalPolicy: "remove" as const };
    await fixture.services.ledger.change("orders", head => ({ ...head, hooks: 1 }));
    await fixture.apply("orders", roster, plan, request);
    spy.mockRestore();
    expect(await Promise.all(runs)).toMatchObject([{ statements: 0 }]);
    expect(await fixture.accounts()).toEqual([]);
    expect(await fixture.enforce()).toMatchObject({ outcome: "idle" });
    await users();
    // An account that is declared there again is new.
    fixture.forgetEvents();
    await fixture.register("orders");
    await fixture.planAndApply("orders", roster);
    expect(fixture.accountsOf("access.granted")).toEqual(["sl_bob"]);
  });

  it.each([
    ["the ceiling was lowered", { ceiling: { privileges: ["INSERT"] } }],
    ["another cluster took the name", { resourceId: "cluster-OTHER" }],
  ] as const)("does not repair access that was applied before %s", async (_, overrides) => {
    const roster = rosterOf({ bob: "read" });
    await fixture.planAndApply("orders", roster);
    await fixture.root.query("DROP USER 'sl_bob'@'%'");
    await fixture.register("orders", { drift: "repair", ...overrides } as object);
    expect(await fixture.enforce()).toMatchObject({ statements: 0 });
    expect(await fixture.accounts()).toEqual([]);
  });

  it("reports that it cannot manage accounts of another prefix, and creates none", async () => {
    await fixture.planAndApply("orders", rosterOf({ bob: "read" }));
    await fixture.root.query("DROP USER 'sl_bob'@'%'");
    await fixture.register("orders", { drift: "repair", prefix: "zz" });
    await expect(fixture.enforce()).rejects.toThrow(/RosterRefused.*sl_bob.*another prefix than `zz_`/);
    expect(await fixture.accounts()).toEqual([]);
  });
});
