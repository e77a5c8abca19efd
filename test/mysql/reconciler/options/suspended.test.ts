import type { Roster } from "../../../../core/roster/roster";
import { column } from "../../../support/mysql-login";
import { withOptions } from "../../../support/observed";
import { enforcementFixture } from "../enforce/enforcement-fixture";
import { rosterOf } from "../rosters";

const open = rosterOf({ bob: "write", eve: "read" });
const shut = withOptions(open, "sl_bob", { suspended: true });
/** Bob may create events. */
const coder = (roster: Roster): Roster => ({
  ...roster,
  roles: { ...roster.roles, write: ["SELECT", "INSERT", "UPDATE", "EVENT"] },
});
const LOCK = "ALTER USER 'sl_bob'@'%' ACCOUNT LOCK";
const UNLOCK = "ALTER USER 'sl_bob'@'%' ACCOUNT UNLOCK";

describe("a suspended account", () => {
  const fixture = enforcementFixture();
  const plan = async (roster: Roster) => (await fixture.preview("orders", roster)).sql;
  const refused = () => expect(fixture.session("sl_bob")).rejects.toThrow(/locked/i);

  it("is refused, its session ends, and it has its grants again on return", async () => {
    await fixture.planAndApply("orders", open);
    const grants = await fixture.grants("sl_bob");
    const [bob, eve] = [await fixture.session("sl_bob"), await fixture.session("sl_eve")];
    expect(await plan(shut)).toEqual([LOCK]);
    await fixture.planAndApply("orders", shut);
    await expect(bob.query("SELECT 1")).rejects.toThrow();
    await expect(eve.query("SELECT 1")).resolves.toBeDefined();
    eve.destroy();
    await refused();
    expect(await fixture.grants("sl_bob")).toEqual(grants);
    expect(await plan(shut)).toEqual([LOCK]);
    expect(await fixture.preview("orders", shut)).toMatchObject({ pending: 0, verified: true });
    expect(await fixture.enforce()).toMatchObject({ statements: 0, drift: 0 });

    expect(await plan(open)).toEqual([UNLOCK]);
    await fixture.planAndApply("orders", open);
    expect(await fixture.grants("sl_bob")).toEqual(grants);
    const again = await fixture.session("sl_bob");
    await again.query("INSERT INTO orders.t VALUES (1)");
    again.destroy();
    const said = fixture.events("access.changed").map(({ detail }) => detail);
    expect(said).toMatchObject([
      { account: "sl_bob", suspended: true, cause: "grant" },
      { account: "sl_bob", suspended: false, cause: "grant" },
    ]);
  });

  it("is created locked if it does not exist, and let in later", async () => {
    await fixture.planAndApply("orders", shut);
    await refused();
    await fixture.planAndApply("orders", open);
    (await fixture.session("sl_bob")).destroy();
  });

  it.each(["report", "repair"] as const)(
    "that somebody unlocks is locked again by the next run, and by nothing unlocked (%s)",
    async drift => {
      await fixture.register("orders", { drift });
      await fixture.planAndApply("orders", shut);
      await fixture.root.query("ALTER USER sl_bob ACCOUNT UNLOCK");
      const bob = await fixture.session("sl_bob");
      fixture.forgetEvents();
      expect(await fixture.enforce()).toMatchObject({ statements: 1, sessionsEnded: 1, drift: 0 });
      await expect(bob.query("SELECT 1")).rejects.toThrow();
      await refused();
      const [found] = fixture.events("drift.detected");
      expect(found!.detail).toMatchObject({ repaired: true, accounts: ["sl_bob"], statements: [LOCK] });
      expect(await fixture.enforce()).toMatchObject({ statements: 0, drift: 0 });
    },
  );

  it("has no way in by an account of its name at another host that somebody made", async () => {
    await fixture.planAndApply("orders", shut);
    await fixture.root.query(
      "CREATE USER sl_bob@'127.%' IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS' REQUIRE SSL",
    );
    const bob = await fixture.session("sl_bob");
    await fixture.enforce();
    await expect(bob.query("SELECT 1")).rejects.toThrow();
    await refused();
  });

  it("has its events stopped, which would run although it is locked, and started on return", async () => {
    await fixture.root.query("SET GLOBAL event_scheduler = ON");
    await fixture.planAndApply("orders", coder(open));
    const bob = await fixture.session("sl_bob");
    await bob.query("CREATE EVENT orders.tick ON SCHEDULE EVERY 1 SECOND DO INSERT INTO orders.t VALUES (7)");
    const status = () => column(fixture.root, "SELECT STATUS FROM information_schema.EVENTS");
    const isWriting = async () => {
      await fixture.root.query("DELETE FROM orders.t");
      await new Promise(done => setTimeout(done, 2_500));
      return (await column(fixture.root, "SELECT 1 FROM orders.t LIMIT 1")).length > 0;
    };
    expect(await isWriting()).toBe(true);
    await fixture.planAndApply("orders", coder(shut));
    expect([await isWriting(), await status()]).toEqual([false, ["DISABLED"]]);
    expect((await fixture.grants("sl_bob")).join()).toContain("EVENT");

    const enable = "ALTER DEFINER = 'sl_bob'@'%' EVENT orders.tick ENABLE";
    await fixture.root.query(enable);
    expect(await fixture.enforce()).toMatchObject({ statements: 1 });
    expect(await status()).toEqual(["DISABLED"]);
    await fixture.planAndApply("orders", coder(open));
    expect([await isWriting(), await status()]).toEqual([true, ["ENABLED"]]);
    await fixture.root.query("DROP EVENT orders.tick");
    bob.destroy();
  });
});
