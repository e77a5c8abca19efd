import { EMPTY_ROSTER } from "../../../../core/roster/roster";
import { logIn, PASSWORD } from "../../../support/mysql-login";
import { enforcementFixture, HOUR } from "../enforce/enforcement-fixture";
import { interceptQueries } from "../intercept-queries";
import { putUsers, source } from "./source-suite";

const fixture = enforcementFixture({
  databases: ["orders", "vault"],
  entry: { sources: [source] },
});

const handMade = (user: string, host = "%") => `'${user}'@'${host}'`;
const make = async (account: string, how: string) => {
  await fixture.root.query(`CREATE USER ${account} ${how}`);
  await fixture.root.query(`GRANT SELECT ON vault.* TO ${account}`);
};
const createOf = async (account: string) => {
  const show = async (sql: string) => JSON.stringify((await fixture.root.query(sql))[0]);
  return [await show(`SHOW CREATE USER ${account}`), await show(`SHOW GRANTS FOR ${account}`)];
};
const canRead = async (user: string, database: string): Promise<boolean> => {
  const session = await fixture.session(user).catch(() => logIn(fixture.server, user, PASSWORD));
  const read = await session.query(`SELECT * FROM ${database}.t`).then(
    () => true,
    () => false,
  );
  session.destroy();
  return read;
};
const failures = () => fixture.events("reconcile.failed").map(({ detail }) => detail);

describe("an account that someone made by hand, and that a source names", () => {
  it.each([
    ["sl_backup", "%", 2, `IDENTIFIED BY '${PASSWORD}' REQUIRE SSL`],
    ["sl_batch", "127.0.0.1", 4, `IDENTIFIED BY '${PASSWORD}'`],
    ["sl_iam", "%", 6, "IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS' REQUIRE SSL"],
  ])("stays as it is, and is dropped by no later document: %s at %s", async (user, host, hours, how) => {
    // A source's faults are reported once an hour.
    fixture.pass(hours * HOUR);
    const account = handMade(user, host);
    await make(account, how);
    const before = await createOf(account);
    const alice = { name: "alice" };
    await putUsers([alice, { name: user.slice(3), role: "write" }]);
    expect(await fixture.enforce()).toMatchObject({ outcome: "enforced", audited: true });
    expect(await canRead("sl_alice", "orders")).toBe(true);
    expect(await createOf(account)).toEqual(before);
    expect(failures()).toEqual([
      expect.objectContaining({ code: "SourceEntriesLeftOut", message: expect.stringContaining(user) }),
    ]);
    await fixture.enforce();
    expect(failures()).toHaveLength(1);

    const plan = await fixture.preview("orders", EMPTY_ROSTER);
    expect(plan).toMatchObject({ pending: 0, unmanaged: [user] });
    expect(plan.summary).toContain(`not as Parameter Store says: ${user}`);
    await putUsers([alice]);
    await fixture.enforce();
    await fixture.planAndApply("orders", EMPTY_ROSTER);
    expect(await createOf(account)).toEqual(before);
    expect(await canRead(user, "vault")).toBe(true);
    await fixture.root.query(`DROP USER ${account}`);
    await putUsers([]);
    await fixture.enforce();
  });

  it("is taken over, and dropped later, if the stack allows that", async () => {
    await fixture.register("orders", { sources: [{ ...source, adoptAccounts: true }] });
    await make(handMade("sl_backup"), `IDENTIFIED BY '${PASSWORD}' REQUIRE SSL`);
    await putUsers(["backup"]);
    await fixture.enforce();
    expect([await canRead("sl_backup", "orders"), await canRead("sl_backup", "vault")]).toEqual([
      true,
      false,
    ]);
    expect(failures()).toEqual([]);
    await putUsers([]);
    await fixture.enforce();
    expect(await fixture.accounts()).toEqual([]);
  });
});

describe("an account that a source made", () => {
  it("is the source's if the run died right after it made it", async () => {
    await putUsers(["alice"]);
    const dying = interceptQueries(fixture.services, async (sql, run) => {
      if (sql.startsWith("GRANT")) throw new Error("killed");
      return run();
    });
    await expect(fixture.enforce("orders", dying)).rejects.toThrow();
    expect(await fixture.accounts()).toEqual(["sl_alice"]);
    await fixture.enforce();
    expect(await canRead("sl_alice", "orders")).toBe(true);
    await putUsers([]);
    await fixture.enforce();
    expect(await fixture.accounts()).toEqual([]);
  });

  it("is the source's again after it was locked because it is a DEFINER", async () => {
    await putUsers(["alice"]);
    await fixture.enforce();
    await fixture.root.query("CREATE DEFINER = 'sl_alice'@'%' PROCEDURE orders.p() SELECT 1");
    await putUsers([]);
    await fixture.enforce();
    await expect(fixture.session("sl_alice")).rejects.toThrow(/locked/);
    await putUsers(["alice"]);
    await fixture.enforce();
    expect(await canRead("sl_alice", "orders")).toBe(true);
    await fixture.root.query("DROP PROCEDURE orders.p");
    await putUsers([]);
    await fixture.enforce();
    expect(await fixture.accounts()).toEqual([]);
  });
});
