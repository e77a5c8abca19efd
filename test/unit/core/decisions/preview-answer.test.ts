import { newAnswer, sameAnswer } from "../../../../core/decisions/preview-answer";
import { NOW } from "./known";

const planner = { now: NOW, randomId: "1a2b3c4d", plannedBy: "ann" };

describe("a preview's answer", () => {
  it("has one new change set, and says what the check block needs", () => {
    const findings = {
      status: "changes" as const,
      statements: ["DROP USER 'sl_a'@'%'"],
      notes: ["a note"],
      pending: 1,
      verified: true,
      unmanaged: ["sl_eve"],
      summary: "orders: 1",
    };
    expect(newAnswer(findings, { ...planner, reference: "abc" })).toEqual({
      protocol: 1,
      changeSet: {
        "cs-20261120T000000Z-1a2b3c4d": {
          status: "changes",
          statements: { "0001": "DROP USER 'sl_a'@'%'" },
          notes: [
            "a note",
            "Runs once. In a plan made after 2026-11-20T00:00:00.000Z it was applied before, and nothing of it runs.",
          ],
          plannedAt: "2026-11-20T00:00:00.000Z",
          plannedBy: "ann",
          reference: "abc",
        },
      },
      pending: 1,
      verified: true,
      unmanaged: ["sl_eve"],
      summary: "orders: 1",
    });
  });

  it("without findings of the database is not verified, and has nothing pending", () => {
    const answer = newAnswer({ status: "unverified", notes: [], summary: "orders: away" }, planner);
    expect(answer).toMatchObject({ pending: 0, verified: false, unmanaged: [] });
    const [body] = Object.values(answer.changeSet);
    expect(body).toEqual({
      status: "unverified",
      statements: {},
      notes: [],
      plannedAt: "2026-11-20T00:00:00.000Z",
      plannedBy: "ann",
    });
  });

  it("says that a set runs once, whatever a thousand notes say", () => {
    const notes = Array.from({ length: 1_200 }, (_, at) => `note ${at}`);
    const statements = ["DROP USER 'sl_a'@'%'"];
    const { changeSet } = newAnswer({ status: "unseen", statements, notes, summary: "" }, planner);
    expect(Object.values(changeSet)[0]!.notes.at(-1)).toMatch(/^Runs once\. /);
  });

  it("repeats the last change set word for word if nothing changed, and says when it was applied", () => {
    const { changeSet } = newAnswer({ status: "none", notes: [], summary: "" }, planner);
    const last = { changeSet, appliedAt: "2026-11-20T00:01:00.000Z" };
    expect(sameAnswer("orders", last, { summary: "nothing", verified: true })).toEqual({
      protocol: 1,
      changeSet,
      pending: 0,
      verified: true,
      unmanaged: [],
      summary: "nothing",
      applied:
        "orders: cs-20261120T000000Z-1a2b3c4d was applied on 2026-11-20T00:01:00.000Z, " +
        "and nothing of it runs.",
    });
  });
});
