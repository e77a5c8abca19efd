import { applyRequest } from "../payloads";
import { AFTER, faultsFixture, isObserving } from "./faults-fixture";

describe("a fault of the server while a run works", () => {
  const fixture = faultsFixture();

  it("while it observes: the server hangs", async () => {
    const services = fixture.inPlaceOf(isObserving, async run => {
      fixture.remain(5_500);
      await fixture.hang();
      return run();
    });
    const failed = await fixture.applyFails(await fixture.plan(), services);
    fixture.server.thaw();
    await fixture.expectRecorded(failed, []);
    await fixture.expectNothingLeft();
    await fixture.expectNextFinishes();
  });

  it("in a statement: the server hangs", async () => {
    const services = fixture.atStatement(2, async run => {
      await fixture.hang();
      return run();
    });
    const failed = await fixture.applyFails(await fixture.plan(), services);
    fixture.server.thaw();
    await fixture.expectRecorded(failed, ["done", "unknown", "skipped", "skipped"]);
    await fixture.expectNothingLeft();
    await fixture.expectNextFinishes();
  });

  it("in a statement: the server hangs for a moment", async () => {
    const plan = await fixture.plan();
    const services = fixture.atStatement(
      2,
      async run => {
        await fixture.hang();
        const running = run();
        setTimeout(() => fixture.server.thaw(), 500);
        return running;
      },
      30_000,
    );
    expect(await fixture.sendApply(applyRequest("orders", AFTER, plan.changeSet), services)).toMatchObject({
      statements: 4,
    });
    await fixture.expectNothingLeft();
    await fixture.expectNextFinishes();
  });

  it("when sessions end: all connections are taken", async () => {
    const plan = await fixture.plan();
    const eve = await fixture.session("sl_eve");
    let giveBack = async () => {};
    const services = fixture.atStatement(
      4,
      async run => {
        const result = await run();
        giveBack = await fixture.takeConnections();
        return result;
      },
      30_000,
    );
    await fixture
      .sendApply(applyRequest("orders", AFTER, plan.changeSet), services)
      .finally(() => giveBack());
    await expect(eve.query("SELECT 1")).rejects.toThrow();
    await fixture.expectNothingLeft();
    await fixture.expectNextFinishes();
  });
});
