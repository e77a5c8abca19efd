import { AccessDeniedRetry } from "../../../../lambdas/reconciler/aws/access-denied-retry";

describe("the retry after access denied", () => {
  const denied = () => Object.assign(new Error("no"), { name: "AccessDeniedException" });
  it("repeats the call until its time is up, and not after other errors", async () => {
    let clock = 0;
    const retry = new AccessDeniedRetry(
      () => clock,
      async ms => {
        clock += ms;
      },
    );
    retry.begin(10_000);
    let calls = 0;
    await expect(retry.run(async () => (++calls < 4 ? Promise.reject(denied()) : "had"))).resolves.toBe(
      "had",
    );
    await expect(retry.run(() => Promise.reject(new Error("other")))).rejects.toThrow("other");
    await expect(retry.run(() => Promise.reject(denied()))).rejects.toThrow("no");
    expect(clock).toBeLessThanOrEqual(10_000);
    retry.end();
    const before = clock;
    await expect(retry.run(() => Promise.reject(denied()))).rejects.toThrow("no");
    expect(clock).toBe(before);
  });
});
