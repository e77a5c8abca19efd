import { documentedError } from "../../../support/reliability-rows";
import { HOUR } from "../enforce/enforcement-fixture";
import { until } from "../enforce/rosters-until";
import { faultsFixture } from "./faults-fixture";

describe("a fault while access ends on its date", () => {
  const fixture = faultsFixture();
  const isDrop = (sql: string) => sql.startsWith("DROP USER");

  beforeEach(async () => {
    await fixture.planAndApply("orders", until({ bob: fixture.at(HOUR), eve: undefined }));
    await fixture.enforce();
    fixture.forgetEvents();
    fixture.pass(HOUR);
  });

  /** The run fails as documented, and claims nothing; the next one ends access, and says so once. */
  async function failsOnce(run: Promise<unknown>, atOnce: readonly string[]): Promise<void> {
    await expect(run).rejects.toThrow(documentedError());
    expect(fixture.accountsOf("access.expired")).toEqual([]);
    fixture.repair();
    await fixture.expectNothingLeft();
    expect(await fixture.accounts()).toEqual(atOnce);
    fixture.services = fixture.freshServices();
    await fixture.enforce();
    expect(await fixture.accounts()).toEqual(["sl_eve"]);
    expect(fixture.accountsOf("access.expired")).toEqual(["sl_bob"]);
    await fixture.enforce();
    expect(fixture.accountsOf("access.expired")).toEqual(["sl_bob"]);
  }

  it("at connect of a scheduled run: each connection is cut", async () => {
    fixture.proxy.treat = () => "cut";
    await failsOnce(fixture.enforce(), ["sl_bob", "sl_eve"]);
  });

  it("in a statement of a scheduled run: the connection is cut before the statement", async () => {
    const services = fixture.inPlaceOf(isDrop, run => {
      fixture.proxy.cut("RST");
      return run();
    });
    await failsOnce(fixture.enforce("orders", services), ["sl_bob", "sl_eve"]);
  });

  it("in a statement of a scheduled run: the statement runs, and its answer is lost", async () => {
    const services = fixture.atStatement(1, run => {
      fixture.loseNetwork("answers");
      return run();
    });
    await failsOnce(fixture.enforce("orders", services), ["sl_eve"]);
  });
});
