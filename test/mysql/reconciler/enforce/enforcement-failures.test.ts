import type { Services } from "../../../../lambdas/reconciler/services/services";
import { NOBODY, ReconcilerFixture } from "../reconciler-fixture";
import { until } from "./rosters-until";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

describe("enforcement that fails", () => {
  let world: ReconcilerFixture;
  let clock: Date;
  let moved: (string | undefined)[];
  const at = (ms: number) => new Date(clock.getTime() + ms).toISOString();
  const pass = (ms: number) => {
    clock = new Date(clock.getTime() + ms);
  };
  /** The schedule stands for EventBridge Scheduler, which has a test of its own. */
  const fresh = (): Services => ({
    ...world.freshServices(),
    now: () => clock,
    schedule: { moveTo: async (_, moment) => void moved.push(moment?.toISOString()) },
  });

  beforeAll(async () => {
    world = await ReconcilerFixture.start();
    await world.root.query("CREATE DATABASE orders");
    await world.root.query("CREATE TABLE orders.t (a INT)");
  }, 180_000);
  afterAll(() => world.stop());
  beforeEach(async () => {
    clock = new Date(Math.floor(Date.now() / 1000) * 1000);
    moved = [];
    world.services = fresh();
    await world.register("orders", { expirySchedule: "default/orders-expiry" });
    await world.bring("orders", NOBODY);
    await world.enforce();
    (world.aws.events as unknown[]).length = 0;
  });
  afterEach(() => world.aws.clearFaults());

  it("still reminds people, and has its schedule at the next expiry, for a database that cannot be reached", async () => {
    await world.bring("orders", until({ bob: at(8 * DAY), ann: at(2 * DAY) }));
    pass(DAY);
    moved = [];
    world.aws.faultService(({ service }) => service === "secretsmanager", {
      status: 400,
      type: "ResourceNotFoundException",
    });
    await expect(world.enforce("orders", fresh())).rejects.toThrow(/CredentialsUnusable/);
    expect(moved).toEqual([at(DAY)]);
    expect(
      world.events("access.expiring").map(({ detail }) => (detail as { account: string }).account),
    ).toEqual(["sl_ann", "sl_bob"]);
  });

  it("is told again when it fails for somebody else, and not while it fails for the same", async () => {
    await world.bring("orders", until({ bob: at(HOUR), eve: at(2 * HOUR) }));
    for (const user of ["sl_bob", "sl_eve"])
      await world.root.query("GRANT SYSTEM_USER ON *.* TO ?@'%'", [user]);
    const told = () =>
      world.events("reconcile.failed").map(({ detail }) => (detail as { message: string }).message);
    pass(HOUR);
    for (let run = 0; run < 2; run++) await expect(world.enforce()).rejects.toThrow(/sl_bob/);
    expect(told()).toEqual([expect.stringMatching(/sl_bob.*SYSTEM_USER/)]);
    pass(HOUR);
    for (let run = 0; run < 2; run++) await expect(world.enforce()).rejects.toThrow(/sl_bob.*sl_eve/);
    expect(told()).toHaveLength(2);
    for (const user of ["sl_bob", "sl_eve"])
      await world.root.query("REVOKE SYSTEM_USER ON *.* FROM ?@'%'", [user]);
    expect(await world.enforce()).toMatchObject({ statements: 1 });
  });
});
