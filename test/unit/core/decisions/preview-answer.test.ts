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
          notes: ["a note"],
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

  it("repeats the last change set word for word if nothing changed", () => {
    const { changeSet } = newAnswer({ status: "none", notes: [], summary: "" }, planner);
    expect(sameAnswer(changeSet, { summary: "nothing", verified: true })).toEqual({
      protocol: 1,
      changeSet,
      pending: 0,
      verified: true,
      unmanaged: [],
      summary: "nothing",
    });
  });
});
