import type { Connection } from "mysql2/promise";
import { beginLogin, type HalfOpenLogin } from "../../../support/half-open-login";
import { enforcementFixture, HOUR } from "../enforce/enforcement-fixture";
import { until } from "../enforce/rosters-until";
import { rosterOf } from "../rosters";

const READS = "SELECT COUNT(*) AS n FROM orders.t";

/** Unfinished logins delay nothing, or the run says that it could not end sessions. */
describe.each(["ON", "OFF"])("with performance_schema %s, while logins do not finish", performanceSchema => {
  const fixture = enforcementFixture({
    server: { args: [`--performance-schema=${performanceSchema}`, "--connect-timeout=120"] },
  });
  /** Whether the server does not list its sessions before the logins finish. */
  const isHeldUp = () => performanceSchema === "OFF" && fixture.server.line === "8.0";

  beforeEach(async () => {
    fixture.timeMs = 20_000;
    await fixture.planAndApply("orders", until({ bob: fixture.at(HOUR), eve: undefined }));
  });

  const unfinished = (user: string, count: number): Promise<HalfOpenLogin[]> =>
    Promise.all(Array.from({ length: count }, () => beginLogin(fixture.server, user)));
  const finishAll = async (logins: readonly HalfOpenLogin[]) => {
    for (const login of logins) (await login.finish()).destroy();
  };
  const answers = (session: Connection) =>
    session.query(READS).then(
      () => true,
      () => false,
    );

  it.each<[string, string, number, () => Promise<unknown>]>([
    [
      "an enforcement drops an account",
      "sl_eve",
      1,
      () => {
        fixture.pass(HOUR);
        return fixture.enforce();
      },
    ],
    [
      "an enforcement drops an account, while somebody holds the lock of earlier releases",
      "sl_eve",
      1,
      async () => {
        await (await fixture.session("sl_eve")).query("SELECT GET_LOCK('aurora-users/orders', 0)");
        fixture.pass(HOUR);
        return fixture.enforce();
      },
    ],
    [
      "an apply drops an account",
      "sl_eve",
      3,
      () => fixture.planAndApply("orders", rosterOf({ eve: "read" })),
    ],
    [
      "an enforcement finds an account that is locked",
      "shopapp",
      2,
      async () => {
        await fixture.root.query("ALTER USER sl_bob ACCOUNT LOCK");
        return fixture.enforce();
      },
    ],
  ])("%s (of %s: %i)", async (_, user, count, run) => {
    if (user === "shopapp") await fixture.root.query(APPLICATION);
    const bob = await fixture.session("sl_bob");
    const logins = await unfinished(user, count);
    const began = Date.now();
    const outcome = await run().then(
      () => "done",
      (error: Error) => error.message,
    );
    const ms = Date.now() - began;
    // A wait for an unfinished login takes 9.7 s.
    expect(ms).toBeLessThan(isHeldUp() ? 20_000 : 8_000);
    await expect(fixture.session("sl_bob")).rejects.toThrow(/denied|locked/i);
    if (isHeldUp()) {
      expect(outcome).toMatch(/SessionsRemain.*did not list its open sessions/);
      const [result] = (await fixture.audit("orders")).slice(-1);
      expect(result).toMatchObject({ kind: "result", outcome: "failed", code: "SessionsRemain" });
    } else expect(outcome).toBe("done");
    expect(await answers(bob)).toBe(isHeldUp() && user === "shopapp");

    await finishAll(logins);
    await fixture.enforce();
    await expect(bob.query("SELECT 1")).rejects.toThrow();
    if (user === "shopapp") await fixture.root.query("DROP USER shopapp");
  });

  it("and new ones begin each second, somebody who holds a lock of the earlier name delays no run", async () => {
    const eve = await fixture.session("sl_eve");
    await eve.query("SELECT GET_LOCK('aurora-users/orders', 0)");
    const logins = await unfinished("sl_eve", 1);
    const timer = setInterval(() => void unfinished("sl_eve", 1).then(more => logins.push(...more)), 1_000);
    fixture.pass(HOUR);
    await fixture.enforce().catch((error: Error) => expect(error.message).toMatch(/SessionsRemain/));
    clearInterval(timer);
    await expect(fixture.session("sl_bob")).rejects.toThrow(/denied|locked/i);
    eve.destroy();
    await finishAll(logins);
  });
});

const APPLICATION = "CREATE USER shopapp IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS'";
