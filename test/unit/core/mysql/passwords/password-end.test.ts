import { planEnforcement } from "../../../../../core/decisions/plan-enforcement";
import type { ObservedAccount } from "../../../../../core/mysql/observed-state";
import { assemble, row } from "../../../../support/assemble";
import { observedAccount, observedState, rosterOf, withOptions } from "../../../../support/observed";
import { NOW } from "../../decisions/known";

const DAY_S = 86_400;
const password = { expiresAfterDays: 90 };
const plain = rosterOf({ sl_sync: { orders: "read" } });
const ends = withOptions(plain, "sl_sync", { login: "password", password });
/** An account whose password was set so many days ago. */
const setBefore = (days: number, more: Partial<ObservedAccount> = {}) =>
  observedAccount("sl_sync", {
    plugin: "caching_sha2_password",
    passwordChanged: NOW.getTime() / 1_000 - days * DAY_S,
    passwordLifetime: 90,
    databases: [row("orders", "SELECT")],
    ...more,
  });
const passwordsOf = (found: ObservedAccount) =>
  new Map([["'sl_sync'@'%'", { changed: found.passwordChanged! }]]);
const plan = (found: ObservedAccount, roster = ends) =>
  assemble({ roster, observed: observedState([found]), now: NOW, passwords: passwordsOf(found) });
const enforced = (found: ObservedAccount, drift: "report" | "repair" = "report") =>
  planEnforcement({
    entry: { prefix: "sl", unmanaged: "report", definers: "block", drift },
    target: ends,
    applied: ends,
    mayGive: true,
    plannedAt: NOW,
    observation: { observed: observedState([found]) },
    now: NOW,
    previouslyDeclared: [],
    withdrawn: new Set(),
    passwords: passwordsOf(found),
    pending: new Set(),
    superseded: new Set(),
  });

const SET_AGAIN = expect.stringMatching(/^ALTER USER 'sl_sync'@'%' IDENTIFIED .* INTERVAL 90 DAY/);
const endsIn = (days: number) =>
  `The password of 'sl_sync'@'%' ends at ${new Date(NOW.getTime() + days * DAY_S * 1_000).toISOString()}, and no ` +
  "rotation has replaced it: the server refuses it from then on. See why its secret is not rotated, then rotate it.";

describe("a password that no rotation replaces", () => {
  it("is of no interest while it has 7 days left, or a tenth of its time", () => {
    expect(plan(setBefore(83))).toMatchObject({ statements: [], notes: [] });
    expect(enforced(setBefore(83)).drift).toMatchObject({ statements: [], leftOut: new Map() });
    const short = { expiresAfterDays: 10 };
    const roster = withOptions(plain, "sl_sync", { login: "password", password: short });
    const left = (days: number) => plan(setBefore(10 - days, { passwordLifetime: 10 }), roster).notes;
    expect([left(1), left(0.5)]).toEqual([[], [endsIn(0.5)]]);
  });

  it("is a note of the plan with less, and drift that nothing repairs", () => {
    expect(plan(setBefore(84))).toMatchObject({ statements: [], notes: [endsIn(6)] });
    for (const drift of ["report", "repair"] as const) {
      const { drift: found, plan: runs } = enforced(setBefore(84), drift);
      expect(found.leftOut).toEqual(new Map([["sl_sync", endsIn(6)]]));
      expect([...found.statements, ...runs.statements]).toEqual([]);
    }
  });

  it.each([90, 91, 200])("is set again by the next plan once it has ended: after %d days", days => {
    const { notes, statements } = plan(setBefore(days));
    expect(statements.map(one => one.sql)).toEqual([SET_AGAIN]);
    expect(JSON.stringify(statements)).toContain("its password was not rotated in time, and has ended");
    expect(notes).toEqual([]);
  });

  it("is drift once it has ended, which `repair` sets again", () => {
    const reported = enforced(setBefore(91));
    expect(reported.plan.statements).toEqual([]);
    expect(reported.drift.statements.map(one => one.sql)).toEqual([SET_AGAIN]);
    const repaired = enforced(setBefore(91), "repair");
    expect(repaired.plan.statements.map(one => one.sql)).toEqual([SET_AGAIN]);
    for (const { drift } of [reported, repaired]) expect(drift.leftOut).toEqual(new Map());
  });

  it("never ends without a declared end, however old it is", () => {
    const never = withOptions(plain, "sl_sync", { login: "password" });
    expect(plan(setBefore(4_000, { passwordLifetime: 0 }), never)).toMatchObject({
      statements: [],
      notes: [],
    });
  });
});
