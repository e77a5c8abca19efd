import type { ChangeSetBody } from "../../../../core/contract/payload";
import { type RequestedPlan, unshownReason } from "../../../../core/decisions/unshown-reason";
import { rosterOf } from "../../../support/observed";
import { NOW } from "./known";

const DROP = "DROP USER 'sl_a'@'%'";
const bodyOf = (status: ChangeSetBody["status"], ...shown: string[]): ChangeSetBody => ({
  status,
  statements: Object.fromEntries(shown.map((sql, i) => [`000${i + 1}`, sql])),
  notes: [],
  plannedAt: NOW.toISOString(),
  plannedBy: "ann",
});
const reasonFor = (body: ChangeSetBody, overrides: Partial<RequestedPlan> = {}) =>
  unshownReason({
    id: "cs-1",
    body,
    isSpent: false,
    roster: rosterOf({}),
    now: NOW,
    plan: {
      statements: [{ sql: DROP, accounts: [], why: "", removes: true, each: [DROP] }],
      notes: [],
      waiting: 0,
      endSessions: [],
      problems: [],
      problemsByUser: new Map(),
    },
    ...overrides,
  });
const NOT_SHOWN = "The plan did not show: drop|'sl_a'@'%'. None of 1 statements ran.";

describe("statements", () => {
  it.each(["changes", "unseen"] as const)("may run if a set with the status %s shows them", status => {
    expect(reasonFor(bodyOf(status, DROP))).toBeUndefined();
  });

  it("may not run if the set does not show them", () => {
    expect(reasonFor(bodyOf("changes", "DROP USER 'sl_b'@'%'"))).toBe(
      `the database moved since the plan. ${NOT_SHOWN}`,
    );
  });

  it.each(["none", "unverified", "refused"] as const)("may not run for a set that is %s", status => {
    expect(reasonFor(bodyOf(status, DROP))).toBe(
      `the change set is \`${status}\` and permits nothing. ${NOT_SHOWN}`,
    );
  });

  it("may not run for a set that ran before", () => {
    expect(reasonFor(bodyOf("changes", DROP), { isSpent: true })).toBe(
      `the change set cs-1 ran before and permits nothing more. ${NOT_SHOWN}`,
    );
  });

  it("may run without any set if they drop an account whose grants have expired", () => {
    const roster = rosterOf({ sl_a: { orders: { role: "read", expires: "2026-11-19T00:00:00Z" } } });
    expect(reasonFor(bodyOf("none"), { roster })).toBeUndefined();
  });
});
