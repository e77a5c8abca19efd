import { offboard, reinstate } from "../../../../lambdas/reconciler/offboarding/mark-person";
import { Offboarding } from "./offboarding-fixture";

const jane = { protocol: 1, person: "jane.doe" } as const;

describe("the mark of a person", () => {
  let given: Offboarding;
  const tried = (person = "jane.doe") =>
    offboard({ ...jane, person, action: "offboard", dryRun: true }, given.call);
  const undone = () => reinstate({ ...jane, action: "reinstate" }, given.call);
  beforeEach(() => {
    given = new Offboarding();
  });

  it("says what is so without a change, and who may be meant by a name without accounts", async () => {
    expect(await tried()).toMatchObject({ state: "unmarked", already: false });
    expect(await tried()).not.toHaveProperty("didYouMean");
    expect(await tried("sl_jane.doe")).toMatchObject({ state: "unmarked", didYouMean: "jane.doe" });
    await offboard({ ...jane, action: "offboard" }, given.call);
    expect(await tried("Jane.Doe")).toMatchObject({ state: "offboarded", already: true });
    await undone();
    expect(await tried()).toMatchObject({ state: "reinstated", already: false });
  });

  it("is not undone, nor is that recorded, of somebody who was never offboarded", async () => {
    expect(await undone()).toMatchObject({ state: "unmarked", message: "jane.doe was never offboarded" });
    expect([given.said, await given.marks.all()]).toEqual([[], []]);
  });

  it("is undone once, and recorded once", async () => {
    await offboard({ ...jane, action: "offboard" }, given.call);
    expect(await undone()).toMatchObject({ state: "reinstated", already: false });
    expect(await undone()).toMatchObject({ state: "reinstated", already: true });
    expect(given.said).toMatchObject([{ outcome: "offboarded" }, { outcome: "reinstated" }]);
  });
});
