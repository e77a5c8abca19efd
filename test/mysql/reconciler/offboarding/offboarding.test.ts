import type { Connection } from "mysql2/promise";
import type { Roster } from "../../../../core/roster/roster";
import { withOptions } from "../../../support/observed";
import { rosterOf } from "../rosters";
import { putUsers, source } from "../sources/source-suite";
import { CLUSTERS, ThreeClusters } from "./three-clusters";

const JANE = "sl_jane.doe";
const people = { "jane.doe": "write", "jane.doe2": "read" } as const;
/** A namesake, a service of the same stem, and an agent that Jane answers for. */
const roster = ((): Roster => {
  const { accounts, roles } = rosterOf(people);
  const databases = { orders: { role: "read" } };
  return {
    roles,
    accounts: {
      ...accounts,
      "sl_jane.doe-etl": { kind: "service", user: "jane.doe-etl", databases },
      sl_helper: { kind: "agent", user: "helper", owner: "jane.doe", databases },
    },
  };
})();

describe("somebody who leaves", () => {
  const fixture = new ThreeClusters();
  let id = "";
  beforeAll(async () => {
    await fixture.begin();
    await fixture.applyAll(roster);
    id = await fixture.createUser("jane.doe");
    await fixture.createUser("jane.doe2");
    await fixture.readDirectory();
  }, 180_000);
  afterAll(() => fixture.stop());
  const sessions = (user: string): Promise<Connection[]> =>
    Promise.all(CLUSTERS.map(cluster => fixture.sessionOn(cluster, user)));
  const alive = (open: readonly Connection[]) =>
    Promise.all(
      open.map(one =>
        one.query("SELECT 1").then(
          () => true,
          () => false,
        ),
      ),
    );
  const ALL = [true, true, true];
  const NONE = [false, false, false];

  it("is refused and without a session on three clusters, from the event on, within a minute", async () => {
    const [jane, helper] = [await sessions(JANE), await sessions("sl_helper")];
    const [namesake, service] = [await sessions("sl_jane.doe2"), await sessions("sl_jane.doe-etl")];
    const grants = await fixture.grants(JANE);
    await fixture.deleteUser(id);
    fixture.forgetEvents();
    const start = Date.now();
    await fixture.leaves("DeleteUser", id);
    expect([await fixture.logins(JANE), await alive(jane)]).toEqual([NONE, NONE]);
    expect([await fixture.logins("sl_helper"), await alive(helper)]).toEqual([NONE, NONE]);
    expect(Date.now() - start).toBeLessThan(60_000);
    for (const [user, open] of [
      ["sl_jane.doe2", namesake],
      ["sl_jane.doe-etl", service],
    ] as const)
      expect([await fixture.logins(user), await alive(open)]).toEqual([ALL, ALL]);
    for (const one of [...namesake, ...service]) one.destroy();
    expect(await fixture.grants(JANE)).toEqual(grants);
    expect(await fixture.said()).toMatchObject([
      { kind: "offboarding", person: "jane.doe", userId: id, eventName: "DeleteUser", outcome: "offboarded" },
    ]);
    const changed = fixture.events("access.changed").map(({ detail }) => detail);
    expect(changed).toHaveLength(6);
    expect(changed[0]).toMatchObject({ cause: "offboarding", suspended: true, cluster: "orders" });
    const statements = (await fixture.audit("stock")).flatMap(
      ({ statements: some = [] }) => some as object[],
    );
    expect(statements.slice(-1)).toMatchObject([{ cause: "offboarding" }]);
  });

  it("is offboarded once if the event comes twice, and an event for nobody is recorded", async () => {
    const before = (await fixture.said()).length;
    fixture.forgetEvents();
    await fixture.leaves("DeleteUser", id);
    expect(await fixture.said()).toHaveLength(before);
    expect(fixture.events()).toEqual([]);
    await fixture.leaves("DeleteUser", "22c554e4-c091-708a-0ec5-08b46733f1a2", "another-event");
    expect((await fixture.said()).slice(before)).toMatchObject([
      { outcome: "no accounts", userId: "22c554e4-c091-708a-0ec5-08b46733f1a2" },
    ]);
    expect(fixture.events()).toEqual([]);
  });

  it("stays locked through each plan and apply, and the plan says what to take out", async () => {
    const same = await fixture.preview("orders", roster);
    expect(same).toMatchObject({ pending: 0, verified: true });
    expect(same.offboarded).toContain(`${JANE}. Take jane.doe out of users/`);
    const more = { ...roster, accounts: { ...roster.accounts, ...rosterOf({ eve: "read" }).accounts } };
    const plan = await fixture.preview("orders", more);
    expect(plan.sql.join()).not.toContain("jane.doe");
    expect(plan.body.notes.join()).toContain("aurora-users offboard --undo");
    await fixture.apply("orders", more, plan);
    expect(await fixture.logins(JANE)).toEqual(NONE);
    await fixture.planAndApply("orders", roster);
    expect(await fixture.logins(JANE)).toEqual(NONE);
  });

  it.each(["report", "repair"])("is locked again by the next run if somebody unlocks (%s)", async drift => {
    await fixture.registerOn("orders", { drift });
    await fixture.root.query(`ALTER USER '${JANE}'@'%' ACCOUNT UNLOCK`);
    const jane = await fixture.sessionOn("orders", JANE);
    expect(await fixture.enforce()).toMatchObject({ statements: 1, sessionsEnded: 1, drift: 0 });
    expect(await alive([jane])).toEqual([false]);
    expect(await fixture.enforce()).toMatchObject({ statements: 0, drift: 0 });
    await fixture.registerOn("orders");
  });

  it("is created locked where an account is made for them later", async () => {
    await fixture.root.query(`DROP USER '${JANE}'@'%'`);
    await fixture.planAndApply("orders", roster);
    expect(await fixture.logins(JANE)).toEqual(NONE);
  });

  it("is locked by an account of the name that nobody declared", async () => {
    const { [JANE]: _, ...others } = roster.accounts;
    await fixture.planAndApply("stock", { ...roster, accounts: others });
    const root = fixture.roots[2]!;
    await root.query(
      `CREATE USER '${JANE}'@'%' IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS' REQUIRE SSL`,
    );
    const jane = await fixture.sessionOn("stock", JANE);
    await fixture.enforce("stock");
    expect([await fixture.logins(JANE), await alive([jane])]).toEqual([NONE, [false]]);
    await root.query(`DROP USER '${JANE}'@'%'`);
    await fixture.planAndApply("stock", roster);
    expect(await fixture.logins(JANE)).toEqual(NONE);
  });

  it("is not let in by a document in Parameter Store", async () => {
    const { [JANE]: _, ...others } = roster.accounts;
    await fixture.planAndApply("payments", { ...roster, accounts: others });
    await putUsers(["jane.doe", "carol"]);
    await fixture.registerOn("payments", { sources: [source] });
    await fixture.enforce("payments");
    const carol = await fixture.sessionOn("payments", "sl_carol");
    carol.destroy();
    expect(await fixture.logins(JANE)).toEqual(NONE);
    const plan = await fixture.preview("payments", { ...roster, accounts: others });
    expect(plan.offboarded).toContain("out of users/ or Parameter Store (shop/prod)");
    await putUsers([]);
    await fixture.enforce("payments");
    await fixture.registerOn("payments");
    await fixture.planAndApply("payments", roster);
    expect(await fixture.logins(JANE)).toEqual(NONE);
  });

  it("is locked too where an apply failed half-way, and where none ever succeeded", async () => {
    const plan = await fixture.preview("orders", withOptions(roster, JANE, { limits: { connections: 5 } }));
    expect(plan.sql).toHaveLength(1);
    await fixture.root.query(`ALTER USER '${JANE}'@'%' ACCOUNT UNLOCK`);
    const { head } = await fixture.services.ledger.state("orders");
    await fixture.services.ledger.change("orders", now => ({ ...now, applied: undefined }));
    await fixture.enforce().catch(() => undefined);
    expect(await fixture.logins(JANE)).toEqual(NONE);
    await fixture.services.ledger.change("orders", now => ({ ...now, applied: head.applied }));
  });

  it("has all again once that is undone, with the same grants, and a copy of the event changes nothing", async () => {
    fixture.forgetEvents();
    expect(await fixture.reinstate("jane.doe")).toMatchObject({ state: "reinstated", already: false });
    expect(await fixture.logins(JANE)).toEqual(NONE);
    for (const cluster of CLUSTERS) expect(await fixture.enforce(cluster)).toMatchObject({ drift: 0 });
    expect([await fixture.logins(JANE), await fixture.logins("sl_helper")]).toEqual([ALL, ALL]);
    const said = fixture.events("access.changed").map(({ detail }) => detail);
    expect(said[0]).toMatchObject({ cause: "offboarding", suspended: false });
    const jane = await fixture.sessionOn("orders", JANE);
    await jane.query("INSERT INTO orders.t VALUES (1)");
    jane.destroy();
    await fixture.leaves("DeleteUser", id);
    expect(await fixture.logins(JANE)).toEqual(ALL);
    expect(await fixture.preview("orders", roster)).toMatchObject({ pending: 0 });
  });

  it("is locked on the other clusters while one is out of reach, and there when it is back", async () => {
    const id2 = await fixture.createUser("carol");
    await fixture.applyAll({
      ...roster,
      accounts: { ...roster.accounts, ...rosterOf({ carol: "read" }).accounts },
    });
    await fixture.registerOn("payments", { port: 1 });
    const leaves = () => fixture.leaves("DisableUser", id2, "event-of-carol");
    await expect(leaves()).rejects.toThrow(/payments: .* cannot be reached/);
    expect(await fixture.logins("sl_carol")).toEqual([false, true, false]);
    await fixture.registerOn("payments");
    await leaves();
    expect(await fixture.logins("sl_carol")).toEqual(NONE);
    expect((await fixture.said()).slice(-2)).toMatchObject([
      { person: "carol", outcome: "offboarded", eventName: "DisableUser" },
      { person: "carol", outcome: "already offboarded" },
    ]);
  });

  it("is offboarded by a command, which says where they have accounts, and tries nothing if asked to", async () => {
    const tried = await fixture.offboard("jane.doe2", true);
    expect(tried).toMatchObject({ state: "unmarked", already: false });
    expect(tried.clusters).toEqual(CLUSTERS.map(cluster => ({ cluster, accounts: ["sl_jane.doe2"] })));
    expect(await fixture.offboard("jane.doe2")).toMatchObject({ state: "offboarded", already: false });
    expect(await fixture.offboard("jane.doe2")).toMatchObject({ state: "offboarded", already: true });
    const { offboarded } = await fixture.enforce();
    expect(offboarded).toContainEqual({ person: "jane.doe2", account: "sl_jane.doe2", locked: true });
    // The enforcement function does not undo it.
    const undo = { protocol: 1, action: "reinstate", person: "jane.doe2" };
    await expect(fixture.call(undo)).rejects.toThrow(/InvalidInput/);
  });
});
