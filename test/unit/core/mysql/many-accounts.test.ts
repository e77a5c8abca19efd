import { assembleStatements, type ObservedAccount } from "../../../../core/mysql";
import { observedAccount, observedState, rosterOf } from "../../../support/observed";

const RULES = {
  now: new Date("2026-11-20T00:00:00Z"),
  prefix: "sl",
  unmanaged: "report",
  definers: "block",
  previouslyDeclared: [],
  onlyCreate: false,
} as const;

const ORDERS = [{ name: "orders", privileges: ["SELECT"], grantOption: false }];

/** How often a plan of so many accounts looks at the name of one of them. */
function looksAtOne(count: number): number {
  const names = Array.from({ length: count }, (_, index) => `sl_${String(index).padStart(4, "0")}`);
  let looks = 0;
  const nameOf = (user: string) => () => {
    looks++;
    return user;
  };
  const watched = (user: string): ObservedAccount => {
    const account = observedAccount(user, { databases: ORDERS });
    return user === "sl_0000"
      ? Object.defineProperty({ ...account }, "user", { enumerable: true, get: nameOf(user) })
      : account;
  };
  const observed = observedState(names.map(watched));
  const roster = rosterOf(Object.fromEntries(names.map(name => [name, { orders: "read" }])));
  expect(assembleStatements({ ...RULES, roster, observed }).statements).toEqual([]);
  return looks;
}

test("a plan does not compare each account with all others", () => {
  expect(looksAtOne(800)).toBeLessThan(looksAtOne(100) + 20);
});

/** How often a plan with so many suspended accounts reads one of the roles that accounts have. */
function readsOfOneRole(count: number): number {
  const names = Array.from({ length: count }, (_, index) => `sl_${String(index).padStart(4, "0")}`);
  let reads = 0;
  const role = {
    host: "%",
    get user() {
      reads++;
      return "reporting";
    },
  };
  const member = { user: "someone", host: "%" };
  const observed = {
    ...observedState(names.map(name => observedAccount(name, { locked: true, databases: ORDERS }))),
    outside: { grants: [], roles: [{ role, member, adminOption: false }], proxies: [] },
  };
  const { accounts, roles } = rosterOf(Object.fromEntries(names.map(name => [name, { orders: "read" }])));
  const suspended = Object.entries(accounts).map(([name, one]) => [name, { ...one, suspended: true }]);
  const roster = { roles, accounts: Object.fromEntries(suspended) };
  expect(assembleStatements({ ...RULES, roster, observed }).statements).toEqual([]);
  return reads;
}

test("a plan does not look for the members of each suspended account among all roles", () => {
  expect(readsOfOneRole(100)).toBeGreaterThan(0);
  expect(readsOfOneRole(800)).toBe(readsOfOneRole(100));
});
