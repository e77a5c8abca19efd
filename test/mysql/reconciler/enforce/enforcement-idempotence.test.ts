import { DeleteParameterCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import type { ParameterSource } from "../../../../core/contract/registry-entry";
import type { Roster } from "../../../../core/roster/roster";
import type { Services } from "../../../../lambdas/reconciler/services/services";
import { iamToken, logIn } from "../../../support/mysql-login";
import { AUDIT, NOBODY, ReconcilerFixture, rosterOf } from "../reconciler-fixture";
import { until } from "./rosters-until";

const HOUR = 3_600_000;
const PARAMETER = "/aurora-users/sources/shop-prod";
const source: ParameterSource = {
  ...{ name: "shop/prod", parameter: PARAMETER, databases: ["orders"], maxRemovalShare: 1, minRemovals: 3 },
  roles: { read: ["SELECT"] },
};

describe("enforcement does and tells things once", () => {
  let world: ReconcilerFixture;
  let clock: Date;
  const at = (ms: number) => new Date(clock.getTime() + ms).toISOString();
  const pass = (ms: number) => {
    clock = new Date(clock.getTime() + ms);
  };
  const withClock = (services: Services): Services => ({ ...services, now: () => clock });
  const another = () => withClock(world.freshServices());
  const writesAudit = (request: { service: string; body: unknown }) =>
    request.service === "dynamodb" && JSON.stringify(request.body).includes(`"${AUDIT}"`);
  const forgetEvents = () => {
    (world.aws.events as unknown[]).length = 0;
  };
  const users = (...entries: readonly object[]) =>
    new SSMClient({}).send(
      new PutParameterCommand({
        ...{ Name: PARAMETER, Type: "String", Overwrite: true },
        Value: JSON.stringify({ users: entries.map(entry => ({ role: "read", ...entry })) }),
      }),
    );
  /** An apply whose roster became the target, and of which nothing ran. */
  const applyHalfWay = async (roster: Roster) => {
    const plan = await world.preview("orders", roster);
    world.aws.faultService(writesAudit, "deny");
    await expect(world.apply("orders", roster, plan)).rejects.toThrow(/AuditUnusable/);
    world.aws.clearFaults();
    await world.services.outbox.send("orders");
    forgetEvents();
  };

  beforeAll(async () => {
    world = await ReconcilerFixture.start();
    world.services = withClock(world.services);
    for (const database of ["orders", "payments"]) {
      await world.root.query(`CREATE DATABASE ${database}`);
      await world.root.query(`CREATE TABLE ${database}.t (a INT)`);
    }
    await world.register("orders");
  }, 180_000);
  afterAll(() => world.stop());
  beforeEach(async () => {
    clock = new Date(Math.floor(Date.now() / 1000) * 1000);
    world.services = withClock(world.freshServices());
    await world.register("orders");
    await world.bring("orders", NOBODY);
    await world.dropAccounts();
    await world.bring("orders", NOBODY);
    await world.enforce();
    forgetEvents();
  });
  afterEach(() => world.aws.clearFaults());

  it("tells nobody of what an apply that failed half-way was to change", async () => {
    await world.bring("orders", until({ bob: at(9 * HOUR), ann: undefined, eve: at(9 * HOUR) }));
    const next = until({ bob: at(30 * HOUR), ann: undefined, eve: at(5 * HOUR), new: undefined }, "write");
    await applyHalfWay(next);
    for (let run = 0; run < 2; run++) expect(await world.enforce()).toMatchObject({ statements: 0 });
    expect(world.events().filter(({ type }) => type !== "access.expiring")).toEqual([]);
  });

  it("takes what expired also while a half-way apply was to give the account something else", async () => {
    await world.bring("orders", until({ bob: at(HOUR) }));
    const { sl_bob } = until({ bob: at(HOUR) }).accounts;
    const databases = { ...sl_bob!.databases, payments: { role: "read" } };
    await applyHalfWay({ ...until({}), accounts: { sl_bob: { ...sl_bob!, databases } } });
    pass(HOUR);
    expect(await world.enforce()).toMatchObject({ statements: 1 });
    expect(await world.accounts()).toEqual([]);
  });

  it("tells a drift once where two runs find it at once", async () => {
    await world.bring("orders", rosterOf({ bob: "read" }));
    await world.root.query("GRANT DELETE ON orders.* TO 'sl_bob'@'%'");
    await Promise.all([world.enforce(), world.enforce("orders", another())]);
    expect(world.events("drift.detected")).toHaveLength(1);
  });

  it("finishes once what a run left that died, where two come after it at once", async () => {
    await world.bring("orders", until({ bob: at(HOUR) }));
    pass(HOUR);
    const { connect } = world.services;
    const dying: Services["connect"] = async (entry, options) => {
      const session = await connect(entry, options);
      const query = (sql: string) =>
        /PROCESSLIST WHERE CAST/.test(sql) ? Promise.reject(new Error("killed")) : session.query(sql);
      const { id, user } = session;
      return {
        id,
        user,
        query,
        queryAll: s => session.queryAll(s),
        close: () => session.close(),
        destroy: () => session.destroy(),
      };
    };
    await expect(world.enforce("orders", { ...world.services, connect: dying })).rejects.toThrow(/killed/);
    await Promise.all([world.enforce(), world.enforce("orders", another())]);
    expect(world.events("access.expired")).toHaveLength(1);
  });

  it("tells once what a run did that could not say so in the ledger at first", async () => {
    await world.bring("orders", until({ bob: at(HOUR) }));
    pass(HOUR);
    const closes = (request: { service: string; operation: string; body: unknown }) =>
      request.service === "dynamodb" &&
      /Put|Transact/.test(request.operation) &&
      /"S":"enforcement"/.test(JSON.stringify(request.body)) &&
      !/"open"/.test(JSON.stringify(request.body));
    world.aws.faultService(closes, "deny");
    await expect(world.enforce()).rejects.toThrow(/LedgerUnusable/);
    expect(await world.accounts()).toEqual([]);
    world.aws.clearFaults();
    await world.enforce();
    await world.enforce();
    expect(world.events("access.expired")).toHaveLength(1);
  });

  it("ends what sessions a run left that died, also while the audit trail cannot be written", async () => {
    await world.bring("orders", until({ bob: at(HOUR) }));
    const bob = await logIn(world.server, "sl_bob", await iamToken(world.server, "sl_bob"));
    bob.on("error", () => {});
    pass(HOUR);
    const record = await world.services.enforcement.read("orders");
    const sessions = [{ user: "sl_bob", host: "%" }];
    await world.services.enforcement.write("orders", {
      ...record,
      open: { run: "en-1", expired: ["sl_bob"], sessions },
    });
    await world.root.query("DROP USER 'sl_bob'@'%'");
    world.aws.faultService(writesAudit, "deny");
    expect(await world.enforce()).toMatchObject({ sessionsEnded: 1, audited: false });
    await expect(bob.query("SELECT 1")).rejects.toThrow();
  });

  it("tells of somebody in Parameter Store once, while another account of it cannot be dealt with", async () => {
    await world.register("orders", { sources: [source] });
    await world.bring("orders", NOBODY);
    await world.root.query("CREATE USER 'sl_eve'@'%'");
    await world.root.query("GRANT SYSTEM_USER ON *.* TO 'sl_eve'@'%'");
    await users({ name: "ann" }, { name: "eve" });
    for (let run = 0; run < 3; run++) await expect(world.enforce()).rejects.toThrow(/sl_eve.*SYSTEM_USER/);
    expect(await world.accounts()).toEqual(["sl_ann", "sl_eve"]);
    expect(
      world.events("access.granted").map(({ detail }) => (detail as { account: string }).account),
    ).toEqual(["sl_ann"]);
    // An apply, too, leaves her out, and has nothing new to tell of the other.
    await world.bring("orders", rosterOf({ bob: "read" }));
    await expect(world.enforce()).rejects.toThrow(/sl_eve/);
    expect(
      world.events("access.granted").map(({ detail }) => (detail as { account: string }).account),
    ).toEqual(["sl_ann", "sl_bob"]);
    await world.root.query("REVOKE SYSTEM_USER ON *.* FROM 'sl_eve'@'%'");
    await world.enforce();
    expect(world.events("access.granted", "access.changed").at(-1)!.detail).toMatchObject({
      account: "sl_eve",
    });
    await users();
    await world.enforce();
  });

  it("ends what expires of a source that the registry no longer names, and leaves its other accounts for the plan", async () => {
    await world.register("orders", { sources: [source] });
    await users({ name: "ann", expires: at(HOUR) }, { name: "cid" });
    await world.enforce();
    expect(await world.accounts()).toEqual(["sl_ann", "sl_cid"]);
    await world.register("orders");
    forgetEvents();
    expect(await world.enforce()).toMatchObject({ statements: 0, drift: 0 });
    pass(HOUR);
    expect(await world.enforce()).toMatchObject({ statements: 1 });
    expect(await world.accounts()).toEqual(["sl_cid"]);
    expect(world.events("access.expired").map(({ detail }) => detail)).toMatchObject([
      { account: "sl_ann", user: "ann" },
    ]);
    // What is to go is given by no repair.
    await world.root.query("DROP USER 'sl_cid'@'%'");
    await world.register("orders", { drift: "repair" });
    expect(await world.enforce()).toMatchObject({ statements: 0 });
    await new SSMClient({}).send(new DeleteParameterCommand({ Name: PARAMETER }));
  });

  it("brings nobody back to a cluster that was just removed", async () => {
    await world.register("orders", { drift: "repair", sources: [source] });
    await users({ name: "ann" });
    await world.enforce();
    const roster = rosterOf({ bob: "read" });
    await world.bring("orders", roster);
    const plan = await world.preview("orders", roster);
    await world.apply("orders", roster, plan, { removalPolicy: "remove" });
    expect(await world.accounts()).toEqual(["sl_ann", "sl_bob"]);
    // A scheduled run comes between the removal and the ledger's note that the hook is gone.
    const { audit } = world.services;
    const append = audit.append.bind(audit);
    const runs: unknown[] = [];
    const spy = jest.spyOn(audit, "append").mockImplementation(async (entry, list) => {
      if (entry.kind === "hook-deleted") runs.push(await world.enforce("orders", another()));
      return append(entry, list);
    });
    const request = { tf: { action: "delete" as const, prev_input: null }, removalPolicy: "remove" as const };
    await world.services.ledger.change("orders", head => ({ ...head, hooks: 1 }));
    await world.apply("orders", roster, plan, request);
    spy.mockRestore();
    expect(runs).toHaveLength(1);
    expect(await world.accounts()).toEqual([]);
    expect(await world.enforce()).toMatchObject({ outcome: "idle" });
    await users();
    // Who is declared there again is new.
    forgetEvents();
    await world.register("orders");
    await world.bring("orders", roster);
    expect(
      world.events("access.granted").map(({ detail }) => (detail as { account: string }).account),
    ).toEqual(["sl_bob"]);
  });

  it.each([
    ["the ceiling was lowered", { ceiling: { privileges: ["INSERT"] } }],
    ["another cluster took the name", { resourceId: "cluster-OTHER" }],
  ] as const)("repairs nothing into access that was applied before %s", async (_, overrides) => {
    const roster = rosterOf({ bob: "read" });
    await world.bring("orders", roster);
    await world.root.query("DROP USER 'sl_bob'@'%'");
    await world.register("orders", { drift: "repair", ...overrides } as object);
    expect(await world.enforce()).toMatchObject({ statements: 0 });
    expect(await world.accounts()).toEqual([]);
  });

  it("says that it cannot look after accounts of another prefix, and makes none", async () => {
    await world.bring("orders", rosterOf({ bob: "read" }));
    await world.root.query("DROP USER 'sl_bob'@'%'");
    await world.register("orders", { drift: "repair", prefix: "zz" });
    await expect(world.enforce()).rejects.toThrow(/RosterRefused.*sl_bob.*another prefix than `zz_`/);
    expect(await world.accounts()).toEqual([]);
  });
});
