import { stuckAccounts } from "../../../lambdas/reconciler/stuck-accounts";

describe("accounts that are stuck", () => {
  const all = Array.from({ length: 5_000 }, (_, i) => `sl_${i}`);
  const asked = { times: 0 };
  const problemsOf = (bad: readonly string[]) => (concerns: (account: string) => boolean) => {
    asked.times++;
    return bad.filter(concerns).map(account => `${account} cannot be`);
  };
  beforeEach(() => {
    asked.times = 0;
  });

  test("are found one by one, each with its own reason", () => {
    const bad = ["sl_0", "sl_2500", "sl_4999"];
    expect([...stuckAccounts(all, problemsOf(bad))]).toEqual(bad.map(account => [account, `${account} cannot be`]));
    expect(asked.times).toBeLessThan(100);
  });

  test("cost one question where there are none", () => {
    expect(stuckAccounts(all, problemsOf(["sl_other"])).size).toBe(0);
    expect(asked.times).toBe(1);
    expect(stuckAccounts([], problemsOf([])).size).toBe(0);
  });
});
