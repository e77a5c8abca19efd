import { decideEnforcement } from "../../../../core/decisions/decide-enforcement";
import { decidePreview } from "../../../../core/decisions/decide-preview";
import { enforcementOutcome } from "../../../../core/decisions/enforcement-outcome";
import type { AdministratorLack } from "../../../../core/mysql/observed-state";
import { viewOf } from "../../../../lambdas/notifier/render/view";
import { notGone } from "../../../../lambdas/reconciler/execute/run-plan";
import { assemble, row } from "../../../support/assemble";
import { definedObject, observedAccount, observedState, rosterOf } from "../../../support/observed";
import { EARLIER, NOW, registered, requestOf, runOf, settledOn } from "./known";

const lacking = (privilege: string, on = "*.*"): AdministratorLack => ({
  privilege,
  on,
  purpose: "see definers",
  showsDefiners: true,
});
const UNSEEN = "objects that the administrator may not see";
const role = { user: "shop_role", host: "%", adminOption: false };
const powers = {
  globalPrivileges: ["SELECT"],
  globalGrantOption: true,
  dynamicPrivileges: [{ name: "AUDIT_ADMIN", grantOption: false }],
  roles: [role],
  databases: [
    { ...row("orders", "SELECT", "INSERT", "SHOW VIEW"), grantOption: true },
    row("payroll", "SELECT"),
  ],
};
const TAKEN = [
  "ALTER USER 'sl_a'@'%' ACCOUNT LOCK",
  "REVOKE 'shop_role'@'%' FROM 'sl_a'@'%'",
  "REVOKE AUDIT_ADMIN ON *.* FROM 'sl_a'@'%'",
  "REVOKE SELECT, GRANT OPTION ON *.* FROM 'sl_a'@'%'",
  "REVOKE SHOW VIEW, GRANT OPTION ON `orders`.* FROM 'sl_a'@'%'",
];

describe.each([
  ["EVENT", "*.*"],
  ["TRIGGER", "*.*"],
  ["SHOW_ROUTINE", "*.*"],
  ["EVENT", "`orders`.*"],
])("an administrator that lacks %s on %s", (privilege, on) => {
  const lacks = [lacking(privilege, on)];
  const account = observedAccount("sl_a", powers);
  const roster = rosterOf({ sl_a: { orders: { role: "read", expires: EARLIER! } } });
  const known = registered(settledOn(roster));
  const decision = decideEnforcement({
    ...known,
    observation: { observed: observedState([account], { lacks }) },
    now: NOW,
  });
  const { plan } = decision.enforceable;

  it("locks who must go, and takes what can belong to no object", () => {
    expect(plan.statements.map(({ sql }) => sql)).toEqual(TAKEN);
  });

  it("has nothing left to do then", () => {
    const databases = [row("orders", "SELECT", "INSERT"), row("payroll", "SELECT")];
    const left = observedState([observedAccount("sl_a", { locked: true, databases })], { lacks });
    expect(decision.enforceable.planFor({ observed: left })).toMatchObject({ statements: [] });
  });

  it("says in events, metrics and mails that the account is locked, not gone", () => {
    const locked = notGone(plan);
    expect([...locked]).toEqual([["sl_a", [UNSEEN]]]);
    const { events } = enforcementOutcome({
      run: runOf("enforce"),
      entry: known.entry,
      record: {},
      decision,
      statements: plan.statements,
      ran: plan.statements.length,
      touched: new Set(["sl_a"]),
      sessionsEnded: 0,
      unresolved: decision.enforceable.unresolved,
      holdsExpired: new Set(),
      goesOn: new Set(),
      notGone: locked,
    });
    const expired = events.find(({ type }) => type === "access.expired")!;
    expect(expired.detail).toMatchObject({ objects: [UNSEEN] });
    expect(viewOf(expired)).toMatchObject({ hasAccess: false, hasObjects: true });
  });

  it("says so in each plan's check, which is refused", () => {
    const facts = { ...known, request: requestOf(roster), now: NOW };
    const preview = (locked: boolean) =>
      decidePreview(
        { ...facts, observation: { observed: observedState([{ ...account, locked }], { lacks }) } },
        false,
      );
    const found = preview(true);
    expect(found.status).toBe("refused");
    expect(found.summary).toContain(`locked, not gone: sl_a (${UNSEEN})`);
    // Of a refused plan nothing runs.
    expect(preview(false).summary).not.toContain("locked");
    expect(found.notes.join(" ")).toMatch(/may be the DEFINER of objects .*: it is locked, not gone/);
  });
});

it.each([
  ["no longer declared", { previouslyDeclared: ["sl_a"] }],
  ["never declared, with `unmanaged: remove`", { unmanaged: "remove" as const }],
  ["without a grant", { roster: rosterOf({ sl_a: {} }) }],
])("that is so for an account that is %s", (_, request) => {
  const observed = observedState([observedAccount("sl_a", powers)], { lacks: [lacking("TRIGGER")] });
  const plan = assemble({ roster: rosterOf({}), ...request, observed });
  expect(plan.statements.map(({ sql }) => sql)).toEqual(TAKEN);
  expect(plan.notGone).toEqual([{ user: "sl_a", host: "%", objects: [UNSEEN] }]);
});

it.each([
  ["block", "TRIGGER", ["GRANT OPTION"]],
  ["strip", "SHOW_ROUTINE", ["SELECT", "INSERT", "GRANT OPTION"]],
] as const)("with `definers: %s`, an event that it sees is disabled too", (definers, privilege, taken) => {
  const event = { ...definedObject("EVENT orders.e"), enabled: true as const };
  const databases = [{ ...row("orders", "SELECT", "INSERT"), grantOption: true }];
  const observed = observedState([observedAccount("sl_a", { definerOf: [event], databases })], {
    lacks: [lacking(privilege)],
  });
  const plan = assemble({ roster: rosterOf({}), previouslyDeclared: ["sl_a"], definers, observed });
  expect(plan.statements.map(({ sql }) => sql)).toEqual([
    "ALTER USER 'sl_a'@'%' ACCOUNT LOCK",
    `REVOKE ${taken.join(", ")} ON \`orders\`.* FROM 'sl_a'@'%'`,
    "ALTER DEFINER = 'sl_a'@'%' EVENT `orders`.`e` DISABLE",
  ]);
  expect(plan.notGone).toMatchObject([{ objects: ["EVENT orders.e", UNSEEN] }]);
  expect(plan.disables).toEqual(["'sl_a'@'%' `orders`.`e`"]);
});
