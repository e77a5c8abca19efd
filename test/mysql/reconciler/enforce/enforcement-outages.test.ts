import type { MySqlSession } from "../../../../lambdas/reconciler/mysql/mysql-session";
import { DatabaseError } from "../../../../lambdas/reconciler/runtime/errors";
import type { Services } from "../../../../lambdas/reconciler/services/services";
import { iamToken, logIn } from "../../../support/mysql-login";
import { AUDIT, NOBODY, ReconcilerFixture } from "../reconciler-fixture";
import { until } from "./rosters-until";

const HOUR = 3_600_000;

describe("what goes wrong around an expiry", () => {
  let world: ReconcilerFixture;
  let clock: Date;
  const at = (ms: number) => new Date(clock.getTime() + ms).toISOString();
  const pass = (ms: number) => {
    clock = new Date(clock.getTime() + ms);
  };

  beforeAll(async () => {
    world = await ReconcilerFixture.start();
    await world.root.query("CREATE DATABASE orders");
    await world.root.query("CREATE TABLE orders.t (a INT)");
  }, 180_000);
  afterAll(() => world.stop());
  beforeEach(async () => {
    clock = new Date(Math.floor(Date.now() / 1000) * 1000);
    world.services = { ...world.freshServices(), now: () => clock };
    await world.register("orders");
    await world.bring("orders", NOBODY);
    await world.enforce();
    (world.aws.events as unknown[]).length = 0;
  });
  afterEach(() => world.aws.clearFaults());

  it("tells of access that an apply ended which then failed, once", async () => {
    await world.bring("orders", until({ bob: at(HOUR), eve: undefined }));
    pass(HOUR);
    const next = { ...until({ bob: at(0), eve: undefined, ann: undefined }, "read") };
    const plan = await world.preview("orders", next);
    const { connect } = world.services;
    const failing: Services["connect"] = async (entry, options) => {
      const session = await connect(entry, options);
      const query: MySqlSession["query"] = sql =>
        /^CREATE USER 'sl_ann'/.test(sql)
          ? Promise.reject(new DatabaseError(3, "HY000", "no room"))
          : session.query(sql);
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
    const before = world.services;
    world.services = { ...before, connect: failing };
    await expect(world.apply("orders", next, plan)).rejects.toThrow(/StatementsFailed/);
    world.services = before;
    expect(await world.accounts()).toEqual(["sl_eve"]);
    await world.enforce();
    await world.bring("orders", next);
    await world.enforce();
    expect(
      world.events("access.expired").map(({ detail }) => (detail as { account: string }).account),
    ).toEqual(["sl_bob"]);
  });

  it("ends access also while somebody holds the cluster's lock and the audit trail cannot be written", async () => {
    await world.bring("orders", until({ bob: at(HOUR), eve: undefined }));
    const eve = await logIn(world.server, "sl_eve", await iamToken(world.server, "sl_eve"));
    eve.on("error", () => {});
    await eve.query("SELECT GET_LOCK('aurora-users/orders', 1)");
    pass(HOUR);
    world.aws.faultService(
      request => request.service === "dynamodb" && JSON.stringify(request.body).includes(`"${AUDIT}"`),
      "deny",
    );
    expect(await world.enforce()).toMatchObject({ statements: 1, audited: false });
    expect(await world.accounts()).toEqual(["sl_eve"]);
  });
});
