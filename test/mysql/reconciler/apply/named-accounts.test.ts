import type { RegistryEntry } from "../../../../core/contract/registry-entry";
import type { Roster } from "../../../../core/roster/roster";
import { logIn, PASSWORD } from "../../../support/mysql-login";
import { DAY, enforcementFixture } from "../enforce/enforcement-fixture";
import { applyRequest } from "../payloads";
import { NOBODY, rosterOf } from "../rosters";
import { AUDIT } from "../tables";

jest.setTimeout(120_000);
const [OLD, NEW, OWN] = ["jane", "sl_jane.doe", "legacy_app"];
const RENAME = `RENAME USER '${OLD}'@'%' TO '${NEW}'@'%'`;
const takeOver = { "jane.doe": `${OLD}@%` };
const alsoManages = [`${OWN}@%`];

/** Jane with an end of her access, if there is one. */
const jane = (more: object = {}): Roster => {
  const { accounts, roles } = rosterOf({ "jane.doe": "write" });
  const account = accounts[NEW]!;
  const databases = { orders: { ...account.databases["orders"]!, ...more } };
  return { roles, accounts: { [NEW]: { ...account, email: "jane@example.com", databases } } };
};
const legacy: Roster = {
  roles: { write: ["SELECT", "INSERT", "UPDATE"] },
  accounts: { [OWN]: { kind: "service", user: OWN, databases: { orders: { role: "write" } } } },
};

describe("accounts without the prefix", () => {
  const fixture = enforcementFixture();
  const canWrite = async (user: string) => {
    const sessions = [fixture.session(user), logIn(fixture.server, user, PASSWORD)];
    for (const session of await Promise.all(sessions.map(one => one.catch(() => undefined)))) {
      const done = await session?.query("INSERT INTO orders.t VALUES (1)").then(
        () => true,
        () => false,
      );
      session?.destroy();
      if (done) return true;
    }
    return false;
  };
  const register = (more: Partial<RegistryEntry>) => fixture.register("orders", more);
  const describeUser = async (user: string) =>
    JSON.stringify([(await fixture.root.query(`SHOW CREATE USER '${user}'`))[0], await fixture.grants(user)]);

  beforeEach(async () => {
    for (const user of [OLD, OWN]) {
      await fixture.root.query(`DROP USER IF EXISTS '${user}'`);
      await fixture.root.query(`CREATE USER '${user}' IDENTIFIED BY '${PASSWORD}'`);
      await fixture.root.query(`GRANT SELECT, INSERT, UPDATE ON orders.* TO '${user}'`);
    }
    await fixture.planAndApply("orders", NOBODY);
    fixture.forgetEvents();
  });

  it("is taken over: plan, audit trail and events say so, the old session ends, the entry may stay", async () => {
    await register({ takeOver, unmanaged: "remove" });
    const open = await logIn(fixture.server, OLD, PASSWORD);
    open.on("error", () => {});
    const plan = await fixture.preview("orders", jane());
    expect(plan).toMatchObject({ sql: [RENAME, expect.stringContaining(`ALTER USER '${NEW}'`)], pending: 2 });
    expect(plan.body.notes.join("\n")).toMatch(/'jane'@'%' is taken over.*\n.*jane \(1 open\)/s);
    await fixture.apply("orders", jane(), plan);
    expect([await canWrite(OLD), await canWrite(NEW)]).toEqual([false, true]);
    await expect(open.query("SELECT 1")).rejects.toThrow();
    const [intent] = (await fixture.items(AUDIT, "orders")).filter(({ kind }) => kind === "intent").slice(-1);
    expect(intent!["statements"]).toMatchObject([
      { sql: RENAME, accounts: [{ account: OLD }, { account: NEW, user: "jane.doe" }] },
      {},
    ]);
    expect(fixture.events().map(({ type }) => type)).toEqual(["access.granted", "reconcile.succeeded"]);
    expect(await fixture.preview("orders", jane())).toMatchObject({ id: plan.id, pending: 0 });
    expect(await fixture.enforce()).toMatchObject({ statements: 0, drift: 0 });
    // Somebody makes an account of the old name again, which is not managed.
    await fixture.root.query(`CREATE USER '${OLD}' IDENTIFIED BY '${PASSWORD}'`);
    const before = await describeUser(OLD);
    await fixture.planAndApply("orders", NOBODY);
    expect(await describeUser(OLD)).toBe(before);
  });

  it("is never touched by enforcement before it is renamed, also not after an apply that left it out or died", async () => {
    const expires = fixture.at(5 * DAY).replace(/\.\d+Z/, "Z");
    await register({ takeOver, drift: "repair", unmanaged: "remove" });
    await fixture.root.query(`ALTER USER '${OLD}' ACCOUNT UNLOCK`);
    const open = await logIn(fixture.server, OLD, PASSWORD);
    open.on("error", () => {});
    const plan = await fixture.preview("orders", jane({ expires }));
    await fixture.root.query(`GRANT DELETE ON orders.* TO '${OLD}'`);
    await expect(fixture.apply("orders", jane({ expires }), plan)).rejects.toThrow(/DatabaseMoved/);
    const before = await describeUser(OLD);
    expect(await fixture.enforce()).toMatchObject({ statements: 0, drift: 3 });
    fixture.pass(6 * DAY);
    await fixture.enforce().catch(() => {});
    expect(await describeUser(OLD)).toBe(before);
    expect(await fixture.accounts()).toEqual([]);
    await open.query("SELECT 1");
    open.destroy();
  });

  it("has access while an apply dies at the rename; the next run ends the session, the next apply finishes", async () => {
    await register({ takeOver });
    const open = await logIn(fixture.server, OLD, PASSWORD);
    open.on("error", () => {});
    const { changeSet } = await fixture.preview("orders", jane());
    const request = applyRequest("orders", jane(), changeSet);
    await expect(fixture.sendApply(request, fixture.dyingServices())).rejects.toThrow();
    expect([await canWrite(OLD), await canWrite(NEW)]).toEqual([false, true]);
    await open.query("SELECT 1");
    expect(await fixture.enforce()).toMatchObject({ statements: 0, sessionsEnded: 1 });
    await expect(open.query("SELECT 1")).rejects.toThrow();
    await fixture.planAndApply("orders", jane());
    expect(await canWrite(NEW)).toBe(true);
  });

  it("loses what has expired since the plan, and is renamed all the same", async () => {
    await register({ takeOver });
    const expires = fixture.at(DAY).replace(/\.\d+Z/, "Z");
    const { accounts, roles } = jane();
    const databases = { ...accounts[NEW]!.databases, sys_x: { role: "read", expires } };
    const roster = {
      roles: { ...roles, read: ["SELECT" as const] },
      accounts: { [NEW]: { ...accounts[NEW]!, databases } },
    };
    await fixture.root.query(`GRANT SELECT ON sys_x.* TO '${OLD}'`);
    const plan = await fixture.preview("orders", roster);
    fixture.pass(2 * DAY);
    await fixture.apply("orders", roster, plan);
    expect(await canWrite(NEW)).toBe(true);
    expect((await fixture.grants(NEW)).join()).not.toContain("sys_x");
  });

  it("is not replaced by a new one when the entry comes with the plan's own apply: the next plan renames it", async () => {
    const early = await fixture.preview("orders", jane());
    expect(early.sql[0]).toContain(`CREATE USER '${NEW}'`);
    await register({ takeOver });
    await expect(fixture.apply("orders", jane(), early)).rejects.toThrow(/DatabaseMoved/);
    expect([await canWrite(OLD), await canWrite(NEW)]).toEqual([true, false]);
    await fixture.planAndApply("orders", jane());
    expect([await canWrite(OLD), await canWrite(NEW)]).toEqual([false, true]);
  });

  it("is managed by its own name once the registry names it; a payload alone is refused and touches nothing", async () => {
    const before = await describeUser(OWN);
    const refused = await fixture.preview("orders", legacy);
    expect(refused.body).toMatchObject({ status: "refused", statements: {} });
    expect(refused.body.notes.join()).toMatch(/legacy_app.*does not begin.*apply that first/);
    await expect(fixture.apply("orders", legacy, refused)).rejects.toThrow(/AboveCeiling.*Nothing ran/);
    expect(await describeUser(OWN)).toBe(before);
    await register({ alsoManages, unmanaged: "remove" });
    // The set of the plan before permits nothing.
    await expect(fixture.apply("orders", legacy, refused)).rejects.toThrow(/permits nothing/);
    expect(await describeUser(OWN)).toBe(before);
    await fixture.planAndApply("orders", legacy);
    expect(await canWrite(OWN)).toBe(true);
    expect(await fixture.enforce()).toMatchObject({ statements: 0, drift: 0 });
    await fixture.root.query(`GRANT DELETE ON orders.* TO '${OWN}'`);
    expect(await fixture.enforce()).toMatchObject({ drift: 1 });
    await fixture.planAndApply("orders", NOBODY);
    expect(await fixture.accounts(OWN)).toEqual([]);
  });

  it("keeps everything, and the plan says so, once the registry no longer names it", async () => {
    await register({ alsoManages });
    await fixture.planAndApply("orders", legacy);
    const before = await describeUser(OWN);
    const dropping = await fixture.preview("orders", NOBODY);
    expect(dropping.sql).toEqual([`DROP USER '${OWN}'@'%'`]);
    await register({ unmanaged: "remove", drift: "repair" });
    await expect(fixture.enforce()).rejects.toThrow(
      /legacy_app.*not managed until the cluster is applied again/,
    );
    const plan = await fixture.preview("orders", NOBODY);
    expect(plan.body.notes.join()).toMatch(/No longer managed.*legacy_app. They keep what they have/);
    const { message } = await fixture.apply("orders", NOBODY, dropping);
    expect(message).toMatch(/No longer managed.*legacy_app/);
    await fixture.planAndApply("orders", NOBODY);
    expect(await describeUser(OWN)).toBe(before);
  });

  it("ends on its date, also as an account without the prefix", async () => {
    await register({ alsoManages });
    const expires = fixture.at(DAY).replace(/\.\d+Z/, "Z");
    const account = { ...legacy.accounts[OWN]!, databases: { orders: { role: "write", expires } } };
    await fixture.planAndApply("orders", { ...legacy, accounts: { [OWN]: account } });
    const open = await fixture.session(OWN);
    fixture.pass(2 * DAY);
    expect(await fixture.enforce()).toMatchObject({ statements: 1, sessionsEnded: 1 });
    await expect(open.query("SELECT 1")).rejects.toThrow();
    expect(await fixture.accounts(OWN)).toEqual([]);
  });

  it.each([
    ["alsoManages", { alsoManages: ["rdsadmin@%", "root@%"] }],
    ["takeOver", { takeOver: { "jane.doe": "mysql.sys@localhost" } }],
    ["a host", { alsoManages: [`${OWN}@10.%`] }],
  ])(
    "a registry entry whose %s names what is never touched is refused, and touches nothing",
    async (_, more) => {
      await register({ ...more, unmanaged: "remove", drift: "repair" });
      const before = await describeUser(OLD);
      const plan = await fixture.preview("orders", jane());
      expect(plan.body).toMatchObject({ status: "refused", statements: {} });
      expect(plan.summary).toMatch(/the registry entry: `(alsoManages|takeOver)`/);
      await expect(fixture.apply("orders", jane(), plan)).rejects.toThrow(/AboveCeiling/);
      await fixture.enforce();
      expect(await describeUser(OLD)).toBe(before);
      await register({});
    },
  );

  it("is dropped by a destroy under `remove` if it was declared, and only then", async () => {
    const destroy = { tf: { action: "delete" as const, prev_input: null } };
    for (const roster of [NOBODY, legacy]) {
      await register({ alsoManages, takeOver, unmanaged: "remove" });
      const plan = await fixture.preview("orders", roster);
      await fixture.apply("orders", roster, plan, { removalPolicy: "remove" });
      await fixture.apply("orders", roster, await fixture.preview("orders", roster), {
        ...destroy,
        removalPolicy: "remove",
      });
      expect(await fixture.accounts(OWN)).toEqual(roster === NOBODY ? [OWN] : []);
      expect(await canWrite(OLD)).toBe(true);
      await fixture.planAndApply("orders", NOBODY);
    }
  });
});
