import { runSoak } from "../soak/run-soak";

jest.setTimeout(180_000);

describe("ten days in the life of twelve clusters", () => {
  it("end each day with what is declared, and the audit trail says why", async () => {
    const report = await runSoak({ days: 10, seed: 1, users: 60, say: () => {} });
    // A run in which nothing went wrong would show little.
    expect(report.faults).toBeGreaterThan(10);
    expect(report.restarts).toBeGreaterThan(0);
  });
});
