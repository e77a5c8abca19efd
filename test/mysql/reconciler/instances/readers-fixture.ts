import type { Connection } from "mysql2/promise";
import type { RegistryEntry } from "../../../../core/contract/registry-entry";
import { EMPTY_ROSTER } from "../../../../core/roster/roster";
import type { Services } from "../../../../lambdas/reconciler/services/services";
import type { ClusterMetrics } from "../../../../lambdas/runtime/metrics";
import { CALLER_CREDENTIALS, unsignedAuthorization } from "../../../../local/aws-http/identity";
import { type MySqlReplica, SOURCE_ARGS, startReplica } from "../../../../local/mysql/start-replica";
import { iamToken, logIn, TEST_KEY } from "../../../support/mysql-login";
import { EnforcementFixture } from "../enforce/enforcement-fixture";
import { LEDGER } from "../tables";

export const WRITER = "orders-1";
export const READER = "orders-2";

/** A cluster of two servers: a writer, and a replica that follows it. RDS on loopback knows both. */
export class ReadersFixture extends EnforcementFixture {
  reader!: MySqlReplica;
  resourceId = "";
  /** All metrics that runs emitted. */
  readonly metrics: ClusterMetrics[] = [];

  override async begin(): Promise<void> {
    await super.begin({ args: SOURCE_ARGS });
    this.reader = await startReplica(this.server);
    await this.reader.allowKeys([TEST_KEY]);
    for (const name of ["orders", "shop"]) await this.root.query(`CREATE DATABASE ${name}`);
    const login = { MasterUsername: "admin", MasterUserPassword: "not-used-here" };
    const cluster = { DBClusterIdentifier: "orders", Engine: "aurora-mysql" };
    const made = await this.rds("CreateDBCluster", { ...cluster, ...login });
    this.resourceId = /<DbClusterResourceId>([^<]+)</.exec(made)![1]!;
    for (const [name, { host, port }] of [[WRITER, this.server] as const, [READER, this.reader] as const]) {
      const instance = { DBInstanceIdentifier: name, DBInstanceClass: "db.r6g.large" };
      await this.rds("CreateDBInstance", { ...instance, ...cluster });
      this.aws.instanceEndpoints.set(name, { host, port });
    }
  }

  override async stop(): Promise<void> {
    await this.reader?.stop();
    await super.stop();
  }

  override freshServices(): Services {
    const emit = (_: string, values: ClusterMetrics) => void this.metrics.push(values);
    return { ...super.freshServices(), metrics: { emit } };
  }

  override register(cluster: string, overrides: Partial<RegistryEntry> = {}): Promise<RegistryEntry> {
    return super.register(cluster, { resourceId: this.resourceId, ...overrides });
  }

  /** A request to RDS by hand. */
  async rds(action: string, parameters: Readonly<Record<string, string>>): Promise<string> {
    const authorization = unsignedAuthorization(CALLER_CREDENTIALS.accessKeyId, "rds");
    const body = new URLSearchParams({ Action: action, Version: "2014-10-31", ...parameters });
    const answer = await fetch(this.aws.endpoint, { method: "POST", headers: { authorization }, body });
    if (!answer.ok) throw new Error(`${action}: ${answer.status} ${await answer.text()}`);
    return answer.text();
  }

  /** The calls of RDS so far. */
  get rdsCalls(): string[] {
    return this.aws.requests.filter(({ service }) => service === "rds").map(({ operation }) => operation);
  }

  /** A session on the reader, which a run may end. */
  async readerSession(user: string): Promise<Connection> {
    const connection = await logIn(this.reader, user, await iamToken(this.reader, user));
    connection.on("error", () => {});
    return connection;
  }

  /** The instances on which sessions are still to be ended, as the ledger has them. */
  async left(): Promise<string[]> {
    const [item] = (await this.items(LEDGER, "orders")).filter(({ sk }) => sk === "instances");
    return Object.keys((item?.["left"] as object | undefined) ?? {});
  }
}

/** A managed cluster without accounts, of which the ledger knows a success, before each test. */
export function readersFixture(): ReadersFixture {
  const fixture = new ReadersFixture();
  beforeAll(() => fixture.begin(), 180_000);
  afterAll(() => fixture.stop());
  beforeEach(async () => {
    fixture.resetClock();
    fixture.services = fixture.freshServices();
    await fixture.register("orders");
    await fixture.planAndApply("orders", EMPTY_ROSTER);
    await fixture.enforce();
    await fixture.reader.caughtUp();
    fixture.forgetEvents();
    fixture.metrics.length = 0;
    (fixture.aws.requests as unknown[]).length = 0;
  });
  afterEach(() => fixture.aws.clearFaults());
  return fixture;
}

/** Whether a session goes on. */
export const isOpen = (session: Connection): Promise<boolean> =>
  session.query("SELECT 1").then(
    () => true,
    () => false,
  );
