import {
  changeSetId,
  datesProblem,
  fitNotes,
  numbered,
  statementsOf,
} from "../../../../core/contract/change-set";

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

  it.each([
    ["cs-20270331T120005Z-1a2b3c4d", "2027-03-31T12:00:05.999Z", undefined],
    ["cs-20270331T120455Z-1a2b3c4d", "2027-03-31T12:04:55Z", undefined],
    ["cs-20200331T120005Z-1a2b3c4d", "2020-03-31T12:00:05Z", undefined],
    ["cs-20270331T120501Z-1a2b3c4d", "2027-03-31T12:05:01Z", /`plannedAt` of .* is in the future/],
    ["cs-20990101T000000Z-1a2b3c4d", "2099-01-01T00:00:00Z", /is in the future: it is 2027-03-31T12:00:00/],
    ["cs-20990101T000000Z-1a2b3c4d", "2027-03-31T11:00:00Z", /has another date than its `plannedAt`/],
    ["cs-20270331T110000Z-1a2b3c4d", "2099-01-01T00:00:00Z", /has another date than its `plannedAt`/],
    ["cs-20279999T110000Z-1a2b3c4d", "2027-03-31T11:00:00Z", /has another date/],
    ["mine", "2027-03-31T11:00:00Z", /has another date/],
  ])("are of a preview by their dates, or not: %s, planned at %s", (id, plannedAt, problem) => {
    const body = { status: "none" as const, statements: {}, notes: [], plannedAt, plannedBy: "m" };
    const found = datesProblem({ [id]: body }, new Date("2027-03-31T12:00:00Z"));
    if (problem === undefined) expect(found).toBeUndefined();
    else expect(found).toMatch(problem);
  });

  it("say how many notes were left out", () => {
    expect(fitNotes(Array.from({ length: 1_500 }, (_, i) => `n${i}`)).at(-1)).toBe("... and 501 more notes.");
    expect(fitNotes(["x".repeat(9_000)])[0]).toHaveLength(4_096);
  });
});
