import { DatabaseError } from "../../../../lambdas/reconciler/runtime/errors";
import type { Services } from "../../../../lambdas/reconciler/services/services";
import { interceptQueries } from "../intercept-queries";
import { DAY, enforcementFixture, HOUR } from "./enforcement-fixture";
import { until } from "./rosters-until";

describe("enforcement that fails", () => {
  const fixture = enforcementFixture({ entry: { expirySchedule: "default/orders-expiry" } });
  /** Where the schedule was moved. EventBridge Scheduler has a test of its own. */
  let moved: (string | undefined)[] = [];
  const withSchedule = (): Services => ({
    ...fixture.freshServices(),
    schedule: { moveTo: async (_, moment) => void moved.push(moment?.toISOString()) },
  });
  beforeEach(() => {
    fixture.services = withSchedule();
  });

  it("still sends reminders and moves the schedule when the database cannot be reached", async () => {
    await fixture.planAndApply("orders", until({ bob: fixture.at(8 * DAY), ann: fixture.at(2 * DAY) }));
    fixture.pass(DAY);
    moved = [];
    fixture.aws.faultService(({ service }) => service === "secretsmanager", {
      status: 400,
      type: "ResourceNotFoundException",
    });
    await expect(fixture.enforce("orders", withSchedule())).rejects.toThrow(/CredentialsUnusable/);
    expect(moved).toEqual([fixture.at(DAY)]);
    expect(fixture.accountsOf("access.expiring")).toEqual(["sl_ann", "sl_bob"]);
  });

  it("says that the next run tries again when the server refused a statement", async () => {
    await fixture.planAndApply("orders", until({ bob: fixture.at(HOUR), eve: fixture.at(DAY) }));
    fixture.pass(HOUR);
    const refusing = interceptQueries(withSchedule(), async (sql, run) => {
      if (sql.startsWith("DROP USER")) throw new DatabaseError(1227, "ER_TEST", "refused");
      return run();
    });
    await expect(fixture.enforce("orders", refusing)).rejects.toThrow(
      /StatementsFailed.*refused\. The statements that ran stay in effect\. Fix the cause; the next run tries again\.$/,
    );
    expect(await fixture.enforce()).toMatchObject({ statements: 1 });
  });

  it("reports a failure again when it concerns another account, and not while it stays the same", async () => {
    await fixture.planAndApply("orders", until({ bob: fixture.at(HOUR), eve: fixture.at(2 * HOUR) }));
    for (const user of ["sl_bob", "sl_eve"])
      await fixture.root.query("GRANT SYSTEM_USER ON *.* TO ?@'%'", [user]);
    const reported = () =>
      fixture.events("reconcile.failed").map(({ detail }) => (detail as { message: string }).message);
    fixture.pass(HOUR);
    for (let run = 0; run < 2; run++) await expect(fixture.enforce()).rejects.toThrow(/sl_bob/);
    expect(reported()).toEqual([expect.stringMatching(/sl_bob.*SYSTEM_USER/)]);
    fixture.pass(HOUR);
    for (let run = 0; run < 2; run++) await expect(fixture.enforce()).rejects.toThrow(/sl_bob.*sl_eve/);
    expect(reported()).toHaveLength(2);
    for (const user of ["sl_bob", "sl_eve"])
      await fixture.root.query("REVOKE SYSTEM_USER ON *.* FROM ?@'%'", [user]);
    expect(await fixture.enforce()).toMatchObject({ statements: 1 });
  });
});
