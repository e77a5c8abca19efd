import { expiredElsewhere, type ObservedAccount } from "../../../../core/mysql";
import {
  observedAccount,
  observedState,
  rosterOf,
  withObjects,
  withOptions,
} from "../../../support/observed";

const now = new Date("2026-11-20T00:00:00Z");
const over = { role: "read", expires: "2026-11-19T00:00:00Z" };
const row = (name: string) => ({ name, privileges: ["SELECT"], grantOption: false });
const roster = withOptions(rosterOf({ sl_a: { orders: over, shop: "read" } }), "sl_a", { hosts: ["10.1.%"] });

/** Whether the ended access goes on by another account than the user's own account. */
const goesOn = (host: string, overrides: Partial<ObservedAccount> = {}, declared = roster) => {
  const other = observedAccount("sl_a", { host, databases: [row("orders")], ...overrides });
  const own = observedAccount("sl_a", { host: "10.1.%", databases: [row("shop")] });
  return expiredElsewhere(declared, observedState([own, other]), now).has("sl_a");
};

describe("access that has ended and goes on by an account at another host", () => {
  it.each([
    ["%", false, true],
    ["%", true, true],
    ["10.1.2.%", false, true],
    ["10.1.2.%", true, false],
    ["10.1.%", false, false],
    ["10.1.2.%.invalid", false, false],
  ])("of %s (locked: %s): %s", (host, locked, expected) => {
    expect(goesOn(host, { locked })).toBe(expected);
  });

  it("does not, if the account has something else only", () => {
    expect(goesOn("%", { databases: [row("shop")] })).toBe(false);
    expect(goesOn("%", { databases: [] })).toBe(false);
  });

  it("does not, if the user is suspended and the account is locked", () => {
    const suspended = withOptions(roster, "sl_a", { hosts: ["10.1.%"], suspended: true });
    expect(goesOn("%", { locked: true }, suspended)).toBe(false);
    expect(goesOn("%", { locked: false }, suspended)).toBe(true);
  });

  it("does not, if nothing of the user is left: then all accounts of the name go", () => {
    expect(goesOn("%", {}, rosterOf({ sl_a: { orders: over } }))).toBe(false);
  });

  it("does for privileges of the whole server, if the account is not locked: they are its own alone", () => {
    const global = withOptions(
      withObjects(rosterOf({ sl_a: { shop: "read" } }), { sl_a: { "PROCESS ON *.*": over } }),
      "sl_a",
      { hosts: ["10.1.%"] },
    );
    const holds = { databases: [], globalPrivileges: ["PROCESS"] };
    expect(goesOn("%", holds, global)).toBe(true);
    expect(goesOn("%", { ...holds, locked: true }, global)).toBe(false);
  });
});
