import { planEnforcement } from "../../../../core/decisions/plan-enforcement";
import { withOffboarded } from "../../../../core/roster/offboarded";
import type { Roster } from "../../../../core/roster/roster";
import { row } from "../../../support/assemble";
import { observedAccount, observedState, rosterOf } from "../../../support/observed";

const NOW = new Date("2026-11-20T12:00:00Z");
const PAST = "2026-11-19T00:00:00Z";
const JANE = [{ person: "jane", state: "offboarded", at: "2026-11-20T11:00:00.000Z" }] as const;
const BACK = [{ ...JANE[0], state: "reinstated" }] as const;
const roster = rosterOf({ sl_jane: { orders: "read" } });
const jane = observedAccount("sl_jane", { databases: [row("orders", "SELECT")] });
const locked = { ...jane, locked: true };
const LOCK = "ALTER USER 'sl_jane'@'%' ACCOUNT LOCK";
const UNLOCK = "ALTER USER 'sl_jane'@'%' ACCOUNT UNLOCK";

interface Given extends Partial<Omit<Parameters<typeof planEnforcement>[0], "observation" | "applied">> {
  readonly account?: typeof jane;
  readonly applied?: Roster | undefined;
  readonly drift?: "report" | "repair";
  readonly setsDefiners?: boolean;
}

function plan(asked: Given) {
  const { account = jane, drift = "report", setsDefiners = true, target = roster, ...given } = asked;
  const applied = "applied" in asked ? asked.applied : roster;
  const made = planEnforcement({
    entry: { prefix: "sl", unmanaged: "report", definers: "block", drift },
    mayGive: true,
    plannedAt: NOW,
    observation: { observed: observedState([account], { setsDefiners }) },
    now: NOW,
    previouslyDeclared: [],
    withdrawn: new Set(),
    pending: new Set(),
    superseded: new Set(),
    ...given,
    // As decideEnforcement merges them.
    target: withOffboarded(target, given.offboarded, { prefix: "sl" }, () => account.locked),
    applied: applied && withOffboarded(applied, given.offboarded, { prefix: "sl" }, () => account.locked),
  });
  const sql = made.plan.statements.map(one => one.sql);
  return { sql, drift: made.drift.statements.map(one => one.sql), sessions: made.plan.endSessions };
}

describe("a scheduled run about an offboarded person", () => {
  it.each(["report", "repair"] as const)("locks the account and ends its sessions (%s)", drift => {
    const { drift: left, sessions, sql } = plan({ offboarded: JANE, drift });
    expect([sql, left]).toEqual([[LOCK], []]);
    expect(sessions).toMatchObject([{ user: "sl_jane" }]);
  });

  it("does nothing once it is locked", () => {
    expect(plan({ offboarded: JANE, account: locked })).toEqual({ sql: [], drift: [], sessions: [] });
  });

  it("locks it whatever the rosters say of it", () => {
    const nobody = rosterOf({});
    for (const given of [
      { target: nobody },
      { applied: nobody },
      { applied: undefined },
      { target: nobody, applied: nobody },
      { mayGive: false },
      { target: nobody, withdrawn: new Set(["sl_jane"]), previouslyDeclared: ["sl_jane"] },
    ])
      expect(plan({ offboarded: JANE, ...given }).sql).toEqual([LOCK]);
  });

  it("leaves what is not as declared to a plan, and reports it", () => {
    const account = observedAccount("sl_jane", { databases: [row("orders", "SELECT", "DELETE")] });
    const { drift, sql } = plan({ offboarded: JANE, account });
    expect(sql).toEqual([LOCK]);
    expect(drift).toEqual(["REVOKE DELETE ON `orders`.* FROM 'sl_jane'@'%'"]);
  });

  it.each(["report", "repair"] as const)(
    "leaves the account of who may be back as it is while nobody can check that (%s)",
    drift => {
      const uncertain = [{ ...BACK[0], unproven: "unknown" }] as const;
      const given = { offboarded: uncertain, drift, lastSuccess: "2026-11-20T10:00:00.000Z" };
      const nothing = { sql: [], drift: [], sessions: [] };
      expect(plan(given)).toEqual(nothing);
      expect(plan({ ...given, account: locked })).toEqual(nothing);
      const forged = [{ ...BACK[0], unproven: "invalid" }] as const;
      expect(plan({ ...given, offboarded: forged }).sql).toEqual([LOCK]);
    },
  );

  it("takes what has expired, as ever", () => {
    const ended = rosterOf({ sl_jane: { orders: { role: "read", expires: PAST } } });
    expect(plan({ offboarded: JANE, target: ended, applied: ended }).sql).toEqual([
      "DROP USER 'sl_jane'@'%'",
    ]);
  });

  it("takes EVENT where events cannot be disabled, and only then", () => {
    const both = rosterOf({ sl_jane: { orders: "coder" } }, { coder: ["SELECT", "EVENT"] });
    const tick = { kind: "EVENT", database: "orders", name: "tick", enabled: true } as const;
    const account = observedAccount("sl_jane", {
      databases: [row("orders", "SELECT", "EVENT")],
      definerOf: [tick],
    });
    const given = { offboarded: JANE, target: both, applied: both, account };
    expect(plan(given).sql).toEqual([LOCK, "ALTER DEFINER = 'sl_jane'@'%' EVENT `orders`.`tick` DISABLE"]);
    const { sql } = plan({ ...given, setsDefiners: false });
    expect(sql).toEqual([LOCK, "REVOKE EVENT ON `orders`.* FROM 'sl_jane'@'%'"]);
  });

  it("unlocks who is back, once, and not if the ledger is not proven or the roster suspends them", () => {
    const lastSuccess = "2026-11-20T10:00:00.000Z";
    const back = { offboarded: BACK, account: locked, lastSuccess };
    expect(plan(back).sql).toEqual([UNLOCK]);
    expect(plan({ ...back, mayGive: false }).sql).toEqual([]);
    expect(plan({ ...back, lastSuccess: undefined })).toMatchObject({ sql: [], drift: [UNLOCK] });
    expect(plan({ ...back, lastSuccess: "2026-11-20T11:30:00.000Z" })).toMatchObject({
      sql: [],
      drift: [UNLOCK],
    });
    const { sl_jane } = roster.accounts;
    const shut = { ...roster, accounts: { sl_jane: { ...sl_jane!, suspended: true as const } } };
    expect(plan({ ...back, target: shut, applied: shut }).sql).toEqual([]);
  });
});
