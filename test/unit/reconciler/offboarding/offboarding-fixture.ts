import type { RegistryEntry } from "../../../../core/contract/registry-entry";
import { DirectoryError, LedgerError } from "../../../../lambdas/reconciler/runtime/errors";
import type { Call, Services } from "../../../../lambdas/reconciler/services/services";
import { OffboardedPersons } from "../../../../lambdas/reconciler/store/offboarded-persons";
import { UserDirectory } from "../../../../lambdas/reconciler/store/user-directory";
import { silentLog } from "../../../../lambdas/runtime/log";
import { rosterOf } from "../../../support/observed";
import { testProofs } from "../../../support/proofs";
import { entryWith } from "../sources/source-fixture";
import { MemoryItemStore } from "../store/memory-item-store";

export const AT = new Date("2026-11-20T12:00:00Z");

/** Two clusters without a server, the ledger's marks, and a directory. A run on a cluster only counts. */
export class Offboarding {
  readonly store = new MemoryItemStore();
  readonly marks = new OffboardedPersons(this.store, "ledger", testProofs());
  readonly directory = new UserDirectory(this.store, "ledger", testProofs());
  /** What the audit trail holds. */
  readonly said: object[] = [];
  readonly runs: string[] = [];
  /** The users with accounts, by cluster. */
  accounts: Readonly<Record<string, readonly string[]>> = { orders: ["jane.doe"], stock: [] };
  /** The users that Identity Center has now; undefined: it does not answer. */
  users: ReadonlyMap<string, string> | undefined = new Map();
  /** A cluster on which runs fail. */
  outOfReach: string | undefined;

  async marked(): Promise<string[]> {
    const all = await this.marks.all();
    return all.filter(({ state }) => state === "offboarded").map(({ person }) => person);
  }

  get call(): Call {
    const services = {
      registry: {
        entries: async () =>
          Object.keys(this.accounts).map(cluster => ({ ...entryWith([]), cluster }) as RegistryEntry),
        has: async () => false,
        directory: async () => ({ identityStoreId: "d-93670dc30f", region: "eu-west-1" }),
      },
      identityStore: {
        nameOf: async (_: unknown, id: string) => {
          if (!this.users) throw new DirectoryError("Identity Center did not answer");
          return this.users.get(id);
        },
      },
      directory: this.directory,
      ledger: {
        offboarded: this.marks,
        clusters: async () => [],
        head: async (cluster: string) => {
          this.runs.push(cluster);
          if (cluster === this.outOfReach) throw new LedgerError(`${cluster} cannot be reached`);
          return { target: undefined };
        },
        state: async (cluster: string) => {
          const users = this.accounts[cluster]!.map(user => [`sl_${user}`, { orders: "read" }]);
          return {
            head: { lingering: [] },
            target: { roster: rosterOf(Object.fromEntries(users)), formerly: [] },
          };
        },
      },
      sources: { ledger: { states: async () => [] } },
      enforcement: { read: async () => ({}) },
      audit: { append: async (item: object) => void this.said.push(item) },
      accessDeniedRetry: { begin: () => {}, end: () => {} },
      metrics: { emit: () => {} },
      outbox: { send: async () => 0 },
      log: silentLog,
      now: () => AT,
      randomId: () => "1a2b3c4d",
    };
    const deadline = { left: () => 100_000, leftToLook: () => 100_000 };
    return { services: services as unknown as Services, startedAt: AT, deadline, payloadHash: "" } as Call;
  }
}
