import { column } from "../../../support/mysql-login";
import { enforcementFixture, HOUR } from "../enforce/enforcement-fixture";
import { until } from "../enforce/rosters-until";
import { NOBODY, rosterOf } from "../reconciler-fixture";

const OFF = "IAM database authentication is switched off on this cluster: no managed account can log in";
const SWITCH_ON = "Switch it on (`iam_database_authentication_enabled = true` of the cluster)";
const roster = rosterOf({ bob: "read", eve: "read" });

describe("a cluster whose IAM logins are switched off", () => {
  const fixture = enforcementFixture();
  const switchOff = () => fixture.root.query("UNINSTALL PLUGIN AWSAuthenticationPlugin");
  const switchOn = () =>
    fixture.root
      .query("INSTALL PLUGIN AWSAuthenticationPlugin SONAME 'aws_auth_standin.so'")
      .catch(error => expect(error.message).toMatch(/already exists/));
  afterEach(switchOn);
  const names = () =>
    column(fixture.root, "SELECT User FROM mysql.user WHERE User LIKE 'sl\\_%' ORDER BY User");

  it.each([
    ["before the first account", NOBODY, roster],
    ["with accounts that stay", roster, roster],
    ["with an account to add", rosterOf({ bob: "read" }), roster],
  ])("refuses the plan, by name, and nothing runs: %s", async (_, before, wanted) => {
    await fixture.planAndApply("orders", before);
    const accounts = await names();
    await switchOff();
    const plan = await fixture.preview("orders", wanted);
    expect(plan.body.status).toBe("refused");
    expect(plan.summary).toContain(`orders: refused: ${OFF}`);
    expect(plan.summary).toContain(SWITCH_ON);
    expect(plan.sql).toEqual([]);
    await expect(fixture.apply("orders", wanted, plan)).rejects.toThrow(OFF);
    expect(await names()).toEqual(accounts);
    await switchOn();
    await fixture.planAndApply("orders", wanted);
    expect(await names()).toEqual(["sl_bob", "sl_eve"]);
  });

  it("still lets everybody go", async () => {
    await fixture.planAndApply("orders", roster);
    await switchOff();
    await fixture.planAndApply("orders", NOBODY);
    expect(await names()).toEqual([]);
  });

  it("ends access on its date, and each run fails by name while accounts remain that cannot log in", async () => {
    await fixture.planAndApply("orders", until({ bob: fixture.at(HOUR), eve: undefined }));
    await switchOff();
    fixture.pass(HOUR);
    await expect(fixture.enforce()).rejects.toThrow(OFF);
    expect(await names()).toEqual(["sl_eve"]);
    expect(fixture.accountsOf("access.expired")).toEqual(["sl_bob"]);
    const [failed] = fixture.events("reconcile.failed");
    expect(failed!.detail).toMatchObject({ code: "RosterRefused", message: expect.stringContaining(OFF) });
    expect(failed!.detail).toMatchObject({ message: expect.stringContaining(SWITCH_ON) });
    await expect(fixture.enforce()).rejects.toThrow(SWITCH_ON);
    expect(fixture.events("drift.detected").map(({ detail }) => detail)).toMatchObject([
      { repaired: false, accounts: ["sl_eve"], statements: [], undeclared: [] },
    ]);
    await switchOn();
    await expect(fixture.enforce()).resolves.toMatchObject({ outcome: "enforced" });
  });
});
