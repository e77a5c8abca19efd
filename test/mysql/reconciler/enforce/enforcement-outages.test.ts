import { DatabaseError } from "../../../../lambdas/reconciler/runtime/errors";
import { interceptQueries } from "../intercept-queries";
import { enforcementFixture, HOUR, writesAudit } from "./enforcement-fixture";
import { until } from "./rosters-until";

describe("failures around an expiry", () => {
  const fixture = enforcementFixture();

  it("reports access once that an apply ended before it failed", async () => {
    await fixture.planAndApply("orders", until({ bob: fixture.at(HOUR), eve: undefined }));
    fixture.pass(HOUR);
    const next = { ...until({ bob: fixture.at(0), eve: undefined, ann: undefined }, "read") };
    const plan = await fixture.preview("orders", next);
    const before = fixture.services;
    fixture.services = interceptQueries(before, async (sql, run) => {
      if (/^CREATE USER 'sl_ann'/.test(sql)) throw new DatabaseError(3, "HY000", "no room");
      return run();
    });
    await expect(fixture.apply("orders", next, plan)).rejects.toThrow(/StatementsFailed/);
    fixture.services = before;
    expect(await fixture.accounts()).toEqual(["sl_eve"]);
    await fixture.enforce();
    await fixture.planAndApply("orders", next);
    await fixture.enforce();
    expect(fixture.accountsOf("access.expired")).toEqual(["sl_bob"]);
  });

  it("ends access also while another session holds the lock and the audit trail cannot be written", async () => {
    await fixture.planAndApply("orders", until({ bob: fixture.at(HOUR), eve: undefined }));
    const eve = await fixture.session("sl_eve");
    await eve.query("SELECT GET_LOCK(?, 1)", [await fixture.services.ledger.lockName("orders")]);
    fixture.pass(HOUR);
    fixture.aws.faultService(writesAudit, "deny");
    expect(await fixture.enforce()).toMatchObject({ statements: 1, audited: false });
    expect(await fixture.accounts()).toEqual(["sl_eve"]);
  });
});
