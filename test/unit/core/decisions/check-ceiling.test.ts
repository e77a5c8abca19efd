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
    ["a database of the server", rosterOf({ sl_a: { mysql: "read" } })],
  ])("throws for %s, which no ceiling can allow", (_, roster) => {
    expect(() => checkCeiling(roster, entry)).toThrow(CeilingError);
  });

  it("refuses accounts without the prefix that the entry does not name, and second accounts of those that it names", () => {
    const roster = rosterOf({ legacy_app: { orders: "read" }, sl_legacy_app: { orders: "read" } });
    const named = (alsoManages: readonly string[]) => checkCeiling(roster, { ...entry, alsoManages });
    expect(checkCeiling(roster, entry)).toEqual([
      "account `legacy_app`: does not begin with the cluster's prefix `sl_`, and `alsoManages` does not name it",
    ]);
    expect(named(["legacy_app@%"])).toEqual([
      "account `sl_legacy_app`: would be a second account of `legacy_app`, which keeps its own name, as `alsoManages` says",
    ]);
  });

  it("refuses an account that keeps its own name and has had another", () => {
    const roster = rosterOf({ legacy_app: { orders: "read" } });
    const accounts = { legacy_app: { ...roster.accounts["legacy_app"]!, formerly: "sl_old" } };
    const found = checkCeiling({ ...roster, accounts }, { ...entry, alsoManages: ["legacy_app@%"] });
    expect(found).toEqual([expect.stringContaining("keeps its own name")]);
  });

  it.each([
    [{ alsoManages: ["rdsadmin@%"] }, "never touched"],
    [{ alsoManages: ["root@%"] }, "never touched"],
    [{ takeOver: { jane: "AWS_LAMBDA_ACCESS@%" } }, "never touched"],
    [{ takeOver: { jane: "rdsproxyadmin@%" } }, "never touched"],
    [{ alsoManages: ["boss@%"] }, "the administrator"],
    [{ takeOver: { jane: "boss@%" } }, "the administrator"],
    [{ alsoManages: ["sl_jane@%"] }, "has the prefix"],
    [{ alsoManages: ["jane"] }, "is no account"],
    [{ alsoManages: ["@%"] }, "is no account"],
    [{ takeOver: { jane: "jane@10.%" } }, "has the host"],
    [{ takeOver: { sl_jane: "jane@%" } }, "has the prefix"],
    [{ takeOver: { jane: "old@%", bob: "old@%" } }, "is named by"],
    [{ alsoManages: ["old@%"], takeOver: { bob: "old@%" } }, "is named by"],
    [{ alsoManages: ["old@%"], takeOver: { old: "older@%" } }, "keeps its own name"],
  ])("refuses a registry entry that names what is never touched, or is unclear: %j", (names, why) => {
    const found = checkCeiling(rosterOf({}), { ...entry, credentials: { iamUser: "boss" }, ...names });
    expect(found).toEqual([expect.stringMatching(`^the registry entry: .*${why}`)]);
  });
});
