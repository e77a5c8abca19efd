import { decideEnforcement } from "../../../../core/decisions/decide-enforcement";
import type { KnownCluster } from "../../../../core/decisions/known-cluster";
import type { ObservedAccount } from "../../../../core/mysql";
import type { Roster } from "../../../../core/roster/roster";
import {
  definedObject,
  observedAccount,
  observedState,
  rosterOf,
  withOptions,
} from "../../../support/observed";
import { EARLIER, halfWay, LATER, NOW, registered, settledOn, sourceOf } from "../decisions/known";

const [OLD, NEW] = ["sl_jane.doe", "sl_jane.smith"];
const RENAME = `RENAME USER '${OLD}'@'%' TO '${NEW}'@'%'`;
type Grants = Parameters<typeof rosterOf>[0][string];
const doe = (grants: Grants) => rosterOf({ [OLD]: grants });
const smith = (grants: Grants): Roster => withOptions(rosterOf({ [NEW]: grants }), NEW, { formerly: OLD });
const over = { role: "read", expires: EARLIER };
const holding = (user: string, databases: readonly string[], more: Partial<ObservedAccount> = {}) =>
  observedAccount(user, {
    databases: databases.map(name => ({ name, privileges: ["SELECT"], grantOption: false })),
    ...more,
  });
const VIEW = { definerOf: [definedObject("VIEW orders.v")] };
/** A cluster on which an apply left the rename out. */
const leftOut = (roster: Roster) => settledOn(roster, { lingering: [OLD] });
const decide = (
  state: KnownCluster,
  account: ObservedAccount | readonly ObservedAccount[],
  drift: "report" | "repair" = "report",
  sources: Parameters<typeof registered>[2] = [],
) =>
  decideEnforcement({
    ...registered(state, { drift }, sources),
    observation: { observed: observedState([account].flat()) },
    now: NOW,
  });
const sqlOf = ({ enforceable: { drift, plan } }: ReturnType<typeof decide>) => ({
  runs: plan.statements.map(({ sql }) => sql),
  drift: drift.statements.map(({ sql }) => sql),
});
const REVOKE = (user: string, database: string) => `REVOKE SELECT ON \`${database}\`.* FROM '${user}'@'%'`;

describe("a scheduled run, for an account whose rename was left out", () => {
  it.each([VIEW, {}])("takes what has expired from the name that exists (%j)", more => {
    const state = leftOut(smith({ orders: "read", shop: over }));
    const decision = decide(state, holding(OLD, ["orders", "shop"], more));
    expect(sqlOf(decision).runs).toEqual([REVOKE(OLD, "shop")]);
    expect([...decision.enforceable.expired]).toEqual([OLD]);
    expect(decision.about(OLD)).toMatchObject({ user: "jane.smith", cause: "expiry" });
    expect(Object.keys(decision.before.accounts)).toEqual([OLD]);
  });

  it("shuts it out if all has expired", () => {
    const state = leftOut(smith({ orders: over }));
    expect(sqlOf(decide(state, holding(OLD, ["orders"]))).runs).toEqual([`DROP USER '${OLD}'@'%'`]);
    expect(sqlOf(decide(state, holding(OLD, ["orders"], VIEW))).runs[0]).toBe(
      `ALTER USER '${OLD}'@'%' ACCOUNT LOCK`,
    );
  });

  it("shuts it out if it is suspended", () => {
    const state = leftOut(withOptions(smith({ orders: "read" }), NEW, { suspended: true }));
    expect(sqlOf(decide(state, holding(OLD, ["orders"]))).runs).toEqual([
      `ALTER USER '${OLD}'@'%' ACCOUNT LOCK`,
    ]);
  });

  it("renames nobody, also where drift is repaired; the rename remains as drift", () => {
    const state = leftOut(smith({ orders: "read", shop: "read" }));
    const grant = (user: string) => `GRANT SELECT ON \`shop\`.* TO '${user}'@'%'`;
    expect(sqlOf(decide(state, holding(OLD, ["orders"])))).toEqual({ runs: [], drift: [RENAME, grant(NEW)] });
    expect(sqlOf(decide(state, holding(OLD, ["orders"]), "repair"))).toEqual({
      runs: [grant(OLD)],
      drift: [],
    });
    expect(sqlOf(decide(state, holding(OLD, ["orders", "shop"]), "repair"))).toEqual({
      runs: [],
      drift: [RENAME],
    });
  });

  it("leaves a locked account that another one replaced, and another one's account", () => {
    const roster = smith({ orders: "read" });
    const locked = holding(OLD, ["orders"], { ...VIEW, locked: true });
    expect(sqlOf(decide(leftOut(roster), locked, "repair")).runs[0]).toContain(`CREATE USER '${NEW}'`);
    const stranger = sqlOf(decide(settledOn(smith({ orders: over })), holding(OLD, ["orders"])));
    expect(stranger.runs).toEqual([]);
  });

  it("puts what a source says of the new name into effect for the former one, and does not settle it", () => {
    const source = sourceOf(rosterOf({ [NEW]: { shop: "read" } }), { pending: [NEW] });
    const decision = decide(leftOut(smith({ orders: "read" })), holding(OLD, ["orders"]), "report", [source]);
    expect(sqlOf(decision)).toEqual({ runs: [`GRANT SELECT ON \`shop\`.* TO '${OLD}'@'%'`], drift: [] });
    expect(decision.enforceable.unresolved.has(NEW)).toBe(true);
  });
});

describe("a scheduled run, for an account that exists by both names", () => {
  const both = (...databases: string[]) => [holding(OLD, databases, VIEW), holding(NEW, databases)];

  it("takes what has expired from both", () => {
    const state = leftOut(smith({ orders: "read", shop: over }));
    const decision = decide(state, both("orders", "shop"));
    expect(sqlOf(decision).runs.join()).toContain("`shop`");
    for (const user of [OLD, NEW]) expect([...decision.enforceable.expired]).toContain(user);
    expect(sqlOf(decision).runs).toEqual([`REVOKE SELECT ON \`shop\`.* FROM '${OLD}'@'%', '${NEW}'@'%'`]);
    expect(sqlOf(decide(state, both("orders"))).runs).toEqual([]);
  });

  it("ends it at the earlier of the two dates, if the apply died", () => {
    const state = halfWay(smith({ orders: "read", shop: over }), doe({ orders: "read", shop: "read" }));
    expect(sqlOf(decide(state, both("orders", "shop"))).runs).toEqual([
      `REVOKE SELECT ON \`shop\`.* FROM '${OLD}'@'%', '${NEW}'@'%'`,
    ]);
  });

  it("locks both if it is suspended", () => {
    const state = leftOut(withOptions(smith({ orders: "read" }), NEW, { suspended: true }));
    expect(sqlOf(decide(state, both("orders"))).runs).toEqual([
      `ALTER USER '${OLD}'@'%', '${NEW}'@'%' ACCOUNT LOCK`,
    ]);
  });
});

describe("a scheduled run after an apply that died", () => {
  it("ends access by the former name at the earlier of the two dates", () => {
    const account = holding(OLD, ["orders", "shop"]);
    for (const [to, from] of [
      [over, "read"],
      ["read", over],
    ] as const) {
      const state = halfWay(smith({ orders: "read", shop: to }), doe({ orders: "read", shop: from }));
      expect(sqlOf(decide(state, account)).runs).toEqual([REVOKE(OLD, "shop")]);
    }
  });

  it("ends access by the new name, too, if the account is renamed already", () => {
    const account = holding(NEW, ["orders", "shop"]);
    const later = { role: "read", expires: LATER! };
    for (const to of ["read", later]) {
      const state = halfWay(smith({ orders: "read", shop: to }), doe({ orders: "read", shop: over }));
      expect(sqlOf(decide(state, account)).runs).toEqual([REVOKE(NEW, "shop")]);
    }
  });

  it("gives neither name what only one of the rosters has", () => {
    const state = halfWay(smith({ orders: "read", shop: "read" }), doe({ orders: "read" }));
    for (const user of [OLD, NEW])
      for (const drift of ["repair", "report"] as const)
        expect(sqlOf(decide(state, holding(user, ["orders"]), drift))).toEqual({ runs: [], drift: [] });
  });
});
