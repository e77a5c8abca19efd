import { SchedulerClient } from "@aws-sdk/client-scheduler";
import type { Connection } from "mysql2/promise";
import type { EnforceResponse } from "../../../../core/contract/enforcement";
import type { RegistryEntry } from "../../../../core/contract/registry-entry";
import type { EventType } from "../../../../core/events/events";
import { EMPTY_ROSTER } from "../../../../core/roster/roster";
import { EventBridgeExpirySchedule } from "../../../../lambdas/reconciler/aws/expiry-schedule";
import type { Services } from "../../../../lambdas/reconciler/services/services";
import type { MySqlOptions } from "../../../../local/mysql/start-mysql";
import { iamToken, logIn } from "../../../support/mysql-login";
import { interceptQueries } from "../intercept-queries";
import { AUDIT, ReconcilerFixture } from "../reconciler-fixture";

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

interface AwsRequest {
  readonly service: string;
  readonly body: unknown;
}

/** Requests that write the audit trail. */
export const writesAudit = ({ body, service }: AwsRequest): boolean =>
  service === "dynamodb" && JSON.stringify(body).includes(`"${AUDIT}"`);

/** The reconciler with a clock that only the test moves. */
export class EnforcementFixture extends ReconcilerFixture {
  clock = wholeSecond();
  /** Calls of the functions that have not ended. */
  readonly #open = new Set<Promise<unknown>>();
  #restore: (() => void) | undefined;

  override freshServices(): Services {
    const scheduler = new SchedulerClient({});
    // By the test's clock: a slow machine must not make the schedule's least time ahead count.
    const schedule = new EventBridgeExpirySchedule(
      async () => scheduler,
      () => this.clock.getTime(),
    );
    return { ...super.freshServices(), schedule, now: () => this.clock };
  }

  override sendPreview(payload: unknown, services = this.services): Promise<unknown> {
    return this.#opened(super.sendPreview(payload, services));
  }

  override sendApply(payload: unknown, services = this.services): Promise<unknown> {
    return this.#opened(super.sendApply(payload, services));
  }

  override enforce(cluster = "orders", services = this.services): Promise<EnforceResponse> {
    return this.#opened(super.enforce(cluster, services));
  }

  #opened<T>(call: Promise<T>): Promise<T> {
    const ended = () => this.#open.delete(call);
    this.#open.add(call);
    call.then(ended, ended);
    return call;
  }

  /** The moment `ms` after the clock's, as a roster has it. */
  at(ms: number): string {
    return new Date(this.clock.getTime() + ms).toISOString();
  }

  /** Moves the clock. */
  pass(ms: number): void {
    this.clock = new Date(this.clock.getTime() + ms);
  }

  resetClock(): void {
    this.clock = wholeSecond();
  }

  /**
   * A managed cluster without accounts, of which the ledger knows a success. The functions make it once.
   * After that the tables get the same items again, when no call of the test before is open any more.
   */
  async begins(): Promise<void> {
    await Promise.allSettled(this.#open);
    const [sessions] = await this.root.query(
      "SELECT ID FROM information_schema.processlist WHERE USER LIKE 'sl\\_%'",
    );
    for (const { ID } of sessions as { ID: number }[]) await this.root.query("KILL ?", [ID]).catch(() => {});
    await this.dropAccounts();
    if (this.#restore) this.#restore();
    else {
      await this.planAndApply("orders", EMPTY_ROSTER);
      await this.enforce();
      this.#restore = this.aws.keepTables();
    }
    this.forgetEvents();
  }

  forgetEvents(): void {
    (this.aws.events as unknown[]).length = 0;
  }

  /** The accounts that events of some types are about, in order. */
  accountsOf(...types: readonly EventType[]): string[] {
    return this.events(...types).map(({ detail }) => (detail as { account: string }).account);
  }

  /** A session of an account, which a run may end. */
  async session(user: string): Promise<Connection> {
    const connection = await logIn(this.server, user, await iamToken(this.server, user));
    connection.on("error", () => {});
    return connection;
  }

  /** Services of a function that dies between its statements and the end of the sessions. */
  dyingServices(): Services {
    let hasRun = false;
    return interceptQueries(this.services, async (sql, run) => {
      if (hasRun && /processlist/i.test(sql)) throw new Error("killed");
      hasRun ||= /^(DROP|REVOKE|ALTER|RENAME) /.test(sql);
      return run();
    });
  }
}

const wholeSecond = () => new Date(Math.floor(Date.now() / 1000) * 1000);

export interface EnforcementSuite {
  readonly databases?: readonly string[];
  readonly entry?: Partial<RegistryEntry>;
  readonly server?: MySqlOptions;
}

/**
 * For a suite of enforcement: a managed cluster without accounts, of which the ledger knows a success, before
 * each test.
 */
export function enforcementFixture(suite: EnforcementSuite = {}): EnforcementFixture {
  const { databases = ["orders"], entry = {}, server = {} } = suite;
  const fixture = new EnforcementFixture();
  beforeAll(async () => {
    await fixture.begin(server);
    for (const database of databases) {
      await fixture.root.query(`CREATE DATABASE ${database}`);
      await fixture.root.query(`CREATE TABLE ${database}.t (a INT)`);
    }
  }, 180_000);
  afterAll(() => fixture.stop());
  beforeEach(async () => {
    fixture.resetClock();
    fixture.services = fixture.freshServices();
    await fixture.register("orders", entry);
    await fixture.begins();
  });
  afterEach(() => fixture.aws.clearFaults());
  return fixture;
}
