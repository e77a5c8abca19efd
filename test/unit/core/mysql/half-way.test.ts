import { enforceableRoster, expiredAccounts } from "../../../../core/mysql";
import { observedAccount, observedState, rosterOf, withObjects } from "../../../support/observed";

const now = new Date("2026-11-20T00:00:00Z");
const SOON = "2026-11-21T00:00:00Z";
const LATER = "2027-11-21T00:00:00Z";
const row = (name: string, ...privileges: string[]) => ({ name, privileges, grantOption: false });

describe("the roster while an apply is half done", () => {
  it("has the previous grant, not the one that the apply was to write, with the earlier expiry", () => {
    const observed = observedState([observedAccount("sl_a", { databases: [row("orders", "SELECT")] })]);
    const between = (to: { role: string; expires?: string }, from: { role: string; expires?: string }) =>
      enforceableRoster({
        target: rosterOf({ sl_a: { orders: to } }),
        applied: rosterOf({ sl_a: { orders: from } }),
        observed,
        now,
      }).roster.accounts["sl_a"]!.databases["orders"];
    const read = { role: "read", privileges: ["SELECT"] };
    expect(between({ role: "write", expires: LATER }, { role: "read", expires: SOON })).toEqual({
      ...read,
      expires: SOON,
    });
    expect(between({ role: "write", expires: SOON }, { role: "read" })).toEqual({ ...read, expires: SOON });
    expect(between({ role: "read" }, { role: "write", expires: LATER })).toEqual({
      ...read,
      role: "write",
      expires: LATER,
    });
  });

  it("has the new grant if the apply had begun to grant it", () => {
    const observed = observedState([
      observedAccount("sl_a", { databases: [row("orders", "SELECT", "INSERT")] }),
    ]);
    const [target, applied] = [
      rosterOf({ sl_a: { orders: "write" } }),
      rosterOf({ sl_a: { orders: "read" } }),
    ];
    const { roster } = enforceableRoster({ target, applied, observed, now });
    expect(roster.accounts["sl_a"]!.databases["orders"]).toEqual({
      role: "write",
      privileges: ["SELECT", "INSERT"],
    });
  });

  it("has no native role that only one roster has, though the account has one of its name at another host", () => {
    const target = withObjects(rosterOf({ sl_a: { orders: "read" } }), {
      sl_a: { "ROLE `reporting`": { role: "native" } },
    });
    const objectsWith = (host: string) => {
      const roles = [{ user: "reporting", host, adminOption: false }];
      const observed = observedState([observedAccount("sl_a", { roles })]);
      const applied = rosterOf({ sl_a: { orders: "read" } });
      return enforceableRoster({ target, applied, observed, now }).roster.accounts["sl_a"]!.objects;
    };
    expect(objectsWith("localhost")).toBeUndefined();
    expect(Object.keys(objectsWith("%") ?? {})).toEqual(["ROLE `reporting`"]);
  });

  it("leaves no account undecided whose access has expired", () => {
    const over = { role: "read", expires: "2026-11-19T00:00:00Z" };
    const target = rosterOf({ sl_a: { orders: over, payments: "read" } });
    const observed = observedState([observedAccount("sl_a", { databases: [row("orders", "SELECT")] })]);
    const { roster, undecided } = enforceableRoster({
      target,
      applied: rosterOf({ sl_a: { orders: over } }),
      observed,
      now,
    });
    expect([...undecided]).toEqual([]);
    expect([...expiredAccounts(roster, observed, now)]).toEqual(["sl_a"]);
  });
});

it("finds remaining expired access on tables if the server compares names without case", () => {
  const over = { role: "read", expires: "2026-11-19T00:00:00Z" };
  const roster = rosterOf({ sl_a: { Orders: over, payments: "read" } });
  const tables = [
    { database: "orders", table: "t", privileges: ["SELECT"], grantOption: false, columns: [] },
  ];
  const account = observedAccount("sl_a", { databases: [row("payments", "SELECT")], tables });
  expect([...expiredAccounts(roster, observedState([account], { lowerCaseTableNames: 1 }), now)]).toEqual([
    "sl_a",
  ]);
  expect([...expiredAccounts(roster, observedState([account]), now)]).toEqual([]);
});
