import { createConnection } from "mysql2/promise";
import { connectMySql } from "../../../../lambdas/reconciler/mysql/connect-mysql";
import { connectTimeout } from "../../../../lambdas/reconciler/services/services";
import type { MySqlServer } from "../../../../local/mysql/start-mysql";
import { registryEntry } from "../../../support/registry";

jest.mock("mysql2/promise", () => ({ createConnection: jest.fn() }));

const pausing = { clusterIdentifier: "orders" };
const server = { host: "localhost", port: 3306 } as Partial<MySqlServer> as MySqlServer;
const connection = {
  on: () => {},
  query: async (sql: string) => [[{ id: 1, account: "admin@%", readOnly: 0, sql }]],
  destroy: () => {},
};

type Asleep = "is silent" | "refuses connections";
/** A cluster that is awake after some seconds. */
const wakesAfter = (seconds: number, asleep: Asleep) => {
  const awakeAt = performance.now() + seconds * 1_000;
  jest.mocked(createConnection).mockImplementation(async () => {
    const left = awakeAt - performance.now();
    if (left > 0 && asleep === "refuses connections")
      throw Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
    await new Promise(resolve => setTimeout(resolve, Math.max(0, left)));
    return connection as never;
  });
};

describe("how long a plan waits for a cluster", () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  /** After how many seconds it was logged in, or why it was not. */
  async function waits(isPausing: boolean): Promise<string | number> {
    const entry = registryEntry(server, isPausing ? { pausing } : {});
    const began = performance.now();
    const seconds = () => Math.round((performance.now() - began) / 100) / 10;
    const connecting = connectMySql(entry, {
      credentials: { login: async () => ({ user: "admin", password: "p", token: false }) },
      bulkRead: true,
      random: () => 0.5,
      connectTimeoutMs: connectTimeout(entry),
    }).then(seconds, (error: Error) => `${error.message}, at ${seconds()} s`);
    await jest.advanceTimersByTimeAsync(120_000);
    return connecting;
  }

  it("is 50 s where it may pause, and 10 s elsewhere", () => {
    expect([{ pausing }, {}].map(entry => connectTimeout(registryEntry(server, entry)))).toEqual([
      50_000, 10_000,
    ]);
  });

  it.each([15, 25, 26, 33, 40, 49])("it sees a cluster that wakes after %d s", async seconds => {
    for (const asleep of ["is silent", "refuses connections"] as const) {
      wakesAfter(seconds, asleep);
      const seen = await waits(true);
      expect(seen).toBeGreaterThanOrEqual(seconds);
      expect(seen).toBeLessThanOrEqual(seconds + 0.5);
    }
  });

  it.each<[string, boolean, number, Asleep, RegExp]>([
    ["that pauses for too long", true, 51, "is silent", /did not answer within 50 s\..*, at 50 s$/],
    ["that refuses for too long", true, 51, "refuses connections", /ECONNREFUSED.*, at 49\.5 s$/],
    ["that does not pause", false, 11, "is silent", /did not answer within 10 s\..*, at 10 s$/],
    ["that is down", false, 11, "refuses connections", /ECONNREFUSED.*, at 0\.5 s$/],
  ])("it gives up on one %s", async (_, isPausing, seconds, asleep, message) => {
    wakesAfter(seconds, asleep);
    expect(await waits(isPausing)).toMatch(message);
  });

  it("it sees one that does not pause and is slow for 9 s", async () => {
    wakesAfter(9, "is silent");
    expect(await waits(false)).toBe(9);
  });
});
