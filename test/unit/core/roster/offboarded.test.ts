import {
  accountNamesOf,
  isAccountOf,
  type OffboardMark,
  offboardedPerson,
  reinstatedAccounts,
  reinstatedPerson,
  withOffboarded,
} from "../../../../core/roster/offboarded";
import type { Roster, RosterAccount } from "../../../../core/roster/roster";

const NAMES = { prefix: "sl", alsoManages: ["legacy@%"] };
const databases = { orders: { role: "read" } };
const account = (user: string, more: Partial<RosterAccount> = {}): RosterAccount => ({
  kind: "person",
  user,
  databases,
  ...more,
});
const roster: Roster = {
  roles: { read: ["SELECT"] },
  accounts: {
    "sl_jane.doe": account("jane.doe"),
    "sl_jane.doe2": account("jane.doe2"),
    "sl_jane.doe-etl": account("jane.doe-etl", { kind: "service" }),
    sl_helper: account("helper", { kind: "agent", owner: "jane.doe" }),
    sl_other: account("other", { kind: "agent", owner: "jane.doe2" }),
    legacy: account("legacy"),
  },
};
const mark = (person: string, more: Partial<OffboardMark> = {}): OffboardMark => ({
  person,
  state: "offboarded",
  at: "2026-11-20T12:00:00.000Z",
  ...more,
});
const shut = (...marks: readonly OffboardMark[]) =>
  Object.entries(withOffboarded(roster, marks, NAMES, () => true).accounts)
    .filter(([, { suspended }]) => suspended)
    .map(([name]) => name);

describe("an offboarded person's accounts", () => {
  it("are their own and those of their agents; a namesake's and a service's are not", () => {
    expect(shut(mark("jane.doe"))).toEqual(["sl_jane.doe", "sl_helper"]);
    expect(shut(mark("jane.doe-etl"))).toEqual([]);
    expect(shut(mark("nobody"))).toEqual([]);
  });

  it("are found without the prefix, and whatever the case of the name", () => {
    expect(shut(mark("legacy"))).toEqual(["legacy"]);
    expect(shut(mark("Jane.Doe"))).toEqual(["sl_jane.doe", "sl_helper"]);
  });

  it("are theirs by the former name too, and where only the account's name is known", () => {
    const renamed = account("jane.smith", { formerly: "sl_jane.doe" });
    expect(isAccountOf("jane.doe", "sl_jane.smith", renamed, NAMES)).toBe(true);
    expect(isAccountOf("jane.doe", "sl_jane.doe", account("sl_jane.doe"), NAMES)).toBe(true);
  });

  it("keep everything but the lock", () => {
    const { suspended, offboarded, ...same } = withOffboarded(roster, [mark("jane.doe")], NAMES, () => false)
      .accounts["sl_jane.doe"]!;
    expect([suspended, offboarded, same]).toEqual([true, "jane.doe", roster.accounts["sl_jane.doe"]]);
  });

  it("are those that nobody declared and that have the name, but for a declared service", () => {
    const by = offboardedPerson(roster, [mark("mallory"), mark("jane.doe-etl")], NAMES);
    expect([by("sl_mallory"), by("sl_jane.doe-etl"), by("sl_mallory2")]).toEqual([
      "mallory",
      undefined,
      undefined,
    ]);
  });

  it("have the prefix, or are managed by their own name, as the server lowers both", () => {
    const names = { prefix: "sl", alsoManages: ["Jane@%", "other@%"] };
    expect([...accountNamesOf("jane", names)]).toEqual(["sl_jane", "jane"]);
    expect([...accountNamesOf("JÀNE", names)]).toEqual(["sl_jàne"]);
    const own = (user: string) => isAccountOf("jane", user, account("someone"), names);
    expect(["Jane", "sl_Jane", "other"].map(own)).toEqual([true, true, false]);
    const by = offboardedPerson(roster, [mark("jane")], names);
    expect(["Jane", "sl_jane", "other"].map(by)).toEqual(["jane", "jane", undefined]);
  });

  it("are known of a person who is back, also if nobody declares them", () => {
    const back = [mark("jane.doe", { state: "reinstated" }), mark("legacy", { state: "reinstated" })];
    const by = reinstatedPerson(roster, [...back, mark("jane.doe2")], NAMES);
    const whose = ["sl_jane.doe", "sl_helper", "legacy", "sl_legacy", "sl_jane.doe2", "sl_jane.doe-etl"].map(
      by,
    );
    expect(whose).toEqual(["jane.doe", "jane.doe", "legacy", "legacy", undefined, undefined]);
  });

  it.each([true, false])("stay as they are (%s) while nobody can check an undone mark", isLocked => {
    const marks = [mark("jane.doe", { state: "reinstated", unproven: "unknown" })];
    const { accounts } = withOffboarded(roster, marks, NAMES, () => isLocked);
    expect(accounts["sl_jane.doe"]!.suspended === true).toBe(isLocked);
    expect(accounts["sl_jane.doe2"]!.suspended).toBeUndefined();
    expect([...reinstatedAccounts(roster, marks, NAMES, "2026-11-20T11:00:00.000Z")]).toEqual([]);
  });

  it.each(["invalid", "missing"] as const)("stay locked by an undone mark whose proof is %s", unproven => {
    expect(shut(mark("jane.doe", { state: "reinstated", unproven }))).toContain("sl_jane.doe");
    expect(shut(mark("jane.doe", { unproven }))).toContain("sl_jane.doe");
  });

  it("are unlocked by a run if they were reinstated since the last success alone", () => {
    const back = mark("jane.doe", { state: "reinstated" });
    const found = (since?: string) => [...reinstatedAccounts(roster, [back], NAMES, since)];
    expect(found("2026-11-20T11:00:00.000Z")).toEqual(["sl_jane.doe", "sl_helper"]);
    expect(found()).toEqual([]);
    expect(found("2026-11-20T13:00:00.000Z")).toEqual([]);
  });
});
