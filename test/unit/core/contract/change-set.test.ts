import { changeSetId, fitNotes, numbered, statementsOf } from "../../../../core/contract/change-set";

describe("change sets", () => {
  it("have an id of their time and eight random digits", () => {
    expect(changeSetId(new Date("2027-03-31T12:00:05.123Z"), "1a2b3c4d")).toBe(
      "cs-20270331T120005Z-1a2b3c4d",
    );
  });

  it("keep the order of their statements, also beyond 9,999", () => {
    const sql = Array.from({ length: 12_000 }, (_, i) => `S${i}`);
    const statements = numbered(sql);
    expect(statements["00001"]).toBe("S0");
    expect(statementsOf({ status: "changes", statements, notes: [], plannedAt: "", plannedBy: "" })).toEqual(
      sql,
    );
    expect(numbered(["a"])).toEqual({ "0001": "a" });
  });

  it("say how many notes were left out", () => {
    expect(fitNotes(Array.from({ length: 1_500 }, (_, i) => `n${i}`)).at(-1)).toBe("... and 501 more notes.");
    expect(fitNotes(["x".repeat(9_000)])[0]).toHaveLength(4_096);
  });
});
