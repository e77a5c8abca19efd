import { randomUUID } from "node:crypto";
import { secretName } from "../../../../core/contract/secret-name";
import { rotateHandler } from "../../../../lambdas/reconciler/handlers/handlers";
import { column } from "../../../support/mysql-login";
import { withOptions } from "../../../support/observed";
import { passwordFixture, SECRET_PATH, services } from "./password-fixture";

const STEPS = ["createSecret", "setSecret", "testSecret", "finishSecret"] as const;

describe("the policy of a service's passwords", () => {
  const fixture = passwordFixture("sl_sync");
  const ending = withOptions(services("sync"), "sl_sync", { password: { expiresAfterDays: 90 } });
  const described = async () => (await column(fixture.root, "SHOW CREATE USER sl_sync")).join();
  const passwordNow = async () => (await fixture.content("sl_sync")).password;
  const logsIn = async (password: string) => {
    const session = await fixture.byPassword("sl_sync", password);
    await session.query("SELECT * FROM orders.t");
    session.destroy();
  };

  it("is in the plan and on the server, and a second plan is empty", async () => {
    const { sql } = await fixture.preview("orders", ending);
    expect(sql[0]).toContain("PASSWORD EXPIRE INTERVAL 90 DAY");
    await fixture.planAndApply("orders", ending);
    expect(await described()).toContain("PASSWORD EXPIRE INTERVAL 90 DAY");
    await logsIn(await passwordNow());
    expect(await fixture.preview("orders", ending)).toMatchObject({ pending: 0, verified: true });
    expect(await fixture.enforce()).toMatchObject({ statements: 0, drift: 0 });
  });

  it("is set again where somebody changed it by hand, and goes with its declaration", async () => {
    await fixture.planAndApply("orders", ending);
    const password = await passwordNow();
    await fixture.root.query("ALTER USER sl_sync PASSWORD EXPIRE INTERVAL 3 DAY");
    expect(await fixture.enforce()).toMatchObject({ statements: 0, drift: 1 });
    expect((await fixture.preview("orders", ending)).sql).toEqual([
      expect.stringMatching(/^ALTER USER 'sl_sync'@'%' .* PASSWORD EXPIRE INTERVAL 90 DAY /),
    ]);
    await fixture.planAndApply("orders", ending);
    expect(await described()).toContain("PASSWORD EXPIRE INTERVAL 90 DAY");
    await logsIn(password);

    await fixture.planAndApply("orders", services("sync"));
    expect(await described()).toContain("PASSWORD EXPIRE NEVER");
    await logsIn(password);
  });

  it("does not lock out a service whose password is older than what is declared now", async () => {
    await fixture.planAndApply("orders", services("sync"));
    await age(100);
    await fixture.planAndApply("orders", ending);
    await logsIn(await passwordNow());
  });

  it("refuses a password after its days, and a rotation ends that", async () => {
    await fixture.planAndApply("orders", ending);
    const before = await passwordNow();
    await age(89);
    await logsIn(before);
    await age(2);
    await expect(logsIn(before)).rejects.toMatchObject({ errno: 1862 });
    const token = randomUUID();
    const SecretId = secretName(SECRET_PATH, "sl_sync");
    for (const Step of STEPS)
      await rotateHandler(fixture.services)({ Step, SecretId, ClientRequestToken: token }, fixture.context());
    const after = await passwordNow();
    expect(after).not.toBe(before);
    await logsIn(after);
    expect(await described()).toContain("PASSWORD EXPIRE INTERVAL 90 DAY");
  });

  it("of the server itself (validate_password) is met by what is generated", async () => {
    // The build of 8.0.31 has no such component.
    if (fixture.server.line === "8.0") return;
    await fixture.root.query("INSTALL COMPONENT 'file://component_validate_password'");
    try {
      const least = {
        policy: "STRONG",
        length: 40,
        mixed_case_count: 2,
        number_count: 2,
        special_char_count: 2,
      };
      for (const [name, value] of Object.entries(least))
        await fixture.root.query(`SET GLOBAL validate_password.${name} = ${value}`);
      await fixture.planAndApply("orders", ending);
      await logsIn(await passwordNow());

      await fixture.root.query("SET GLOBAL validate_password.length = 41");
      // It has its password, which no rule takes from it.
      expect(await fixture.preview("orders", ending)).toMatchObject({ pending: 0, verified: true });
      const { body } = await fixture.preview("orders", services("sync"));
      expect(body).toMatchObject({ status: "refused", statements: {} });
      expect(body.notes.join()).toContain(
        "validate_password refuses the generated password of 'sl_sync'@'%': length 41 (at most 40 is met)",
      );
    } finally {
      await fixture.root.query("UNINSTALL COMPONENT 'file://component_validate_password'");
    }
  });

  /** Makes the password so many days older. */
  async function age(days: number): Promise<void> {
    await fixture.root.query(
      `UPDATE mysql.user SET password_last_changed = password_last_changed - INTERVAL ${days} DAY WHERE User = 'sl_sync'`,
    );
    await fixture.root.query("FLUSH PRIVILEGES");
  }
});
