import type { RegistryEntry } from "../../../../core/contract/registry-entry";
import { connectMySql } from "../../../../lambdas/reconciler/mysql/connect-mysql";
import { DatabaseUnreachableError } from "../../../../lambdas/reconciler/runtime/errors";
import { pause } from "../../../../lambdas/runtime/deadline";
import { passwordCredentials, registryEntry } from "../../../support/registry";
import { TcpProxy, type Treatment } from "../../../support/tcp-proxy";
import { ReconcilerFixture, rosterOf } from "../reconciler-fixture";

const pausing = { clusterIdentifier: "orders" };

describe("a cluster that does not answer at once", () => {
  let fixture: ReconcilerFixture;
  let keeper: TcpProxy | undefined;

  beforeAll(async () => {
    fixture = await ReconcilerFixture.start();
    await fixture.root.query("CREATE DATABASE orders");
  }, 180_000);
  afterEach(() => keeper?.stop());
  afterAll(() => fixture.stop());

  async function behind(treat: (connection: number) => Treatment | Promise<Treatment>): Promise<number> {
    keeper = await TcpProxy.before(fixture.server);
    keeper.treat = treat;
    return keeper.port;
  }

  async function connects(overrides: Partial<RegistryEntry>, connectTimeoutMs: number): Promise<void> {
    const session = await connectMySql(registryEntry(fixture.server, overrides), {
      credentials: passwordCredentials(fixture.server),
      caBundle: fixture.server.ca,
      bulkRead: true,
      connectTimeoutMs,
    });
    await session.close();
  }

  test.each(["silent", "cut"] as const)("a plan sees the database after one %s attempt", async first => {
    const port = await behind(connection => (connection === 1 ? first : "open"));
    await fixture.register("orders", { port });
    const plan = await fixture.preview("orders", rosterOf({ bob: "read" }));
    expect(plan).toMatchObject({ verified: true, body: { status: "unseen" } });
    expect(keeper!.connections).toBe(2);
  });

  it("a plan waits for a cluster that pauses longer than for one that does not", async () => {
    const port = await behind(() => pause(11_000).then(() => "open"));
    const roster = rosterOf({ bob: "read" });
    await fixture.register("orders", { port });
    await fixture.register("archive", { port, pausing });
    const [awake, asleep] = await Promise.all(
      ["orders", "archive"].map(cluster => fixture.preview(cluster, roster)),
    );
    expect(awake).toMatchObject({ verified: false });
    expect(awake!.summary).toMatch(/did not answer within 10 s/);
    expect(asleep).toMatchObject({ verified: true });
  });

  it("a cluster that refuses connections while it resumes is asked until the time is over", async () => {
    const port = await behind(connection => (connection <= 5 ? "cut" : "open"));
    await connects({ port, pausing }, 20_000);
    expect(keeper!.connections).toBe(6);
  });

  it("one that does not pause is asked twice", async () => {
    const port = await behind(() => "cut");
    await expect(connects({ port }, 20_000)).rejects.toThrow(DatabaseUnreachableError);
    expect(keeper!.connections).toBe(2);
  });

  it("the time is for all attempts together", async () => {
    const port = await behind(() => "silent");
    const started = performance.now();
    await expect(connects({ port, pausing }, 3_000)).rejects.toThrow(/did not answer within 3 s/);
    expect(performance.now() - started).toBeLessThan(4_000);
    expect(keeper!.connections).toBe(2);
  });

  it("a host name that does not exist is not asked again", async () => {
    const started = performance.now();
    await expect(connects({ host: "gone.invalid", pausing }, 20_000)).rejects.toMatchObject({ gone: true });
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});
