import type { Services } from "../../../../lambdas/reconciler/services/services";
import { ReconcilerFixture, rosterOf } from "../reconciler-fixture";
import { until } from "./rosters-until";

const HOUR = 3_600_000;

describe("enforcement and what nobody has looked at", () => {
  let world: ReconcilerFixture;
  let clock: Date;
  const at = (ms: number) => new Date(clock.getTime() + ms).toISOString();
  const withClock = (services: Services): Services => ({ ...services, now: () => clock });

  beforeAll(async () => {
    world = await ReconcilerFixture.start();
    clock = new Date(Math.floor(Date.now() / 1000) * 1000);
    world.services = withClock(world.services);
    await world.root.query("CREATE DATABASE orders");
    await world.register("orders");
  }, 180_000);
  afterAll(() => world.stop());

  it("leaves to the next plan what was over before the first one, and ends what ends after it", async () => {
    await world.root.query("CREATE USER 'sl_old'@'%'");
    const roster = until({ old: at(-HOUR), bob: at(HOUR) });
    const unseen = await world.preview("orders", roster);
    expect(unseen.body.status).toBe("unseen");
    await world.apply("orders", roster, unseen, { tf: { action: "create", prev_input: null } });
    expect(await world.enforce()).toMatchObject({ statements: 0 });
    clock = new Date(clock.getTime() + HOUR);
    expect(await world.enforce()).toMatchObject({ statements: 1 });
    expect(await world.accounts()).toEqual(["sl_old"]);
    const plan = await world.preview("orders", roster);
    expect(plan.sql).toEqual(["DROP USER 'sl_old'@'%'"]);
    await world.apply("orders", roster, plan);
    expect(await world.accounts()).toEqual([]);
  });

  it("names an account that somebody put beside a declared one, in every plan and as drift", async () => {
    await world.bring("orders", rosterOf({ bob: "read" }));
    await world.root.query("CREATE USER 'sl_bob'@'10.%'");
    expect((await world.preview("orders", rosterOf({ bob: "read" }))).unmanaged).toEqual(["sl_bob@10.%"]);
    expect(await world.enforce()).toMatchObject({ statements: 0, drift: 1 });
    expect(world.events("drift.detected").at(-1)!.detail).toMatchObject({ undeclared: ["sl_bob@10.%"] });
  });
});
