import { planEnforcement } from "../../../../core/decisions/plan-enforcement";
import type { AdministratorPrivileges, ObservedAccount } from "../../../../core/mysql";
import type { Roster } from "../../../../core/roster/roster";
import { row } from "../../../support/assemble";
import { observedAccount, observedState, rosterOf, withObjects } from "../../../support/observed";
import { NOW } from "./known";

const PAST = new Date(NOW.getTime() - 3_600_000).toISOString();
const [ACCOUNT, LOCK] = ["'sl_a'@'%'", "ALTER USER 'sl_a'@'%' ACCOUNT LOCK"];
type Keys = Parameters<typeof withObjects>[1][string];

/** The SQL for an account that is declared a native role that somebody dropped. */
function planOf(
  account: Partial<ObservedAccount>,
  objects: Keys,
  databases: Parameters<typeof rosterOf>[0][string],
) {
  const roster: Roster = withObjects(rosterOf({ sl_a: databases }), {
    sl_a: { "ROLE `gone`": { role: "native" }, ...objects },
  });
  const administrator: AdministratorPrivileges = {
    grantable: ["SELECT", "INSERT", "PROCESS", "CONNECTION_ADMIN"],
    restrictions: [{ database: "mysql", privileges: ["INSERT"] }],
    revokesRestricted: false,
    revokesProxies: false,
  };
  const observed = observedState([observedAccount("sl_a", account)], { nativeRoles: ["r"] });
  const { blocked, leftOut, plan } = planEnforcement({
    entry: { prefix: "sl", unmanaged: "report", definers: "block", drift: "report" },
    target: roster,
    applied: roster,
    mayGive: true,
    plannedAt: new Date(NOW.getTime() - 86_400_000),
    observation: { observed, administrator },
    now: NOW,
    previouslyDeclared: [],
    withdrawn: new Set(),
    pending: new Set(),
    superseded: new Set(),
  } as Parameters<typeof planEnforcement>[0]);
  expect([...blocked.keys()]).toEqual(["sl_a"]);
  expect(plan.endSessions).toMatchObject([{ user: "sl_a" }]);
  return { sql: plan.statements.map(one => one.sql), leftOut: leftOut.get("sl_a") };
}

const over = { role: "read", expires: PAST };
const role = (user: string, adminOption = false) => ({ user, host: "%", adminOption });

describe("what expired of an account that cannot become as declared", () => {
  it("is shut out with the account if it would have to be dropped", () => {
    const dynamicPrivileges = [{ name: "CONNECTION_ADMIN", grantOption: false }];
    const { leftOut, sql } = planOf(
      { dynamicPrivileges, databases: [row("orders", "SELECT")] },
      { "CONNECTION_ADMIN ON *.*": { role: "x", expires: PAST } },
      { orders: "read" },
    );
    expect(sql).toEqual([LOCK]);
    expect(leftOut).toContain("It is locked: its access to global CONNECTION_ADMIN has ended");
  });

  it("is revoked where nothing that is declared depends on it", () => {
    const { leftOut, sql } = planOf(
      {
        roles: [role("r", true)],
        defaultRoles: [{ user: "r", host: "%" }],
        databases: [row("orders", "SELECT"), { ...row("shop", "SELECT"), grantOption: true }],
      },
      { "ROLE `r`": { role: "native" } },
      { orders: "read", shop: over },
    );
    expect(sql).toEqual([`REVOKE SELECT, GRANT OPTION ON \`shop\`.* FROM ${ACCOUNT}`]);
    expect(leftOut).toBeUndefined();
  });

  it("is revoked with its native role, while a declared one with ADMIN OPTION stays", () => {
    const { sql } = planOf(
      {
        roles: [role("r", true), role("old")],
        defaultRoles: [{ user: "r", host: "%" }],
        databases: [row("orders", "SELECT")],
      },
      { "ROLE `r`": { role: "native" }, "ROLE `old`": { role: "native", expires: PAST } },
      { orders: "read" },
    );
    expect(sql).toEqual([`REVOKE 'old'@'%' FROM ${ACCOUNT}`]);
  });

  it("is shut out where what is declared is held by a wider grant, which may reach more", () => {
    const account = { globalPrivileges: ["SELECT"], databases: [row("shop", "SELECT")] };
    const { leftOut, sql } = planOf(account, {}, { orders: "read", shop: over });
    expect(sql).toEqual([LOCK]);
    expect(leftOut).toContain("is locked: access that has ended");
  });

  it("is shut out where it could only go with what is declared", () => {
    const { leftOut, sql } = planOf(
      { tables: [table("t", ["INSERT"], ["SELECT"])], databases: [row("orders", "SELECT")] },
      {
        "`shop`.`t`": { role: "x", privileges: ["INSERT"], expires: PAST },
        "`shop`.`t` (`a`)": { role: "x", privileges: ["INSERT"] },
      },
      { orders: "read" },
    );
    expect(sql).toEqual([LOCK]);
    expect(leftOut).toContain("is locked: access that has ended");
  });
});

const table = (name: string, privileges: string[], onA: string[]) => ({
  database: "shop",
  table: name,
  privileges,
  grantOption: false,
  columns: [...onA, ...privileges].map(privilege => ({ privilege, columns: ["a"] })),
});
