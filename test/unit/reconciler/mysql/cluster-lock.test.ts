import { takeClusterLock } from "../../../../lambdas/reconciler/mysql/cluster-lock";
import type { MySqlSession } from "../../../../lambdas/reconciler/mysql/mysql-session";

describe("takeClusterLock", () => {
  it("gives up on an account that takes the lock again after each kill, and names the account", async () => {
    const kills: string[] = [];
    const session = {
      id: 1,
      server: "a-1",
      user: "admin",
      query: async (sql: string) => {
        if (sql.startsWith("KILL")) kills.push(sql);
        if (sql.includes("GET_LOCK")) return [{ taken: 0 }];
        return sql.includes("PROCESSLIST") ? [{ id: 7, user: "slack_bot", host: "10.0.0.1" }] : [];
      },
      queryAll: async () => [],
      close: async () => {},
      destroy: () => {},
      another: (): Promise<MySqlSession> => Promise.resolve(session),
    };
    await expect(
      takeClusterLock(session, {
        cluster: "orders",
        name: "aurora-users/secret",
        deadline: { left: () => 60_000 },
        killed: async () => {},
      }),
    ).rejects.toMatchObject({
      code: "ClusterLocked",
      message:
        "orders: the account slack_bot took the cluster's lock 20 times. Nothing ran. " +
        "Stop that program, then run again.",
    });
    expect(kills).toHaveLength(20);
  });
});

describe("a wait for another run", () => {
  afterEach(() => jest.restoreAllMocks());

  it.each([
    ["75 s by default, so that little time is not spent on waiting", undefined, 300, 75],
    ["as long as the caller says, as for a copy of the run that holds the lock", 240_000, 300, 240],
    ["not beyond the function's own time", 240_000, 20, 20],
  ])("is %s", async (_what, waitMs, timeLeft, expected) => {
    let now = 0;
    jest.spyOn(Date, "now").mockImplementation(() => now);
    const session = {
      id: 1,
      server: "a-1",
      user: "admin",
      query: async (sql: string) => {
        if (sql.includes("GET_LOCK")) now += 1_000;
        return sql.includes("GET_LOCK") ? [{ taken: 0 }] : [{ id: 7, user: "admin", host: "10.0.0.1" }];
      },
      queryAll: async () => [],
      close: async () => {},
      destroy: () => {},
      another: (): Promise<MySqlSession> => Promise.resolve(session),
    };
    const deadline = { left: () => timeLeft * 1_000 };
    const request = { cluster: "orders", name: "n", deadline, waitMs, killed: async () => {} };
    await expect(takeClusterLock(session, request)).rejects.toMatchObject({ code: "ClusterLocked" });
    expect(now).toBe((expected + 1) * 1_000);
  });
});
