import type { Roster } from "../../../../core/roster/roster";
import { iamToken, logIn } from "../../../support/mysql-login";
import { withOptions } from "../../../support/observed";
import { DAY, enforcementFixture, HOUR } from "../enforce/enforcement-fixture";
import { until } from "../enforce/rosters-until";

/** Somebody's own accounts of the name: `%` is farther than the user's host. */
const FARTHER = "'sl_bob'@'%'";
const NEARER = "'sl_bob'@'127.1.5.5'";

describe("access that has ended, and that an account of the name at another host goes on giving", () => {
  const fixture = enforcementFixture({ databases: ["orders", "shop"] });
  const bob = (): Roster => {
    const roster = withOptions(until({ bob: fixture.at(HOUR) }), "sl_bob", { hosts: ["127.1.%"] });
    const { sl_bob } = roster.accounts;
    const databases = { ...sl_bob!.databases, shop: { role: "read" } };
    return { ...roster, accounts: { sl_bob: { ...sl_bob!, databases } } };
  };
  const reads = async (address: string) => {
    const token = await iamToken(fixture.server, "sl_bob");
    const session = await logIn(fixture.server, "sl_bob", token, address);
    session.on("error", () => {});
    const done = session.query("SELECT * FROM orders.t").then(
      () => true,
      () => false,
    );
    return done.finally(() => session.destroy());
  };
  const make = async (account: string, isLocked: boolean) => {
    const lock = isLocked ? "ACCOUNT LOCK" : "";
    await fixture.root.query(
      `CREATE USER ${account} IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS' REQUIRE SSL ${lock}`,
    );
    await fixture.root.query(`GRANT SELECT ON orders.* TO ${account}`);
  };
  const said = () => fixture.accountsOf("access.expired");

  it.each([
    ["a farther host, locked", FARTHER, true, "127.1.0.1"],
    ["a farther host", FARTHER, false, "127.1.0.1"],
    ["a nearer host", NEARER, false, "127.1.5.5"],
  ])("is said to have ended once that account of %s is gone", async (_, account, isLocked, address) => {
    const roster = bob();
    await fixture.planAndApply("orders", roster);
    await make(account, isLocked);
    fixture.forgetEvents();
    fixture.pass(DAY);
    expect(await fixture.enforce()).toMatchObject({ statements: 1 });
    expect([await reads(address), said()]).toEqual([true, []]);
    expect(JSON.stringify(fixture.events("drift.detected"))).toContain(account.replaceAll("'", ""));
    await fixture.planAndApply("orders", roster);
    await fixture.enforce();
    expect([await reads(address), said()]).toEqual([true, []]);

    await fixture.root.query(`REVOKE SELECT ON orders.* FROM ${account}`);
    await fixture.root.query(`DROP USER ${account}`);
    await fixture.enforce();
    expect([await reads(address), said()]).toEqual([false, ["sl_bob"]]);
    await fixture.enforce();
    expect(said()).toEqual(["sl_bob"]);
  });

  it("is not said to have ended by an apply, either; the scheduled run after it remembers that", async () => {
    const roster = bob();
    await fixture.planAndApply("orders", roster);
    await make(FARTHER, true);
    fixture.forgetEvents();
    fixture.pass(DAY);
    await fixture.planAndApply("orders", roster);
    expect([await reads("127.1.0.1"), said()]).toEqual([true, []]);
    await fixture.enforce();
    expect(said()).toEqual([]);
    await fixture.root.query(`DROP USER ${FARTHER}`);
    await fixture.enforce();
    expect(said()).toEqual(["sl_bob"]);
  });

  it("is said to have ended at once where the other account gives it to nobody", async () => {
    await fixture.planAndApply("orders", bob());
    await make(NEARER, true);
    fixture.pass(DAY);
    await fixture.enforce();
    expect([await reads("127.1.0.1"), said()]).toEqual([false, ["sl_bob"]]);
  });

  it("goes with all accounts of the name where nothing is left of it", async () => {
    const roster = withOptions(until({ bob: fixture.at(HOUR) }), "sl_bob", { hosts: ["127.1.%"] });
    await fixture.planAndApply("orders", roster);
    await make(FARTHER, false);
    fixture.pass(DAY);
    await fixture.enforce();
    expect([await fixture.accounts(), said()]).toEqual([[], ["sl_bob"]]);
  });
});
