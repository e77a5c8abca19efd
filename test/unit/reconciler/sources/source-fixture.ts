import { createHash } from "node:crypto";
import type { ParameterSource, RegistryEntry } from "../../../../core/contract/registry-entry";
import { registryEntrySchema } from "../../../../core/contract/registry-entry";
import { EMPTY_ROSTER, type Roster } from "../../../../core/roster/roster";
import { type SourceText, splitDocument } from "../../../../core/source";
import type { SourceParameters } from "../../../../lambdas/reconciler/aws/source-parameters";
import type { Call, Services } from "../../../../lambdas/reconciler/services/services";
import { readSources } from "../../../../lambdas/reconciler/sources/source-reading";
import { AuditTrail } from "../../../../lambdas/reconciler/store/audit-trail";
import { SourceLedger } from "../../../../lambdas/reconciler/store/source-ledger";
import { silentLog } from "../../../../lambdas/runtime/log";
import { testProofs } from "../../../support/proofs";
import { MemoryItemStore } from "../store/memory-item-store";

export const PARAMETER = "/sources/shop-prod";
export const NOW = new Date("2027-01-01T00:00:00Z");

export const shop: ParameterSource = {
  name: "shop/prod",
  parameter: PARAMETER,
  databases: ["shop"],
  roles: { read: ["SELECT"], write: ["SELECT", "INSERT"] },
  maxRemovalShare: 0.5,
  minRemovals: 3,
};

export const entryWith = (
  sources: readonly ParameterSource[] = [shop],
  overrides: Partial<RegistryEntry> = {},
): RegistryEntry =>
  registryEntrySchema.parse({
    protocol: 1,
    cluster: "orders",
    engine: "mysql",
    host: "db",
    port: 3306,
    resourceId: "cluster-A",
    region: "eu-west-1",
    credentials: { iamUser: "sl_admin" },
    prefix: "sl",
    ceiling: { privileges: ["SELECT", "INSERT"] },
    unmanaged: "report",
    definers: "block",
    sources,
    ...overrides,
  });

/** Reads sources from parameters and tables in memory. */
export class SourceFixture {
  readonly store = new MemoryItemStore();
  readonly ledger = new SourceLedger(this.store, "ledger", testProofs());
  readonly parameters = new Map<string, SourceText>();
  /** Terraform's roster. */
  reviewed: Roster = EMPTY_ROSTER;
  /** Thrown by the next reading of a parameter. */
  fault: Error | undefined;
  /** Called before each reading, to let something happen in between. */
  before: () => Promise<void> | void = () => {};
  readonly #source: SourceParameters = {
    read: async name => {
      await this.before();
      if (this.fault) throw this.fault;
      return this.parameters.get(name);
    },
    pieces: async names =>
      new Map(
        names.flatMap(name => (this.parameters.has(name) ? [[name, this.parameters.get(name)!.text]] : [])),
      ),
    author: async (_, version) => `arn:aws:iam::123456789012:user/v${version}`,
  };

  readonly call = {
    services: {
      sources: { ledger: this.ledger, parameters: this.#source },
      ledger: { state: async () => ({ target: { roster: this.reviewed } }) },
      audit: new AuditTrail(this.store, "audit"),
      log: silentLog,
      now: () => NOW,
    } as unknown as Services,
  } as Call;

  read(entry = entryWith()) {
    return readSources(this.call, entry, "orders");
  }

  states(entry = entryWith()) {
    return this.ledger.states("orders", entry);
  }

  /** Writes the parameter as `put` would: the version counts on. */
  write(
    text: string,
    version = (this.parameters.get(PARAMETER)?.version ?? 0) + 1,
    modified = NOW.getTime() + version * 1000,
  ): void {
    const { pieces, text: own } = splitDocument(
      PARAMETER,
      text,
      createHash("sha256").update(text).digest("hex"),
    );
    for (const piece of pieces)
      this.parameters.set(piece.name, { text: piece.text, version: 1, modified: "" });
    this.parameters.set(PARAMETER, { text: own, version, modified: new Date(modified).toISOString() });
  }

  users(...names: string[]): void {
    this.write(documentOf(...names));
  }

  async audit(partition = "orders") {
    return (await this.store.list("audit", partition, "0")).map(
      ({ pk, sk, hash, prevHash, when, ...rest }) => rest,
    );
  }
}

export const documentOf = (...names: string[]): string =>
  JSON.stringify({ users: names.map(name => ({ name, role: "read" })) });
