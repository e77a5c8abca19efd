import { permittedPlan } from "../../../../core/decisions/permitted-plan";
import { revocationsOnly } from "../../../../core/decisions/revocations-only";
import { assembleStatements, type ObservedAccount, type StatementsRequest } from "../../../../core/mysql";
import { nextReady, waitsFor, workOf } from "../../../../core/mysql/statement-queue";
import {
  definedObject,
  observedAccount,
  observedState,
  rosterOf,
  withOptions,
} from "../../../support/observed";
import { NOW } from "../decisions/known";

const [OLD, NEW] = ["sl_jane.doe", "sl_jane.smith"];
const DROP = `DROP USER '${OLD}'@'%'`;
const holding = (user: string, more: Partial<ObservedAccount> = {}) =>
  observedAccount(user, {
    databases: [{ name: "orders", privileges: ["SELECT"], grantOption: false }],
    ...more,
  });
/** Others have it as a role, so it is not renamed. */
const asRole = holding(OLD, { members: [{ user: "sl_x", host: "%" }] });
const named = rosterOf({ [NEW]: { orders: "write" } });
const smith = withOptions(named, NEW, { formerly: OLD });
const planOf = (
  accounts: readonly ObservedAccount[],
  roster = smith,
  more: Partial<StatementsRequest> = {},
  state: Parameters<typeof observedState>[1] = {},
) =>
  assembleStatements({
    roster,
    observed: observedState(accounts, state),
    now: NOW,
    prefix: "sl",
    unmanaged: "report",
    definers: "block",
    previouslyDeclared: [OLD],
    onlyCreate: false,
    ...more,
  });
const sqlOf = ({ statements }: Pick<ReturnType<typeof planOf>, "statements">) =>
  statements.map(({ sql }) => sql);
const suspended = withOptions(smith, NEW, { suspended: true });

describe("the removal of an account that gets a successor", () => {
  it("does not come before what the successor needs, if another statement has failed", () => {
    const plan = planOf([asRole]);
    expect(sqlOf(plan).at(-1)).toBe(DROP);
    const queue = plan.statements.map(workOf);
    expect(queue[nextReady(queue, true)]!.sql).not.toBe(DROP);
    expect(nextReady(queue.slice(-1), true)).toBe(0);
  });

  it("does not run without the audit trail while the successor lacks something", () => {
    expect(sqlOf(revocationsOnly(planOf([asRole])))).toEqual([]);
    expect(revocationsOnly(planOf([asRole])).endSessions).toEqual([]);
    const complete = holding(NEW, {
      databases: [{ name: "orders", privileges: ["SELECT", "INSERT", "UPDATE"], grantOption: false }],
    });
    expect(sqlOf(revocationsOnly(planOf([asRole, complete])))).toEqual([DROP]);
    expect(sqlOf(revocationsOnly(planOf([asRole, holding(NEW)])))).toEqual([]);
  });

  it("does not run if the successor changed since the plan", () => {
    const shown = sqlOf(planOf([asRole]));
    const statements = Object.fromEntries(shown.map((sql, i) => [`000${i}`, sql]));
    const body = { status: "changes" as const, notes: [], plannedAt: "", plannedBy: "", statements };
    const rest = { id: "cs-1", isSpent: false, isSuperseded: false, names: observedState([]), now: NOW };
    const made = holding(NEW, { dynamicPrivileges: [{ name: "CONNECTION_ADMIN", grantOption: false }] });
    const permitted = permittedPlan({ body, plan: planOf([asRole, made]), roster: smith, ...rest });
    if ("refusal" in permitted) throw new Error(permitted.refusal);
    expect([...permitted.moved.keys()]).toEqual([NEW]);
    expect(sqlOf(permitted.plan)).not.toContain(DROP);
    expect(permitted.plan.endSessions).not.toContainEqual(expect.objectContaining({ user: OLD }));
  });

  it("does not run if the administrator may not give the successor what it lacks", () => {
    const administrator = {
      grantable: ["SELECT", "INSERT", "UPDATE"],
      restrictions: [{ database: "orders", privileges: ["INSERT"] }],
      revokesRestricted: true,
      revokesProxies: false,
    };
    const { leftOut, ...plan } = planOf([asRole, holding(NEW)], smith, { administrator });
    expect([...leftOut.keys()]).toEqual([NEW]);
    expect(sqlOf(plan)).toEqual([]);
  });

  it("does not run once a statement for the successor has failed", () => {
    const [drop] = planOf([asRole]).statements.slice(-1).map(workOf);
    expect([NEW, "sl_x"].map(user => waitsFor(drop!, new Set([user])))).toEqual([true, false]);
    const [now] = planOf([asRole], suspended).statements.slice(-1).map(workOf);
    expect(waitsFor(now!, new Set([NEW]))).toBe(false);
  });

  it("waits for nothing if the account is suspended", () => {
    const queue = planOf([asRole], suspended).statements.map(workOf);
    expect(queue[nextReady(queue, true)]!.sql).toBe(DROP);
    expect(sqlOf(revocationsOnly(planOf([asRole], suspended)))).toEqual([DROP]);
    const definer = holding(OLD, { definerOf: [definedObject("VIEW orders.v")] });
    expect(sqlOf(revocationsOnly(planOf([definer], suspended)))[0]).toBe(
      `ALTER USER '${OLD}'@'%' ACCOUNT LOCK`,
    );
  });
});
