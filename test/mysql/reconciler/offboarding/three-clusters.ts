import type { Connection } from "mysql2/promise";
import type { OffboardResponse } from "../../../../core/contract/offboarding";
import type { Roster } from "../../../../core/roster/roster";
import { applyHandler, enforceHandler } from "../../../../lambdas/reconciler/handlers/handlers";
import { type MySqlServer, startMySql } from "../../../../local/mysql/start-mysql";
import { leavingEvent, queued } from "../../../support/identity-center/leaving-events";
import { DIRECTORY, IdentityCenter } from "../../../support/identity-center/local-directory";
import { asRoot, iamToken, logIn, TEST_KEY } from "../../../support/mysql-login";
import { registryEntry } from "../../../support/registry";
import { EnforcementFixture } from "../enforce/enforcement-fixture";

export const CLUSTERS = ["orders", "payments", "stock"] as const;
type Cluster = (typeof CLUSTERS)[number];

/** Three clusters, a server each, and the directory of Identity Center. */
export class ThreeClusters extends EnforcementFixture {
  readonly servers = new Map<Cluster, MySqlServer>();
  readonly roots: Connection[] = [];
  // An event is carried out on all clusters in one call.
  override timeMs = 120_000;

  override async begin(): Promise<void> {
    await super.begin();
    const { password: adminPassword } = this.server.admin;
    const others = await Promise.all([startMySql({ adminPassword }), startMySql({ adminPassword })]);
    for (const [index, server] of [this.server, ...others].entries()) {
      this.servers.set(CLUSTERS[index]!, server);
      await server.allowKeys([TEST_KEY]);
      const root = await asRoot(server);
      await root.query("CREATE DATABASE orders");
      await root.query("CREATE TABLE orders.t (a INT)");
      this.roots.push(root);
    }
    for (const cluster of CLUSTERS) await this.registerOn(cluster);
  }

  override async stop(): Promise<void> {
    for (const root of this.roots) root.destroy();
    await Promise.all(CLUSTERS.slice(1).map(cluster => this.servers.get(cluster)?.stop()));
    await super.stop();
  }

  async registerOn(cluster: Cluster, overrides = {}): Promise<void> {
    const { host, port } = registryEntry(this.servers.get(cluster)!);
    await this.register(cluster, {
      host,
      port,
      resourceId: `cluster-${cluster.toUpperCase()}`,
      ...overrides,
    });
  }

  async applyAll(roster: Roster): Promise<void> {
    for (const cluster of CLUSTERS) await this.planAndApply(cluster, roster);
    for (const cluster of CLUSTERS) await this.enforce(cluster);
  }

  async sessionOn(cluster: Cluster, user: string): Promise<Connection> {
    const server = this.servers.get(cluster)!;
    const connection = await logIn(server, user, await iamToken(server, user));
    connection.on("error", () => {});
    return connection;
  }

  /** Whether an account may log in, on each cluster. */
  logins(user: string): Promise<boolean[]> {
    return Promise.all(
      CLUSTERS.map(async cluster => {
        const session = await this.sessionOn(cluster, user).catch((error: Error) => error);
        if (session instanceof Error) {
          if (!/locked/i.test(session.message)) throw session;
          return false;
        }
        session.destroy();
        return true;
      }),
    );
  }

  /** A user of Identity Center. @returns the id */
  createUser(name: string): Promise<string> {
    return new IdentityCenter(this.aws.endpoint).createUser(name);
  }

  deleteUser(id: string): Promise<void> {
    return new IdentityCenter(this.aws.endpoint).deleteUser(id);
  }

  /** Writes the parameter that the construct makes, and lets the schedule's call read the names. */
  async readDirectory(): Promise<void> {
    const settings = { identityStoreId: DIRECTORY, region: "eu-central-1" };
    await this.putParameter("identity-center/directory", JSON.stringify(settings));
    await this.call({ protocol: 1, action: "directory" });
  }

  /** A call of the enforcement function. */
  call(payload: unknown): Promise<unknown> {
    return enforceHandler(this.services)(payload, this.context());
  }

  leaves(...event: Parameters<typeof leavingEvent>): Promise<unknown> {
    return this.call(queued(leavingEvent(...event)));
  }

  async offboard(person: string, dryRun?: boolean): Promise<OffboardResponse> {
    const request = { protocol: 1, action: "offboard", person, ...(dryRun && { dryRun }) };
    return (await this.call(request)) as OffboardResponse;
  }

  async reinstate(person: string): Promise<OffboardResponse> {
    const request = { protocol: 1, action: "reinstate", person };
    return (await applyHandler(this.services)(request, this.context())) as OffboardResponse;
  }

  /** What the audit trail says of persons. */
  said(): Promise<object[]> {
    return this.audit("#offboarding");
  }
}
