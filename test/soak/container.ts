import { setTimeout as sleep } from "node:timers/promises";
import type { RegistryEntry } from "../../core/contract/registry-entry";
import { AccessDeniedRetry } from "../../lambdas/reconciler/aws/access-denied-retry";
import type { EventBus } from "../../lambdas/reconciler/events/event-bus";
import { Outbox } from "../../lambdas/reconciler/events/outbox";
import { Reminders } from "../../lambdas/reconciler/events/reminders";
import type { Handler } from "../../lambdas/reconciler/handlers/handlers";
import { connectMySql } from "../../lambdas/reconciler/mysql/connect-mysql";
import type { MySqlSession } from "../../lambdas/reconciler/mysql/mysql-session";
import { AccountSecrets } from "../../lambdas/reconciler/secrets/account-secrets";
import type { Services } from "../../lambdas/reconciler/services/services";
import { AuditTrail } from "../../lambdas/reconciler/store/audit-trail";
import { EnforcementRecords } from "../../lambdas/reconciler/store/enforcement-records";
import { HoldersLedger } from "../../lambdas/reconciler/store/holders-ledger";
import { InstanceSessions } from "../../lambdas/reconciler/store/instance-sessions";
import { LateLogins } from "../../lambdas/reconciler/store/late-logins";
import { Ledger } from "../../lambdas/reconciler/store/ledger";
import { Proofs } from "../../lambdas/reconciler/store/proofs";
import { SourceLedger } from "../../lambdas/reconciler/store/source-ledger";
import { UserDirectory } from "../../lambdas/reconciler/store/user-directory";
import type { ItemStore } from "../../lambdas/runtime/item-store";
import { silentLog } from "../../lambdas/runtime/log";
import { silentMetrics } from "../../lambdas/runtime/metrics";
import { memoryKey } from "../support/proofs";
import { passwordCredentials } from "../support/registry";
import type { MemoryItemStore } from "../unit/reconciler/store/memory-item-store";
import type { MemorySecrets } from "./memory-secrets";
import type { SoakServer } from "./soak-server";

export const AUDIT = "audit";
const LEDGER = "ledger";
const TIME_MS = 60_000;

/** What stays when a function ends. */
export interface Cloud {
  readonly store: MemoryItemStore;
  readonly secrets: MemorySecrets;
  readonly entries: ReadonlyMap<string, RegistryEntry>;
  readonly bus: EventBus;
  readonly now: () => Date;
}

/** What goes wrong in one run of a function, at one of its operations. */
export interface Fault {
  /**
   * `kill`: the function ends, as by SIGKILL. `cut`: the server drops its connection. `store`: DynamoDB or
   * Secrets Manager does not answer. `restart`: the server is killed, and started again.
   */
  readonly kind: "kill" | "cut" | "store" | "restart";
  /** The operation, from 1 on: a statement, or a request to a store. */
  readonly at: number;
  /** Whether the operation is not begun, on its way, or done. */
  readonly when: "before" | "during" | "after";
}

type Operation = "query" | "store" | "pause";

/** A function was killed. */
export class Killed extends Error {}

/** What a killed function gets from everything outside: its code ends, and its timers with it. */
const nothing = () => Promise.reject<never>(new Killed("the function was killed"));

/** One function with its services, for one call. */
export class Container {
  readonly #cloud: Cloud;
  readonly #server: SoakServer;
  readonly #fault: Fault | undefined;
  readonly #sessions: { readonly session: MySqlSession; readonly restarts: number }[] = [];
  #operations = 0;
  #isDead = false;
  #kill: (error: Error) => void = () => {};
  /** Whether the fault has come. */
  struck = false;

  constructor(cloud: Cloud, server: SoakServer, fault?: Fault) {
    this.#cloud = cloud;
    this.#server = server;
    this.#fault = fault;
  }

  /** @throws Killed, or the function's own error */
  async call(handler: (services: Services) => Handler, payload: unknown): Promise<unknown> {
    const end = Date.now() + TIME_MS;
    const context = { getRemainingTimeInMillis: () => Math.max(0, end - Date.now()) };
    const killed = new Promise<never>((_, reject) => {
      this.#kill = reject;
    });
    killed.catch(() => {});
    try {
      return await Promise.race([handler(this.#services())(payload, context), killed]);
    } finally {
      await this.#gone();
    }
  }

  /** The server may still be running the last statement of a connection that was cut off. */
  async #gone(): Promise<void> {
    if (!this.struck) return;
    await this.#server.up();
    const { restarts } = this.#server;
    // A server that was started again gives the same numbers to others.
    const ids = this.#sessions.filter(one => one.restarts === restarts).map(({ session }) => session.id);
    if (ids.length === 0) return;
    const open = `SELECT ID FROM information_schema.processlist WHERE ID IN (${ids.join(", ")})`;
    while ((await this.#server.rows(open)).length > 0) await sleep(5);
  }

  async #operation<T>(kind: Operation, run: () => Promise<T>, session?: MySqlSession): Promise<T> {
    if (this.#isDead) return nothing();
    this.#operations += 1;
    const fault = this.#due(kind);
    try {
      const result = fault ? await this.#struck(fault, run, session) : await run();
      return this.#isDead ? nothing() : result;
    } catch (error) {
      if (this.#isDead) return nothing();
      throw error;
    }
  }

  #due(kind: Operation): Fault | undefined {
    const fault = this.#fault;
    if (!fault || this.struck || this.#operations < fault.at) return undefined;
    if ((fault.kind === "cut" && kind !== "query") || (fault.kind === "store" && kind !== "store"))
      return undefined;
    this.struck = true;
    return fault;
  }

  async #struck<T>({ kind, when }: Fault, run: () => Promise<T>, session?: MySqlSession): Promise<T> {
    const strike = async (): Promise<void> => {
      if (kind === "kill") this.#die();
      if (kind === "cut") await this.#server.rows(`KILL ${session!.id}`).catch(() => {});
      if (kind === "restart") await this.#server.restart();
      if (kind === "store") throw Object.assign(new Error("no answer"), { name: "TimeoutError" });
    };
    if (when === "before") await strike();
    const running = kind === "kill" && when === "before" ? nothing() : run();
    running.catch(() => {});
    if (when === "after") await running.catch(() => {});
    if (when !== "before") await strike();
    return running;
  }

  #die(): void {
    this.#isDead = true;
    for (const { session } of this.#sessions) session.destroy();
    this.#kill(new Killed("the function was killed"));
  }

  #services(): Services {
    const { bus, entries, now, secrets } = this.#cloud;
    const store = this.#store();
    const log = silentLog;
    const proofs = new Proofs(memoryKey(), log);
    const outbox = new Outbox(store, LEDGER, bus, proofs);
    const secretVersions = this.#secretVersions(secrets);
    return {
      registry: {
        entry: async cluster => entries.get(cluster)!,
        has: async cluster => entries.has(cluster),
        removalParameter: async () => undefined,
        directory: async () => undefined,
        entries: async () => [...entries.values()],
      },
      identityStore: { nameOf: async () => undefined, names: async () => new Map() },
      directory: new UserDirectory(store, LEDGER, proofs),
      ledger: new Ledger(store, LEDGER, proofs),
      audit: new AuditTrail(store, AUDIT),
      connect: (entry, options) => this.#connect(entry, options),
      logInAs: (entry, { password, timeoutMs, user }) =>
        this.#connect(entry, { bulkRead: false, isReader: true, timeoutMs }, { user, password }),
      outbox,
      reminders: new Reminders(store, LEDGER, outbox),
      enforcement: new EnforcementRecords(store, LEDGER, proofs),
      holders: new HoldersLedger(store, LEDGER, proofs),
      lateLogins: new LateLogins(store, LEDGER),
      accountSecrets: new AccountSecrets(secretVersions),
      secretVersions,
      schedule: { moveTo: async () => {} },
      capacity: { isPaused: async () => false },
      identity: { resourceIdAt: async () => undefined },
      instances: { find: async () => ({ instances: [], unknown: [] }) },
      instanceSessions: new InstanceSessions(store, LEDGER),
      sources: {
        ledger: new SourceLedger(store, LEDGER, proofs),
        parameters: {
          read: async () => undefined,
          pieces: async () => new Map(),
          author: async () => undefined,
        },
      },
      metrics: silentMetrics,
      accessDeniedRetry: new AccessDeniedRetry(),
      log,
      now,
      pause: ms => this.#operation("pause", () => sleep(ms)),
      randomId: () =>
        Math.floor(performance.now() * 1_000)
          .toString(16)
          .padStart(8, "0")
          .slice(-8),
    };
  }

  async #connect(
    entry: RegistryEntry,
    { timeoutMs, ...options }: Parameters<Services["connect"]>[1],
    as?: { readonly user: string; readonly password: string },
  ): Promise<MySqlSession> {
    if (this.#isDead) return nothing();
    const { server } = this.#server;
    const credentials = as ? { login: async () => ({ ...as, token: false }) } : passwordCredentials(server);
    const caBundle = server.ca;
    const session = await connectMySql(entry, {
      credentials,
      caBundle,
      ...options,
      connectTimeoutMs: timeoutMs,
    });
    this.#sessions.push({ session, restarts: this.#server.restarts });
    if (this.#isDead) {
      session.destroy();
      return nothing();
    }
    return {
      id: session.id,
      user: session.user,
      server: session.server,
      query: sql => this.#operation("query", () => session.query(sql), session),
      queryAll: all => this.#operation("query", () => session.queryAll(all), session),
      close: async () => (this.#isDead ? undefined : session.close()),
      destroy: () => session.destroy(),
    };
  }

  #store(): ItemStore {
    const { store } = this.#cloud;
    return {
      get: (...asked) => this.#operation("store", () => store.get(...asked)),
      list: (table, pk, prefix) => this.#operation("store", () => store.list(table, pk, prefix)),
      put: (...puts) => this.#operation("store", () => store.put(...puts)),
      remove: (...asked) => this.#operation("store", () => store.remove(...asked)),
    };
  }

  #secretVersions(secrets: MemorySecrets): Services["secretVersions"] {
    return {
      read: (...asked) => this.#operation("store", () => secrets.read(...asked)),
      write: (...asked) => this.#operation("store", () => secrets.write(...asked)),
      stages: secret => this.#operation("store", () => secrets.stages(secret)),
      makeCurrent: (...asked) => this.#operation("store", () => secrets.makeCurrent(...asked)),
    };
  }
}
