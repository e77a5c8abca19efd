import { runSoak } from "../soak/run-soak";
import { IS_WHOLE } from "../support/hostile-strings";

jest.setTimeout(180_000);

describe("some days in the life of twelve clusters", () => {
  it("end each day with what is declared, and the audit trail says why", async () => {
    const report = await runSoak({ days: IS_WHOLE ? 10 : 5, seed: 1, users: 60, say: () => {} });
    // A run in which nothing went wrong would show little.
    expect(report.faults).toBeGreaterThan(5);
    expect(report.restarts).toBeGreaterThan(0);
  });
});
