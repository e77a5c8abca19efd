import { decideEnforcement } from "../../../../core/decisions/decide-enforcement";
import type { KnownCluster } from "../../../../core/decisions/known-cluster";
import type { ObservedAccount } from "../../../../core/mysql";
import type { Roster } from "../../../../core/roster/roster";
import { row } from "../../../support/assemble";
import { observedAccount, observedState, rosterOf, withOptions } from "../../../support/observed";
import { EARLIER, halfWay, NOW, registered, versionOf } from "../decisions/known";

const TWO = ["10.%", "192.168.%"];
const READ = { orders: "read" as const };
const at = (user: string, host: string, more: Partial<ObservedAccount> = {}) =>
  observedAccount(user, { host, databases: [row("orders", "SELECT")], ...more });
const roster = (
  user: string,
  hosts: readonly string[],
  more: object = {},
  grants: Parameters<typeof rosterOf>[0][string] = READ,
): Roster => withOptions(rosterOf({ [user]: grants }), user, { hosts, ...more });
const decide = (state: KnownCluster, accounts: ObservedAccount[]) => {
  const { enforceable } = decideEnforcement({
    ...registered(state, { drift: "repair" }),
    observation: { observed: observedState(accounts) },
    now: NOW,
  });
  return { runs: enforceable.plan.statements.map(({ sql }) => sql), accounts: enforceable.roster.accounts };
};

describe("a scheduled run after an apply that died, for a user with several hosts", () => {
  it("creates no account by the former name where one was renamed already", () => {
    const renamed = roster("sl_rob", TWO, { formerly: "sl_bob" });
    const state = halfWay(renamed, roster("sl_bob", TWO));
    expect(decide(state, [at("sl_rob", "10.%"), at("sl_bob", "192.168.%")]).runs).toEqual([]);
  });

  it("takes what has expired also at hosts of a target between the two rosters", () => {
    const grants = { ...READ, payroll: { role: "read", expires: EARLIER! } };
    const of = (hosts: readonly string[]) => roster("sl_bob", hosts, {}, grants);
    const between = ["10.3.%", "10.4.%"];
    const known = halfWay(of(["10.5.%", "10.6.%"]), of(["10.1.%", "10.2.%"]));
    const earlier = between.map(host => `'sl_bob'@'${host}'`);
    const state = { ...known, target: versionOf(known.target!.roster, earlier) };
    const databases = [row("orders", "SELECT"), row("payroll", "SELECT")];
    const hosts = ["10.1.%", "10.2.%", ...between, "10.7.%"];
    const { runs } = decide(
      state,
      hosts.map(host => at("sl_bob", host, { databases })),
    );
    const ours = hosts.slice(0, 4).map(host => `'sl_bob'@'${host}'`);
    expect(runs).toEqual([`REVOKE SELECT ON \`payroll\`.* FROM ${ours.join(", ")}`]);
  });

  it.each([
    [true, false, undefined],
    [false, true, undefined],
    [true, true, true],
  ])("leaves locks as found where rosters differ (%s, %s)", (ten, other, suspended) => {
    const found = [at("sl_bob", "10.%", { locked: ten }), at("sl_bob", "192.168.%", { locked: other })];
    const [open, shut] = [roster("sl_bob", TWO), roster("sl_bob", TWO, { suspended: true })];
    for (const state of [halfWay(shut, open), halfWay(open, shut)]) {
      const { accounts, runs } = decide(state, found);
      expect(runs).toEqual([]);
      expect(accounts["sl_bob"]).toMatchObject({ hosts: TWO, givesNothing: true });
      expect(accounts["sl_bob"]!.suspended).toBe(suspended);
    }
  });
});
