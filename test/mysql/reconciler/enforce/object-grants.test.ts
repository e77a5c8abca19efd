import { withObjects } from "../../../support/observed";
import { rosterOf } from "../rosters";
import { enforcementFixture, HOUR, writesAudit } from "./enforcement-fixture";

const fixture = enforcementFixture({ databases: ["orders", "payments"] });

const T = "`orders`.`t`";
const T_A = "`orders`.`t` (`a`)";
type Grants = Parameters<typeof withObjects>[1][string];
const bob = (objects: Grants, database = "payments") =>
  withObjects(rosterOf({ bob: "read" }, database), { sl_bob: objects });
const update = { role: "UPDATE", privileges: ["UPDATE"] } as const;

/** Whether Bob's statement is allowed. */
async function may(sql: string): Promise<boolean> {
  const session = await fixture.session("sl_bob");
  const allowed = await session.query(sql).then(
    () => true,
    () => false,
  );
  session.destroy();
  return allowed;
}
const access = async () => ({
  reads: await may("SELECT a FROM orders.t"),
  updates: await may("UPDATE orders.t SET a = 1"),
});

describe("grants on what is in a database, from plan to expiry", () => {
  it("are shown, given and recorded, and the next plan is empty", async () => {
    const roster = bob({ [T_A]: "read" });
    const plan = await fixture.planAndApply("orders", roster);
    expect(plan.sql).toEqual([
      expect.stringMatching(/^CREATE USER 'sl_bob'/),
      `GRANT SELECT (\`a\`) ON ${T} TO 'sl_bob'@'%'`,
      "GRANT SELECT ON `payments`.* TO 'sl_bob'@'%'",
    ]);
    expect(await access()).toEqual({ reads: true, updates: false });
    expect(await fixture.preview("orders", roster)).toMatchObject({ pending: 0, verified: true });
    expect(await fixture.enforce()).toMatchObject({ statements: 0, drift: 0 });
    const [granted] = fixture.events("access.granted");
    expect(granted!.detail).toMatchObject({
      after: [
        { database: "orders", object: "t (a)", role: "read" },
        { database: "payments", role: "read" },
      ],
    });
  });

  it("end on their own date, and all else that the account has stays", async () => {
    const roster = bob({ [T]: { ...update, expires: fixture.at(HOUR) }, [T_A]: "read" });
    await fixture.planAndApply("orders", roster);
    expect(await access()).toEqual({ reads: true, updates: true });
    fixture.pass(HOUR);
    expect(await fixture.enforce()).toMatchObject({ statements: 1, drift: 0 });
    expect(await access()).toEqual({ reads: true, updates: false });
    const [expired] = fixture.events("access.expired");
    expect(expired!.detail).toMatchObject({
      ending: [{ database: "orders", object: "t", role: "UPDATE", expires: fixture.at(0) }],
    });
    fixture.forgetEvents();
    expect(await fixture.enforce()).toMatchObject({ statements: 0, drift: 0 });
    expect(fixture.events()).toEqual([]);
    expect(await fixture.preview("orders", roster)).toMatchObject({ pending: 0 });
  });

  it("do not end what a grant on the database gives, and end with one that was made by hand", async () => {
    const over = { ...update, expires: fixture.at(HOUR) };
    await fixture.planAndApply("orders", bob({ [T]: over }, "orders"));
    await fixture.root.query("GRANT UPDATE ON orders.* TO 'sl_bob'@'%'");
    fixture.pass(HOUR);
    await fixture.enforce();
    expect(await access()).toEqual({ reads: true, updates: false });
    fixture.forgetEvents();
    await fixture.enforce();
    expect(fixture.events()).toEqual([]);
  });

  it("that end between plan and apply are revoked by that apply, and never given", async () => {
    const roster = bob({ [T]: { ...update, expires: fixture.at(HOUR) }, [T_A]: "read" });
    await fixture.planAndApply("orders", roster);
    const plan = await fixture.preview("orders", roster);
    fixture.pass(2 * HOUR);
    await fixture.apply("orders", roster, plan);
    expect(await access()).toEqual({ reads: true, updates: false });
  });

  it("are refused at apply if the plan did not show them", async () => {
    const roster = bob({ [T_A]: "read" });
    await fixture.planAndApply("orders", roster);
    const plan = await fixture.preview("orders", roster);
    await fixture.root.query("REVOKE SELECT (a) ON orders.t FROM 'sl_bob'@'%'");
    // Within ten minutes the call would be a copy of the one before.
    fixture.pass(HOUR);
    await expect(fixture.apply("orders", roster, plan)).rejects.toThrow(/DatabaseMoved/);
    expect(await access()).toEqual({ reads: false, updates: false });
  });

  it("that only a half-way apply knows are neither given nor taken by enforcement", async () => {
    await fixture.planAndApply("orders", bob({ [T_A]: "read" }));
    const next = bob({ [T]: update, [T_A]: "read" });
    const plan = await fixture.preview("orders", next);
    fixture.aws.faultService(writesAudit, "deny");
    await expect(fixture.apply("orders", next, plan)).rejects.toThrow(/AuditUnusable/);
    fixture.aws.clearFaults();
    expect(await fixture.enforce()).toMatchObject({ statements: 0, drift: 0 });
    expect(await access()).toEqual({ reads: true, updates: false });
    await fixture.root.query("GRANT UPDATE ON orders.t TO 'sl_bob'@'%'");
    expect(await fixture.enforce()).toMatchObject({ statements: 0, drift: 0 });
    expect(await access()).toEqual({ reads: true, updates: true });
  });

  it("on a table that does not exist are in the plan's notes, and given once it exists", async () => {
    const roster = bob({ "`orders`.`tt`": "read" });
    const plan = await fixture.planAndApply("orders", roster);
    expect(plan.body.notes).toContain(
      "There is no table `orders`.`tt`, which is granted to sl_bob; did you mean `t`?",
    );
    expect(await fixture.preview("orders", roster)).toMatchObject({ pending: 0 });
    expect(await fixture.enforce()).toMatchObject({ statements: 0, drift: 0 });
    await fixture.root.query("CREATE TABLE orders.tt (a INT)");
    const found = await fixture.planAndApply("orders", roster);
    expect(found.sql).toEqual(["GRANT SELECT ON `orders`.`tt` TO 'sl_bob'@'%'"]);
    expect(await may("SELECT * FROM orders.tt")).toBe(true);
    await fixture.root.query("DROP TABLE orders.tt");
  });

  it("above the ceiling, or on the server's own tables, are refused whatever a payload says", async () => {
    await fixture.register("orders", {
      ceiling: { privileges: ["SELECT"], databases: ["orders", "payments"] },
    });
    const refused = await fixture.preview("orders", bob({ [T]: update }));
    expect(refused.body).toMatchObject({ status: "refused" });
    expect(refused.body.notes.join()).toMatch(/`orders`, t: asks for UPDATE/);
    const elsewhere = await fixture.preview("orders", bob({ "`other`.`t`": "read" }));
    expect(elsewhere.body).toMatchObject({ status: "refused" });
    await expect(fixture.preview("orders", bob({ "`mysql`.`user`": "read" }))).rejects.toThrow(/mysql/);
    await expect(fixture.preview("orders", bob({ "`orders`.`t` ()": "read" }))).rejects.toThrow();
  });
});
