import { createConnection } from "mysql2/promise";
import { lookWith } from "../../../../lambdas/reconciler/apply/look";
import { AccessDeniedRetry } from "../../../../lambdas/reconciler/aws/access-denied-retry";
import { AwsCredentialsReader } from "../../../../lambdas/reconciler/aws/credentials";
import { connectMySql } from "../../../../lambdas/reconciler/mysql/connect-mysql";
import type { ConnectionOptions } from "../../../../lambdas/reconciler/services/services";
import type { MySqlServer } from "../../../../local/mysql/start-mysql";
import { registryEntry } from "../../../support/registry";

jest.mock("mysql2/promise", () => ({ createConnection: jest.fn() }));

const entry = registryEntry({ host: "localhost", port: 3306 } as Partial<MySqlServer> as MySqlServer);
const connection = {
  on: () => {},
  query: async (sql: string) => [[{ id: 1, account: "admin@%", readOnly: 0, sql }]],
  destroy: () => {},
};
const denied = () => Object.assign(new Error("is not authorized"), { name: "AccessDeniedException" });

describe("a login that the function may only read after some seconds", () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  /** What `work` ends with, and after how many seconds. AWS knows the permission after `knownAfter` s. */
  async function waits(knownAfter: number, work: (connect: Connect) => Promise<unknown>) {
    jest.mocked(createConnection).mockImplementation(async () => connection as never);
    const began = Date.now();
    const seconds = () => Math.round((Date.now() - began) / 1_000);
    const secretText = async () => {
      if (seconds() < knownAfter) throw denied();
      return JSON.stringify({ username: "admin", password: "p" });
    };
    const retry = new AccessDeniedRetry();
    retry.begin(45_000);
    const credentials = new AwsCredentialsReader(
      { assumeRole: async () => Promise.reject(denied()), token: async () => "t", secretText },
      retry,
    );
    const connect: Connect = ({ timeoutMs, ...options }) =>
      connectMySql(entry, { credentials, connectTimeoutMs: timeoutMs, ...options });
    const working = work(connect).then(
      () => ({ error: undefined, at: seconds() }),
      (error: Error) => ({ error, at: seconds() }),
    );
    await jest.advanceTimersByTimeAsync(120_000);
    return working;
  }
  type Connect = (options: ConnectionOptions) => ReturnType<typeof connectMySql>;

  const connects = (connect: Connect) => connect({ bulkRead: false, timeoutMs: 10_000, callMs: 60_000 });
  const looks = (connect: Connect) => {
    const services = { connect: (_: unknown, options: ConnectionOptions) => connect(options) };
    const call = { services, deadline: { left: () => 60_000 } };
    return lookWith(entry, call as never, async () => ({ seen: "all", isUsable: false }));
  };

  it.each([
    ["an apply", connects],
    ["a plan", looks],
  ])("is waited for by %s, and not at the cost of the connection", async (_, work) => {
    const { at, error } = await waits(30, work);
    expect(error).toBeUndefined();
    expect(at).toBeGreaterThanOrEqual(30);
    expect(at).toBeLessThanOrEqual(36);
  });

  it.each([
    ["an apply", connects],
    ["a plan", looks],
  ])("is an error of %s that names the refusal, if AWS does not get to know it", async (_, work) => {
    const { at, error } = await waits(1_000, work);
    expect(error).toMatchObject({ message: expect.stringContaining("could not be read") });
    expect(error!.cause).toMatchObject({ name: "AccessDeniedException" });
    expect(at).toBeGreaterThanOrEqual(35);
    expect(at).toBeLessThanOrEqual(45);
  });

  it("leaves the server its whole time", async () => {
    const slow = async (connect: Connect) => {
      jest.mocked(createConnection).mockImplementation(async () => {
        await new Promise(resolve => setTimeout(resolve, 4_000));
        return connection as never;
      });
      return connect({ bulkRead: false, timeoutMs: 10_000, callMs: 60_000 });
    };
    expect((await waits(30, slow)).error).toBeUndefined();
  });

  it("ends with the call", async () => {
    const { at, error } = await waits(1_000, connect =>
      connect({ bulkRead: false, timeoutMs: 10_000, callMs: 20_000 }),
    );
    expect(error!.message).toContain("could not be read in time");
    expect(at).toBe(20);
  });
});
