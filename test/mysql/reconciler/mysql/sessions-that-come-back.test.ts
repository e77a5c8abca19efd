import type { Connection } from "mysql2/promise";
import { endSessions } from "../../../../lambdas/reconciler/mysql/end-sessions";
import type { MySqlSession } from "../../../../lambdas/reconciler/mysql/mysql-session";
import { BY_PASSWORD, Cluster } from "../../../support/cluster";
import { logIn, PASSWORD } from "../../../support/mysql-login";

/** A pool of one connection, which it opens again when that ends, so many times. */
class Pool {
  opened = 0;
  last!: Connection;

  constructor(
    readonly cluster: Cluster,
    readonly user: string,
    readonly times: number,
  ) {}

  async open(): Promise<void> {
    this.last = await logIn(this.cluster.server, this.user, PASSWORD);
    this.opened++;
    this.last.on("error", () => {
      if (this.opened <= this.times) this.open().catch(() => {});
    });
  }
}

describe("a client that opens its session again", () => {
  let cluster: Cluster;
  const bob = { user: "sl_bob", host: "%" };
  /** A writer on which the account is gone, while this server still lets it in. */
  const writer = { query: async () => [] } as unknown as MySqlSession;

  beforeAll(async () => {
    cluster = await Cluster.start();
    await cluster.byHand(`CREATE USER sl_bob ${BY_PASSWORD}`, `CREATE USER sl_eve ${BY_PASSWORD}`);
  }, 180_000);
  afterAll(() => cluster.stop());

  const reading = {
    prefix: "sl",
    another: () => Promise.reject(new Error("no")),
    deadline: { left: () => 9_000 },
  };

  it("loses each of them, if its account is gone on the writer", async () => {
    const pool = new Pool(cluster, "sl_bob", 3);
    await pool.open();
    expect(await endSessions(cluster.session, [], { ...reading, writer })).toMatchObject({ ended: 4 });
    await expect(pool.last.query("SELECT 1")).rejects.toThrow();
  });

  it("keeps the new one, if its account only lost something", async () => {
    const pool = new Pool(cluster, "sl_bob", 1);
    await pool.open();
    expect(await endSessions(cluster.session, [bob], reading)).toMatchObject({ ended: 1 });
    while (pool.opened < 2) await new Promise(resolve => setTimeout(resolve, 20));
    await expect(pool.last.query("SELECT 1")).resolves.toBeDefined();
    pool.last.destroy();
  });

  it("is not waited for without an end", async () => {
    const pool = new Pool(cluster, "sl_eve", 10_000);
    await pool.open();
    const began = Date.now();
    const { ended } = await endSessions(cluster.session, [], { ...reading, writer });
    expect(ended).toBeGreaterThan(2);
    expect(Date.now() - began).toBeLessThan(9_000);
    pool.opened = 20_000;
    pool.last.destroy();
  });
});
