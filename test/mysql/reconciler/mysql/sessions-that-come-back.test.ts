import type { Connection } from "mysql2/promise";
import { endSessions } from "../../../../lambdas/reconciler/mysql/end-sessions";
import type { MySqlSession } from "../../../../lambdas/reconciler/mysql/mysql-session";
import { deadlineOf } from "../../../../lambdas/runtime/deadline";
import { BY_PASSWORD, Cluster } from "../../../support/cluster";
import { logIn, PASSWORD } from "../../../support/mysql-login";

describe("a client that opens its session again at once", () => {
  let cluster: Cluster;
  let last: Connection;
  const bob = { user: "sl_bob", host: "%" };
  /** A writer on which the account is gone, while this server still lets it in. */
  const writer = { query: async () => [] } as unknown as MySqlSession;
  const another = () => Promise.reject(new Error("no"));
  const reading = { names: { prefix: "sl" }, another, deadline: deadlineOf(() => 9_000, 0) };

  beforeAll(async () => {
    cluster = await Cluster.start();
    await cluster.byHand(`CREATE USER sl_bob ${BY_PASSWORD}`);
  }, 180_000);
  afterAll(() => cluster.stop());
  beforeEach(() => open());
  afterEach(() => last.destroy());

  const open = async () => {
    last = await logIn(cluster.server, "sl_bob", PASSWORD);
    last.on("error", () => {});
  };
  /** The administrator's connection: after each KILL the client is back, so many times. */
  const whileComingBack = (times: number): MySqlSession => {
    const { session } = cluster;
    let left = times;
    return {
      id: session.id,
      server: session.server,
      user: session.user,
      queryAll: statements => session.queryAll(statements),
      close: () => session.close(),
      destroy: () => session.destroy(),
      query: async sql => {
        const rows = await session.query(sql);
        if (sql.startsWith("KILL") && left-- > 0) await open();
        return rows;
      },
    };
  };

  it("loses each of them, if its account is gone on the writer", async () => {
    const ended = await endSessions(whileComingBack(3), [], { ...reading, writer });
    expect(ended).toEqual({ ended: 4, remaining: [], unread: false });
    await expect(last.query("SELECT 1")).rejects.toThrow();
  });

  it("keeps the new one, if its account only lost something", async () => {
    expect(await endSessions(whileComingBack(1), [bob], reading)).toMatchObject({ ended: 1 });
    await expect(last.query("SELECT 1")).resolves.toBeDefined();
  });

  it("is not waited for without an end", async () => {
    const began = Date.now();
    const { ended } = await endSessions(whileComingBack(10_000), [], { ...reading, writer });
    expect(ended).toBeGreaterThan(2);
    expect(Date.now() - began).toBeLessThan(9_000);
  });
});
