import { assembleStatements } from "../../../../core/mysql";
import { blockedAccounts } from "../../../../core/mysql/blocked-accounts";
import { observedAccount, observedState, rosterOf } from "../../../support/observed";

describe("blocked accounts", () => {
  const all = Array.from({ length: 5_000 }, (_, i) => `sl_${i}`);
  const roster = rosterOf(
    Object.fromEntries(all.map((name, i) => [name, { orders: i % 2 === 0 ? "write" : "read" }])),
  );
  const holdsSystemUser = [{ name: "SYSTEM_USER", grantOption: false }];
  const observed = observedState([
    observedAccount("sl_1", { dynamicPrivileges: holdsSystemUser }),
    observedAccount("sl_3", { dynamicPrivileges: holdsSystemUser }),
  ]);
  const given = {
    roster,
    observed,
    now: new Date(0),
    prefix: "sl",
    unmanaged: "report" as const,
    definers: "block" as const,
    previouslyDeclared: [],
    onlyCreate: false,
    administrator: {
      grantable: ["SELECT"],
      restrictions: [],
      revokesRestricted: true,
      revokesProxies: false,
    },
  };
  const asked = { times: 0 };
  const planOf = (onlyUsers: (account: string) => boolean) => {
    asked.times++;
    return assembleStatements({ ...given, onlyUsers });
  };
  beforeEach(() => {
    asked.times = 0;
  });

  test("are found by one plan, each with its own reason, even if they are half of thousands", () => {
    const blocked = blockedAccounts(all, planOf);
    expect(blocked.size).toBe(2_502);
    expect(blocked.get("sl_0")).toMatch(/lacks INSERT, UPDATE on orders and cannot give it to 'sl_0'@'%'/);
    expect(blocked.get("sl_1")).toMatch(/'sl_1'@'%' holds SYSTEM_USER/);
    expect(asked.times).toBe(1);
  });

  test("are only those that were asked for, and none if nothing is wrong", () => {
    expect([...blockedAccounts(["sl_3", "sl_5"], planOf).keys()]).toEqual(["sl_3"]);
    expect(blockedAccounts(["sl_5"], planOf).size).toBe(0);
    expect(blockedAccounts([], planOf).size).toBe(0);
  });
});
