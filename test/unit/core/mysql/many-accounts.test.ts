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

/** How often a plan of so many accounts looks at the name of one of them. */
function looksAtOne(count: number): number {
  const names = Array.from({ length: count }, (_, index) => `sl_${String(index).padStart(4, "0")}`);
  let looks = 0;
  const nameOf = (user: string) => () => {
    looks++;
    return user;
  };
  const watched = (user: string): ObservedAccount => {
    const account = observedAccount(user, {
      databases: [{ name: "orders", privileges: ["SELECT"], grantOption: false }],
    });
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
