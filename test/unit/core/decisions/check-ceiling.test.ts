import { assertCeiling, checkCeiling, RAISE_FIRST } from "../../../../core/decisions/check-ceiling";
import { CeilingError } from "../../../../core/errors";
import { rosterOf } from "../../../support/observed";
import { entryOf } from "./known";

const entry = entryOf({ ceiling: { privileges: ["SELECT"], databases: ["orders"] } });

describe("the ceiling", () => {
  it("allows what it names", () => {
    const roster = rosterOf({ sl_a: { orders: "read" } });
    expect(checkCeiling(roster, entry)).toEqual([]);
    expect(() => assertCeiling(roster, entry)).not.toThrow();
  });

  it("lists what a preview refuses and an apply throws", () => {
    const roster = rosterOf({ sl_a: { orders: "write", payments: "read" } });
    const above = checkCeiling(roster, entry);
    expect(above).toEqual([
      "account `sl_a`, database `orders`: asks for INSERT, UPDATE, which the cluster's ceiling does not allow",
      "account `sl_a`, database `payments`: is not among the databases that the ceiling names (orders)",
    ]);
    expect(() => assertCeiling(roster, entry)).toThrow(
      new CeilingError(`orders: ${above.join("; ")}. Nothing ran. ${RAISE_FIRST}`),
    );
  });

  it.each([
    ["an account of the server", rosterOf({ rdsadmin: { orders: "read" } })],
    ["an account without the prefix", rosterOf({ bob: { orders: "read" } })],
    ["a database of the server", rosterOf({ sl_a: { mysql: "read" } })],
  ])("throws for %s, which no ceiling can allow", (_, roster) => {
    expect(() => checkCeiling(roster, entry)).toThrow(CeilingError);
  });
});
