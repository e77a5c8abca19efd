import { decideEnforcement } from "../../../../core/decisions/decide-enforcement";
import type { KnownCluster } from "../../../../core/decisions/known-cluster";
import { accessRows } from "../../../../core/roster/access-rows";
import { impersonal } from "../../../../core/roster/impersonal";
import {
  type GrantsOfPlace,
  grantsOf,
  mapGrants,
  type Roster,
  rosterSchema,
} from "../../../../core/roster/roster";
import { mergeSources, supersededGrants, withinCeiling } from "../../../../core/source";
import { observedAccount, observedState } from "../../../support/observed";
import { EARLIER, halfWay, LATER, NOW, registered, settledOn } from "../decisions/known";

const rosterWith = (databases: Readonly<Record<string, GrantsOfPlace>>): Roster => ({
  roles: { read: ["SELECT"], write: ["SELECT", "INSERT"] },
  accounts: { sl_a: { kind: "person", user: "a", databases } },
});
const OWN = { role: "read", reason: "INC-1" };
const TEAM = { role: "write", reason: "INC-2", team: "pay" };
const both = rosterWith({ orders: { ...OWN, also: [TEAM] } });
const row = (...privileges: string[]) => ({ name: "orders", privileges, grantOption: false });

const decide = (state: KnownCluster, rows: readonly ReturnType<typeof row>[], entry = {}) => {
  const { enforceable } = decideEnforcement({
    ...registered(state, entry),
    observation: { observed: observedState([observedAccount("sl_a", { databases: rows })]) },
    now: NOW,
  });
  const sql = ({ statements }: typeof enforceable.plan) => statements.map(one => one.sql);
  return { plan: sql(enforceable.plan), drift: sql(enforceable.drift) };
};

describe("rosters with grants that add up", () => {
  it("hold each team once on a place, and the account's own once", () => {
    const isValid = (grants: object) =>
      rosterSchema.safeParse(rosterWith({ orders: grants as GrantsOfPlace })).success;
    expect(isValid({ ...OWN, also: [TEAM, { role: "read", team: "b" }] })).toBe(true);
    expect(isValid({ ...OWN, also: [OWN] })).toBe(false);
    expect(isValid({ ...TEAM, also: [{ role: "read", team: "pay" }] })).toBe(false);
    expect(isValid({ ...OWN, also: [] })).toBe(false);
    expect(isValid({ ...OWN, also: [{ ...TEAM, also: [{ role: "read", team: "b" }] }] })).toBe(false);
    const columns = (first: object, second: object) =>
      rosterSchema.safeParse({
        ...both,
        accounts: {
          sl_a: {
            ...both.accounts["sl_a"],
            objects: { "`o`.`t` (`a`, `b`)": first, "`o`.`t` (`b`)": second },
          },
        },
      }).success;
    expect([columns(OWN, TEAM), columns(OWN, OWN), columns(TEAM, TEAM)]).toEqual([true, false, false]);
  });

  it("lose no grant where each grant is changed or left out by itself", () => {
    const { sl_a: account } = both.accounts;
    expect(mapGrants(account!, ({ grant }) => grant)).toEqual(account);
    expect(mapGrants(account!, ({ grant }) => (grant.team ? grant : undefined)).databases).toEqual({
      orders: TEAM,
    });
    expect(grantsOf(impersonal(both).accounts["sl_a"]!).map(({ grant }) => grant)).toEqual([
      { role: "read" },
      { role: "write", team: "1" },
    ]);
    expect(accessRows("orders", both)).toMatchObject([OWN, TEAM]);
    const names = { prefix: "sl", ceiling: { privileges: ["SELECT"] as const } };
    expect(withinCeiling(both, names).accounts["sl_a"]!.databases).toEqual({ orders: OWN });
  });

  it("are not changed by a source, whose grant on the same database is not used", () => {
    const source = { name: "shop/prod", roster: rosterWith({ orders: { role: "write" } }), own: {} };
    const over = rosterWith({ orders: { ...OWN, expires: EARLIER!, also: [TEAM] } });
    for (const reviewed of [both, over])
      expect(mergeSources(reviewed, [source], NOW).accounts["sl_a"]!.databases).toEqual(
        reviewed.accounts["sl_a"]!.databases,
      );
    const ended = { ...source, roster: rosterWith({ orders: { role: "read", expires: EARLIER! } }) };
    expect(Object.keys(supersededGrants(over, [ended], NOW).accounts)).toEqual(["sl_a"]);
  });
});

describe("enforcement of grants that add up", () => {
  it("takes at an end what no other grant gives, and nothing where another gives it", () => {
    const over = { ...TEAM, expires: EARLIER! };
    const part = settledOn(rosterWith({ orders: { ...OWN, also: [over] } }));
    expect(decide(part, [row("SELECT", "INSERT")])).toEqual({
      plan: ["REVOKE INSERT ON `orders`.* FROM 'sl_a'@'%'"],
      drift: [],
    });
    const none = settledOn(rosterWith({ orders: { ...OWN, expires: EARLIER!, also: [TEAM] } }));
    expect(decide(none, [row("SELECT", "INSERT")])).toEqual({ plan: [], drift: [] });
  });

  it("gives while an apply is half done what both rosters give, also by different grants", () => {
    const own = rosterWith({ orders: OWN });
    const team = rosterWith({ orders: { ...TEAM, expires: LATER! } });
    const repaired = decide(halfWay(team, own), [], { drift: "repair" });
    expect(repaired.plan).toEqual(["GRANT SELECT ON `orders`.* TO 'sl_a'@'%'"]);
    const payments = { role: "read" };
    const ended = rosterWith({ orders: { ...OWN, expires: EARLIER! }, payments });
    const lasting = rosterWith({ orders: { ...TEAM, expires: LATER! }, payments });
    const paid = { ...row("SELECT"), name: "payments" };
    for (const state of [halfWay(lasting, ended), halfWay(ended, lasting)])
      expect(decide(state, [paid], { drift: "repair" })).toEqual({ plan: [], drift: [] });
  });

  it("locks an offboarded member, takes what ends meanwhile, and leaves the rest of the team's grants", () => {
    const over = { ...TEAM, expires: EARLIER! };
    const offboarded = [{ person: "a", state: "offboarded", at: EARLIER! } as const];
    const LOCK = "ALTER USER 'sl_a'@'%' ACCOUNT LOCK";
    const kept = { ...settledOn(both), offboarded };
    expect(decide(kept, [row("SELECT", "INSERT")])).toEqual({ plan: [LOCK], drift: [] });
    const ended = { ...settledOn(rosterWith({ orders: { ...OWN, also: [over] } })), offboarded };
    const { plan } = decide(ended, [row("SELECT", "INSERT")]);
    expect([...plan].sort()).toEqual([LOCK, "REVOKE INSERT ON `orders`.* FROM 'sl_a'@'%'"]);
  });

  it("reports no drift of a declared GRANT OPTION", () => {
    const state = settledOn(rosterWith({ orders: { ...OWN, grantOption: true, also: [TEAM] } }));
    const ceiling = { privileges: ["SELECT", "INSERT"], grantOption: true };
    const held = { ...row("SELECT", "INSERT"), grantOption: true };
    expect(decide(state, [held], { ceiling })).toEqual({ plan: [], drift: [] });
    const undeclared = settledOn(both);
    expect(decide(undeclared, [held], { ceiling }).plan).toEqual([
      "REVOKE GRANT OPTION ON `orders`.* FROM 'sl_a'@'%'",
    ]);
  });
});
