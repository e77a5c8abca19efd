import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { Json } from "../../../../core/json";
import type { Roster } from "../../../../core/roster/roster";
import { Ledger } from "../../../../lambdas/reconciler/store/ledger";
import { LedgerBlobs } from "../../../../lambdas/reconciler/store/ledger-blobs";
import { SourceLedger } from "../../../../lambdas/reconciler/store/source-ledger";
import { DynamoDbItemStore } from "../../../../lambdas/runtime/dynamodb-item-store";
import { memoryKey, testProofs } from "../../../support/proofs";
import type { ReconcilerFixture } from "../reconciler-fixture";
import { type Item, LEDGER } from "../tables";

/** What a forger may give an item as its proof. */
export const PROOFS = {
  "without a proof": () => undefined,
  "with the proof of the item that it replaces": (before: Item | undefined) => before?.["proof"],
  "with the proof of another item": (_: unknown, others: readonly Item[]) =>
    others.find(({ proof }) => proof !== undefined)!["proof"],
  "with a proof by a key of the forger": async () => memoryKey("mallory").make("anything"),
  "with a proof that is no proof": () => "none",
} as const;
export type Proof = keyof typeof PROOFS;

/** Someone who may write the ledger's table, and nothing else. */
export class LedgerForger {
  readonly #fixture: ReconcilerFixture;

  constructor(fixture: ReconcilerFixture) {
    this.#fixture = fixture;
  }

  /** The ledger's items of the cluster, by sort key. */
  async items(): Promise<Map<string, Item>> {
    const items = await this.#fixture.items(LEDGER, "orders");
    return new Map(items.map(item => [String(item["sk"]), item]));
  }

  /** Writes a roster of the forger's choice, whole and under its SHA-256. @returns its id */
  roster(roster: Roster): Promise<string> {
    const store = new DynamoDbItemStore(new DynamoDBClient({}));
    const ledger = new Ledger(store, LEDGER, testProofs(memoryKey("mallory")));
    return ledger.write("orders", { roster, formerly: [], changeSet: "cs-20270101T000000Z-00000000" });
  }

  /** Writes a list that makes accounts the source's own. @returns the attributes of an item that names it */
  accounts(source: string, ...names: readonly string[]) {
    const store = new DynamoDbItemStore(new DynamoDBClient({}));
    const ledger = new SourceLedger(store, LEDGER, testProofs(memoryKey("mallory")));
    const own = Object.fromEntries(names.map(name => [name, "2026-01-01T00:00:00.000Z"]));
    return ledger.writeAccounts("orders", source, { own, formerly: [] });
  }

  /** Writes a list of holders of the forger's choice. @returns its id */
  holders(holders: Readonly<Record<string, string>>): Promise<string> {
    const blobs = new LedgerBlobs(new DynamoDbItemStore(new DynamoDBClient({})), LEDGER);
    const kinds = ["can act as", "by privilege"];
    return blobs.write("orders", { kind: "holders", databases: ["orders"], kinds, holders });
  }

  /** Writes a list of disabled events of the forger's choice. @returns its id */
  disabledEvents(...disabled: readonly string[]): Promise<string> {
    const blobs = new LedgerBlobs(new DynamoDbItemStore(new DynamoDBClient({})), LEDGER);
    return blobs.write("orders", { kind: "events", disabled });
  }

  /** Writes an item with changes, and with a proof of the forger's choice. */
  async write(sk: string, changes: Readonly<Record<string, Json | Uint8Array>>, proof: Proof): Promise<void> {
    const items = await this.items();
    const { proof: _, ...before } = items.get(sk) ?? { pk: "orders", sk };
    const others = [...items.values()].filter(item => item["sk"] !== sk);
    const forged = await PROOFS[proof](items.get(sk), others);
    const item = { ...before, ...changes };
    const [[name, value] = ["pk", "orders"]] = Object.entries(forged === undefined ? {} : { proof: forged });
    await this.#fixture.tamper(LEDGER, item, name, value as Json);
  }

  remove(sk: string): Promise<void> {
    return new DynamoDbItemStore(new DynamoDBClient({})).remove(LEDGER, "orders", sk);
  }

  /** Makes the ledger as the commit before proofs wrote it. */
  async removeProofs(): Promise<void> {
    for (const { proof: _, ...item } of (await this.items()).values())
      await this.#fixture.tamper(LEDGER, item, "pk", "orders");
  }
}
